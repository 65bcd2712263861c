"""Turning records into rows: what one source puts into the tables, and what it takes out again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import TYPE_CHECKING

import msgspec

from sekisho.advisories.candidate import Candidate, candidate_of
from sekisho.advisories.feeds.protocol import Record
from sekisho.advisories.packing import SAMPLES, Packer, Unpacker, train
from sekisho.model.advisory import Advisory, Affected

if TYPE_CHECKING:
    import sqlite3

BATCH = 2000
"""Records written at once."""
_ENCODER = msgspec.msgpack.Encoder()
_ADVISORY = msgspec.msgpack.Decoder(Advisory)
_AFFECTED = msgspec.msgpack.Decoder(tuple[Affected, ...])
_CANDIDATES = msgspec.msgpack.Decoder(list[Candidate])
_STAGE = "CREATE TEMP TABLE IF NOT EXISTS stage (ecosystem TEXT, name TEXT, data BLOB)"
_INSERT_ADV = "INSERT INTO adv VALUES (?, ?, ?, ?, ?, ?, ?)"
_INSERT_PKG = "INSERT INTO pkg VALUES (?, ?, ?, ?)"
_INSERT_ABOUT = "INSERT OR IGNORE INTO about VALUES (?, ?, ?)"


def clear(connection: sqlite3.Connection, source: int) -> None:
    """Take out everything one source brought."""
    connection.execute("DELETE FROM adv WHERE source = ?", (source,))
    connection.execute("DELETE FROM pkg WHERE source = ?", (source,))
    connection.execute("DELETE FROM about WHERE source = ?", (source,))


class Written(msgspec.Struct, frozen=True):
    """What a source put into the tables."""

    dictionary: bytes
    packages: int
    ecosystems: frozenset[str]


def write_all(connection: sqlite3.Connection, source: int, records: Iterator[Record]) -> Written:
    """Write a source's records, no id twice, into cleared tables.

    Package rows need all records of a package, so their parts wait in a temporary table, which spills to disk.
    """
    connection.execute(_STAGE)
    connection.execute("DELETE FROM stage")
    first = list(islice(records, SAMPLES))
    samples = (part for record in first for part in (_head(record.advisory), record.advisory.affected))
    dictionary = train([_ENCODER.encode(part) for part in samples])
    packer = Packer(dictionary)
    _write_batch(connection, source, first, packer)
    while batch := list(islice(records, BATCH)):
        _write_batch(connection, source, batch, packer)
    rows = connection.execute("SELECT ecosystem, name, data FROM stage ORDER BY ecosystem, name, rowid")
    ecosystems: Counter[str] = Counter()
    connection.executemany(_INSERT_PKG, _package_rows(rows, source, Packer(), ecosystems))
    connection.execute("DELETE FROM stage")
    return Written(dictionary, ecosystems.total(), frozenset(ecosystems))


def write_some(
    connection: sqlite3.Connection, source: int, records: list[Record], removed: Iterable[str], dictionary: bytes
) -> None:
    """Replace single records of a source, and take out others."""
    gone = {*removed, *(record.advisory.id for record in records)}
    touched = _take_out(connection, source, gone, Unpacker(dictionary))
    fresh: dict[tuple[str, str], list[Candidate]] = {}
    for record in records:
        for affected in record.advisory.affected:
            fresh.setdefault((affected.ecosystem, affected.name), []).append(candidate_of(record.advisory, affected))
    _write_details(connection, source, records, Packer(dictionary))
    plain, packer = Unpacker(), Packer()
    for pair in sorted(touched | fresh.keys()):
        kept = _kept(connection, source, pair, gone, plain) + fresh.get(pair, [])
        connection.execute("DELETE FROM pkg WHERE ecosystem = ? AND name = ? AND source = ?", (*pair, source))
        if kept:
            connection.execute(_INSERT_PKG, (*pair, source, packer.pack(_ENCODER.encode(kept))))


def _write_batch(connection: sqlite3.Connection, source: int, records: list[Record], packer: Packer) -> None:
    _write_details(connection, source, records, packer)
    encode = _ENCODER.encode
    staged = [
        (affected.ecosystem, affected.name, encode(candidate_of(record.advisory, affected)))
        for record in records
        for affected in record.advisory.affected
    ]
    connection.executemany("INSERT INTO stage VALUES (?, ?, ?)", staged)


def _write_details(connection: sqlite3.Connection, source: int, records: list[Record], packer: Packer) -> None:
    encode, pack = _ENCODER.encode, packer.pack
    connection.executemany(
        _INSERT_ADV,
        [
            (
                source,
                record.advisory.id,
                record.advisory.modified,
                synonyms(record.advisory),
                record.sha256,
                pack(encode(_head(record.advisory))),
                pack(encode(record.advisory.affected)),
            )
            for record in records
        ],
    )
    connection.executemany(
        _INSERT_ABOUT,
        [(name, source, record.advisory.id) for record in records for name in record.advisory.upstream],
    )


def _head(advisory: Advisory) -> Advisory:
    """The record without its packages, which only explanations need and which may be thousands."""
    return msgspec.structs.replace(advisory, affected=())


def synonyms(advisory: Advisory) -> str:
    """The aliases that take part in the closure, parted by blanks: none of a record about others or withdrawn."""
    if advisory.upstream or advisory.withdrawn:
        return ""
    return " ".join(alias for alias in advisory.aliases if " " not in alias)


def _package_rows(
    rows: Iterable[tuple[str, str, bytes]], source: int, packer: Packer, ecosystems: Counter[str]
) -> Iterator[tuple[str, str, int, bytes]]:
    for (ecosystem, name), group in groupby(rows, key=lambda row: row[:2]):
        parts = [row[2] for row in group]
        ecosystems[ecosystem] += 1
        yield ecosystem, name, source, packer.pack(_array(len(parts)) + b"".join(parts))


def _array(length: int) -> bytes:
    """The head of a msgpack array (https://github.com/msgpack/msgpack/blob/master/spec.md#array-format-family)."""
    if length < 16:
        return bytes((0x90 | length,))
    if length < 1 << 16:
        return b"\xdc" + length.to_bytes(2, "big")
    return b"\xdd" + length.to_bytes(4, "big")


def _take_out(connection: sqlite3.Connection, source: int, ids: set[str], unpacker: Unpacker) -> set[tuple[str, str]]:
    """Remove records; returns the packages they were about."""
    touched: set[tuple[str, str]] = set()
    for id_ in ids:
        row = connection.execute("SELECT data, affected FROM adv WHERE source = ? AND id = ?", (source, id_)).fetchone()
        if row is None:
            continue
        advisory = _ADVISORY.decode(unpacker.unpack(row[0]))
        touched.update((one.ecosystem, one.name) for one in _AFFECTED.decode(unpacker.unpack(row[1])))
        connection.execute("DELETE FROM adv WHERE source = ? AND id = ?", (source, id_))
        connection.executemany(
            "DELETE FROM about WHERE name = ? AND source = ? AND id = ?",
            [(name, source, id_) for name in advisory.upstream],
        )
    return touched


def _kept(
    connection: sqlite3.Connection, source: int, pair: tuple[str, str], gone: set[str], unpacker: Unpacker
) -> list[Candidate]:
    row = connection.execute(
        "SELECT data FROM pkg WHERE ecosystem = ? AND name = ? AND source = ?", (*pair, source)
    ).fetchone()
    if row is None:
        return []
    return [candidate for candidate in _CANDIDATES.decode(unpacker.unpack(row[0])) if candidate.id not in gone]
