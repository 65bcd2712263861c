"""A zip archive read from its end, as hostile input.

The central directory at the end is the only truth about the members: their local headers are asked for nothing but
where the data begins. Bytes before the first member (the launch script of an executable jar) shift every offset and are
allowed; members that overlap each other or the directory are not, because that is how zip bombs multiply.
Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator
from io import SEEK_END, BytesIO, RawIOBase
from struct import Struct
from typing import Any, BinaryIO, cast

import msgspec

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats.limits import CHUNK, MAX_ARCHIVE_ENTRIES, MAX_EXPANSION_RATIO, MAX_FILE_IN_MEMORY

MAGIC = b"PK\x03\x04"
MAX_DIRECTORY_ENTRY = 336
"""Bytes of one directory entry on average: 46 and a name of 290."""
STORED, DEFLATED = 0, 8
_END = Struct("<4s4H2LH")
_END64_LOCATOR = Struct("<4sLQL")
_END64 = Struct("<4sQ2H2L4Q")
_MEMBER = Struct("<4xHHHH4xLLLHHH8xL")
"""Made-by, needed, flags, method, (time, date), crc, packed, size, lengths of name, extra and comment, (…), offset."""
_LOCAL = Struct("<4s22xHH")
_END_MAGIC, _LOCATOR_MAGIC, _END64_MAGIC, _MEMBER_MAGIC = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06", b"PK\x01\x02"
_MAX_COMMENT = 0xFFFF
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_ENCRYPTED, _UTF8 = 0x0001, 0x0800
_ZIP64_EXTRA = 0x0001


class Member(msgspec.Struct, frozen=True, gc=False):
    """One entry of the central directory."""

    name: str
    """With ``/``, as stored; a directory ends with it. Never a path on this machine."""
    size: int
    """Bytes once inflated, as claimed."""
    packed: int
    """Bytes as stored."""
    method: int
    offset: int
    """Of the local header, from the start of the stream."""
    crc: int
    encrypted: bool = False


class Archive:
    """The members of one zip, and their bytes on demand. The stream belongs to the caller and stays open."""

    def __init__(self, stream: BinaryIO, max_entries: int = MAX_ARCHIVE_ENTRIES) -> None:
        """Read the directory; raises CorruptInput when there is none or it contradicts itself."""
        self._stream = stream
        self._max_entries = max_entries
        self.size = stream.seek(0, SEEK_END)
        directory, base, count = self._directory()
        self.members = _members(directory, base, count)
        if len(self.members) > max_entries:
            raise BoundExceeded(f"a zip of {len(self.members):,} members")
        _refuse_overlap(self.members, self.size - len(directory))

    def read(self, member: Member, limit: int) -> bytes:
        """Inflate one member of at most ``limit`` bytes; raises CorruptInput when the bytes are not as promised."""
        out = b"".join(self._chunks(member, limit))
        if zlib.crc32(out) != member.crc:
            raise CorruptInput(f"the checksum of zip member {member.name[:200]!r} is wrong")
        return out

    def open(self, member: Member, limit: int) -> BinaryIO:
        """A seekable stream over one member: a window for a stored one, else inflated to memory or a temporary file."""
        if member.method == STORED:
            return cast("BinaryIO", _Window(self._stream, *self._extent(member, limit)))
        if member.size <= MAX_FILE_IN_MEMORY:
            return BytesIO(self.read(member, limit))
        from tempfile import TemporaryFile

        body = TemporaryFile()  # noqa: SIM115 - handed to the caller
        try:
            for chunk in self._chunks(member, limit):
                body.write(chunk)
        except BaseException:
            body.close()
            raise
        return cast("BinaryIO", body)

    def _directory(self) -> tuple[bytes, int, int]:
        """The central directory's bytes, what must be added to its offsets, and how many members it claims."""
        start = max(0, self.size - _MAX_COMMENT - _END.size)
        tail = self._at(start, self.size - start)
        end = _end_record(tail)
        _, _, _, _, count, length, offset, _ = _END.unpack_from(tail, end)
        stop = start + end
        if count == _FULL16 or _FULL32 in (length, offset):
            count, length, offset, stop = self._zip64(start + end, count, length, offset)
        if count > self._max_entries or length > self._max_entries * MAX_DIRECTORY_ENTRY:
            raise BoundExceeded(f"a zip of {count:,} members in a directory of {length:,} bytes")
        base = stop - length - offset
        if base < 0 or offset + length > self.size:
            raise CorruptInput("the zip directory lies outside the file")
        if base and length and self._at(stop - length, 4) != _MEMBER_MAGIC:
            base, stop = 0, offset + length
        directory = (
            tail[stop - length - start : stop - start] if stop - length >= start else self._at(stop - length, length)
        )
        return directory, base, count

    def _zip64(self, end: int, count: int, length: int, offset: int) -> tuple[int, int, int, int]:
        """What did not fit in 32 bits, and where the directory ends; without a locator nothing changes."""
        place = end - _END64_LOCATOR.size
        locator = self._at(place, _END64_LOCATOR.size) if place >= 0 else b""
        if not locator.startswith(_LOCATOR_MAGIC):
            return count, length, offset, end
        for at in (_END64_LOCATOR.unpack(locator)[2], place - _END64.size):
            record = self._at(at, _END64.size) if 0 <= at <= place - _END64.size else b""
            if record.startswith(_END64_MAGIC):
                count, length, offset = _END64.unpack(record)[-3:]
                return count, length, offset, at
        raise CorruptInput("the zip64 end record is missing")

    def _extent(self, member: Member, limit: int) -> tuple[int, int]:
        """Where the stored bytes begin and how many there are, once the claims are plausible."""
        if member.size > limit:
            raise BoundExceeded(f"zip member {member.name[:200]!r} has {member.size:,} bytes, more than {limit:,}")
        if member.size > (member.packed + 1) * MAX_EXPANSION_RATIO or member.encrypted:
            raise CorruptInput(f"zip member {member.name[:200]!r} claims the impossible or is encrypted")
        if member.method == STORED and member.size != member.packed:
            raise CorruptInput(f"zip member {member.name[:200]!r} is stored and has two sizes")
        header = self._at(member.offset, _LOCAL.size)
        if not header.startswith(MAGIC):
            raise CorruptInput(f"no local header for zip member {member.name[:200]!r}")
        _, name, extra = _LOCAL.unpack(header)
        start = member.offset + _LOCAL.size + name + extra
        if start + member.packed > self.size:
            raise CorruptInput(f"zip member {member.name[:200]!r} is truncated")
        return start, member.packed

    def _chunks(self, member: Member, limit: int) -> Iterator[bytes]:
        start, packed = self._extent(member, limit)
        if member.method == STORED:
            yield self._at(start, packed)
        elif member.method == DEFLATED:
            yield from self._inflated(member, start, packed)
        else:
            raise CorruptInput(f"zip member {member.name[:200]!r} uses compression method {member.method}")

    def _inflated(self, member: Member, start: int, packed: int) -> Iterator[bytes]:
        engine, errors = _raw_inflater()
        left, produced, data = packed, 0, b""
        while not engine.eof and produced <= member.size:
            if not data and left:
                data = self._at(start + packed - left, min(left, CHUNK))
                left -= len(data)
            try:
                out = engine.decompress(data, CHUNK)
            except errors as error:
                raise CorruptInput(f"zip member {member.name[:200]!r} is damaged: {error}") from None
            stuck = not out and not left and len(engine.unconsumed_tail) == len(data)
            data = engine.unconsumed_tail
            produced += len(out)
            yield out
            if stuck:
                break
        if produced != member.size or not engine.eof:
            raise CorruptInput(f"zip member {member.name[:200]!r} does not inflate to the size it claims")

    def _at(self, offset: int, length: int) -> bytes:
        self._stream.seek(offset)
        data = self._stream.read(length)
        if len(data) != length:
            raise CorruptInput("the zip is truncated")
        return data


