"""Package × store → findings: one probe a package, one judgement a record, aliases merged.

What the operating system's package manager owns is told once, as its package, wherever the distribution speaks for it
(:mod:`sekisho.match.owner`). What cannot be decided is told as a gap, one for each package and reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from sekisho.advisories.candidate import Candidate
from sekisho.advisories.ecosystem import lookups
from sekisho.advisories.store import Pair, Store
from sekisho.match.describe import Describer
from sekisho.match.hit import Hit
from sekisho.match.judge import judge
from sekisho.match.owner import Owners, spoken_for
from sekisho.match.rebuild import FAMILIES
from sekisho.match.settle import said, settle
from sekisho.model.finding import Finding, Suppressed
from sekisho.model.inventory import Gap, Inventory, OperatingSystem
from sekisho.model.package import Package
from sekisho.versions.order import order_of

NAMED_IN_GAP = 3
"""Records a gap names before it only counts them."""


class Found(msgspec.Struct, frozen=True):
    """Findings in a stable order; those set aside, with who says so; what could not be decided."""

    findings: tuple[Finding, ...]
    set_aside: tuple[Suppressed, ...]
    """Disputed by the ecosystem's own database, or told by the distribution already."""
    gaps: tuple[Gap, ...]


def compared_version(package: Package) -> str:
    """The version advisories speak of: the source package's for deb and apk."""
    if package.type in ("deb", "apk"):
        return package.source_version or package.version
    return package.version


def exempt(package: Package) -> str:
    """Why a package is not matched at all; empty when it is."""
    return "it is part of the scanned project itself" if package.relation == "workspace" else ""


def find(inventory: Inventory, store: Store) -> Found:
    """Every finding of an inventory."""
    system = inventory.system
    wanted = [(package, lookups(package, system)) for package in inventory.packages if not exempt(package)]
    candidates = store.candidates(pair for _, pairs in wanted for pair in pairs)
    describer = Describer(store)
    findings: list[Finding] = []
    set_aside: list[Suppressed] = []
    gaps: list[Gap] = []
    owners = Owners(inventory, store)
    for package, pairs in wanted:
        known = [(pair, candidates[pair]) for pair in pairs if pair in candidates]
        if not known:
            continue
        judged = [judged_hits(package, pair, entries, system) for pair, entries in known]
        settled = [settle(hits, describer) for hits in judged]
        fresh = describer.findings(package, [hit for each in settled for hit in each.kept])
        if owners.speak_for(package):
            set_aside += [_owned(finding) for finding in fresh]
            continue
        findings += fresh
        set_aside += [finding for each in settled for pair in each.denied for finding in _disputed(*pair, describer)]
        undecided = [hit for hits in judged for hit in hits if hit.judgement.undecided]
        gaps += _gaps(package, undecided, fresh)
    findings.sort(key=lambda f: (f.package.name, f.package.version, -f.severity, f.id, f.package.path))
    return Found(tuple(findings), tuple(set_aside), tuple(gaps))


def judged_hits(
    package: Package, pair: Pair, entries: Iterable[Candidate], system: OperatingSystem | None
) -> list[Hit]:
    """Every record about vulnerabilities held against the package; withdrawn and informational ones are none."""
    order = order_of(pair[0])
    version = compared_version(package)
    rebuilt = package.type == "rpm" and system is not None and system.family in FAMILIES
    return [
        Hit(package, pair, version, candidate, judge(package, version, candidate, order, rebuilt=rebuilt), order.name)
        for candidate in entries
        if not candidate.informational and not candidate.withdrawn
    ]


def _owned(finding: Finding) -> Suppressed:
    package = finding.package
    return Suppressed(finding=finding, kind="owned", source=package.owned_by, statement=spoken_for(package))


def _disputed(hit: Hit, denial: Hit, describer: Describer) -> Iterator[Suppressed]:
    statement = said(denial)
    for finding in describer.findings(hit.package, [hit]):
        conflict = msgspec.structs.replace(finding, conflict=statement)
        yield Suppressed(finding=conflict, kind="disputed", source=denial.candidate.source, statement=statement)


def _gaps(package: Package, undecided: Sequence[Hit], findings: Iterable[Finding]) -> Iterator[Gap]:
    """One gap a reason, about the records that no finding of the package already tells of."""
    if not undecided:
        return
    told = {name for finding in findings for name in (finding.id, *finding.aliases)}
    reasons: dict[str, list[str]] = {}
    for hit in undecided:
        ids = reasons.setdefault(hit.judgement.reason, [])
        if hit.candidate.id not in told and hit.candidate.id not in ids:
            ids.append(hit.candidate.id)
    for reason, ids in reasons.items():
        if ids:
            more = f" and {len(ids) - NAMED_IN_GAP} more" if len(ids) > NAMED_IN_GAP else ""
            text = f"{package.name}: {', '.join(ids[:NAMED_IN_GAP])}{more} could not be decided: {reason}"
            yield Gap(path=package.path, extractor="match", reason=text, weight="note", layer=package.layer)
