"""The read side: what is known about a package, a record, a CVE, and how old that knowledge is.

A store is one immutable file. Readers take no locks, may read from read-only media, and go on with the file they opened
when an update puts another in its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from sekisho.advisories.candidate import Candidate
from sekisho.advisories.feeds.protocol import State
from sekisho.advisories.feeds.timestamps import instant
from sekisho.advisories.packing import REBUILD, Unpacker
from sekisho.advisories.schema import PERMYRIAD, cve_key, open_reader
from sekisho.errors import AdvisoryError
from sekisho.model.advisory import Advisory, Affected, Exploitation, Score
from sekisho.model.finding import StoreInfo

if TYPE_CHECKING:
    import sqlite3

Pair = tuple[str, str]
"""(ecosystem, name), both as :mod:`sekisho.advisories.ecosystem` spells them."""
STALE_AFTER = timedelta(days=5)
"""Older data are said to be stale; a policy may ask for less."""
_T = TypeVar("_T")
_CANDIDATES = msgspec.msgpack.Decoder(tuple[Candidate, ...])
_ADVISORY = msgspec.msgpack.Decoder(Advisory)
_AFFECTED = msgspec.msgpack.Decoder(tuple[Affected, ...])
_KEV = msgspec.msgpack.Decoder(tuple[str, str, bool, tuple[str, ...]])
_SSVC = msgspec.msgpack.Decoder(tuple[str, tuple[Score, ...], tuple[str, ...]])
_STATE = msgspec.json.Decoder(State)
_TEXTS = msgspec.json.Decoder(tuple[str, ...])
_PROBE = "SELECT source, data FROM pkg WHERE ecosystem = ? AND name = ?"


class SourceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One source: where it came from, how much it brought, and how fresh it is."""

    name: str
    feed: str
    licence: str
    redistributable: bool
    url: str
    fetched_at: str
    """When its rows were last read."""
    checked_at: str
    """When upstream last confirmed that they are current."""
    cursor: str
    sha256: str
    """Of its content: equal data, equal digest, whatever the file looks like."""
    records: int
    packages: int
    defects: int
    """Records that could not be read."""
    stale: str
    """Why the last update of this source did not succeed; empty when it did."""
    ecosystems: tuple[str, ...]

    def age(self, now: datetime) -> timedelta | None:
        """Time since upstream confirmed it; None when that is unknown."""
        checked = instant(self.checked_at)
        return now - checked if checked else None


class _Translated:
    """Turns what SQLite and the decoders say about a damaged file into an AdvisoryError.

    A plain class: six look-ups a finding go through it, and a generator would cost a sixth of all matching.
    """

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if kind is None:
            return
        import sqlite3

        if isinstance(error, sqlite3.Error | msgspec.DecodeError):
            where = f"the advisory store {self._path} is damaged"
            raise AdvisoryError(where, detail=str(error), hint=REBUILD) from None


