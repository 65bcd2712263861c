"""OSV.dev's buckets: every ecosystem in one format, a zip each, with a list of what changed when.

``<Ecosystem>/modified_id.csv`` tells whether and what to fetch, ``<Ecosystem>/<ID>.json`` is one record and
``<Ecosystem>/all.zip`` all of them, withdrawn ones included.
Source: https://google.github.io/osv.dev/data/
"""

from __future__ import annotations

from sekisho.advisories.feeds.asking import Asking
from sekisho.advisories.feeds.bucket import records_of
from sekisho.advisories.feeds.delta import Change, change, fetch_each, newest
from sekisho.advisories.feeds.osv_record import read_osv
from sekisho.advisories.feeds.protocol import MAX_RECORD, Declaration, Defect, Delivery, Record, Request
from sekisho.errors import NotFound
from sekisho.formats.limits import MIB

MAX_INDEX = 256 * MIB
"""``modified_id.csv``; Chainguard's has 1.3 million lines of 50 bytes."""
_ELSEWHERE = frozenset({"Debian", "Alpine", "Wolfi", "Chainguard"})
"""Distributions read at their own source, which says more (Debian) or the same in a thousandth of the bytes."""
_ACCOMPANIED = {"Alpaquita": ("Alpaquita", "BellSoft Hardened Containers")}
"""Buckets whose records speak of a second ecosystem that nobody else brings."""
_PREFIX = "osv/"


class OsvFeed:
    """See the module."""

    declaration = Declaration(
        name="osv",
        title="OSV.dev",
        licence="per source: mostly CC-BY-4.0 and CC0-1.0 (https://google.github.io/osv.dev/data/)",
        redistributable=True,
        base_url="https://osv-vulnerabilities.storage.googleapis.com",
        mirrored_as="osv-vulnerabilities.storage.googleapis.com",
        cadence="within the hour",
    )

    def sources(self, ecosystem: str) -> tuple[str, ...]:
        """One bucket for each base ecosystem; ``osv/<Ecosystem>`` asks for a bucket by its name."""
        if ecosystem.startswith(_PREFIX):
            return (ecosystem,)
        base = ecosystem.partition(":")[0]
        if not base or base in _ELSEWHERE or (base.islower() and base not in {"npm", "opam"} and "." not in base):
            return ()
        return (_PREFIX + base,)

    def fetch(self, request: Request) -> Delivery:
        """The records that changed, when they are few and all to be had; else the whole bucket."""
        bucket = request.source.removeprefix(_PREFIX)
        asking = Asking(request)
        url = asking.url(bucket)
        index = self._index(asking, bucket)
        only, held = _ACCOMPANIED.get(bucket, (bucket,)), (bucket,)
        if index is not None and not index:
            return Delivery(
                kind="unchanged", state=asking.state(asking.cursor), url=url, received=asking.received, held=held
            )
        cursor = newest(index, request.now) if index else ""
        known = request.known() if index and asking.cursor else {}
        if index and known and (delivery := self._delta(asking, bucket, change(index, known), url, held, cursor)):
            return delivery
        body = asking.get(f"{bucket}/all.zip", anew=index is not None)
        if body is None:
            return Delivery(kind="unchanged", state=asking.state(cursor), url=url, received=asking.received, held=held)
        records = records_of(body, lambda data, name: read_osv(data, request.source, only, name))
        state = asking.state(cursor)
        return Delivery(kind="full", state=state, records=records, url=url, received=asking.received, held=held)

    def _index(self, asking: Asking, bucket: str) -> dict[str, str] | None:
        """id → modified; empty when nothing changed, None when the bucket has no list."""
        try:
            body = asking.get(f"{bucket}/modified_id.csv", max_size=MAX_INDEX)
        except NotFound:
            return None
        return {} if body is None else read_index(body)

    def _delta(
        self, asking: Asking, bucket: str, changed: Change, url: str, held: tuple[str, ...], cursor: str
    ) -> Delivery | None:
        if not changed.small:
            return None

        def single(id_: str) -> Record | Defect:
            body = asking.get(f"{bucket}/{id_}.json", anew=True, max_size=MAX_RECORD)
            return read_osv(body or b"", _PREFIX + bucket, _ACCOMPANIED.get(bucket, (bucket,)), id_)

        files = dict(asking.files)
        records = fetch_each(changed.wanted, single)
        asking.files = files
        if records is None:
            return None
        kind = "delta" if changed.wanted or changed.removed else "unchanged"
        return Delivery(
            kind=kind,  # type: ignore[arg-type]
            state=asking.state(cursor),
            records=records,
            removed=changed.removed,
            url=url,
            received=asking.received,
            held=held,
        )


def read_index(body: bytes) -> dict[str, str]:
    """``modified,[Ecosystem/]ID`` lines, newest first by intention only; lines of another shape are skipped."""
    found = {}
    for line in body.decode("utf-8", "replace").splitlines():
        modified, comma, id_ = line.partition(",")
        if comma and (name := id_.rpartition("/")[2].strip()):
            found[name] = modified.strip()
    return found
