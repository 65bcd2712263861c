"""How bad a finding is, and according to whom.

The distribution that ships the package knows best, then whoever published the record, then a CVSS score (v4 before v3
before v2), then what CISA adds to the CVE. Every opinion is kept; one is chosen, and its source is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from sekisho.advisories.candidate import Candidate
from sekisho.model.advisory import Advisory, Exploitation, Score
from sekisho.model.cvss import base_score
from sekisho.model.severity import Severity, severity_named, severity_of_score

_KINDS = ("CVSS_V4", "CVSS_V3", "CVSS_V2")


class Grade(msgspec.Struct, frozen=True):
    """The chosen severity with its source, and every opinion there was."""

    severity: Severity
    source: str
    opinions: tuple[tuple[str, Severity], ...]
    scores: tuple[Score, ...]


def grade(records: Sequence[tuple[Candidate, Advisory | None]], known: Exploitation | None) -> Grade:
    """Weigh what the records, best source first, and CISA say."""
    scores = tuple(_scores(records, known))
    opinions = list(_words(records))
    opinions += [(score.source, severity) for score in scores if (severity := _of_score(score)) is not None]
    first: dict[str, Severity] = {}
    for source, severity in opinions:
        if severity is not Severity.UNKNOWN:
            first.setdefault(source, severity)
    if any(candidate.malicious for candidate, _ in records):
        return Grade(Severity.CRITICAL, records[0][0].source, tuple(first.items()), scores)
    source, severity = next(iter(first.items()), ("", Severity.UNKNOWN))
    return Grade(severity, source, tuple(first.items()), scores)


def _words(records: Iterable[tuple[Candidate, Advisory | None]]) -> Iterable[tuple[str, Severity]]:
    for candidate, advisory in records:
        if candidate.severity:
            yield candidate.source, severity_named(candidate.severity)
        if advisory and advisory.severity:
            yield candidate.source, severity_named(advisory.severity)


def _scores(records: Iterable[tuple[Candidate, Advisory | None]], known: Exploitation | None) -> Iterable[Score]:
    found: dict[Score, None] = {}
    for _, advisory in records:
        if advisory:
            found |= dict.fromkeys(advisory.scores)
    if known:
        found |= dict.fromkeys(known.scores)
    return sorted(found, key=lambda score: _KINDS.index(score.kind) if score.kind in _KINDS else len(_KINDS))


def _of_score(score: Score) -> Severity | None:
    if score.kind == "word":
        return severity_named(score.value)
    return severity_of_score(base_score(score.value)) if score.kind in _KINDS else None
