"""What is known to be wrong: one record of one source about one or more packages.

Feeds translate their own format into these words, which follow OSV (https://ossf.github.io/osv-schema/) where OSV has
a word.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Comparator = Literal["SEMVER", "ECOSYSTEM"]
FixState = Literal[
    "", "fixed", "affected", "will_not_fix", "fix_deferred", "end_of_life", "under_investigation", "not_affected"
]


class Interval(msgspec.Struct, frozen=True, omit_defaults=True, array_like=True):
    """Versions from ``introduced`` (inclusive) up to ``fixed`` (exclusive) or ``last_affected`` (inclusive).

    ``introduced`` "0" lies before every version. Without an upper end everything after ``introduced`` is affected.
    ``limit`` ends the interval exclusively without meaning that a fix exists.
    """

    introduced: str = "0"
    fixed: str = ""
    last_affected: str = ""
    limit: str = ""
    comparator: Comparator = "ECOSYSTEM"


class Affected(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One package of one ecosystem, and which of its versions are affected."""

    ecosystem: str
    """OSV's word with its suffix: ``Go``, ``PyPI``, ``Debian:12``, ``Alpine:v3.19``, ``AlmaLinux:9``."""
    name: str
    """As :func:`sekisho.advisories.ecosystem.store_name` normalises it."""
    intervals: tuple[Interval, ...] = ()
    """OR-ed."""
    versions: tuple[str, ...] = ()
    """Exact versions, OR-ed with the intervals."""
    state: FixState = ""
    """What the vendor says about fixing it; empty: derived from the intervals."""
    severity: str = ""
    """The vendor's own word for this package and release."""
    arches: tuple[str, ...] = ()
    """Only these architectures, when not empty."""
    modularity: str = ""
    """``module:stream`` an rpm erratum is limited to."""
    undecidable: str = ""
    """Why no version can be decided (custom ranges of Go modules without semver tags); never matched automatically."""
    imports: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Go: (package path, symbols); the food of reachability."""


class Score(msgspec.Struct, frozen=True, omit_defaults=True, array_like=True):
    """A CVSS vector or vendor rating, with who gave it."""

    source: str
    kind: str
    """CVSS_V2, CVSS_V3, CVSS_V4, or ``word`` for a vendor's rating."""
    value: str


class Advisory(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One record of one source."""

    id: str
    source: str
    """The feed that brought it, e.g. ``osv/Go``, ``debian``, ``alpine``."""
    aliases: tuple[str, ...] = ()
    """Other names of the same vulnerability."""
    upstream: tuple[str, ...] = ()
    """Vulnerabilities this distribution record is about."""
    published: str = ""
    modified: str = ""
    withdrawn: str = ""
    summary: str = ""
    details: str = ""
    scores: tuple[Score, ...] = ()
    severity: str = ""
    """The source's own word for the whole record."""
    cwes: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    url: str = ""
    """Where a person reads the record."""
    informational: str = ""
    """RustSec's class (unmaintained, unsound, notice): not a vulnerability by default."""
    affected: tuple[Affected, ...] = ()


class Exploitation(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What is known about a CVE being used: KEV, EPSS, SSVC."""

    cve: str
    epss: float | None = None
    percentile: float | None = None
    kev_added: str = ""
    kev_due: str = ""
    ransomware: bool = False
    ssvc: str = ""
    """Exploitation/Automatable/Technical Impact, e.g. ``active/yes/total``."""
    scores: tuple[Score, ...] = ()
    cwes: tuple[str, ...] = ()
