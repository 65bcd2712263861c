"""Many small JSON records in one zip: read one after the other, bounded, a bad one not taking the others with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO

from sekisho.advisories.feeds.protocol import MAX_RECORD, MAX_RECORDS, Defect, Record
from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats.limits import GIB
from sekisho.formats.zip import Archive

MAX_TOTAL = 16 * GIB
"""Inflated bytes of all records together; OSV's whole database is near 6 GiB."""


def records_of(
    body: bytes, read: Callable[[bytes, str], Record | Defect], below: str = ""
) -> Iterator[Record | Defect]:
    """Every ``*.json`` member ``below`` a directory, read by ``read(bytes, name)``.

    Raises CorruptInput when the zip itself is broken.
    """
    archive = Archive(BytesIO(body), MAX_RECORDS)
    total = 0
    for member in archive.members:
        if not member.name.endswith(".json") or not member.name.startswith(below):
            continue
        total += member.size
        if total > MAX_TOTAL:
            raise BoundExceeded(f"records of more than {MAX_TOTAL // GIB} GiB in one zip")
        try:
            data = archive.read(member, MAX_RECORD)
        except CorruptInput as error:
            yield Defect(member.name[:200], error.message)
            continue
        yield read(data, member.name)
