"""How bad a finding is, and according to whom.

The distribution that ships the package knows best, then whoever published the record, then the record's CVSS score (v4
before v3 before v2), then what CISA adds to the CVE. Every opinion is kept; one is chosen, and its source is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from sekisho.advisories.candidate import Candidate
from sekisho.model.advisory import Advisory, Exploitation, Score
from sekisho.model.cvss import base_score
from sekisho.model.severity import Severity, severity_named, severity_of_score

_KINDS = {"CVSS_V4": 0, "CVSS_V3": 1, "CVSS_V2": 2}
"""Best first."""
_WORD = "word"

Records = Sequence[tuple[Candidate, Advisory | None]]
Opinion = tuple[str, Severity]
"""(source, severity)."""


class Grade(msgspec.Struct, frozen=True):
    """The chosen severity with its source, and every opinion there was."""

    severity: Severity
    source: str
    opinions: tuple[Opinion, ...]
    """The first opinion of each source, weightiest first."""
    scores: tuple[Score, ...]


def grade(records: Records, known: Exploitation | None) -> Grade:
    """Weigh what the records, best source first, and CISA say."""
    own = _sorted(score for _, head in records if head for score in head.scores)
    scores = tuple(dict.fromkeys((*own, *_sorted(known.scores if known else ()))))
    opinions: dict[str, Severity] = {}
    for source, severity in (*_words(records), *_banded(scores)):
        if severity is not Severity.UNKNOWN:
            opinions.setdefault(source, severity)
    told = tuple(opinions.items())
    if any(candidate.malicious for candidate, _ in records):
        return Grade(Severity.CRITICAL, records[0][0].source, told, scores)
    source, severity = told[0] if told else ("", Severity.UNKNOWN)
    return Grade(severity, source, told, scores)


def _words(records: Records) -> Iterator[Opinion]:
    """What vendors say in words: about the package in this release, about the record, on a scale of their own."""
    for candidate, head in records:
        if candidate.severity:
            yield candidate.source, severity_named(candidate.severity)
        if head and head.severity:
            yield candidate.source, severity_named(head.severity)
        for score in head.scores if head else ():
            if score.kind == _WORD:
                yield score.source, severity_named(score.value)


def _banded(scores: Iterable[Score]) -> Iterator[Opinion]:
    """The band of each vector; version 2 knows nothing above high (https://nvd.nist.gov/vuln-metrics/cvss)."""
    for score in scores:
        if score.kind in _KINDS:
            severity = severity_of_score(base_score(score.value))
            yield score.source, min(severity, Severity.HIGH) if score.kind == "CVSS_V2" else severity


def _sorted(scores: Iterable[Score]) -> list[Score]:
    return sorted(scores, key=lambda score: _KINDS.get(score.kind, len(_KINDS)))
