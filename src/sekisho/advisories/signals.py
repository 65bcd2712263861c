"""Writing what is known about CVEs being used: EPSS, KEV and CISA's decisions, each in a table of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import msgspec

from sekisho.advisories.schema import PERMYRIAD, cve_key
from sekisho.model.advisory import Exploitation

if TYPE_CHECKING:
    import sqlite3

_ENCODE = msgspec.msgpack.Encoder().encode


def _epss(key: int, one: Exploitation) -> tuple[object, ...]:
    return key, round((one.epss or 0) * PERMYRIAD), round((one.percentile or 0) * PERMYRIAD)


def _kev(key: int, one: Exploitation) -> tuple[object, ...]:
    return key, _ENCODE((one.kev_added, one.kev_due, one.ransomware, one.cwes))


def _ssvc(key: int, one: Exploitation) -> tuple[object, ...]:
    return key, _ENCODE((one.ssvc, one.scores, one.cwes))


_TABLES: dict[str, tuple[str, Callable[[int, Exploitation], tuple[object, ...]]]] = {
    "epss": ("INSERT OR IGNORE INTO epss VALUES (?, ?, ?)", _epss),
    "kev": ("INSERT OR IGNORE INTO kev VALUES (?, ?)", _kev),
    "ssvc": ("INSERT OR IGNORE INTO ssvc VALUES (?, ?)", _ssvc),
}


def replace(connection: sqlite3.Connection, feed: str, ratings: Iterable[Exploitation]) -> int:
    """Put these ratings in the place of the feed's old ones; returns how many rows there are."""
    insert, row = _TABLES[feed]
    connection.execute(f"DELETE FROM {feed}")  # noqa: S608 - a key of _TABLES
    keyed = ((cve_key(one.cve), one) for one in ratings)
    connection.executemany(insert, (row(key, one) for key, one in keyed if key is not None))
    count: int = connection.execute(f"SELECT count(*) FROM {feed}").fetchone()[0]  # noqa: S608
    return count
