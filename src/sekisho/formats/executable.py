"""One word for ELF, Mach-O and PE: named sections, mapped segments, and bytes at a virtual address.

Only what an inventory needs is read: the header tables and the bytes somebody asks for, never the whole file. Object
files, core dumps and DOS programs are not executables here; :func:`~sekisho.formats.program.open_executable` answers
None for them.
Nothing is believed before it is checked against the size of the file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, Literal

import msgspec

from sekisho.errors import BoundExceeded, CorruptInput

Kind = Literal["elf", "macho", "pe"]
HEAD = 1024
"""First read: holds the file header and, in nearly every ELF file, all program headers."""
MAX_SECTIONS = 65_535
"""Entries of one section table; what the 16-bit counts of ELF and PE can say."""


class Region:
    """A stretch of a seekable stream: the whole file, or one architecture of a universal Mach-O."""

    __slots__ = ("size", "start", "stream")

    def __init__(self, stream: BinaryIO, start: int = 0, size: int = -1) -> None:
        self.stream = stream
        self.start = start
        self.size = stream.seek(0, 2) - start if size < 0 else size

    def read(self, offset: int, size: int, what: str = "bytes") -> bytes:
        """Exactly ``size`` bytes at ``offset``; CorruptInput when they lie outside."""
        data = self.read_up_to(offset, size)
        if len(data) != size:
            raise CorruptInput(f"{what} at offset {offset} end beyond the file ({len(data)} of {size} bytes)")
        return data

    def read_up_to(self, offset: int, size: int) -> bytes:
        """Up to ``size`` bytes at ``offset``; fewer, or none, at the end."""
        size = min(size, self.size - offset)
        if offset < 0 or size <= 0:
            return b""
        self.stream.seek(self.start + offset)
        return self.stream.read(size)


class Section(msgspec.Struct, frozen=True, gc=False):
    """A named part of the file. ``size`` counts bytes in the file: 0 for sections that only exist in memory."""

    name: str
    address: int
    offset: int
    size: int
    flags: int


class Segment(msgspec.Struct, frozen=True, gc=False):
    """A part of the file that the loader maps at ``address``."""

    address: int
    offset: int
    size: int
    """Bytes in the file; the mapping may be longer and filled with zeros."""
    writable: bool
    executable: bool


class Executable:
    """A program or shared library, its tables read and its bytes at hand while the stream is open.

    Nearly all programs are asked for a handful of section names and have none of them. ``names`` is the text in which
    every name occurs, so those are answered without decoding the section table.
    """

    __slots__ = ("_decode", "_names", "_sections", "big_endian", "kind", "region", "segments", "wide")

    def __init__(
        self,
        kind: Kind,
        region: Region,
        segments: tuple[Segment, ...],
        *,
        names: bytes,
        decode: Callable[[], tuple[Section, ...]],
        big_endian: bool,
        wide: bool,
    ) -> None:
        self.kind = kind
        self.region = region
        self.segments = segments
        self.big_endian = big_endian
        self.wide = wide
        """True when pointers have 64 bits."""
        self._names = names
        self._decode = decode
        self._sections: tuple[Section, ...] | None = None

    @property
    def has_sections(self) -> bool:
        """Say whether there is a section table; packers and ``sstrip`` remove it."""
        return bool(self._names)

    @property
    def sections(self) -> tuple[Section, ...]:
        """Every section, in the order of the table."""
        if self._sections is None:
            self._sections = self._decode()
        return self._sections

    def section(self, *names: str) -> Section | None:
        """The first section with one of these names."""
        if any(name.encode() in self._names for name in names):
            for section in self.sections:
                if section.name in names:
                    return section
        return None

    def read_section(self, section: Section, limit: int) -> bytes:
        """The section's bytes; BoundExceeded when there are more than ``limit``."""
        if section.size > limit:
            raise BoundExceeded(f"section {section.name} claims {section.size} bytes, more than {limit}")
        return self.region.read(section.offset, section.size, f"section {section.name}")

    def read_address(self, address: int, size: int) -> bytes:
        """Up to ``size`` bytes at a virtual address, to the end of its segment in the file; empty when not mapped."""
        for segment in self.segments:
            into = address - segment.address
            if 0 <= into < segment.size:
                return self.region.read_up_to(segment.offset + into, min(size, segment.size - into))
        return b""

    @property
    def data_segment(self) -> Segment | None:
        """The first segment that is writable and not executable: where initialised data begins."""
        for segment in self.segments:
            if segment.writable and not segment.executable and segment.size and segment.address:
                return segment
        return None
