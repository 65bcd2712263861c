"""How bad, in five words, ordered."""

from __future__ import annotations

import enum

from sekisho.errors import UsageError


class Severity(enum.IntEnum):
    """Trivy's scale and order; NEGLIGIBLE of the distributions is LOW here, as there."""

    UNKNOWN = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    def __str__(self) -> str:
        return self.name


_SYNONYMS = {
    "NEGLIGIBLE": Severity.LOW,
    "UNIMPORTANT": Severity.LOW,
    "NONE": Severity.UNKNOWN,
    "MODERATE": Severity.MEDIUM,
    "IMPORTANT": Severity.HIGH,
}


def severity_named(word: str) -> Severity:
    """Translate any vendor's word; an unknown word is UNKNOWN, never a guess."""
    upper = word.strip().upper()
    return Severity.__members__.get(upper) or _SYNONYMS.get(upper, Severity.UNKNOWN)


def parse_severities(text: str) -> frozenset[Severity]:
    """Read a filter such as ``CRITICAL,HIGH``; raise UsageError for a word that is no severity."""
    wanted = set()
    for word in text.split(","):
        if word.strip().upper() not in Severity.__members__:
            known = ", ".join(Severity.__members__)
            raise UsageError(f"not a severity: {word.strip()!r}", hint=f"known severities: {known}")
        wanted.add(Severity[word.strip().upper()])
    return frozenset(wanted)


def severity_of_score(score: float) -> Severity:
    """Band a CVSS v3/v4 base score as FIRST does (https://www.first.org/cvss/v3.1/specification-document, table 14)."""
    if score >= 9.0:
        return Severity.CRITICAL
    if score >= 7.0:
        return Severity.HIGH
    if score >= 4.0:
        return Severity.MEDIUM
    return Severity.LOW if score > 0 else Severity.UNKNOWN