class _Window(RawIOBase):
    """A stretch of another stream as a stream of its own; closing it leaves the other open."""

    def __init__(self, stream: BinaryIO, start: int, length: int) -> None:
        self._stream, self._start, self._length, self._position = stream, start, length, 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """As on any stream, but only within the stretch."""
        origin = (0, self._position, self._length)[whence]
        self._position = max(0, origin + offset)
        return self._position

    def tell(self) -> int:
        """Bytes from the start of the stretch."""
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes, or all that is left."""
        left = max(0, self._length - self._position)
        wanted = left if size is None or size < 0 else min(size, left)
        self._stream.seek(self._start + self._position)
        data = self._stream.read(wanted)
        self._position += len(data)
        return data


def _raw_inflater() -> tuple[Any, tuple[type[Exception], ...]]:
    engine: Any = zlib
    with contextlib.suppress(ImportError):
        from isal import isal_zlib as engine
    return engine.decompressobj(wbits=-15), (engine.error, zlib.error)


def _end_record(tail: bytes) -> int:
    """Where the end record begins in the last bytes: the last signature whose comment fits in what follows."""
    at = tail.rfind(_END_MAGIC)
    while at >= 0:
        if at + _END.size <= len(tail) and at + _END.size + _END.unpack_from(tail, at)[7] <= len(tail):
            return at
        at = tail.rfind(_END_MAGIC, 0, at)
    raise CorruptInput("not a zip: it has no end record")


def _members(directory: bytes, base: int, count: int) -> list[Member]:
    members: list[Member] = []
    unpack, append, end = _MEMBER.unpack_from, members.append, len(directory)
    at = 0
    while at < end:
        if directory[at : at + 4] != _MEMBER_MAGIC or end - at < 46:
            raise CorruptInput("the zip directory is damaged")
        _, _, flags, method, crc, packed, size, names, extras, comments, offset = unpack(directory, at)
        at += 46
        raw = directory[at : at + names]
        name = raw.decode("utf-8", "replace") if flags & _UTF8 or raw.isascii() else raw.decode("cp437")
        at += names + extras + comments
        if packed == _FULL32 or size == _FULL32 or offset == _FULL32:
            extra = directory[at - extras - comments : at - comments]
            size, packed, offset = _zip64_sizes(extra, size, packed, offset)
        append(Member(name, size, packed, method, base + offset, crc, flags & _ENCRYPTED != 0))
    if at != end or len(members) & _FULL16 != count & _FULL16:
        raise CorruptInput(f"the zip directory holds {len(members):,} members, not {count:,}")
    return members


def _zip64_sizes(extra: bytes, *fields: int) -> tuple[int, int, int]:
    """Size, packed size and offset, each taken from the zip64 extra field where 32 bits were not enough."""
    at = 0
    while at + 4 <= len(extra):
        kind = int.from_bytes(extra[at : at + 2], "little")
        length = int.from_bytes(extra[at + 2 : at + 4], "little")
        if kind == _ZIP64_EXTRA:
            body = extra[at + 4 : at + 4 + length]
            return _replaced(body, fields)
        at += 4 + length
    return cast("tuple[int, int, int]", fields)


def _replaced(body: bytes, fields: tuple[int, ...]) -> tuple[int, int, int]:
    values, at = [], 0
    for field in fields:
        if field == _FULL32:
            if at + 8 > len(body):
                raise CorruptInput("a zip64 field is truncated")
            field = int.from_bytes(body[at : at + 8], "little")
            at += 8
        values.append(field)
    return values[0], values[1], values[2]


def _refuse_overlap(members: list[Member], directory: int) -> None:
    """Each member must end (its header of at least 30 bytes included) before the next one or the directory begins."""
    end = 0
    for member in sorted(members, key=lambda member: member.offset):
        if member.offset < end:
            raise CorruptInput(f"zip member {member.name[:200]!r} overlaps another one")
        end = member.offset + _LOCAL.size + member.packed
    if end > directory:
        raise CorruptInput("a zip member overlaps the directory")
