"""A tar stream, one member at a time: our own walk over 512-byte headers.

Ten to fifty times faster than :mod:`tarfile` in streaming mode, because a body nobody asks for is never copied.
Understood: v7, ustar, PAX (path, linkpath, size), GNU long names, base-256 sizes. Sparse files are named as such and
never expanded, so a 10 GB claim costs nothing. Names are resolved as a container runtime resolves them, rooted at
``/``: ``../../etc/passwd`` and ``/etc/passwd`` both become ``etc/passwd``.
Source: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html and GNU tar's manual, "Basic Tar Format".
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import BinaryIO, Literal, Protocol

import msgspec

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats.limits import CHUNK, MAX_ENTRIES, MAX_FILE_IN_MEMORY, MAX_PATH, MAX_PAX_HEADER

BLOCK = 512
_ZERO = bytes(BLOCK)
_REGULAR = frozenset(b"\x0007")
_BODILESS = frozenset(b"123456")
"""Links, devices, directories and pipes have no body, whatever size they claim; every other kind has, known or not."""
_KINDS: dict[int, Kind] = {ord("1"): "hardlink", ord("2"): "symlink", ord("5"): "directory", ord("S"): "sparse"}

Kind = Literal["file", "directory", "symlink", "hardlink", "sparse", "other"]


class Readable(Protocol):
    """Anything that hands out bytes in order."""

    def read(self, size: int, /) -> bytes:
        """Up to ``size`` bytes; empty only at the end."""
        ...


class Member(msgspec.Struct, gc=False):
    """One entry: a rooted path without leading slash, its kind, the stored size, mode bits, and a link's target."""

    path: str
    kind: Kind
    size: int
    mode: int
    link: str = ""


