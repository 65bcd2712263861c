"""Why a vulnerability was matched to a package, or why not: every record of it against every package it names."""

from __future__ import annotations

import msgspec

from sekisho.advisories.candidate import Candidate
from sekisho.advisories.ecosystem import lookups
from sekisho.advisories.store import Store
from sekisho.match.find import compared_version
from sekisho.match.judge import Judgement, judge, readable
from sekisho.model.advisory import Advisory
from sekisho.model.inventory import Inventory
from sekisho.model.package import Package
from sekisho.versions.order import order_of


class Case(msgspec.Struct, frozen=True):
    """One record against one package."""

    package: Package
    candidate: Candidate
    advisory: Advisory
    ecosystem: str
    name: str
    version: str
    comparator: str
    ranges: str
    judgement: Judgement


class Explanation(msgspec.Struct, frozen=True):
    """Everything there is to say about one vulnerability and one inventory."""

    names: tuple[str, ...]
    """Every name of the vulnerability, the one people know first."""
    records: tuple[Advisory, ...]
    cases: tuple[Case, ...]
    """Records that name a package of the inventory, covered or not."""
    absent: tuple[str, ...]
    """``ecosystem/name`` of packages the records name and the inventory does not have."""


def explain(name: str, inventory: Inventory, store: Store) -> Explanation:
    """Judge every record that is called ``name``, means the same, or is about it."""
    records = store.records(name)
    packages: dict[tuple[str, str], list[Package]] = {}
    for package in inventory.packages:
        for pair in lookups(package, inventory.system):
            packages.setdefault(pair, []).append(package)
    named = {(affected.ecosystem, affected.name): record for record in records for affected in record.affected}
    candidates = store.candidates(pair for pair in named if pair in packages)
    wanted = {record.id: record for record in records}
    cases = [
        _case(package, pair, candidate, wanted[candidate.id])
        for pair, entries in candidates.items()
        for candidate in entries
        if candidate.id in wanted
        for package in packages[pair]
    ]
    absent = sorted({f"{ecosystem}/{package}" for ecosystem, package in named if (ecosystem, package) not in packages})
    return Explanation(store.aliases(name), records, tuple(cases), tuple(absent))


def _case(package: Package, pair: tuple[str, str], candidate: Candidate, advisory: Advisory) -> Case:
    order = order_of(pair[0])
    version = compared_version(package)
    if package.owned_by:
        judgement = Judgement(False, f"it belongs to the operating system's package {package.owned_by}")
    elif candidate.informational:
        judgement = Judgement(False, f"the record is informational ({candidate.informational}), not a vulnerability")
    elif not version:
        judgement = Judgement(False, "the package has no version here", undecided=True)
    else:
        judgement = judge(package, version, candidate, order)
    ranges = "; ".join(readable(interval) for interval in candidate.intervals)
    if candidate.versions:
        ranges = "; ".join(filter(None, (ranges, f"{len(candidate.versions)} listed versions")))
    return Case(package, candidate, advisory, *pair, version, order.name, ranges, judgement)
