"""Package × store → findings: one probe a package, one judgement a record, aliases merged.

Packages that the operating system's package manager owns are matched once, as its packages. Where an ecosystem has a
curated database of its own (Go's, RustSec), its word on a range counts before a general one's, and the disagreement is
kept for whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from sekisho.advisories.candidate import Candidate
from sekisho.advisories.ecosystem import lookups
from sekisho.advisories.store import Pair, Store
from sekisho.match.describe import Describer
from sekisho.match.judge import Judgement, judge
from sekisho.model.finding import Finding, Suppressed
from sekisho.model.inventory import Gap, Inventory
from sekisho.model.package import Package
from sekisho.versions.order import Order, order_of

NATIVE = {"Go": "GO-", "crates.io": "RUSTSEC-"}
"""Ecosystem → prefix of the records whose ranges its own people curate."""


class Hit(msgspec.Struct, frozen=True):
    """One record that covers one package."""

    package: Package
    pair: Pair
    version: str
    candidate: Candidate
    judgement: Judgement
    order: str


class Found(msgspec.Struct, frozen=True):
    """Findings in a stable order; what sources disagree about; packages whose version could not be compared."""

    findings: tuple[Finding, ...]
    disputed: tuple[Suppressed, ...]
    gaps: tuple[Gap, ...]


def compared_version(package: Package) -> str:
    """The version advisories speak of: the source package's for deb and apk."""
    if package.type in ("deb", "apk"):
        return package.source_version or package.version
    return package.version


def find(inventory: Inventory, store: Store) -> Found:
    """Every finding of an inventory."""
    wanted = [
        (package, lookups(package, inventory.system))
        for package in inventory.packages
        if not package.owned_by and package.relation != "workspace"
    ]
    candidates = store.candidates(pair for _, pairs in wanted for pair in pairs)
    describer = Describer(store)
    findings: list[Finding] = []
    disputed: list[Suppressed] = []
    gaps: list[Gap] = []
    for package, pairs in wanted:
        known = [(pair, candidates[pair]) for pair in pairs if pair in candidates]
        if not known:
            continue
        if not compared_version(package):
            gaps.append(_without_version(package, sum(len(entries) for _, entries in known)))
            continue
        judged = [_judged(package, pair, entries) for pair, entries in known]
        gaps += [_uncompared(hit) for hits in judged for hit in hits if hit.judgement.undecided]
        kept, dropped = _settled(judged, describer)
        findings += describer.findings(package, kept)
        disputed += dropped
    findings.sort(key=lambda f: (f.package.name, f.package.version, -f.severity, f.id, f.package.path))
    return Found(tuple(findings), tuple(disputed), tuple(gaps))


def _judged(package: Package, pair: Pair, entries: tuple[Candidate, ...]) -> list[Hit]:
    order: Order = order_of(pair[0])
    version = compared_version(package)
    return [
        Hit(package, pair, version, candidate, judge(package, version, candidate, order), order.name)
        for candidate in entries
        if not candidate.informational and not candidate.withdrawn
    ]


def _settled(judged: Iterable[list[Hit]], describer: Describer) -> tuple[list[Hit], list[Suppressed]]:
    """Covering hits, without those that the ecosystem's own database contradicts."""
    kept: list[Hit] = []
    dropped: list[Suppressed] = []
    for hits in judged:
        covering = [hit for hit in hits if hit.judgement.covered]
        native = NATIVE.get(hits[0].pair[0].partition(":")[0], "") if hits else ""
        if not native or all(hit.candidate.id.startswith(native) for hit in covering):
            kept += covering
            continue
        denials = {
            describer.name_of(hit.candidate): hit
            for hit in hits
            if hit.candidate.id.startswith(native) and not hit.judgement.covered and not hit.judgement.undecided
        }
        affirmed = {describer.name_of(hit.candidate) for hit in covering if hit.candidate.id.startswith(native)}
        for hit in covering:
            name = describer.name_of(hit.candidate)
            if name in denials and name not in affirmed:
                dropped += _disputed(hit, denials[name], describer)
            else:
                kept.append(hit)
    return kept, dropped


def _disputed(hit: Hit, denial: Hit, describer: Describer) -> Iterator[Suppressed]:
    statement = f"{denial.candidate.id} says {denial.judgement.reason}"
    for finding in describer.findings(hit.package, [hit]):
        conflict = msgspec.structs.replace(finding, conflict=statement)
        yield Suppressed(finding=conflict, kind="disputed", source=denial.candidate.source, statement=statement)


def _without_version(package: Package, count: int) -> Gap:
    reason = f"{package.name} has no version here: {count} known vulnerabilities could not be decided"
    return Gap(path=package.path, extractor="match", reason=reason, weight="note", layer=package.layer)


def _uncompared(hit: Hit) -> Gap:
    reason = f"{hit.package.name}: {hit.candidate.id} could not be decided: {hit.judgement.reason}"
    return Gap(path=hit.package.path, extractor="match", reason=reason, weight="note", layer=hit.package.layer)
