"""A store made of OSV records at hand, without any feed: the demonstration set, and small sets of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from sekisho.advisories.build import Applied, building
from sekisho.advisories.feeds.bucket import records_of
from sekisho.advisories.feeds.osv_record import read_osv
from sekisho.advisories.feeds.protocol import MAX_FEED_FILE, MAX_RECORD, Declaration, Defect, Delivery, Record, State
from sekisho.advisories.lock import writing
from sekisho.errors import BoundExceeded, NotFound

SOURCE = "starter"
PATIENCE = 60.0
"""Seconds to wait for an update of the same store."""
_DECLARATION = Declaration(
    name=SOURCE,
    title="records at hand",
    licence="as the records say",
    redistributable=True,
    base_url="",
    mirrored_as="",
    cadence="never",
)


def build_from_records(
    records: Iterable[Path | bytes], destination: Path, now: datetime, *, starter: bool = True
) -> Applied:
    """Build the store file ``destination`` from OSV JSON files, directories of them, zips, or bytes of single records.

    ``starter`` marks it as the demonstration set, which never passes for real data. Raises NotFound for a path that
    does not exist, CorruptInput when too many records cannot be read.
    """
    delivery = Delivery(kind="full", state=State(), records=_read(records), url=SOURCE)
    notes = {"starter": "1"} if starter else {}
    with (
        writing(destination.parent, PATIENCE),
        building(destination, now, fresh=True, **notes) as builder,
    ):
        return builder.apply(SOURCE, _DECLARATION, 0, delivery)


def _read(records: Iterable[Path | bytes]) -> Iterator[Record | Defect]:
    for item in records:
        if isinstance(item, bytes):
            yield read_osv(item, SOURCE)
        else:
            yield from _from_path(item)


def _from_path(path: Path) -> Iterator[Record | Defect]:
    if path.is_dir():
        for inner in sorted(path.rglob("*.json")):
            yield from _from_path(inner)
    elif not path.is_file():
        raise NotFound(f"there is no {path}")
    elif path.suffix == ".zip":
        yield from records_of(_bounded(path, MAX_FEED_FILE), lambda data, name: read_osv(data, SOURCE, (), name))
    else:
        yield read_osv(_bounded(path, MAX_RECORD), SOURCE, (), path.name)


def _bounded(path: Path, limit: int) -> bytes:
    if path.stat().st_size > limit:
        raise BoundExceeded(f"{path} is larger than {limit:,} bytes")
    return path.read_bytes()
