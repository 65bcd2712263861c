"""The header of an rpm package as databases store it: an index of tags over one store of values.

Two big-endian numbers (entries, bytes of the store), sixteen bytes an entry (tag, type, offset, count), then the store.
A leading *region* tag covers what was signed; entries behind it were added at installation and replace entries of the
same tag. Values are decoded when they are asked for, so a header costs its index and no more.
Source: https://rpm-software-management.github.io/rpm/manual/format_header.html
"""

from __future__ import annotations

from collections.abc import Container
from struct import Struct, calcsize, unpack_from

from sekisho.errors import CorruptInput

NAME, VERSION, RELEASE, EPOCH, SUMMARY = 1000, 1001, 1002, 1003, 1004
VENDOR, LICENSE, URL, ARCH = 1011, 1014, 1020, 1022
OLD_FILE_NAMES, SOURCE_RPM, PROVIDE_NAME, REQUIRE_NAME = 1027, 1044, 1047, 1049
DIR_INDEXES, BASE_NAMES, DIR_NAMES, MODULARITY_LABEL = 1116, 1117, 1118, 5096
SIGNATURE_MD5 = 261
"""Tags: https://rpm-software-management.github.io/rpm/manual/tags.html"""

MAX_TAGS = 0xFFFF
"""rpm's own limit on index entries (HEADER_TAGS_MAX in lib/header.c)."""
MAX_STORE = 0x0FFF_FFFF
"""rpm's own limit on the store (HEADER_DATA_MAX in lib/header.c)."""

_PREAMBLE = Struct(">II")
_ENTRY = Struct(">IIII")
_TEXT_TYPES = frozenset({6, 8, 9})
_NUMBER_CODES = {1: "B", 2: "B", 3: "H", 4: "I", 5: "Q"}
_BINARY = 7

Entry = tuple[int, int, int]


class RpmHeader:
    """One package's header. The accessors raise CorruptInput for a value outside the store or of another type."""

    __slots__ = ("_blob", "_entries", "_store")

    def __init__(self, blob: bytes) -> None:
        if len(blob) < _PREAMBLE.size:
            raise CorruptInput("rpm header is shorter than its preamble")
        entries, store = _PREAMBLE.unpack_from(blob)
        self._store = _PREAMBLE.size + entries * _ENTRY.size
        if entries > MAX_TAGS or store > MAX_STORE or self._store + store != len(blob):
            raise CorruptInput(f"rpm header of {len(blob)} bytes claims {entries} tags and {store} bytes of values")
        index = _ENTRY.iter_unpack(memoryview(blob)[_PREAMBLE.size : self._store])
        self._entries: dict[int, Entry] = {tag: (kind, offset, count) for tag, kind, offset, count in index}
        self._blob = blob

    def text(self, tag: int) -> str:
        """The first (or only) string of a tag; empty when the tag is absent."""
        found = self._find(tag, _TEXT_TYPES)
        if not found:
            return ""
        start, _ = found
        end = self._blob.find(b"\0", start)
        if end < 0:
            raise CorruptInput(f"rpm header: string of tag {tag} does not end")
        return self._blob[start:end].decode("utf-8", "replace")

    def texts(self, tag: int) -> list[str]:
        """Every string of a tag, in order; bytes that are not UTF-8 become U+FFFD."""
        found = self._find(tag, _TEXT_TYPES)
        if not found:
            return []
        start, count = found
        rest = self._blob[start:]
        parts = rest.split(b"\0", count)
        if len(parts) <= count:
            raise CorruptInput(f"rpm header: tag {tag} promises {count} strings and holds {len(parts) - 1}")
        return rest[: len(rest) - len(parts[-1]) - 1].decode("utf-8", "replace").split("\0") if count else []

    def numbers(self, tag: int) -> tuple[int, ...]:
        """The numbers of a tag, in order."""
        found = self._find(tag, _NUMBER_CODES)
        if not found:
            return ()
        start, count = found
        layout = f">{count}{_NUMBER_CODES[self._entries[tag][0]]}"
        self._within(tag, start, calcsize(layout))
        return unpack_from(layout, self._blob, start)

    def binary(self, tag: int) -> bytes:
        """The raw bytes of a tag; empty when it is absent."""
        found = self._find(tag, (_BINARY,))
        if not found:
            return b""
        start, count = found
        self._within(tag, start, count)
        return self._blob[start : start + count]

    def _find(self, tag: int, kinds: Container[int]) -> tuple[int, int] | None:
        entry = self._entries.get(tag)
        if entry is None:
            return None
        kind, offset, count = entry
        if kind not in kinds:
            raise CorruptInput(f"rpm header: tag {tag} has the unexpected type {kind}")
        start = self._store + offset
        self._within(tag, start, count)
        return start, count

    def _within(self, tag: int, start: int, size: int) -> None:
        if start + size > len(self._blob):
            raise CorruptInput(f"rpm header: value of tag {tag} lies outside its store")
