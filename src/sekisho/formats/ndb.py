"""Values of an rpm "ndb" database, the ``Packages.db`` file of SUSE.

A file header, then slots of sixteen bytes (package number, place and length in blocks of sixteen), then the blobs, each
between a head and a tail that repeat what the slot says and carry an Adler-32 sum. Always little-endian.
Source: https://github.com/rpm-software-management/rpm/blob/master/lib/backend/ndb/rpmpkg.c
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import BinaryIO

from sekisho.errors import BoundExceeded, CorruptInput

MAGIC = b"RpmP"
SLOT_PAGE = 4096
BLOCK = 16
MAX_SLOT_PAGES = 4096
"""A million packages; the largest distributions have less than a hundred thousand in all."""

_FILE_HEAD = Struct("<4sIII16x")
_SLOT = Struct("<4sIII")
_BLOB_HEAD = Struct("<4sIII")
_BLOB_TAIL = Struct("<II4s")


def read_blobs(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the blob of every used slot, in order. Raises CorruptInput; reads no more bytes than the file has."""
    size = stream.seek(0, 2)
    left = size
    for package, place, blocks in _slots(stream, size):
        left -= blocks * BLOCK
        if left < 0 or (place + blocks) * BLOCK > size:
            raise CorruptInput(f"ndb: blob of package {package} lies outside the file or over another")
        yield _blob(stream, package, place, blocks)


def _slots(stream: BinaryIO, size: int) -> Iterator[tuple[int, int, int]]:
    """(package number, first block, blocks) of every used slot."""
    stream.seek(0)
    head = stream.read(_FILE_HEAD.size)
    if len(head) < _FILE_HEAD.size or head[:4] != MAGIC:
        raise CorruptInput("not an rpm ndb database")
    _, version, _, pages = _FILE_HEAD.unpack(head)
    if pages > MAX_SLOT_PAGES:
        raise BoundExceeded(f"ndb: {pages} pages of slots, more than {MAX_SLOT_PAGES}")
    if version != 0 or not pages or pages * SLOT_PAGE > size:
        raise CorruptInput(f"ndb: version {version} with {pages} pages of slots in {size} bytes")
    for magic, package, place, blocks in _SLOT.iter_unpack(stream.read(pages * SLOT_PAGE - _FILE_HEAD.size)):
        if magic != b"Slot":
            raise CorruptInput("ndb: damaged slot")
        if package:
            yield package, place, blocks


def _blob(stream: BinaryIO, package: int, place: int, blocks: int) -> bytes:
    from zlib import adler32

    stream.seek(place * BLOCK)
    raw = stream.read(blocks * BLOCK)
    if len(raw) < _BLOB_HEAD.size + _BLOB_TAIL.size:
        raise CorruptInput(f"ndb: blob of package {package} is cut short")
    start, owner, _, length = _BLOB_HEAD.unpack_from(raw)
    body_end = len(raw) - _BLOB_TAIL.size
    check, repeated, end = _BLOB_TAIL.unpack_from(raw, body_end)
    if (start, end, owner, repeated) != (b"BlbS", b"BlbE", package, length) or _BLOB_HEAD.size + length > body_end:
        raise CorruptInput(f"ndb: blob of package {package} does not agree with its slot")
    if adler32(raw[:body_end]) != check:
        raise CorruptInput(f"ndb: blob of package {package} does not match its checksum")
    return raw[_BLOB_HEAD.size : _BLOB_HEAD.size + length]
