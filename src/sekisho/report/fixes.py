"""Findings grouped by what closes them: one upgrade of one thing, wherever it lies.

A distribution builds many packages from one source and upgrades them together, so a system package counts by its
source. A library counts once, however many files ask for the same version of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cmp_to_key

from sekisho.errors import CorruptInput
from sekisho.model.finding import Finding
from sekisho.model.package import Package
from sekisho.model.severity import Severity
from sekisho.versions.order import order_of_type

NO_FIX = {
    "will_not_fix": "will not be fixed",
    "fix_deferred": "fix deferred",
    "end_of_life": "end of life, no fix to come",
    "under_investigation": "under investigation",
}
"""How the vendor's decision reads; anything else is "no fix yet"."""

NUMBERED_NAME = 32
"""Characters of ``CVE-2021-44228`` and the like; what is longer is no such number."""


class Fix:
    """One upgrade and what it closes."""

    __slots__ = ("findings", "installed", "kind", "name", "state", "target")

    def __init__(self, name: str, installed: str, kind: str, state: str) -> None:
        self.name = name
        self.installed = installed
        self.kind = kind
        """The purl type, for the order of versions."""
        self.state = state
        """Empty when there is a fix, else why there is none."""
        self.target = ""
        """The lowest version that closes all of it; empty when there is no fix."""
        self.findings: list[Finding] = []

    @property
    def worst(self) -> dict[str, Severity]:
        """Every vulnerability once, with its highest severity; worst first, then by name."""
        found: dict[str, Severity] = {}
        for finding in self.findings:
            found[finding.id] = max(finding.severity, found.get(finding.id, Severity.UNKNOWN))
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], _by_number(pair[0]))))

    @property
    def packages(self) -> list[Package]:
        """The packages it touches, each place once."""
        places = {(f.package.name, f.package.path, f.package.arch): f.package for f in self.findings}
        return [places[key] for key in sorted(places)]

    @property
    def exploited(self) -> bool:
        """Say whether any of it is in CISA's catalogue of exploited vulnerabilities."""
        return any(finding.exploitation and finding.exploitation.kev_added for finding in self.findings)


def fixes(findings: Iterable[Finding]) -> list[Fix]:
    """Every fix, the one that closes the worst first; what has no fix comes last."""
    found: dict[tuple[str, str, str, str], Fix] = {}
    for finding in findings:
        package = finding.package
        name = (package.source_name or package.name) if package.is_os else package.name
        state = "" if finding.fixed_version else NO_FIX.get(finding.state, "no fix yet")
        key = (package.type, name, package.version, state)
        fix = found.get(key)
        if fix is None:
            fix = found[key] = Fix(name, package.version, package.type, state)
        fix.findings.append(finding)
    for fix in found.values():
        if not fix.state:
            fix.target = _target(fix)
    return sorted(found.values(), key=_urgency)


def _urgency(fix: Fix) -> tuple[bool, tuple[int, ...], str, str]:
    counts = [0] * len(Severity)
    for severity in fix.worst.values():
        counts[-1 - severity] -= 1
    return bool(fix.state), tuple(counts), fix.name, fix.installed


def _target(fix: Fix) -> str:
    """For each vulnerability the nearest version that mends it, and of those the highest."""
    compare = _order(fix.kind)
    needed = {_nearest(finding.fixed_version, fix.installed, compare) for finding in fix.findings}
    highest = max(sorted(needed), key=cmp_to_key(compare))
    # Advisories about Go leave the v out, `go get` wants it.
    return f"v{highest}" if fix.kind == "golang" and highest[:1].isdigit() else highest


def _nearest(fixed: str, installed: str, compare: Callable[[str, str], int]) -> str:
    """Of several branches' fixes the lowest one above what is installed."""
    versions = [version.strip() for version in fixed.split(",") if version.strip()]
    later = [version for version in versions if compare(version, installed) > 0]
    return min(later or versions or [fixed], key=cmp_to_key(compare))


def _order(kind: str) -> Callable[[str, str], int]:
    """The ecosystem's own order; versions outside of it are taken as equal, so that the first one stays."""
    order = order_of_type(kind)

    def compare(a: str, b: str) -> int:
        try:
            return order.compare(a, b)
        except CorruptInput:
            return 0

    return compare


def _by_number(name: str) -> tuple[str, int, int, str]:
    """CVE-2021-9 before CVE-2021-10."""
    parts = name.split("-")
    if len(parts) == 3 and parts[1].isdecimal() and parts[2].isdecimal() and len(name) <= NUMBERED_NAME:
        return parts[0], int(parts[1]), int(parts[2]), ""
    return parts[0], 0, 0, name
