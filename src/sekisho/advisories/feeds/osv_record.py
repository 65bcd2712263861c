"""One OSV record, as bytes, into an Advisory.

Only the fields that are used are decoded, and strictly: a record of another shape is a defect, counted and reported.
What sources put into ``database_specific`` and ``ecosystem_specific`` is read leniently, because nobody promises it.
Source: https://ossf.github.io/osv-schema/
"""

from __future__ import annotations

import hashlib
from collections.abc import Container
from typing import Any

import msgspec

from sekisho.advisories.ecosystem import store_ecosystem, store_name
from sekisho.advisories.feeds import errata
from sekisho.advisories.feeds.intervals import Event, intervals_of
from sekisho.advisories.feeds.protocol import MAX_RECORD, Defect, Record
from sekisho.model.advisory import Advisory, Affected, Interval, Score
from sekisho.versions.order import order_of

MAX_ID = 200
"""Characters of an id; the longest known (Bitnami, RubySec) stay under 80."""
_EMPTY = b"{}"
_URLS = {
    "GHSA": "https://github.com/advisories/{id}",
    "RUSTSEC": "https://rustsec.org/advisories/{id}.html",
    "GO": "https://pkg.go.dev/vuln/{id}",
    "CVE": "https://nvd.nist.gov/vuln/detail/{id}",
}
"""Where people read records that do not say it themselves; everything else is on osv.dev."""
_OSV_DEV = "https://osv.dev/vulnerability/{id}"
_CUSTOM = "the module has no semantic version tags, and its own version ranges cannot be compared"
_OPEN = "the record does not say which versions are affected"


class _Event(msgspec.Struct):
    introduced: str = ""
    fixed: str = ""
    last_affected: str = ""
    limit: str = ""

    def pair(self) -> Event:
        """The one field that is set, with its name."""
        for kind in ("introduced", "fixed", "last_affected", "limit"):
            if version := getattr(self, kind):
                return kind, version
        return "", ""


class _Range(msgspec.Struct):
    type: str = ""
    events: list[_Event] = []


class _Package(msgspec.Struct):
    ecosystem: str = ""
    name: str = ""


class _Severity(msgspec.Struct):
    type: str = ""
    score: str = ""


class _Affected(msgspec.Struct):
    package: _Package | None = None
    ranges: list[_Range] | None = None
    versions: list[str] | None = None
    severity: list[_Severity] | None = None
    ecosystem_specific: msgspec.Raw = msgspec.Raw(_EMPTY)
    database_specific: msgspec.Raw = msgspec.Raw(_EMPTY)


class _Reference(msgspec.Struct):
    type: str = ""
    url: str = ""


class _Osv(msgspec.Struct):
    id: str
    modified: str = ""
    published: str = ""
    withdrawn: str | None = None
    aliases: list[str] | None = None
    related: list[str] | None = None
    upstream: list[str] | None = None
    summary: str | None = None
    details: str | None = None
    severity: list[_Severity] | None = None
    affected: list[_Affected] | None = None
    references: list[_Reference] | None = None
    database_specific: msgspec.Raw = msgspec.Raw(_EMPTY)


_DECODER = msgspec.json.Decoder(_Osv)
_ANY: msgspec.json.Decoder[Any] = msgspec.json.Decoder()


def read_osv(body: bytes, source: str, only: Container[str] = (), name: str = "") -> Record | Defect:
    """Read one record; ``only`` keeps what it says about these base ecosystems, ``name`` names it in a defect."""
    if len(body) > MAX_RECORD:
        return Defect(name, f"{len(body):,} bytes, more than {MAX_RECORD:,}")
    try:
        osv = _DECODER.decode(body)
        if not osv.id or len(osv.id) > MAX_ID or not osv.id.isprintable():
            return Defect(name or osv.id[:MAX_ID], "not a usable id")
        return Record(_advisory(osv, source, only), hashlib.sha256(body).digest())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Defect(name, str(error)[:300] or "nested too deeply")


