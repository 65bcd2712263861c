"""Values of an rpm SQLite database, the ``rpmdb.sqlite`` file of rpm 4.16 and later.

SQLite is robust against damaged files, and here it is also kept from doing more than was asked: the file is a copy that
nothing else sees, an authorizer allows reading the one table, and a step counter ends a query that does not end itself.
A write-ahead log that was not yet folded in is applied first: committed frames of the log's own salt, in order.
Sources: https://www.sqlite.org/security.html, https://www.sqlite.org/fileformat2.html#walformat
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from struct import Struct
from typing import TYPE_CHECKING, BinaryIO

from sekisho.errors import CorruptInput
from sekisho.formats.limits import CHUNK, MAX_FILE_IN_MEMORY

if TYPE_CHECKING:
    from sqlite3 import Connection

MAGIC = b"SQLite format 3\0"
STEPS = 10_000
"""Instructions of SQLite's machine between two looks at the budget."""
BYTES_PER_STEP = 16
"""A row of Packages costs about five instructions and has hundreds of bytes: a file's size pays for honest queries."""

_WAL_HEAD = Struct(">II I I II 8x")
_WAL_FRAME = Struct(">II II 8x")
_WAL_MAGIC = frozenset({0x377F0682, 0x377F0683})
_FILE_FORMAT_VERSIONS = 18
"""Two bytes: 1 for a rollback journal, 2 for a write-ahead log, which an in-memory database cannot have."""


def read_blobs(stream: BinaryIO, wal: bytes = b"") -> Iterator[bytes]:
    """Yield the package headers in the order of their numbers. Raises CorruptInput for whatever SQLite cannot read."""
    import sqlite3

    size = stream.seek(0, 2)
    connection = sqlite3.connect(":memory:", isolation_level=None)
    copy: BinaryIO | None = None
    try:
        if size + len(wal) <= MAX_FILE_IN_MEMORY and hasattr(connection, "deserialize"):
            connection.deserialize(_in_memory(stream, wal))
        else:
            connection.close()
            copy = _temporary()
            _copy(stream, wal, copy)
            connection = sqlite3.connect(_location(copy), uri=True, isolation_level=None)
        yield from _rows(connection, size + len(wal))
    except (sqlite3.Error, MemoryError, UnicodeDecodeError) as error:  # a message may quote the damaged schema
        raise CorruptInput(f"rpm database: {error}") from error
    finally:
        connection.close()
        if copy is not None:
            copy.close()


def _rows(connection: Connection, size: int) -> Iterator[bytes]:
    _restrain(connection, size)
    found = connection.execute("SELECT type, sql FROM sqlite_master WHERE name = 'Packages'").fetchall()
    kind, sql = found[0] if len(found) == 1 else (b"", b"")
    if kind != b"table" or not isinstance(sql, bytes) or not sql.upper().startswith(b"CREATE TABLE"):
        raise CorruptInput("rpm database: there is no table of packages")
    left = size
    for (blob,) in connection.execute("SELECT blob FROM Packages"):
        if not isinstance(blob, bytes):
            raise CorruptInput("rpm database: a package is not stored as a blob")
        left -= len(blob)
        if left < 0:
            raise CorruptInput("rpm database: the packages are larger than the file")
        yield blob


def _restrain(connection: Connection, size: int) -> None:
    """Take away everything that reading one table does not need."""
    import sqlite3

    connection.text_factory = bytes
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0", "query_only = ON"):
        connection.execute(f"PRAGMA {pragma}")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(size, 1 << 20))
    allowed = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ)
    connection.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in allowed else sqlite3.SQLITE_DENY)
    looks = iter(range(size // (STEPS * BYTES_PER_STEP) + 10))
    connection.set_progress_handler(lambda: next(looks, None) is None, STEPS)


def _in_memory(stream: BinaryIO, wal: bytes) -> bytes:
    memory = BytesIO()
    _copy(stream, wal, memory)
    return memory.getvalue()


def _location(copy: BinaryIO) -> str:
    from pathlib import Path

    return f"{Path(copy.name).as_uri()}?mode=ro&immutable=1"


def _temporary() -> BinaryIO:
    from tempfile import NamedTemporaryFile

    return NamedTemporaryFile(prefix="sekisho-rpmdb-")  # type: ignore[return-value]


def _copy(stream: BinaryIO, wal: bytes, target: BinaryIO) -> None:
    """Copy the database, fold its log in, and mark it as having none."""
    stream.seek(0)
    while chunk := stream.read(CHUNK):
        target.write(chunk)
    for place, page in _frames(wal):
        target.seek(place)
        target.write(page)
    target.seek(_FILE_FORMAT_VERSIONS)
    target.write(b"\x01\x01")
    target.flush()


def _frames(wal: bytes) -> Iterator[tuple[int, bytes]]:
    """(place in the database, page) of every committed frame; empty when there is no usable log."""
    if len(wal) < _WAL_HEAD.size:
        return
    magic, _, size, _, *salt = _WAL_HEAD.unpack_from(wal)
    if magic not in _WAL_MAGIC or not 512 <= size <= 65536:
        return
    pending: list[tuple[int, bytes]] = []
    for start in range(_WAL_HEAD.size, len(wal) - size, _WAL_FRAME.size + size):
        number, commit, *frame_salt = _WAL_FRAME.unpack_from(wal, start)
        body = start + _WAL_FRAME.size
        if frame_salt != salt or not number or len(wal) < body + size:
            return
        pending.append(((number - 1) * size, wal[body : body + size]))
        if commit:
            yield from pending
            pending = []
