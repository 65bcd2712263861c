"""A vulnerability in a package, why we say so, and the report that carries them all."""

from __future__ import annotations

import msgspec

from sekisho.model.advisory import Exploitation, FixState, Score
from sekisho.model.artifact import Artifact
from sekisho.model.inventory import Inventory
from sekisho.model.package import Package
from sekisho.model.severity import Severity


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """One record that names the package and covers its version: the explanation of a finding."""

    advisory: str
    source: str
    url: str = ""
    ecosystem: str = ""
    name: str = ""
    """The name that was looked up: the source package for deb and apk."""
    version: str = ""
    """The version that was compared."""
    comparator: str = ""
    """The order used: deb, apk, rpm, semver, pep440, …"""
    covered_by: str = ""
    """The interval or exact version that covers it, readable: ``>=1.2, <1.2.9``."""
    fixed: tuple[str, ...] = ()
    modified: str = ""
    sha256: str = ""
    """Digest of the raw record, as the store keeps it."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One vulnerability in one package at one path; aliases are merged into it."""

    id: str
    """The name people know: the CVE when there is one, else the record's own id."""
    aliases: tuple[str, ...] = ()
    package: Package
    fixed_version: str = ""
    """Versions that mend it, in order, joined with ", "; empty when there is none."""
    state: FixState = "affected"
    severity: Severity = Severity.UNKNOWN
    severity_source: str = ""
    title: str = ""
    description: str = ""
    cwes: tuple[str, ...] = ()
    scores: tuple[Score, ...] = ()
    vendor_severities: tuple[tuple[str, Severity], ...] = ()
    references: tuple[str, ...] = ()
    url: str = ""
    published: str = ""
    modified: str = ""
    exploitation: Exploitation | None = None
    matches: tuple[Match, ...] = ()
    """Every record that says so, best source first."""
    conflict: str = ""
    """Set when sources disagree about the range."""


class Suppressed(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that somebody set aside, with who and why."""

    finding: Finding
    kind: str
    """ignored (ignore file), severity, status, unfixed, dev."""
    source: str
    """The file or flag that says so."""
    statement: str = ""


class StoreInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the advisory data a report rests on."""

    path: str = ""
    built_at: str = ""
    digest: str = ""
    sources: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Ecosystems that the inventory needed and the store does not hold."""
    stale: tuple[str, ...] = ()
    starter: bool = False
    """True for the small demonstration set, which must never pass for real data."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One scan: what was looked at, what was found, and what could not be known."""

    artifact: Artifact
    inventory: Inventory
    findings: tuple[Finding, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    store: StoreInfo | None = None
    """None when no vulnerabilities were asked for."""
    created_at: str = ""
    """RFC 3339, UTC."""
    elapsed: float = 0.0
    """Wall seconds."""
    undecided: tuple[str, ...] = ()
    """Why a clean result would not be a verdict: gaps, missing or stale data. Empty: the result stands."""
