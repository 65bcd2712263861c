"""The database Trivy's own integration tests run against, read from its YAML seeds into a store of ours.

Buckets name a distribution's release or an ecosystem and its database; what they hold is translated as our feeds would
bring it: one record for each name and source, ranges as intervals, the vendor's word as the record's severity.
Format: https://github.com/aquasecurity/trivy-db (schema 2); statuses are numbered as in its ``types.Status``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import yaml

from sekisho.advisories.build import building
from sekisho.advisories.ecosystem import store_name
from sekisho.advisories.feeds.protocol import Declaration, Delivery, Record, State
from sekisho.model.advisory import Advisory, Affected, FixState, Interval, Score
from sekisho.model.severity import Severity
from sekisho.versions.order import order_of

UNUSED = {
    "amazon linux": "we have no feed for Amazon Linux",
    "CBL-Mariner": "we have no feed for CBL-Mariner, Azure Linux's predecessor",
    "Oracle Linux": "we have no feed for Oracle Linux",
    "Photon OS": "its releases are matched, but no expected report is about one",
    "SUSE Linux Enterprise": "we have no feed for SLES and SLE Micro",
    "cocoapods": "no feed speaks of CocoaPods",
    "Red Hat CPE": "RHEL is matched through AlmaLinux, not by content sets",
    "data-source": "titles only",
    "vulnerability": "read apart, for every record",
}
"""Beginnings of bucket names that lead to no record, and why."""
RHEL_7 = 869
"""The content set of RHEL 7's base packages, which stands for the release here."""

_STATUS: tuple[FixState, ...] = (
    "", "not_affected", "affected", "fixed", "under_investigation", "will_not_fix", "fix_deferred", "end_of_life",
)  # fmt: skip
_RELEASES = (
    (re.compile(r"alpine (\d.*)"), "Alpine:v{0}", "alpine/v{0}", "alpine"),
    (re.compile(r"alpine (edge)"), "Alpine:{0}", "alpine/{0}", "alpine"),
    (re.compile(r"debian (\d+)"), "Debian:{0}", "debian", "debian"),
    (re.compile(r"ubuntu (\d+\.\d+)"), "Ubuntu:{0}:LTS", "osv/Ubuntu", "ubuntu"),
    (re.compile(r"alma (\d+)"), "AlmaLinux:{0}", "osv/AlmaLinux", "alma"),
    (re.compile(r"rocky (\d+)"), "Rocky Linux:{0}", "osv/Rocky Linux", "rocky"),
    (re.compile(r"openSUSE (Leap .*|Tumbleweed)"), "openSUSE:{0}", "osv/openSUSE", "suse-cvrf"),
    (re.compile(r"Red Hat()"), "AlmaLinux:7", "redhat", "redhat"),
)
"""Bucket → (ecosystem, our source, Trivy's word for the source)."""
_LANGUAGES = {
    "cargo": "crates.io", "composer": "Packagist", "conan": "ConanCenter", "erlang": "Hex", "go": "Go",
    "maven": "Maven", "npm": "npm", "nuget": "NuGet", "pip": "PyPI", "pub": "Pub", "rubygems": "RubyGems",
    "swift": "SwiftURL",
}  # fmt: skip
_DATABASES = {
    "GitHub Security Advisory": ("osv", "ghsa", "GHSA"),
    "GitLab Advisory Database": ("glad", "glad", ""),
    "Open Source Vulnerability": ("osv", "osv", "RUSTSEC"),
}
"""Beginning of a database's name → (our feed, Trivy's word, the prefix its records have)."""
_BOUND = re.compile(r"(<=|>=|<|>|=)\s*([^\s,]+)")


class _Place(msgspec.Struct, frozen=True):
    """What a bucket is about."""

    ecosystem: str
    source: str
    vendor: str
    prefix: str = ""


def build_trivy_db(seeds: Path, destination: Path, now: datetime) -> Path:
    """A store with everything the seeds say that a feed of ours could say."""
    details: dict[str, dict[str, Any]] = {}
    found: dict[tuple[_Place, str], list[Affected]] = {}
    errata: dict[str, tuple[str, ...]] = {}
    for bucket in _buckets(seeds):
        if bucket["bucket"] == "vulnerability":
            details |= {entry["key"]: entry["value"] for entry in bucket["pairs"]}
        elif place := _place(bucket["bucket"]):
            for package in bucket["pairs"]:
                for entry in package.get("pairs", ()):
                    _add(place, package["bucket"], entry["key"].strip(), entry.get("value") or {}, found, errata)
    by_source: dict[str, list[Record]] = {}
    for (place, key), affected in found.items():
        advisory = _advisory(place, key, errata.get(key, ()), details.get(errata.get(key, (key,))[0], {}), affected)
        by_source.setdefault(place.source, []).append(Record(advisory, bytes(32)))
    with building(destination, now, fresh=True) as builder:
        for rank, (source, records) in enumerate(sorted(by_source.items())):
            delivery = Delivery(kind="full", state=State(), records=iter(records), url=source)
            builder.apply(source, _declaration(source), rank, delivery)
    return destination


def used_buckets(seeds: Path) -> set[str]:
    """Names of all buckets, to tell whether any is forgotten."""
    return {bucket["bucket"] for bucket in _buckets(seeds)}


def translated(bucket: str) -> bool:
    """Say whether a bucket leads to records."""
    return _place(bucket) is not None


