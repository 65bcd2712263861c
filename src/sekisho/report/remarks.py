"""What a reader must know before believing the numbers: doubts, warnings, and what was not judged.

*Doubts* take the verdict away. *Open questions* are single records or packages that could not be judged: the verdict
stands, and says that they are there. *Notes* explain numbers that would surprise.
"""

from __future__ import annotations

from collections.abc import Iterator

from sekisho.model.finding import Report
from sekisho.report.paint import safe
from sekisho.report.summary import counted, over_on

_JUDGES = frozenset({"match", "sbom"})
"""Whose gaps are whole sentences about packages; those of extractors are about files."""
_STARTER = (
    "starter advisories: a small set for the demonstration, which knows about a hundred records. "
    "What it does not find proves nothing. Get the real data:  sekisho db update"
)


def doubts(report: Report) -> list[str]:
    """Why a clean result would not be one; gaps that nobody turned into a reason count as well."""
    told = [safe(reason) for reason in report.undecided]
    if told:
        return told
    gaps = [gap for gap in report.inventory.gaps if gap.weight == "incomplete"]
    return [f"{safe(gap.path or gap.extractor)} was not read: {safe(gap.reason)}" for gap in gaps]


def open_questions(report: Report) -> list[str]:
    """Records and packages that could not be judged, each once."""
    gaps = [gap for gap in report.inventory.gaps if gap.weight == "note" and gap.extractor in _JUDGES]
    sentences = (f"{gap.path}: {gap.reason}" if gap.extractor == "sbom" and gap.path else gap.reason for gap in gaps)
    return list(dict.fromkeys(map(safe, sentences)))


def warnings(report: Report) -> Iterator[str]:
    """What makes the result weaker than it looks: demonstration data, data that could not be renewed, an old system."""
    if report.store and report.store.starter:
        yield _STARTER
    for source in report.store.stale if report.store else ():
        yield f"old advisories: {safe(source)}"
    system, over = report.inventory.system, over_on(report)
    if system and over:
        yield f"{safe(f'{system.family} {system.name}')} is out of support since {over}: new holes are not mended"


def notes(report: Report) -> Iterator[str]:
    """What explains the numbers."""
    owned = sum(1 for package in report.inventory.packages if package.owned_by)
    if owned:
        libraries = counted(owned, "library package")
        yield f"{libraries} installed by the operating system, judged as part of it where its advisories know them"
    odd = sum(1 for gap in report.inventory.gaps if gap.weight == "note" and gap.extractor not in _JUDGES)
    if odd:
        yield f"{counted(odd, 'file')} not what the name says, passed over"
