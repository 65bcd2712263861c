"""Which records of a source changed, from upstream's list of ids and modification times.

A delta is worth it for a few records only; many of them come faster in one zip. It is also given up as soon as one of
the single records is missing: then the zip is the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

import msgspec

from sekisho.advisories.feeds.protocol import Defect, Record
from sekisho.advisories.feeds.timestamps import instant, stamp
from sekisho.errors import NotFound

MAX_SINGLE = 200
"""Records fetched one by one; beyond it the zip is fewer bytes and fewer waits."""


class Change(msgspec.Struct, frozen=True):
    """What an index says against what is known."""

    wanted: tuple[str, ...]
    """New and changed ids, sorted."""
    removed: frozenset[str]

    @property
    def small(self) -> bool:
        """Say whether single requests are worth it."""
        return len(self.wanted) <= MAX_SINGLE


def newest(listed: Mapping[str, str], now: datetime) -> str:
    """The newest modification that is not in the future; what a source reports as its cursor."""
    moments = (instant(text) for text in listed.values())
    past = [moment for moment in moments if moment is not None and moment <= now]
    return stamp(max(past)) if past else ""


def change(listed: Mapping[str, str], known: Mapping[str, str]) -> Change:
    """Compare an index with the modifications the store has, id by id.

    Nothing depends on the clock or on one cursor for all: a record stamped next year is fetched once, and a zip that
    was older than the index beside it is made up for at the next update.
    """
    wanted = sorted(id_ for id_, modified in listed.items() if id_ not in known or _later(modified, known[id_]))
    return Change(tuple(wanted), frozenset(known.keys() - listed.keys()))


def _later(modified: str, stored: str) -> bool:
    """Say whether an index's modification is after the stored one, to the second; what cannot be read is."""
    if modified == stored:
        return False
    listed, before = instant(modified), instant(stored)
    return listed is None or before is None or listed.replace(microsecond=0) > before.replace(microsecond=0)


def fetch_each(ids: tuple[str, ...], fetch: Callable[[str], Record | Defect]) -> Iterator[Record | Defect] | None:
    """All single records, or None as soon as upstream does not have one of them."""
    found: list[Record | Defect] = []
    for id_ in ids:
        try:
            found.append(fetch(id_))
        except NotFound:
            return None
    return iter(found)
