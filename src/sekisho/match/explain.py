"""Why a vulnerability was matched to a package, or why not: every record of it against every package it names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from sekisho.advisories.candidate import Candidate
from sekisho.advisories.ecosystem import lookups
from sekisho.advisories.store import Pair, Store
from sekisho.match.describe import Describer
from sekisho.match.find import compared_version, exempt, judged_hits
from sekisho.match.judge import Judgement, readable
from sekisho.match.owner import Owners, spoken_for
from sekisho.match.settle import said, settle
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
    packages: dict[Pair, list[Package]] = {}
    for package in inventory.packages:
        for pair in lookups(package, inventory.system):
            packages.setdefault(pair, []).append(package)
    named = {(affected.ecosystem, affected.name) for record in records for affected in record.affected}
    candidates = store.candidates(sorted(named & packages.keys()))
    describer = Describer(store)
    owners = Owners(inventory, store)
    cases = [
        case
        for pair, entries in candidates.items()
        for package in packages[pair]
        for case in _cases(package, pair, entries, records, inventory, describer, owners)
    ]
    absent = sorted(f"{ecosystem}/{package}" for ecosystem, package in named - packages.keys())
    return Explanation(store.aliases(name), records, tuple(cases), tuple(absent))


def _cases(
    package: Package,
    pair: Pair,
    entries: Sequence[Candidate],
    records: Sequence[Advisory],
    inventory: Inventory,
    describer: Describer,
    owners: Owners,
) -> Iterator[Case]:
    """What :func:`sekisho.match.find.find` decides about the records asked for, with its reasons."""
    wanted = {(record.id, record.source): record for record in records}
    hits = judged_hits(package, pair, entries, inventory.system)
    judgements = {hit.candidate: hit.judgement for hit in hits}
    for hit, denial in settle(hits, describer).denied:
        reason = f"{hit.judgement.reason} would cover it, but {said(denial)}"
        judgements[hit.candidate] = Judgement(False, reason)
    for candidate in entries:
        if advisory := wanted.get((candidate.id, candidate.source)):
            judgement = _set_aside(package, candidate, owners) or judgements[candidate]
            yield _case(package, pair, candidate, advisory, judgement)


def _set_aside(package: Package, candidate: Candidate, owners: Owners) -> Judgement | None:
    """Why the package or the record takes no part in matching; None when both do."""
    if reason := exempt(package):
        return Judgement(False, reason)
    if owners.speak_for(package):
        return Judgement(False, spoken_for(package))
    if candidate.withdrawn:
        return Judgement(False, f"the record was withdrawn on {candidate.withdrawn[:10]}")
    if candidate.informational:
        return Judgement(False, f"the record is informational ({candidate.informational}), not a vulnerability")
    return None


def _case(package: Package, pair: Pair, candidate: Candidate, advisory: Advisory, judgement: Judgement) -> Case:
    ranges = "; ".join(readable(interval) for interval in candidate.intervals)
    if candidate.versions:
        ranges = "; ".join(filter(None, (ranges, f"{len(candidate.versions)} listed versions")))
    return Case(
        package, candidate, advisory, *pair, compared_version(package), order_of(pair[0]).name, ranges, judgement
    )
