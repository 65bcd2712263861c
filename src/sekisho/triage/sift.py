"""Sift findings: what is shown and judged, and what is set aside, by whom and why.

The order is Trivy's: severity, then fix status, then the ignore file. Nothing disappears: what is set aside stays in
the report with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import msgspec

from sekisho.model.finding import Finding, Suppressed
from sekisho.model.severity import Severity
from sekisho.triage.ignore_file import IgnoreRule

UNFIXED = frozenset({"affected", "will_not_fix", "fix_deferred", "end_of_life"})
"""What ``--ignore-unfixed`` leaves out (Trivy's list)."""


Rules = dict[str, list[IgnoreRule]]
"""Rules by the id they name."""


class Sieve(msgspec.Struct, frozen=True, kw_only=True):
    """What to keep."""

    severities: frozenset[Severity] = frozenset(Severity)
    ignored_states: frozenset[str] = frozenset()
    rules: tuple[IgnoreRule, ...] = ()
    include_dev: bool = False


class Sifted(msgspec.Struct, frozen=True):
    """The two heaps, and remarks on what a reader could otherwise take for less than it is."""

    kept: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...]
    remarks: tuple[str, ...]


def sift(findings: Iterable[Finding], sieve: Sieve, today: date) -> Sifted:
    """Apply the sieve; the order of findings is kept. An expired rule is remarked on where it would have mattered."""
    kept: list[Finding] = []
    suppressed: list[Suppressed] = []
    lapsed: dict[IgnoreRule, None] = {}
    active = _by_id(rule for rule in sieve.rules if rule.active(today))
    expired = _by_id(rule for rule in sieve.rules if not rule.active(today))
    for finding in findings:
        reason = _reason(finding, sieve, active)
        if reason is None:
            kept.append(finding)
            lapsed |= dict.fromkeys(_covering(finding, expired))
        else:
            suppressed.append(reason)
    remarks = [*map(_remark, lapsed), *_unrated(suppressed, sieve)]
    return Sifted(tuple(kept), tuple(suppressed), tuple(remarks))


def _by_id(rules: Iterable[IgnoreRule]) -> Rules:
    table: Rules = {}
    for rule in rules:
        table.setdefault(rule.id, []).append(rule)
    return table


def _reason(finding: Finding, sieve: Sieve, rules: Rules) -> Suppressed | None:
    if finding.package.dev and not sieve.include_dev:
        return Suppressed(finding=finding, kind="dev", source="--include-dev-deps not given")
    if finding.severity not in sieve.severities:
        return Suppressed(finding=finding, kind="severity", source="--severity")
    if finding.state in sieve.ignored_states:
        return Suppressed(finding=finding, kind="status", source="--ignore-unfixed or --ignore-status")
    rule = next(_covering(finding, rules), None)
    if rule is None:
        return None
    return Suppressed(finding=finding, kind="ignored", source=rule.source, statement=rule.statement)


def _covering(finding: Finding, rules: Rules) -> Iterator[IgnoreRule]:
    """The rules about a finding, those that call it by its own name first."""
    if rules:
        for name in (finding.id, *finding.aliases):
            yield from (rule for rule in rules.get(name, ()) if rule.covers(finding))


def _unrated(suppressed: Iterable[Suppressed], sieve: Sieve) -> Iterator[str]:
    """Nobody has rated these yet; hiding them is not the same as hiding what somebody called harmless."""
    if Severity.UNKNOWN in sieve.severities:
        return
    count = sum(item.kind == "severity" and item.finding.severity is Severity.UNKNOWN for item in suppressed)
    if count:
        yield f"--severity hides {count:,} findings that nobody has rated yet; add UNKNOWN to it to see them"


def _remark(rule: IgnoreRule) -> str:
    return f"{rule.source}: the exception for {rule.id} expired on {rule.expires} and no longer applies"
