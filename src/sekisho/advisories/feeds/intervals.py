"""From OSV's events to intervals: what a range says, without needing the version that is asked about.

Source: https://ossf.github.io/osv-schema/#evaluation. Events of a range come in any order and mean what they mean once
sorted. Pairs of introduced and fixed need no sorting, and nearly all ranges are made of these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sekisho.errors import CorruptInput
from sekisho.model.advisory import Comparator, Interval

Event = tuple[str, str]
"""(introduced | fixed | last_affected | limit, version)."""
Key = Callable[[str], str]
"""A version's place in the order of its ecosystem; raises CorruptInput for what is no version."""

_RANK = {"introduced": 0, "fixed": 1, "limit": 1, "last_affected": 2}
"""At one version, what opens goes before what closes."""


def intervals_of(events: Sequence[Event], comparator: Comparator, key: Key | None = None) -> tuple[Interval, ...]:
    """The OR-ed intervals of one range; an event that closes nothing is dropped.

    Several ``last_affected`` in a row are meant as one list (PYSEC enumerates versions that way), so each closes an
    interval of its own: the widest wins, nothing is missed.
    """
    if not _paired(events) and key is not None:
        events = _sorted(events, key)
    found: list[Interval] = []
    start, opened = "", ""
    for kind, version in events:
        if kind == "introduced":
            start = start or version
        elif start or (kind == "last_affected" and opened):
            if (kind, version) == ("limit", "*"):
                continue
            found.append(_interval(start or opened, kind, version, comparator))
            start, opened = "", start or opened
    if start:
        found.append(Interval(start, comparator=comparator))
    return tuple(found)


def _paired(events: Sequence[Event]) -> bool:
    """Say whether openings and ends alternate, so that the order of the pairs does not matter."""
    return all((kind == "introduced") == (index % 2 == 0) for index, (kind, _) in enumerate(events))


def _sorted(events: Sequence[Event], key: Key) -> Sequence[Event]:
    """In the ecosystem's order, "0" first; as listed when a version is not one."""
    try:
        early = [event for event in events if event[1] == "0"]
        later = sorted(
            (event for event in events if event[1] != "0"), key=lambda event: (key(event[1]), _RANK[event[0]])
        )
    except CorruptInput:
        return events
    return [*early, *later]


def _interval(start: str, kind: str, version: str, comparator: Comparator) -> Interval:
    if kind == "fixed":
        return Interval(start, fixed=version, comparator=comparator)
    if kind == "limit":
        return Interval(start, limit=version, comparator=comparator)
    return Interval(start, last_affected=version, comparator=comparator)
