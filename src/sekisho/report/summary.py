"""Numbers that several formats tell: how many findings of which severity, what was set aside, how old the data is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sekisho.model.finding import Report, Suppressed
from sekisho.model.severity import Severity
from sekisho.report.fixes import Fix

_REASONS = {
    "ignored": "by an ignore file",
    "severity": "by severity",
    "status": "by status",
    "unfixed": "without a fix",
    "dev": "in development dependencies",
    "disputed": "contradicted by the ecosystem's own database",
    "owned": "told by the distribution",
    "not_affected": "by VEX",
    "fixed": "by VEX",
}


def counted(number: int, noun: str) -> str:
    """``1 file``, ``2,000 files``."""
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"


def severity_counts(groups: Iterable[Fix]) -> dict[Severity, int]:
    """Vulnerabilities of each severity, worst first; one that several packages of one source share counts once."""
    counts = Counter(severity for group in groups for severity in group.worst.values())
    return {severity: counts[severity] for severity in sorted(Severity, reverse=True)}


def hidden_counts(suppressed: Iterable[Suppressed]) -> list[str]:
    """How many findings each filter took away, in words."""
    counts = Counter(_REASONS.get(item.kind, f"by {item.kind}") for item in suppressed)
    return [f"{count} {reason}" for reason, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]


def data_age(report: Report) -> str:
    """How old the advisories were when the report was made: ``9 h``, ``3 days``; empty when it cannot be told."""
    from datetime import datetime

    built = report.store.built_at if report.store else ""
    try:
        passed = datetime.fromisoformat(report.created_at) - datetime.fromisoformat(built)
        hours = int(passed.total_seconds() // 3600)
    except (ValueError, TypeError):
        return ""
    if hours < 1:
        return "less than an hour" if hours == 0 else ""
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"


def over_on(report: Report) -> str:
    """The day the distribution's free support ended; empty while it lasts, or when nobody knows."""
    system = report.inventory.system
    return system.eol if system and system.eol and system.eol < report.created_at[:10] else ""
