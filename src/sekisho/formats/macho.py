"""Mach-O, the executable format of macOS: 32 and 64 bits, both byte orders, thin and universal ("fat").

Universal files share their magic with Java classes; what follows it is the number of architectures there and a version
of at least 45 here.
Source: https://github.com/apple-oss-distributions/xnu/blob/main/EXTERNAL_HEADERS/mach-o/loader.h and fat.h
"""

from __future__ import annotations

from struct import Struct

import msgspec

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats.executable import HEAD, MAX_SECTIONS, Executable, Region, Section, Segment
from sekisho.formats.limits import MIB

MAX_ARCHITECTURES = 30
"""A Java class says 45 or more at the same place; no universal file has a tenth of this."""
MAX_COMMANDS_SIZE = 4 * MIB
"""Load commands together; Chrome's framework needs 10 KiB."""
_OBJECT, _CORE = 1, 4
_W, _X = 2, 4
_ZEROFILL = frozenset((0x1, 0xC, 0x12))
_SECTION_TYPE = 0xFF


class _Layout(msgspec.Struct, frozen=True):
    """The structures of one word size and byte order."""

    header: Struct
    command: Struct
    segment_command: int
    segment: Struct
    section: Struct
    wide: bool


def _layout(sign: str, wide: bool) -> _Layout:
    word = "Q" if wide else "I"
    return _Layout(
        Struct(sign + "IIIIIII" + ("I" if wide else "")),
        Struct(sign + "II"),
        0x19 if wide else 0x1,
        Struct(f"{sign}8x16s4{word}4I"),
        Struct(f"{sign}16s16s2{word}5I{'3I' if wide else '2I'}"),
        wide,
    )


_LAYOUTS = {
    b"\xfe\xed\xfa\xce": _layout(">", False),
    b"\xfe\xed\xfa\xcf": _layout(">", True),
    b"\xce\xfa\xed\xfe": _layout("<", False),
    b"\xcf\xfa\xed\xfe": _layout("<", True),
}
_ARCHITECTURES = {b"\xca\xfe\xba\xbe": Struct(">5I"), b"\xca\xfe\xba\xbf": Struct(">IIQQII")}


def read_universal(region: Region, head: bytes) -> Executable | None:
    """The first architecture that is an executable; None for Java classes and universal archives."""
    count = int.from_bytes(head[4:8], "big")
    if not 0 < count < MAX_ARCHITECTURES:
        return None
    layout = _ARCHITECTURES[head[:4]]
    table = region.read(8, layout.size * count, "the table of architectures")
    for fields in layout.iter_unpack(table):
        offset, size = fields[2], fields[3]
        if offset + size > region.size:
            raise CorruptInput("an architecture of the universal Mach-O lies beyond the end of the file")
        part = Region(region.stream, offset, size)
        inner = part.read_up_to(0, HEAD)
        if inner[:4] in _LAYOUTS:
            return read_macho(part, inner)
    return None


def read_macho(region: Region, head: bytes) -> Executable | None:
    """Segments and sections from the load commands; None for object files and core dumps."""
    layout = _LAYOUTS[head[:4]]
    if len(head) < layout.header.size:
        raise CorruptInput("the Mach-O header is truncated")
    _, _, _, kind, count, size, *_ = layout.header.unpack_from(head)
    if kind in (_OBJECT, _CORE):
        return None
    if size > MAX_COMMANDS_SIZE:
        raise BoundExceeded(f"Mach-O load commands of {size} bytes")
    commands = region.read(layout.header.size, size, "the Mach-O load commands")
    sections: list[Section] = []
    segments: list[Segment] = []
    at = 0
    for _ in range(count):
        if at + 8 > size:
            raise CorruptInput("the Mach-O load commands end too early")
        command, length = layout.command.unpack_from(commands, at)
        if length < 8 or at + length > size:
            raise CorruptInput(f"a Mach-O load command of {length} bytes")
        if command == layout.segment_command:
            _read_segment(layout, commands[at : at + length], segments, sections)
        at += length
    return Executable(
        "macho",
        region,
        tuple(segments),
        names=commands,
        decode=lambda: tuple(sections),
        big_endian=head[:1] == b"\xfe",
        wide=layout.wide,
    )


def _read_segment(layout: _Layout, body: bytes, segments: list[Segment], sections: list[Section]) -> None:
    """Add one segment and its sections; the counts must fit the command that carries them."""
    if len(body) < layout.segment.size:
        raise CorruptInput("a Mach-O segment command is truncated")
    _, address, _, offset, size, _, protection, count, _ = layout.segment.unpack_from(body)
    if layout.segment.size + count * layout.section.size > len(body):
        raise CorruptInput(f"a Mach-O segment claims {count} sections")
    if len(sections) + count > MAX_SECTIONS:
        raise BoundExceeded(f"Mach-O with more than {MAX_SECTIONS} sections")
    segments.append(Segment(address, offset, size, protection & _W != 0, protection & _X != 0))
    for index in range(count):
        fields = layout.section.unpack_from(body, layout.segment.size + index * layout.section.size)
        flags = fields[8]
        length = 0 if flags & _SECTION_TYPE in _ZEROFILL else fields[3]
        sections.append(Section(fields[0].rstrip(b"\0").decode("latin-1"), fields[2], fields[4], length, flags))