def _buckets(seeds: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(seeds.glob("*.yaml")):
        yield from yaml.safe_load(path.read_text())


def _place(bucket: str) -> _Place | None:
    if bucket.startswith(tuple(UNUSED)):
        return None
    for pattern, ecosystem, source, vendor in _RELEASES:
        if release := pattern.fullmatch(bucket):
            return _Place(ecosystem.format(release[1]), source.format(release[1]), vendor)
    kind, _, database = bucket.partition("::")
    for name, (feed, vendor, prefix) in _DATABASES.items():
        if database.startswith(name):
            return _Place(_LANGUAGES[kind], f"{feed}/{_LANGUAGES[kind]}", vendor, prefix)
    raise AssertionError(f"nobody knows the bucket {bucket!r}")


def _add(
    place: _Place,
    package: str,
    key: str,
    value: dict[str, Any],
    found: dict[tuple[_Place, str], list[Affected]],
    errata: dict[str, tuple[str, ...]],
) -> None:
    """Put one advisory where its record will be made; Red Hat's hold several, by content set."""
    entries = [entry for entry in value.get("Entries", ()) if RHEL_7 in entry.get("Affected", ())]
    if not entries and "Affected" in next(iter(value.get("Entries", ())), {}):
        return
    for entry in entries or [value]:
        cves = tuple(cve["ID"] for cve in entry.get("Cves", ()) if "ID" in cve)
        if cves:
            errata[key] = cves
        record = errata_name(place, key, value)
        if record != key:
            errata[record] = (key,)
        severities = [cve["Severity"] for cve in entry.get("Cves", ())]
        word = entry.get("Severity") or max(severities, default=0)
        affected = _affected(place, package, entry, str(Severity(int(word))) if word else "")
        releases = found.setdefault((msgspec.structs.replace(place, ecosystem=""), record), [])
        releases.append(affected)


def errata_name(place: _Place, key: str, value: dict[str, Any]) -> str:
    """An erratum's name where one is told beside the CVE and our feed would bring the erratum (Rocky)."""
    ids = [name for entry in value.get("Entries", ()) for name in entry.get("VendorIds", ())]
    return ids[0] if ids else key


def _affected(place: _Place, package: str, entry: dict[str, Any], severity: str) -> Affected:
    if place.prefix or place.source.startswith("glad/"):
        intervals = tuple(_intervals(place.ecosystem, entry))
        return Affected(
            ecosystem=place.ecosystem, name=store_name(place.ecosystem, package), intervals=intervals, severity=severity
        )
    fixed = entry.get("FixedVersion", "")
    return Affected(
        ecosystem=place.ecosystem,
        name=store_name(place.ecosystem, package),
        intervals=(Interval(fixed=fixed),),
        state=_STATUS[entry.get("Status", 0)],
        severity=severity,
        arches=tuple(entry.get("Arches", ())),
    )


def _intervals(ecosystem: str, entry: dict[str, Any]) -> Iterator[Interval]:
    """Vulnerable ranges; where only patched ones are told (RustSec), what lies between them."""
    patched = [str(version) for version in entry.get("PatchedVersions", ())]
    for text in entry.get("VulnerableVersions", ()):
        yield _interval(ecosystem, text, patched)
    if not entry.get("VulnerableVersions"):
        order = order_of(ecosystem)
        safe = sorted((dict(_BOUND.findall(text)) for text in patched), key=lambda bound: order.key(bound[">="]))
        start = "0"
        for bound in safe:
            yield Interval(start, fixed=bound[">="])
            start = bound.get("<", "")


def _interval(ecosystem: str, text: str, patched: list[str]) -> Interval:
    if text.startswith("["):
        low, high = text.strip("[)").split(",")
        return Interval(low, fixed=high)
    bounds = dict(_BOUND.findall(text))
    low = bounds.get(">=", "0")
    if "<" in bounds:
        return Interval(low, fixed=bounds["<"])
    if "<=" not in bounds:
        return Interval(low)
    # GitHub's ranges that end with an affected version become, in OSV, ranges that end with the first patched one.
    order, last = order_of(ecosystem), bounds["<="]
    later = sorted((version for version in patched if order.compare(version, last) >= 0), key=order.key)
    return Interval(low, fixed=later[0]) if later else Interval(low, last_affected=last)


def _advisory(
    place: _Place, key: str, about: tuple[str, ...], detail: dict[str, Any], affected: list[Affected]
) -> Advisory:
    renamed = place.prefix and not key.startswith(("GHSA-", "GMS-"))
    words = detail.get("VendorSeverity") or {}
    own = words.get(place.vendor)
    return Advisory(
        id=f"{place.prefix}-{key}" if renamed else key,
        source=place.source,
        aliases=(key,) if renamed else (),
        upstream=about,
        summary=detail.get("Title", ""),
        details=detail.get("Description", ""),
        severity=str(Severity(int(own))) if own else "",
        scores=tuple(_scores(detail, words)),
        cwes=tuple(detail.get("CweIDs", ())),
        references=tuple(detail.get("References", ())),
        affected=tuple(affected),
    )


def _scores(detail: dict[str, Any], words: dict[str, int]) -> Iterator[Score]:
    """Other vendors' words, NVD's first, then the word of nobody in particular, then the vectors."""
    for vendor in sorted(words, key=lambda name: (name != "nvd", name)):
        yield Score(vendor, "word", str(Severity(int(words[vendor]))))
    if not words and "Severity" in detail:
        yield Score("", "word", detail["Severity"])
    for vendor, vectors in sorted(detail.get("CVSS", {}).items()):
        for generation in ("V2", "V3"):
            if vector := vectors.get(f"{generation}Vector"):
                yield Score(vendor, f"CVSS_{generation}", vector)


def _declaration(source: str) -> Declaration:
    return Declaration(
        name=source,
        title=source,
        licence="Apache-2.0",
        redistributable=False,
        base_url="",
        mirrored_as="",
        cadence="never",
    )
