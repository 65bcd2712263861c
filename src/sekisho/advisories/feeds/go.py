"""The Go vulnerability database: OSV records with the packages and symbols that reachability needs.

``index/db.json`` says whether anything changed, ``index/modules.json`` what, ``ID/<id>.json`` is one record and
``vulndb.zip`` all of them. OSV's Go bucket repeats these records beside GitHub's; the store prefers the ones from here.
Source: https://go.dev/doc/security/vuln/database#api
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from sekisho.advisories.feeds.asking import Asking
from sekisho.advisories.feeds.bucket import records_of
from sekisho.advisories.feeds.delta import change, fetch_each
from sekisho.advisories.feeds.osv_record import read_osv
from sekisho.advisories.feeds.protocol import MAX_RECORD, Declaration, Defect, Delivery, Record, Request, State
from sekisho.advisories.feeds.timestamps import instant, stamp
from sekisho.errors import CorruptInput
from sekisho.formats.limits import MIB

MAX_INDEX = 64 * MIB
"""``index/modules.json``; half a MiB for 4,300 records."""


class _Vuln(msgspec.Struct):
    id: str
    modified: str = ""


class _Module(msgspec.Struct):
    vulns: list[_Vuln] = []


class _Database(msgspec.Struct):
    modified: str


_ONLY = ("Go",)
_T = TypeVar("_T")
_DATABASE = msgspec.json.Decoder(_Database)
_MODULES = msgspec.json.Decoder(list[_Module])


class GoFeed:
    """See the module."""

    declaration = Declaration(
        name="go",
        title="Go vulnerability database",
        licence="CC-BY-4.0",
        redistributable=True,
        base_url="https://vuln.go.dev",
        mirrored_as="vuln.go.dev",
        cadence="on every change",
    )

    def sources(self, ecosystem: str) -> tuple[str, ...]:
        """Itself, for Go."""
        return ("go",) if ecosystem in {"Go", "go"} else ()

    def fetch(self, request: Request) -> Delivery:
        """Changed records one by one when they are few, else ``vulndb.zip``."""
        asking = Asking(request)
        url = request.base_url
        body = asking.get("index/db.json", max_size=MIB)
        if body is None:
            return Delivery(kind="unchanged", state=asking.state(asking.cursor), url=url, held=("Go",))
        moment = instant(_decoded(_DATABASE, body, "index/db.json").modified)
        cursor = stamp(min(moment, request.now)) if moment else ""
        if cursor and cursor == asking.cursor:
            return Delivery(
                kind="unchanged", state=asking.state(cursor), url=url, received=asking.received, held=("Go",)
            )
        state = asking.state(cursor)
        if asking.cursor and (known := request.known()) and (delivery := _delta(asking, known, state, url)):
            return delivery
        packed = asking.get("vulndb.zip", anew=True) or b""
        records = records_of(packed, lambda data, name: read_osv(data, "go", _ONLY, name), "ID/")
        return Delivery(kind="full", state=state, records=records, url=url, received=asking.received, held=("Go",))


def _delta(asking: Asking, known: Mapping[str, str], state: State, url: str) -> Delivery | None:
    body = asking.get("index/modules.json", anew=True, max_size=MAX_INDEX) or b"[]"
    modules = _decoded(_MODULES, body, "index/modules.json")
    listed = {vuln.id: vuln.modified for module in modules for vuln in module.vulns}
    changed = change(listed, known)
    if not changed.small:
        return None

    def single(id_: str) -> Record | Defect:
        data = asking.get(f"ID/{id_}.json", anew=True, max_size=MAX_RECORD)
        return read_osv(data or b"", "go", _ONLY, id_)

    records = fetch_each(changed.wanted, single)
    if records is None:
        return None
    return Delivery(
        kind="delta",
        state=state,
        records=records,
        removed=changed.removed,
        url=url,
        received=asking.received,
        held=("Go",),
    )


def _decoded(decoder: msgspec.json.Decoder[_T], body: bytes, path: str) -> _T:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CorruptInput(f"{path} of vuln.go.dev is not what it should be", detail=str(error)) from None
