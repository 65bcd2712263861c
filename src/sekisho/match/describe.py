"""Hits → findings: aliases merged under the name people know, with the details a report prints.

A record about several CVEs (an erratum) gives one finding for each. Records of one vulnerability are merged, best
source first; every one of them stays in the finding as an explanation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sekisho.advisories.candidate import Candidate
from sekisho.advisories.feeds.timestamps import instant
from sekisho.advisories.store import Store
from sekisho.match.grade import grade
from sekisho.match.hit import Hit
from sekisho.model.advisory import Advisory, Exploitation, FixState
from sekisho.model.finding import Finding, Match
from sekisho.model.package import Package
from sekisho.versions.order import Order, order_named


class Describer:
    """Looks details up once per record, however many packages share it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._heads: dict[tuple[str, str], Advisory | None] = {}
        self._digests: dict[tuple[str, str], str] = {}
        self._synonyms: dict[str, tuple[str, ...]] = {}
        self._known: dict[str, Exploitation | None] = {}

    def head(self, candidate: Candidate) -> Advisory | None:
        """The record behind a candidate, without the packages it affects."""
        key = (candidate.id, candidate.source)
        if key not in self._heads:
            self._heads[key] = self._store.head(*key)
        return self._heads[key]

    def synonyms(self, name: str) -> tuple[str, ...]:
        """Every name of the same vulnerability, the one people know first."""
        if name not in self._synonyms:
            self._synonyms[name] = self._store.aliases(name)
        return self._synonyms[name]

    def names_of(self, candidate: Candidate) -> tuple[str, ...]:
        """The vulnerabilities a record is about: several for an erratum, itself for most."""
        head = self.head(candidate)
        if head and head.upstream:
            return tuple(dict.fromkeys(self.synonyms(name)[0] for name in head.upstream))
        return (self.synonyms(candidate.id)[0],)

    def findings(self, package: Package, hits: Sequence[Hit]) -> list[Finding]:
        """One finding for each vulnerability the hits are about."""
        by_name: dict[str, list[Hit]] = {}
        for hit in hits:
            for name in self.names_of(hit.candidate):
                by_name.setdefault(name, []).append(hit)
        return [self._finding(package, name, entries) for name, entries in by_name.items()]

    def _finding(self, package: Package, name: str, hits: list[Hit]) -> Finding:
        records = [(hit.candidate, self.head(hit.candidate)) for hit in hits]
        heads = [head for _, head in records if head]
        known = self._exploitation(name)
        graded = grade(records, known)
        fixed = _fixed(hits)
        aliases = {*self.synonyms(name), *(hit.candidate.id for hit in hits)} - {name}
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
            title=next((head.summary for head in heads if head.summary), ""),
            description=next((head.details for head in heads if head.details), ""),
            cwes=_union((head.cwes for head in heads), known.cwes if known else ()),
            references=_union(head.references for head in heads),
            url=next((head.url for head in heads if head.url), ""),
            published=_in_time([head.published for head in heads])[0],
            modified=_in_time([head.modified for head in heads])[-1],
            exploitation=known,
            matches=tuple(self._match(hit) for hit in hits),
            conflict="; ".join(filter(None, (*dict.fromkeys(hit.conflict for hit in hits), _disagreement(hits)))),
        )

    def _match(self, hit: Hit) -> Match:
        head = self.head(hit.candidate)
        key = (hit.candidate.id, hit.candidate.source)
        if key not in self._digests:
            self._digests[key] = self._store.digest(*key)
        return Match(
            advisory=hit.candidate.id,
            source=hit.candidate.source,
            url=head.url if head else "",
            ecosystem=hit.pair[0],
            name=hit.pair[1],
            version=hit.version,
            comparator=hit.order,
            covered_by=hit.judgement.reason,
            fixed=hit.judgement.fixed,
            modified=head.modified if head else "",
            sha256=self._digests[key],
        )

    def _exploitation(self, name: str) -> Exploitation | None:
        if name not in self._known:
            self._known[name] = self._store.exploitation(name) if name.startswith("CVE-") else None
        return self._known[name]


def _fixed(hits: Sequence[Hit]) -> tuple[str, ...]:
    """What the best database says mends it; another's word only when that one knows no fix.

    Of several errata about one vulnerability the newest counts: an earlier repair was not the last.
    """
    if len(hits) == 1:
        return hits[0].judgement.fixed
    first = next((hit for hit in hits if hit.judgement.fixed), None)
    if first is None:
        return ()
    fixes = [hit.judgement.fixed for hit in hits if hit.judgement.fixed and hit.authority == first.authority]
    return max(fixes, key=lambda fixed: order_named(first.order).key(fixed[0]))


def _state(hits: Sequence[Hit], fixed: tuple[str, ...]) -> FixState:
    if fixed:
        return "fixed"
    return next((hit.candidate.state for hit in hits if hit.candidate.state not in ("", "fixed")), "affected")


def _disagreement(hits: Sequence[Hit]) -> str:
    """What databases name as the fix when they do not name the same."""
    if len(hits) == 1:
        return ""
    told: dict[tuple[str, str], Hit] = {}
    for hit in hits:
        told.setdefault(hit.authority, hit)
    if len({_nearest_fix(hit, order_named(hit.order)) for hit in told.values()}) < 2:
        return ""
    words = (f"{hit.candidate.id} {', '.join(hit.judgement.fixed) or 'nowhere'}" for hit in told.values())
    return f"sources disagree where it is fixed: {', '.join(words)}"


def _nearest_fix(hit: Hit, order: Order) -> str:
    return order.key(hit.judgement.fixed[0]) if hit.judgement.fixed else ""


def _in_time(stamps: Sequence[str]) -> Sequence[str]:
    """Timestamps from the earliest to the latest moment; what is none comes first and only when alone."""
    distinct = dict.fromkeys(stamp for stamp in stamps if stamp)
    if len(distinct) < 2:
        return [*distinct] or [""]
    moments = {stamp: moment for stamp in distinct if (moment := instant(stamp))}
    return sorted(moments, key=moments.__getitem__) or [*distinct]


def _union(groups: Iterable[Iterable[str]], more: Iterable[str] = ()) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for group in groups:
        found |= dict.fromkeys(group)
    return tuple(found | dict.fromkeys(more))
