"""PE, the executable format of Windows and .NET: PE32 and PE32+.

Its sections are its segments: each is mapped at the image base plus its own address. Names have at most eight bytes;
longer ones (debug sections of GNU and Go linkers) stay in their ``/123`` form, nobody here asks for them.
Source: https://learn.microsoft.com/en-us/windows/win32/debug/pe-format
"""

from __future__ import annotations

from struct import Struct

from sekisho.errors import CorruptInput
from sekisho.formats.executable import Executable, Region, Section, Segment

_COFF = Struct("<4sHHIIIHH")
_SECTION = Struct("<8sIIII12xI")
_BASES = {0x10B: Struct("<28xI"), 0x20B: Struct("<24xQ")}
"""Magic of the optional header, and where the image base stands in it."""
_X, _W = 0x2000_0000, 0x8000_0000


def read_pe(region: Region, head: bytes) -> Executable | None:
    """The section table; None for the DOS programs, drivers and object files that share the letters MZ."""
    start = int.from_bytes(head[0x3C:0x40], "little")
    header = region.read_up_to(start, _COFF.size + 32)
    if header[:4] != b"PE\0\0":
        return None
    if len(header) < _COFF.size + 32:
        raise CorruptInput("the PE header is truncated")
    _, _, count, _, _, _, optional_size, _ = _COFF.unpack_from(header)
    magic = int.from_bytes(header[_COFF.size : _COFF.size + 2], "little")
    if magic not in _BASES:
        return None
    (base,) = _BASES[magic].unpack_from(header, _COFF.size)
    table = region.read(start + _COFF.size + optional_size, _SECTION.size * count, "the PE section table")
    segments = []
    for _, virtual_size, address, raw_size, offset, flags in _SECTION.iter_unpack(table):
        size = min(raw_size, virtual_size) if virtual_size else raw_size
        segments.append(Segment(base + address, offset, size, flags & _W != 0, flags & _X != 0))
    return Executable(
        "pe",
        region,
        tuple(segments),
        names=table,
        decode=lambda: _sections(table, segments),
        big_endian=False,
        wide=magic == 0x20B,
    )


def _sections(table: bytes, segments: list[Segment]) -> tuple[Section, ...]:
    found = []
    for segment, (name, *_, flags) in zip(segments, _SECTION.iter_unpack(table), strict=True):
        text = name.rstrip(b"\0").decode("latin-1")
        found.append(Section(text, segment.address, segment.offset, segment.size, flags))
    return tuple(found)
