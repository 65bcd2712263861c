"""Small advisory stores, written the way their sources write them, and inventories to match against them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sekisho.advisories.build import building
from sekisho.advisories.feeds.debian import read_tracker
from sekisho.advisories.feeds.osv_record import read_osv
from sekisho.advisories.feeds.protocol import Declaration, Defect, Delivery, Record, State
from sekisho.advisories.feeds.secdb import read_secdb
from sekisho.advisories.store import Store
from sekisho.match.explain import Explanation, explain
from sekisho.match.find import Found, find
from sekisho.model.advisory import Exploitation
from sekisho.model.finding import Finding
from sekisho.model.inventory import Inventory, OperatingSystem
from sekisho.model.package import Package

NOW = datetime(2026, 11, 23, 4, 10, tzinfo=UTC)
DEBIAN = OperatingSystem(family="debian", name="12.8")
ALPINE = OperatingSystem(family="alpine", name="3.19.1")
ALMA = OperatingSystem(family="alma", name="8.5")
RHEL = OperatingSystem(family="redhat", name="8.6")
UBUNTU = OperatingSystem(family="ubuntu", name="22.04")
CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
MEDIUM = "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"
HIGH_V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:N/SC:N/SI:N/SA:N"


def affected(
    ecosystem: str, name: str, *ranges: str, versions: Iterable[str] = (), kind: str = "ECOSYSTEM", **fields: Any
) -> dict[str, Any]:
    """One package of a record; a range is written ``introduced 0, fixed 1.2``."""
    events = [[dict([event.strip().split(" ", 1)]) for event in text.split(",")] for text in ranges]
    return {
        "package": {"ecosystem": ecosystem, "name": name},
        "ranges": [{"type": kind, "events": each} for each in events],
        "versions": list(versions),
        **fields,
    }


def record(id_: str, *packages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """An OSV record."""
    return {"id": id_, "modified": "2024-01-01T00:00:00Z", "affected": list(packages), **fields}


def erratum(
    number: str, cves: Iterable[str], *packages: dict[str, Any], title: str = "Important: update"
) -> dict[str, Any]:
    """An AlmaLinux erratum: the CVEs it mends are ``related``."""
    return record(number, *packages, related=list(cves), summary=title)


def build(
    path: Path,
    records: Iterable[dict[str, Any]] = (),
    *,
    tracker: dict[str, Any] | None = None,
    secdb: dict[str, dict[str, list[str]]] | None = None,
    known: Iterable[Exploitation] = (),
    now: datetime = NOW,
) -> Path:
    """A store from OSV records, a Debian tracker document, Alpine 3.19's secfixes, and what is known about CVEs."""
    deliveries: dict[str, Iterable[Record | Defect]] = {}
    if tracker is not None:
        deliveries["debian"] = read_tracker(json.dumps(tracker).encode())
    if secdb is not None:
        packages = [{"pkg": {"name": name, "secfixes": fixes}} for name, fixes in secdb.items()]
        document = json.dumps({"packages": packages}).encode()
        deliveries["alpine/v3.19"] = read_secdb({"main": document}, "alpine/v3.19", "Alpine:v3.19", "{id}")
    by_source: dict[str, list[Record | Defect]] = {}
    for one in records:
        source = f"osv/{one['affected'][0]['package']['ecosystem'].partition(':')[0]}"
        by_source.setdefault(source, []).append(read_osv(json.dumps(one).encode(), source))
    with building(path, now, fresh=True) as builder:
        for rank, (source, items) in enumerate((deliveries | by_source).items()):
            delivery = Delivery(kind="full", state=State(), records=iter(items), url=source)
            builder.apply(source, _declaration(source), rank, delivery)
        for feed in ("kev", "epss", "ssvc") if known else ():
            delivery = Delivery(kind="full", state=State(), exploitations=_ratings(known), url=feed)
            builder.apply(feed, _declaration(feed), 99, delivery)
    return path


def _ratings(known: Iterable[Exploitation]) -> Iterator[Exploitation | Defect]:
    yield from known


def _declaration(name: str) -> Declaration:
    return Declaration(
        name=name,
        title=name,
        licence="made up",
        redistributable=True,
        base_url="",
        mirrored_as="",
        cadence="never",
    )


def deb(name: str, version: str, **fields: Any) -> Package:
    return Package(**({"type": "deb", "name": name, "version": version, "path": "var/lib/dpkg/status"} | fields))


def apk(name: str, version: str, **fields: Any) -> Package:
    return Package(**({"type": "apk", "name": name, "version": version, "path": "lib/apk/db/installed"} | fields))


def rpm(name: str, version: str, **fields: Any) -> Package:
    return Package(**({"type": "rpm", "name": name, "version": version, "arch": "x86_64"} | fields))


def library(kind: str, name: str, version: str, **fields: Any) -> Package:
    return Package(**({"type": kind, "name": name, "version": version, "path": f"app/{kind}.lock"} | fields))


def found(path: Path, *packages: Package, system: OperatingSystem | None = None) -> Found:
    """What matching says about the packages."""
    with Store.open(path) as store:
        return find(Inventory(packages=packages, system=system), store)


def ids(path: Path, *packages: Package, system: OperatingSystem | None = None) -> list[str]:
    """The names of the findings, in their order."""
    return [finding.id for finding in found(path, *packages, system=system).findings]


def one(path: Path, package: Package, system: OperatingSystem | None = None) -> Finding:
    """The only finding there is."""
    [finding] = found(path, package, system=system).findings
    return finding


def explained(path: Path, name: str, *packages: Package, system: OperatingSystem | None = None) -> Explanation:
    """What there is to say about one vulnerability."""
    with Store.open(path) as store:
        return explain(name, Inventory(packages=packages, system=system), store)
