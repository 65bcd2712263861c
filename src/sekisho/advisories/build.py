"""The write side: a new store made beside the old one, source by source, and put in its place as a whole.

* The old file is copied, changed sources are rewritten in one transaction each, and the result is checked, synced and
  renamed over the old one. Whoever is killed on the way leaves the old store as it was.
* A source that cannot be read, or that lost more than a fifth of its records, keeps its old rows and says why.
* Equal data give equal digests: they are taken over records, not over the file.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from sekisho import __version__
from sekisho.advisories import rows, signals
from sekisho.advisories.closure import Closure
from sekisho.advisories.feeds.catalogue import SIGNALS
from sekisho.advisories.feeds.protocol import Declaration, Defect, Delivery, Record, State
from sekisho.advisories.feeds.timestamps import stamp
from sekisho.advisories.schema import check, create, open_writer
from sekisho.errors import AdvisoryError, CorruptInput

if TYPE_CHECKING:
    import sqlite3

MAX_LOSS = 0.2
"""Share of a source's records (or packages) that may vanish between two updates without --force."""
TOLERATED_LOSS = 10
"""So few may always vanish: small sources would trip over every correction."""
MAX_DEFECTS = 0.05
"""Share of records that may be unreadable before the whole source is taken for damaged."""
TOLERATED_DEFECTS = 10
COMPACT_ABOVE = 0.25
"""Share of free pages above which the file is rewritten."""
_T = TypeVar("_T")
_JSON = msgspec.json.Encoder(order="sorted")
_STATE = msgspec.json.Decoder(State)


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What one delivery did to its source."""

    before: int
    after: int
    packages: int = 0
    defects: tuple[Defect, ...] = ()
    """The first few, as samples."""
    defect_count: int = 0


class _Sieve:
    """Passes records on and sets defects and repeated ids aside."""

    def __init__(self) -> None:
        self.defects: list[Defect] = []
        self.defect_count = 0
        self.passed = 0

    def records(self, items: Iterator[Record | Defect]) -> Iterator[Record]:
        """The readable records, each id once."""
        seen: set[str] = set()
        for item in items:
            if isinstance(item, Defect):
                self._reject(item)
            elif item.advisory.id not in seen:
                seen.add(item.advisory.id)
                self.passed += 1
                yield item

    def ratings(self, items: Iterator[_T | Defect]) -> Iterator[_T]:
        """The readable ratings."""
        for item in items:
            if isinstance(item, Defect):
                self._reject(item)
            else:
                self.passed += 1
                yield item

    def _reject(self, defect: Defect) -> None:
        self.defect_count += 1
        if len(self.defects) < TOLERATED_DEFECTS:
            self.defects.append(defect)

    def judge(self, source: str, held: int) -> None:
        """Raise when too much was rejected, or nothing was left; ``held`` records are not part of a delta."""
        total = self.passed + self.defect_count + held
        too_many = self.defect_count > max(TOLERATED_DEFECTS, MAX_DEFECTS * total)
        if too_many or (self.defect_count and not self.passed + held):
            sample = self.defects[0]
            raise CorruptInput(
                f"{source}: {self.defect_count:,} of {total:,} records cannot be read",
                detail=f"{sample.id}: {sample.reason}",
                hint="the feed may have changed its format: look for a newer version of sekisho",
            )


class Builder:
    """A store being made; nobody reads it before :func:`building` has put it in place."""

    def __init__(self, connection: sqlite3.Connection, now: datetime) -> None:
        self._connection = connection
        self._now = stamp(now)
        self._relink = False

    def state(self, source: str) -> State:
        """What the source remembers; empty when it was never read."""
        row = self._one("SELECT state FROM source WHERE name = ?", source)
        return _STATE.decode(row[0]) if row else State()

    def checked_at(self, source: str) -> str:
        """When upstream last confirmed the source; empty when it was never read."""
        row = self._one("SELECT checked_at FROM source WHERE name = ?", source)
        return row[0] if row else ""

    def known(self, source: str) -> dict[str, str]:
        """id → modified of every record of the source."""
        query = "SELECT adv.id, modified FROM adv JOIN source ON source.id = adv.source WHERE name = ?"
        return dict(self._connection.execute(query, (source,)))

    @property
    def empty(self) -> bool:
        """Say whether no source has ever been read."""
        return self._one("SELECT 1 FROM source") is None

    def apply(
        self, source: str, declaration: Declaration, rank: int, delivery: Delivery, *, force: bool = False
    ) -> Applied:
        """Write what a feed delivered, in one transaction; raises and changes nothing when it cannot be trusted."""
        self._connection.execute("BEGIN")
        try:
            key = self._key(source, declaration, rank)
            applied = self._write(source, key, declaration.name, delivery, force)
            self._connection.execute(
                "UPDATE source SET url = ?, state = ?, checked_at = ?, stale = '' WHERE id = ?",
                (delivery.url, _JSON.encode(delivery.state).decode(), self._now, key),
            )
        except BaseException:
            if self._connection.in_transaction:  # a full disk has ended it already
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
        return applied

    def mark_stale(self, source: str, reason: str) -> bool:
        """Note why a source could not be updated; says whether the store has old rows of it."""
        done = self._connection.execute("UPDATE source SET stale = ? WHERE name = ?", (reason, source))
        return done.rowcount > 0

    def finish(self, **notes: str) -> None:
        """Link synonyms, date and check the store, and write every page."""
        if self._relink:
            self._link()
        meta = {"built_at": self._now, "digest": self._digest(), "builder": f"sekisho {__version__}", **notes}
        self._connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta.items())
        pages, free = (
            self._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count")
        )
        if free > COMPACT_ABOVE * pages:
            self._connection.execute("VACUUM")
        check(self._connection)

    def _write(self, source: str, key: int, feed: str, delivery: Delivery, force: bool) -> Applied:
        before = self._one("SELECT records, packages, dictionary, ecosystems FROM source WHERE id = ?", key)
        assert before is not None  # noqa: S101 - _key just made it
        if delivery.kind == "unchanged":
            return Applied(before=before[0], after=before[0], packages=before[1])
        sieve = _Sieve()
        if feed in SIGNALS:
            count = signals.replace(self._connection, feed, sieve.ratings(delivery.exploitations))
            written = rows.Written(b"", 0, frozenset())
            digest = delivery.digest
        else:
            self._relink = True
            written = self._write_records(key, before, delivery, sieve)
            count, digest = self._content(key)
        sieve.judge(source, before[0] if delivery.kind == "delta" else 0)
        if not count:
            raise AdvisoryError(f"{source}: there is not one record in {delivery.url}")
        _refuse_loss(source, "records", before[0], count, force)
        _refuse_loss(source, "packages", before[1], written.packages, force)
        self._connection.execute(
            "UPDATE source SET fetched_at = ?, sha256 = ?, records = ?, packages = ?, defects = ?, ecosystems = ?,"
            " dictionary = ? WHERE id = ?",
            (
                self._now,
                digest,
                count,
                written.packages,
                sieve.defect_count,
                _JSON.encode(sorted(written.ecosystems | set(delivery.held))).decode(),
                written.dictionary,
                key,
            ),
        )
        return Applied(
            before=before[0],
            after=count,
            packages=written.packages,
            defects=tuple(sieve.defects),
            defect_count=sieve.defect_count,
        )

    def _write_records(self, key: int, before: tuple[Any, ...], delivery: Delivery, sieve: _Sieve) -> rows.Written:
        if delivery.kind == "full":
            if before[0]:
                rows.clear(self._connection, key)
            return rows.write_all(self._connection, key, sieve.records(delivery.records))
        changed = list(sieve.records(delivery.records))
        rows.write_some(self._connection, key, changed, delivery.removed, before[2])
        found = self._connection.execute("SELECT ecosystem, count(*) FROM pkg WHERE source = ? GROUP BY 1", (key,))
        counts = dict(found.fetchall())
        return rows.Written(before[2], sum(counts.values()), frozenset(counts))

    def _key(self, source: str, declaration: Declaration, rank: int) -> int:
        self._connection.execute(
            "INSERT INTO source (name, feed, rank, licence, redistributable) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET rank = excluded.rank, licence = excluded.licence,"
            " redistributable = excluded.redistributable",
            (source, declaration.name, rank, declaration.licence, declaration.redistributable),
        )
        key: int = self._connection.execute("SELECT id FROM source WHERE name = ?", (source,)).fetchone()[0]
        return key

    def _content(self, key: int) -> tuple[int, str]:
        """How many records a source has, and the digest over their ids and digests."""
        digest, count = hashlib.sha256(), 0
        for id_, sha256 in self._connection.execute("SELECT id, sha256 FROM adv WHERE source = ? ORDER BY id", (key,)):
            digest.update(id_.encode() + b"\0" + sha256)
            count += 1
        return count, digest.hexdigest()

    def _link(self) -> None:
        closure = Closure()
        for id_, aliases in self._connection.execute(
            "SELECT id, aliases FROM adv WHERE aliases <> '' ORDER BY id, aliases"
        ):
            closure.link(id_, aliases.split(" "))
        groups = closure.groups()
        self._connection.execute("BEGIN")
        self._connection.execute("DELETE FROM alias")
        self._connection.execute("DELETE FROM alias_group")
        names = sorted((name, group) for group, members in enumerate(groups) for name in members)
        self._connection.executemany("INSERT INTO alias VALUES (?, ?)", names)
        texts = ((group, " ".join(members)) for group, members in enumerate(groups))
        self._connection.executemany("INSERT INTO alias_group VALUES (?, ?)", texts)
        self._connection.execute("COMMIT")

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for name, sha256 in self._connection.execute("SELECT name, sha256 FROM source ORDER BY name"):
            digest.update(f"{name}\0{sha256}\n".encode())
        return digest.hexdigest()

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._connection.execute(query, values).fetchone()
        return row


def _refuse_loss(source: str, what: str, before: int, after: int, force: bool) -> None:
    lost = before - after
    if not force and lost > TOLERATED_LOSS and lost > MAX_LOSS * before:
        raise AdvisoryError(
            f"{source} would lose {lost:,} of its {before:,} {what}, so its old data were kept",
            hint="if upstream really withdrew so much: sekisho db update --force",
        )


@contextlib.contextmanager
def building(path: Path, now: datetime, *, fresh: bool = False, **notes: str) -> Iterator[Builder]:
    """A builder over a copy of the store at ``path`` (an empty one when there is none, or ``fresh``).

    On leaving, the copy is finished and takes the old store's place; on any error it is removed and nothing
    has changed.
    Only one process may do this at a time: see :mod:`sekisho.advisories.lock`.
    """
    import sqlite3

    temporary = path.with_name(f"{path.name}.new")
    discard(temporary)
    try:
        copied = not fresh and path.is_file()
        if copied:
            shutil.copyfile(path, temporary)
        connection = open_writer(temporary)
        try:
            if not copied:
                create(connection)
            builder = Builder(connection, now)
            yield builder
            builder.finish(**notes)
        finally:
            connection.close()
        install(temporary, path)
    except (sqlite3.Error, OSError) as error:
        raise AdvisoryError(
            f"the advisory store {path} cannot be written", detail=str(error), hint=_WRITE_HINT
        ) from error
    finally:
        discard(temporary)


_WRITE_HINT = "is the disk full or read-only? another place: --cache-dir DIR"


def install(temporary: Path, path: Path) -> None:
    """Put a finished file in the store's place, on disk before anybody can see it."""
    descriptor = os.open(temporary, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    temporary.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def discard(temporary: Path) -> None:
    """Remove what an interrupted build left behind."""
    for leftover in (temporary, temporary.with_name(f"{temporary.name}-journal")):
        leftover.unlink(missing_ok=True)
