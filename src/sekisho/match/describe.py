"""Hits → findings: aliases merged under the name people know, with the details a report prints.

A record about several CVEs (an erratum) gives one finding for each. Records of one vulnerability are merged, best
source first; every one of them stays in the finding as an explanation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sekisho.advisories.candidate import Candidate
from sekisho.advisories.store import Store
from sekisho.match.grade import grade
from sekisho.model.advisory import Advisory, Exploitation, FixState
from sekisho.model.finding import Finding, Match
from sekisho.model.package import Package
from sekisho.versions.order import order_named

if TYPE_CHECKING:
    from sekisho.match.find import Hit


class Describer:
    """Looks details up once per record, however many packages share it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._advisories: dict[tuple[str, str], Advisory | None] = {}
        self._digests: dict[tuple[str, str], str] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._known: dict[str, Exploitation | None] = {}

    def advisory(self, candidate: Candidate) -> Advisory | None:
        """The whole record behind a candidate."""
        key = (candidate.id, candidate.source)
        if key not in self._advisories:
            self._advisories[key] = self._store.advisory(*key)
        return self._advisories[key]

    def name_of(self, candidate: Candidate) -> str:
        """The name people know the candidate's vulnerability by."""
        return self._synonyms(candidate.id)[0]

    def names_of(self, candidate: Candidate) -> tuple[str, ...]:
        """The vulnerabilities a record is about: several for an erratum, itself for most."""
        advisory = self.advisory(candidate)
        if advisory and advisory.upstream:
            return tuple(dict.fromkeys(self._synonyms(name)[0] for name in advisory.upstream))
        return (self.name_of(candidate),)

    def findings(self, package: Package, hits: Sequence[Hit]) -> list[Finding]:
        """One finding for each vulnerability the hits are about."""
        by_name: dict[str, list[Hit]] = {}
        for hit in hits:
            for name in self.names_of(hit.candidate):
                by_name.setdefault(name, []).append(hit)
        return [self._finding(package, name, entries) for name, entries in by_name.items()]

    def _finding(self, package: Package, name: str, hits: list[Hit]) -> Finding:
        records = [(hit.candidate, self.advisory(hit.candidate)) for hit in hits]
        advisories = [advisory for _, advisory in records if advisory]
        known = self._exploitation(name)
        graded = grade(records, known)
        fixed = _fixed(hits)
        aliases = {*self._synonyms(name), *(hit.candidate.id for hit in hits)} - {name}
        return Finding(
            id=name,
            aliases=tuple(sorted(aliases)),
            package=package,
            fixed_version=", ".join(fixed),
            state=_state(hits, fixed),
            severity=graded.severity,
            severity_source=graded.source,
            vendor_severities=graded.opinions,
            scores=graded.scores,
            title=next((a.summary for a in advisories if a.summary), ""),
            description=next((a.details for a in advisories if a.details), ""),
            cwes=_union((a.cwes for a in advisories), known.cwes if known else ()),
            references=_union(a.references for a in advisories),
            url=next((a.url for a in advisories if a.url), ""),
            published=min((a.published for a in advisories if a.published), default=""),
            modified=max((a.modified for a in advisories if a.modified), default=""),
            exploitation=known,
            matches=tuple(self._match(hit) for hit in hits),
            conflict=_conflict(hits),
        )

    def _match(self, hit: Hit) -> Match:
        advisory = self.advisory(hit.candidate)
        key = (hit.candidate.id, hit.candidate.source)
        if key not in self._digests:
            self._digests[key] = self._store.digest(*key)
        return Match(
            advisory=hit.candidate.id,
            source=hit.candidate.source,
            url=advisory.url if advisory else "",
            ecosystem=hit.pair[0],
            name=hit.pair[1],
            version=hit.version,
            comparator=hit.order,
            covered_by=hit.judgement.reason,
            fixed=hit.judgement.fixed,
            modified=advisory.modified if advisory else "",
            sha256=self._digests[key],
        )

    def _synonyms(self, name: str) -> tuple[str, ...]:
        if name not in self._names:
            self._names[name] = self._store.aliases(name)
        return self._names[name]

    def _exploitation(self, name: str) -> Exploitation | None:
        if name not in self._known:
            self._known[name] = self._store.exploitation(name) if name.startswith("CVE-") else None
        return self._known[name]


def _fixed(hits: Sequence[Hit]) -> tuple[str, ...]:
    """The versions the best source names; another's only when that one has none."""
    for hit in hits:
        if hit.judgement.fixed:
            return tuple(sorted(hit.judgement.fixed, key=order_named(hit.order).key))
    return ()


def _state(hits: Sequence[Hit], fixed: tuple[str, ...]) -> FixState:
    if fixed:
        return "fixed"
    return next((hit.candidate.state for hit in hits if hit.candidate.state not in ("", "fixed")), "affected")


def _conflict(hits: Sequence[Hit]) -> str:
    told = {hit.candidate.id: ", ".join(hit.judgement.fixed) or "no fix" for hit in hits}
    if len(set(told.values())) < 2:
        return ""
    return "sources disagree: " + "; ".join(f"{name}: {fixed}" for name, fixed in sorted(told.items()))


def _union(groups: Iterable[Iterable[str]], more: Iterable[str] = ()) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for group in groups:
        found |= dict.fromkeys(group)
    return tuple(found | dict.fromkeys(more))
