"""Open a program, whichever of the three executable formats it has."""

from __future__ import annotations

from typing import BinaryIO

from sekisho.formats.executable import HEAD, Executable, Region

_MACHO = frozenset((b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"))
_FAT = frozenset((b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"))


def open_executable(stream: BinaryIO) -> Executable | None:
    """Read the tables of an ELF, Mach-O or PE file; None when it is none of them, CorruptInput when they make no sense.

    Of a universal Mach-O the first architecture is read: the others are the same program.
    """
    region = Region(stream)
    head = region.read_up_to(0, HEAD)
    magic = head[:4]
    if magic == b"\x7fELF":
        from sekisho.formats.elf import read_elf

        return read_elf(region, head)
    if magic[:2] == b"MZ":
        from sekisho.formats.pe import read_pe

        return read_pe(region, head)
    if magic in _MACHO:
        from sekisho.formats.macho import read_macho

        return read_macho(region, head)
    if magic in _FAT:
        from sekisho.formats.macho import read_universal

        return read_universal(region, head)
    return None