class TarReader:
    """Iterate members; between two steps the current body may be read once, wholly or in part.

    Raises CorruptInput for a truncated or malformed stream and BoundExceeded beyond the named limits.
    """

    def __init__(self, stream: Readable, *, seekable: BinaryIO | None = None) -> None:
        self._stream = stream
        self._seekable = seekable
        """The same stream, when bodies may be skipped by seeking (archives on disk)."""
        self._end = seekable.seek(0, 2) if seekable else 0
        if seekable:
            seekable.seek(0)
        self._buffer = b""
        self._base = 0
        """Offset of the buffer in the stream."""
        self._at = 0
        self._body = 0
        """Bytes of the current member, padding included, that are still unread."""
        self._size = 0
        """Bytes of the current member's content that are still unread."""

    def __iter__(self) -> Iterator[Member]:
        extended: dict[str, str] = {}
        for _ in range(MAX_ENTRIES):
            self._skip(self._body)
            header = self._header()
            if header is None:
                return
            kind = header[156]
            size = _number(header[124:136])
            if kind in b"xgLK":
                extended |= self._extension(kind, size)
                continue
            member = _member(header, kind, size, extended)
            extended = {}
            self._size = member.size if member.kind in ("file", "sparse") else 0
            self._body = 0 if kind in _BODILESS else -(-member.size // BLOCK) * BLOCK
            if member.kind == "sparse":
                self._skip_sparse_map(header)
            yield member
        raise BoundExceeded(f"the archive has more than {MAX_ENTRIES:,} members")

    def head(self, count: int) -> bytes:
        """The next ``count`` bytes of the current body without consuming them; fewer when it is shorter."""
        count = min(count, self._size)
        while len(self._buffer) - self._at < count and self._fill():
            pass
        return self._buffer[self._at : self._at + count]

    def read(self) -> bytes:
        """The rest of the current body in memory; the caller has checked its size."""
        data = self._take(self._size)
        self._body -= len(data)
        self._size = 0
        return data

    def spool(self, in_memory: int = MAX_FILE_IN_MEMORY) -> BinaryIO:
        """The rest of the current body as a seekable stream, in a temporary file beyond ``in_memory`` bytes."""
        if self._size <= in_memory:
            from io import BytesIO

            return BytesIO(self.read())
        import tempfile

        spooled = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the caller
        while self._size:
            part = self._take(min(self._size, CHUNK))
            self._body -= len(part)
            self._size -= len(part)
            spooled.write(part)
        spooled.seek(0)
        return spooled

    @property
    def offset(self) -> int:
        """Where the unread part of the current body begins in the stream."""
        return self._base + self._at

    def _header(self) -> bytes | None:
        header = self._take(BLOCK, at_end=True)
        if not header:
            return None
        if header == _ZERO:
            # One zero block ends an archive for every reader that matters; what follows is padding.
            return None
        if header[257:262] != b"ustar" and not _checksum_holds(header):
            raise CorruptInput("not a tar header where one was expected", hint="the layer is damaged or not a tar")
        return header

    def _extension(self, kind: int, size: int) -> dict[str, str]:
        if size > MAX_PAX_HEADER:
            raise BoundExceeded(f"an extended tar header of {size:,} bytes")
        body = self._take(size)
        self._skip(-size % BLOCK)
        if kind == ord("L"):
            return {"path": _text(body.partition(b"\0")[0])}
        if kind == ord("K"):
            return {"linkpath": _text(body.partition(b"\0")[0])}
        # A global header (git archive writes one with the commit) changes nothing that is read here.
        return _pax_records(body) if kind == ord("x") else {}

    def _skip_sparse_map(self, header: bytes) -> None:
        more = header[482]
        for _ in range(MAX_ENTRIES):
            if not more:
                return
            more = self._take(BLOCK)[504]
        raise BoundExceeded("a sparse map without end")

    def _fill(self) -> bool:
        chunk = self._stream.read(CHUNK)
        if not chunk:
            return False
        self._base += self._at
        self._buffer = self._buffer[self._at :] + chunk if self._at < len(self._buffer) else chunk
        self._at = 0
        return True

    def _take(self, count: int, *, at_end: bool = False) -> bytes:
        end = self._at + count
        if end <= len(self._buffer):
            taken = self._buffer[self._at : end]
            self._at = end
            return taken
        parts = [self._buffer[self._at :]]
        missing = count - len(parts[0])
        self._base += len(self._buffer)
        self._buffer, self._at = b"", 0
        while missing:
            chunk = self._stream.read(CHUNK)
            if not chunk:
                break
            parts.append(chunk[:missing])
            if len(chunk) > missing:
                self._buffer, self._at = chunk, missing
            else:
                self._base += len(chunk)
            missing -= len(parts[-1])
        if missing and not (at_end and missing == count):
            raise CorruptInput(f"the archive is truncated: {missing:,} bytes are missing")
        return b"".join(parts)

    def _skip(self, count: int) -> None:
        self._body = 0
        self._at += count
        if self._seekable and self._at > len(self._buffer):
            self._seek(self._base + self._at)
        while self._at > len(self._buffer):
            self._at -= len(self._buffer)
            self._base += len(self._buffer)
            self._buffer = self._stream.read(CHUNK)
            if not self._buffer:
                raise CorruptInput(f"the archive is truncated: {self._at:,} bytes are missing")

    def _seek(self, offset: int) -> None:
        assert self._seekable is not None  # noqa: S101 - asked by _skip
        if offset > self._end:
            raise CorruptInput(f"the archive is truncated: {offset - self._end:,} bytes are missing")
        self._seekable.seek(offset)
        self._buffer, self._base, self._at = b"", offset, 0


def rooted(name: str) -> str:
    """Resolve a member's name against the root, as a runtime unpacks it; empty for the root itself."""
    if name.startswith("./"):
        name = name[2:]
    if "/." in name or "//" in name or name[:1] in ("/", ".") or name[-1:] == "/":
        name = posixpath.normpath("/" + name).lstrip("/")
    return name


def _member(header: bytes, kind: int, size: int, extended: dict[str, str]) -> Member:
    name = extended.get("path") or _name(header)
    if len(name) > MAX_PATH:
        raise BoundExceeded(f"a path of {len(name):,} characters in an archive")
    if "size" in extended:
        size = _decimal(extended["size"])
    if kind in _REGULAR:
        word: Kind = "directory" if name.endswith("/") and not size else "file"
        if any(key.startswith("GNU.sparse.") for key in extended):
            word, name = "sparse", extended.get("GNU.sparse.name", name)
    else:
        word = _KINDS.get(kind, "other")
    link = extended.get("linkpath") or (_text(header[157:257].partition(b"\0")[0]) if word.endswith("link") else "")
    return Member(rooted(name), word, size, _number(header[100:108]) & 0o7777, link)


def _name(header: bytes) -> str:
    name = header[:100].partition(b"\0")[0]
    if header[257:263] == b"ustar\0" and header[345]:
        name = header[345:500].partition(b"\0")[0] + b"/" + name
    return _text(name)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def _number(field: bytes) -> int:
    if field[0] & 0x80:
        value = int.from_bytes(field, "big") & ((1 << (8 * len(field) - 1)) - 1)
        if field[0] & 0x40 or value >> 62:
            raise CorruptInput("a negative or absurd number in a tar header")
        return value
    digits = field.strip(b" \0")
    try:
        return int(digits, 8) if digits else 0
    except ValueError:
        raise CorruptInput("a number in a tar header is not octal") from None


def _decimal(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise CorruptInput("a PAX size is not a number")
    return int(text)


def _checksum_holds(header: bytes) -> bool:
    try:
        return _number(header[148:156]) == sum(header) - sum(header[148:156]) + 8 * ord(" ")
    except CorruptInput:
        return False


def _pax_records(body: bytes) -> dict[str, str]:
    records: dict[str, str] = {}
    at = 0
    while at < len(body):
        space = body.find(b" ", at, at + 20)
        length = body[at:space] if space > 0 else b""
        if not length.isdigit() or (end := at + int(length)) > len(body) or end <= space:
            raise CorruptInput("a PAX header record has no valid length")
        key, _, value = body[space + 1 : end - 1].partition(b"=")
        records[_text(key)] = _text(value)
        at = end
    return records
