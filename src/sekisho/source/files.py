"""A set of named files: a directory, or an uncompressed archive indexed without unpacking it.

Image layouts and docker archives are read through this one seam. A name is looked up, never joined from untrusted parts
without a check, and links inside an archive are followed only within it.
"""

from __future__ import annotations

import contextlib
import posixpath
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from sekisho.errors import BoundExceeded, CorruptInput, NotFound, SourceError
from sekisho.formats.compression import GZIP_MAGIC, ZSTD_MAGIC, Decompressed
from sekisho.formats.limits import CHUNK, MAX_LINK_HOPS
from sekisho.formats.tar import Readable, TarReader
from sekisho.source.protocol import ByteStream


class Files(Protocol):
    """Named files."""

    def __contains__(self, name: str) -> bool: ...

    def open(self, name: str) -> ByteStream:
        """The file's bytes; raises NotFound."""
        ...

    def close(self) -> None:
        """Release what is held."""
        ...


def read_file(files: Files, name: str, max_size: int) -> bytes:
    """A small file whole; raise BoundExceeded when it is larger than ``max_size``."""
    stream = files.open(name)
    parts: list[bytes] = []
    size = 0
    try:
        while chunk := stream.read(CHUNK):
            parts.append(chunk)
            size += len(chunk)
            if size > max_size:
                raise BoundExceeded(f"{name} is larger than {max_size:,} bytes")
    finally:
        stream.close()
    return b"".join(parts)


class DirectoryFiles:
    """Files below one directory."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def _path(self, name: str) -> Path:
        if name.startswith("/") or ".." in name.split("/"):
            raise CorruptInput(f"a file name that leaves the directory: {name!r}")
        return self._root / name

    def __contains__(self, name: str) -> bool:
        return self._path(name).is_file()

    def open(self, name: str) -> ByteStream:
        """Open a file for reading; raises NotFound, or SourceError when this machine refuses."""
        path = self._path(name)
        try:
            if path.exists() and not path.is_file():
                raise SourceError(f"{name} in {self._root} is not a file")  # opening a pipe would wait for ever
            return path.open("rb", buffering=0)
        except FileNotFoundError:
            raise NotFound(f"{self._root} has no {name}", hint="the layout is incomplete: copy it again") from None
        except OSError as error:
            raise SourceError(f"cannot read {name} in {self._root}: {error.strerror}") from None

    def close(self) -> None:
        """Nothing is held."""


class _Slot(msgspec.Struct, gc=False):
    offset: int
    size: int
    link: str = ""


class _Slice:
    """One member of an archive on disk."""

    def __init__(self, file: BinaryIO, slot: _Slot) -> None:
        self._file = file
        self._at = slot.offset
        self._left = slot.size

    def read(self, size: int, /) -> bytes:
        self._file.seek(self._at)
        chunk = self._file.read(min(size, self._left))
        if not chunk and self._left:
            raise CorruptInput(f"the archive is truncated: {self._left:,} bytes are missing")
        self._at += len(chunk)
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        """The archive stays open for its other members."""


class ArchiveFiles:
    """Members of a tar archive on disk, by an index of offsets made in one pass over the headers."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._slots: dict[str, _Slot] = {}
        reader = TarReader(file, seekable=file)
        for member in reader:
            if member.kind == "file":
                self._slots[member.path] = _Slot(reader.offset, member.size)
            elif member.kind in ("symlink", "hardlink"):
                self._slots[member.path] = _Slot(0, 0, _target(member.path, member.link, member.kind == "symlink"))

    def _slot(self, name: str) -> _Slot | None:
        for _ in range(MAX_LINK_HOPS):
            slot = self._slots.get(name)
            if slot is None or not slot.link:
                return slot
            name = slot.link
        return None

    def __contains__(self, name: str) -> bool:
        return self._slot(name) is not None

    def open(self, name: str) -> ByteStream:
        """A member's bytes; raises NotFound."""
        slot = self._slot(name)
        if slot is None:
            raise NotFound(f"the archive has no {name!r}", hint="the archive is incomplete: save the image again")
        return _Slice(self._file, slot)

    def close(self) -> None:
        """Close the archive."""
        self._file.close()


def open_archive(stream: Readable, file: BinaryIO | None) -> ArchiveFiles:
    """Index an archive. One that is compressed or that comes as a stream is unpacked into a temporary file first.

    ``file`` is the same stream when it can be sought.
    """
    if file is not None:
        magic = file.read(4)
        file.seek(0)
        if not magic.startswith((GZIP_MAGIC, ZSTD_MAGIC)):
            return _indexed(file)
    import tempfile

    plain = tempfile.TemporaryFile()  # noqa: SIM115 - ArchiveFiles closes it
    try:
        inflated = Decompressed(stream)
        while chunk := inflated.read():
            plain.write(chunk)
        plain.seek(0)
    except OSError as error:
        with contextlib.suppress(OSError):  # what is still buffered has no room either
            plain.close()
        raise SourceError(
            f"cannot unpack the archive: {error.strerror}", hint="point TMPDIR at a file system with room"
        ) from None
    except BaseException:
        plain.close()
        raise
    finally:
        if file is not None:
            file.close()
    return _indexed(plain)


def _indexed(file: BinaryIO) -> ArchiveFiles:
    try:
        return ArchiveFiles(file)
    except BaseException:
        file.close()
        raise


def _target(path: str, link: str, relative: bool) -> str:
    base = posixpath.dirname(path) if relative and not link.startswith("/") else ""
    return posixpath.normpath("/" + posixpath.join(base, link)).lstrip("/")