def _advisory(osv: _Osv, source: str, only: Container[str]) -> Advisory:
    extra = _lenient(osv.database_specific)
    prefix = osv.id.partition("-")[0]
    references = [reference for reference in osv.references or () if reference.url]
    aliases, upstream = errata.names_of(osv.id, osv.aliases or [], osv.upstream or [], osv.related or [])
    affected, informational = _all_affected(osv, only)
    return Advisory(
        id=osv.id,
        source=source,
        aliases=aliases,
        upstream=upstream,
        published=osv.published,
        modified=osv.modified,
        withdrawn=osv.withdrawn or "",
        summary=osv.summary or "",
        details=osv.details or "",
        scores=_scores(osv, prefix.lower()),
        severity=_text(extra, "severity") or errata.severity_of(osv.id, osv.summary or ""),
        cwes=_texts(extra, "cwe_ids"),
        references=tuple(dict.fromkeys(reference.url for reference in references)),
        url=_url(osv.id, prefix, extra, references),
        informational=informational or errata.informational_of(osv.id, upstream),
        affected=affected,
    )


def _url(id_: str, prefix: str, extra: dict[str, Any], references: list[_Reference]) -> str:
    if own := _text(extra, "url"):
        return own
    if prefix in _URLS:
        return _URLS[prefix].format(id=id_)
    named = [
        reference.url
        for reference in references
        if reference.type == "ADVISORY" and id_.split(":")[-1] in reference.url
    ]
    return named[0] if named else _OSV_DEV.format(id=id_)


def _scores(osv: _Osv, source: str) -> tuple[Score, ...]:
    """CVSS vectors as given, other scales (``Ubuntu``) as words; a package's own only where the record has none."""
    given = osv.severity or [score for affected in osv.affected or () for score in affected.severity or ()]
    found: dict[Score, None] = {}
    for severity in given:
        if severity.score:
            kind = severity.type if severity.type.startswith("CVSS_") else "word"
            found[Score(source, kind, severity.score)] = None
    return tuple(found)


def _all_affected(osv: _Osv, only: Container[str]) -> tuple[tuple[Affected, ...], str]:
    found: list[Affected] = []
    informational = ""
    module = errata.module_of(osv.summary or "")
    for affected in osv.affected or ():
        package = affected.package
        if package is None or not package.name or not package.ecosystem:
            continue
        extra = _lenient(affected.database_specific)
        informational = informational or _text(extra, "informational")
        if only and package.ecosystem.partition(":")[0] not in only:
            continue
        found.append(_affected(affected, package, module))
    return errata.merged(found), informational


def _affected(affected: _Affected, package: _Package, module: str) -> Affected:
    ecosystem = store_ecosystem(package.ecosystem)
    intervals: list[Interval] = []
    for range_ in affected.ranges or ():
        if range_.type != "GIT":
            comparator = "SEMVER" if range_.type == "SEMVER" else "ECOSYSTEM"
            events = [event.pair() for event in range_.events]
            key = order_of(ecosystem).key if len(events) > 2 else None
            intervals += intervals_of(events, comparator, key)  # type: ignore[arg-type]
    specific = _lenient(affected.ecosystem_specific)
    undecidable = _CUSTOM if specific.get("custom_ranges") else ""
    if not intervals and not affected.versions:
        undecidable = _OPEN
    return Affected(
        ecosystem=ecosystem,
        name=store_name(ecosystem, package.name),
        intervals=tuple(intervals),
        versions=tuple(affected.versions or ()),
        severity=_text(specific, "urgency"),
        modularity=module if errata.is_modular(intervals) else "",
        undecidable=undecidable,
        imports=_imports(specific.get("imports")),
    )


def _imports(value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Go's packages and their vulnerable symbols; no symbols means the whole package."""
    if not isinstance(value, list):
        return ()
    return tuple(
        (path, _texts(item, "symbols")) for item in value if isinstance(item, dict) and (path := _text(item, "path"))
    )


def _lenient(raw: msgspec.Raw) -> dict[str, Any]:
    if len(raw) <= len(_EMPTY):
        return {}
    value = _ANY.decode(raw)
    return value if isinstance(value, dict) else {}


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _texts(values: dict[str, Any], name: str) -> tuple[str, ...]:
    value = values.get(name)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
