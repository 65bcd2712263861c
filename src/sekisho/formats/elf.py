"""ELF, the executable format of Linux and the BSDs: 32 and 64 bits, both byte orders.

Sections are for linkers and people, segments for the loader. A program may have lost its section table (``sstrip``,
packers) and still run, so a missing table is no error; one that points outside the file is.
Source: https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
"""

from __future__ import annotations

from struct import Struct

import msgspec

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats.executable import MAX_SECTIONS, Executable, Region, Section, Segment
from sekisho.formats.limits import MIB

MAX_NAME_TABLE = MIB
"""Section names together; the kernel's own vmlinux needs 1 KiB."""
MAX_NAME = 256
"""One section name; GNU tools make none half as long, and endless ones would make reading them all quadratic."""
_EXEC, _DYN = 2, 3
_LOAD = 1
_X, _W = 1, 2
_NOBITS = 8


class _Layout(msgspec.Struct, frozen=True):
    """The structures of one class and byte order, and where the wanted fields stand in them."""

    header: Struct
    section: Struct
    program: Struct
    flags_at: int
    """Index of p_flags; the other program header fields follow in the same order in both classes."""


def _layouts() -> dict[bytes, _Layout]:
    found = {}
    for order, sign in ((b"\x01", "<"), (b"\x02", ">")):
        found[b"\x01" + order] = _Layout(Struct(sign + "HHIIIIIHHHHHH"), Struct(sign + "10I"), Struct(sign + "8I"), 6)
        found[b"\x02" + order] = _Layout(
            Struct(sign + "HHIQQQIHHHHHH"), Struct(sign + "IIQQQQIIQQ"), Struct(sign + "IIQQQQQQ"), 1
        )
    return found


_LAYOUTS = _layouts()


def read_elf(region: Region, head: bytes) -> Executable | None:
    """The tables of a program or shared library; None for object files and core dumps."""
    layout = _LAYOUTS.get(head[4:6])
    if layout is None:
        raise CorruptInput("ELF of an unknown class or byte order")
    if len(head) < 16 + layout.header.size:
        raise CorruptInput("the ELF header is truncated")
    header = layout.header.unpack_from(head, 16)
    kind, phoff, shoff = header[0], header[4], header[5]
    if kind not in (_EXEC, _DYN):
        return None
    phsize, phcount, shsize, shcount, names_at = header[8:13]
    table, names = _section_table(region, layout, shoff, shsize, shcount, names_at) if shoff else (b"", b"")
    return Executable(
        "elf",
        region,
        _segments(region, layout, head, phoff, phsize, phcount) if phcount else (),
        names=names,
        decode=lambda: _sections(layout, table, names),
        big_endian=head[5] == 2,
        wide=head[4] == 2,
    )


def _segments(region: Region, layout: _Layout, head: bytes, at: int, entry: int, count: int) -> tuple[Segment, ...]:
    if entry != layout.program.size:
        raise CorruptInput(f"ELF program headers of {entry} bytes")
    end = at + entry * count
    table = head[at:end] if end <= len(head) else region.read(at, entry * count, "ELF program headers")
    wide = layout.flags_at == 1
    found = []
    for fields in layout.program.iter_unpack(table):
        if fields[0] == _LOAD:
            offset, address, _, size = fields[2:6] if wide else fields[1:5]
            flags = fields[layout.flags_at]
            found.append(Segment(address, offset, size, flags & _W != 0, flags & _X != 0))
    return tuple(found)


def _section_table(
    region: Region, layout: _Layout, at: int, entry: int, count: int, names_at: int
) -> tuple[bytes, bytes]:
    """The table and its names; counts beyond 16 bits stand in its first entry (e_shnum 0, e_shstrndx 0xffff)."""
    if entry != layout.section.size:
        raise CorruptInput(f"ELF section headers of {entry} bytes")
    if count == 0 or names_at == 0xFFFF:
        first = layout.section.unpack(region.read(at, entry, "the ELF section table"))
        count = count or first[5]
        names_at = first[6] if names_at == 0xFFFF else names_at
    if count > MAX_SECTIONS:
        raise BoundExceeded(f"ELF with {count} sections")
    if count == 0:
        return b"", b""
    if names_at >= count:
        raise CorruptInput("the ELF section names are in no section")
    table = region.read(at, entry * count, "the ELF section table")
    fields = layout.section.unpack_from(table, entry * names_at)
    offset, size = fields[4], fields[5]
    if size > MAX_NAME_TABLE:
        raise BoundExceeded(f"ELF section names of {size} bytes")
    return table, region.read(offset, size, "the ELF section names")


def _sections(layout: _Layout, table: bytes, names: bytes) -> tuple[Section, ...]:
    found = []
    for name, kind, flags, address, offset, size, *_ in layout.section.iter_unpack(table):
        end = names.find(b"\0", name, name + MAX_NAME)
        text = names[name:end].decode("latin-1") if end > name else ""
        found.append(Section(text, address, offset, 0 if kind == _NOBITS else size, flags))
    return tuple(found)
