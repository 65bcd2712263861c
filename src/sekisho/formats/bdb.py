"""Values of a BerkeleyDB hash database, the ``Packages`` file of rpm before 4.16.

Pages of one size: number 0 describes the database, hash pages hold keys and values by turns, and a long value lies in
a chain of overflow pages. Every page is looked at once, in order, whatever bucket it belongs to: the values are the
same and no chain of buckets needs to be trusted. The byte order is that of the machine that wrote the file.
Source: https://github.com/berkeleydb/libdb/blob/master/src/dbinc/db_page.h
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct, unpack_from
from typing import BinaryIO

from sekisho.errors import CorruptInput

MAGIC = 0x061561
"""DB_HASHMAGIC, at byte 12 of the first page."""
PAGE_SIZES = frozenset(1 << bits for bits in range(9, 17))
"""512 bytes to 64 KiB (DB_MIN_PGSIZE, DB_MAX_PGSIZE)."""

_META = "8xIIIIBBBxII"
_PAGE_HEADER = 26
_UNSORTED_HASH, _OVERFLOW, _HASH_META, _HASH = 2, 7, 8, 13
_INLINE, _OFF_PAGE = 1, 3
_COUNTER_KEY = b"\0\0\0\0"
"""The record under key 0 is the number of the next package, not a package."""


def byte_order(head: bytes) -> str:
    """``<`` or ``>`` when these first bytes are a BerkeleyDB hash database's, else empty."""
    for order in "<>":
        if len(head) >= 16 and unpack_from(f"{order}I", head, 12)[0] == MAGIC:
            return order
    return ""


def read_blobs(stream: BinaryIO) -> Iterator[bytes]:
    """Yield every value but the package counter. Raises CorruptInput; reads each page at most once."""
    pages = _Pages(stream)
    for number in range(1, pages.last + 1):
        page = pages.read(number)
        if page[25] in (_HASH, _UNSORTED_HASH):
            yield from _values(pages, page)


class _Pages:
    """Random access to the pages of one database."""

    def __init__(self, stream: BinaryIO) -> None:
        stream.seek(0)
        head = stream.read(72)
        order = byte_order(head)
        if not order or len(head) < 72:
            raise CorruptInput("not a BerkeleyDB hash database")
        _, _, _, self.size, encryption, kind, flags, _, self.last = unpack_from(order + _META, head)
        if kind != _HASH_META or self.size not in PAGE_SIZES:
            raise CorruptInput(f"BerkeleyDB: page type {kind}, page size {self.size}")
        if encryption or flags:
            raise CorruptInput("BerkeleyDB: encrypted, checksummed and partitioned databases are not rpm's")
        if (self.last + 1) * self.size > stream.seek(0, 2):
            raise CorruptInput(f"BerkeleyDB: truncated, {self.last + 1} pages of {self.size} bytes were promised")
        self.order = order
        self.chain = Struct(order + "I2xHxB")
        self.off_page = Struct(order + "II")
        self._stream = stream
        self._used = bytearray(self.last + 1)

    def read(self, number: int) -> bytes:
        """One whole page."""
        self._stream.seek(number * self.size)
        page = self._stream.read(self.size)
        if len(page) != self.size:
            raise CorruptInput(f"BerkeleyDB: page {number} is cut short")
        return page

    def overflow(self, number: int, length: int) -> bytes:
        """Join a chain of overflow pages; no page may serve two values, so hostile chains cannot loop."""
        parts = []
        left = length
        while number:
            if number > self.last or self._used[number]:
                raise CorruptInput(f"BerkeleyDB: overflow chain leads to page {number}")
            self._used[number] = 1
            page = self.read(number)
            number, filled, kind = self.chain.unpack_from(page, 16)
            left -= filled
            if kind != _OVERFLOW or filled > self.size - _PAGE_HEADER or left < 0:
                raise CorruptInput("BerkeleyDB: damaged overflow page")
            parts.append(page[_PAGE_HEADER : _PAGE_HEADER + filled])
        if left:
            raise CorruptInput(f"BerkeleyDB: overflow chain ends {left} bytes early")
        return b"".join(parts)


def _values(pages: _Pages, page: bytes) -> Iterator[bytes]:
    """The values of one hash page, which fills downwards: an item ends where the one before it begins."""
    count = unpack_from(pages.order + "H", page, 20)[0]
    if _PAGE_HEADER + 2 * count > pages.size or count % 2:
        raise CorruptInput(f"BerkeleyDB: hash page claims {count} items")
    offsets = (pages.size, *unpack_from(f"{pages.order}{count}H", page, _PAGE_HEADER))
    for i in range(1, count, 2):
        end, key, value = offsets[i - 1], offsets[i], offsets[i + 1]
        if not _PAGE_HEADER <= value < key < end <= pages.size:
            raise CorruptInput("BerkeleyDB: hash page items overlap")
        if page[key + 1 : end] == _COUNTER_KEY:
            continue
        kind = page[value]
        if kind == _INLINE:
            yield page[value + 1 : key]
        elif kind == _OFF_PAGE and key - value >= 12:
            yield pages.overflow(*pages.off_page.unpack_from(page, value + 4))
        else:
            raise CorruptInput(f"BerkeleyDB: value of type {kind}")