class Store:
    """An opened store; use it in a ``with`` statement or close it."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.path = path
        self._translated = _Translated(path)
        self._connection = connection
        self._meta = dict(self._rows("SELECT key, value FROM meta"))
        self._sources: dict[int, tuple[SourceStatus, int]] = {}
        self._unpackers: dict[int, Unpacker] = {}
        self._plain = Unpacker()
        for row in self._rows(_STATUS):
            self._sources[row[0]] = (_status(row), row[1])
        self._ids = {status.name: key for key, (status, _) in self._sources.items()}

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open the store in this file; raises AdvisoryError when there is none or it cannot be read."""
        connection = open_reader(path)
        try:
            return cls(connection, path)
        except BaseException:
            connection.close()
            raise

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def candidates(self, pairs: Iterable[Pair]) -> dict[Pair, tuple[Candidate, ...]]:
        """For each pair that any record names: its candidates, preferred sources first, each record once."""
        found = {}
        with self._translated:
            execute = self._connection.execute
            for pair in dict.fromkeys(pairs):
                rows = execute(_PROBE, pair).fetchall()
                if rows:
                    found[pair] = self._decode(rows)
        return found

    def advisory(self, id_: str, source: str) -> Advisory | None:
        """The whole record as one source has it."""
        key = self._ids.get(source)
        return self._whole(key, id_) if key is not None else None

    def head(self, id_: str, source: str) -> Advisory | None:
        """The record without the packages it affects: all that a report prints, in a fifth of the time."""
        key = self._ids.get(source)
        row = self._row("SELECT data FROM adv WHERE source = ? AND id = ?", (key, id_))
        return self._unpacked(_ADVISORY, key, row[0]) if key is not None and row else None

    def digest(self, id_: str, source: str) -> str:
        """SHA-256 of the raw record, hexadecimal; empty when there is no such record."""
        row = self._row("SELECT sha256 FROM adv WHERE source = ? AND id = ?", (self._ids.get(source), id_))
        return row[0].hex() if row else ""

    def records(self, name: str) -> tuple[Advisory, ...]:
        """Every record that is called ``name``, means the same, or is about it; for explanations."""
        found: dict[Pair, Advisory] = {}
        for synonym in self.aliases(name):
            for key in self._sources:
                if advisory := self._whole(key, synonym):
                    found[advisory.source, synonym] = advisory
            for key, id_ in self._rows("SELECT source, id FROM about WHERE name = ? ORDER BY source, id", (synonym,)):
                if advisory := self._whole(key, id_):
                    found[advisory.source, id_] = advisory
        return tuple(found.values())

    def aliases(self, name: str) -> tuple[str, ...]:
        """Every name of the same vulnerability, ``name`` among them, the one people know first."""
        row = self._row("SELECT names FROM alias_group WHERE grp = (SELECT grp FROM alias WHERE name = ?)", (name,))
        return tuple(str(row[0]).split(" ")) if row else (name,)

    def group(self, name: str) -> str:
        """The name people know a vulnerability by: its CVE if it has one."""
        return self.aliases(name)[0]

    def exploitation(self, cve: str) -> Exploitation | None:
        """What KEV, EPSS and CISA say about a CVE; None when none of them knows it."""
        key = cve_key(cve)
        if key is None:
            return None
        epss = self._row("SELECT score, percentile FROM epss WHERE cve = ?", (key,))
        kev = self._row("SELECT data FROM kev WHERE cve = ?", (key,))
        ssvc = self._row("SELECT data FROM ssvc WHERE cve = ?", (key,))
        if not (epss or kev or ssvc):
            return None
        with self._translated:
            added, due, ransomware, listed = _KEV.decode(kev[0]) if kev else ("", "", False, ())
            decision, scores, cwes = _SSVC.decode(ssvc[0]) if ssvc else ("", (), ())
        return Exploitation(
            cve=cve,
            epss=epss[0] / PERMYRIAD if epss else None,
            percentile=epss[1] / PERMYRIAD if epss else None,
            kev_added=added,
            kev_due=due,
            ransomware=ransomware,
            ssvc=decision,
            scores=scores,
            cwes=tuple(dict.fromkeys((*cwes, *listed))),
        )

    def holds(self, ecosystem: str) -> bool:
        """Say whether a miss in this ecosystem means something: some source of the store covers it."""
        return any(ecosystem in status.ecosystems for status, _ in self._sources.values())

    def status(self) -> tuple[SourceStatus, ...]:
        """Every source, by name."""
        return tuple(sorted((status for status, _ in self._sources.values()), key=lambda status: status.name))

    @property
    def built_at(self) -> str:
        """When this file was made."""
        return str(self._meta.get("built_at", ""))

    @property
    def starter(self) -> bool:
        """True for the small demonstration set."""
        return self._meta.get("starter") == "1"

    def info(
        self, needed: Iterable[str] = (), now: datetime | None = None, stale_after: timedelta = STALE_AFTER
    ) -> StoreInfo:
        """The store's state as a report states it, for the ecosystems an inventory needs (all when none is named).

        With ``now`` it says which of the sources concerned are too old or could not be updated.
        """
        wanted = tuple(dict.fromkeys(needed))
        concerned = [
            status
            for status in self.status()
            if not wanted or not status.ecosystems or any(name in status.ecosystems for name in wanted)
        ]
        return StoreInfo(
            path=str(self.path),
            built_at=self.built_at,
            digest=self._meta.get("digest", ""),
            sources=tuple(status.name for status in concerned),
            missing=tuple(sorted(name for name in wanted if not self.holds(name))),
            stale=tuple(text for status in concerned if (text := _staleness(status, now, stale_after))),
            starter=self.starter,
        )

    def _decode(self, rows: list[tuple[int, bytes]]) -> tuple[Candidate, ...]:
        if len(rows) == 1:
            return _CANDIDATES.decode(self._plain.unpack(rows[0][1]))
        rows.sort(key=lambda row: self._sources[row[0]][1])
        found: list[Candidate] = []
        seen: set[str] = set()
        for _, data in rows:
            candidates = _CANDIDATES.decode(self._plain.unpack(data))
            found += [candidate for candidate in candidates if candidate.id not in seen]
            seen.update(candidate.id for candidate in candidates)
        return tuple(found)

    def _whole(self, key: int, id_: str) -> Advisory | None:
        row = self._row("SELECT data, affected FROM adv WHERE source = ? AND id = ?", (key, id_))
        if row is None:
            return None
        head = self._unpacked(_ADVISORY, key, row[0])
        return msgspec.structs.replace(head, affected=self._unpacked(_AFFECTED, key, row[1]))

    def _unpacked(self, decoder: msgspec.msgpack.Decoder[_T], key: int, data: bytes) -> _T:
        with self._translated:
            if key not in self._unpackers:
                row = self._row("SELECT dictionary FROM source WHERE id = ?", (key,))
                self._unpackers[key] = Unpacker(row[0] if row else b"")
            return decoder.decode(self._unpackers[key].unpack(data))

    def _row(self, query: str, values: tuple[object, ...] = ()) -> Any:
        with self._translated:
            return self._connection.execute(query, values).fetchone()

    def _rows(self, query: str, values: tuple[object, ...] = ()) -> list[Any]:
        with self._translated:
            return self._connection.execute(query, values).fetchall()


_STATUS = (
    "SELECT id, rank, name, feed, licence, redistributable, url, fetched_at, checked_at, state, sha256, records,"
    " packages, defects, stale, ecosystems FROM source"
)


def _status(row: tuple[Any, ...]) -> SourceStatus:
    return SourceStatus(
        name=row[2],
        feed=row[3],
        licence=row[4],
        redistributable=bool(row[5]),
        url=row[6],
        fetched_at=row[7],
        checked_at=row[8],
        cursor=_STATE.decode(row[9]).cursor,
        sha256=row[10],
        records=row[11],
        packages=row[12],
        defects=row[13],
        stale=row[14],
        ecosystems=_TEXTS.decode(row[15]),
    )


def _staleness(status: SourceStatus, now: datetime | None, stale_after: timedelta) -> str:
    if status.stale:
        return f"{status.name}: {status.stale}"
    age = status.age(now) if now else None
    if age is not None and age > stale_after:
        return f"{status.name}: {age.days} days old"
    return ""
