"""What a package row holds: everything needed to decide a version, nothing needed only to describe the result."""

from __future__ import annotations

import msgspec

from sekisho.model.advisory import Advisory, Affected, FixState, Interval


class Candidate(msgspec.Struct, frozen=True, omit_defaults=True, array_like=True):
    """One record's word about one package; the fields mean what they mean in Affected and Advisory."""

    id: str
    source: str
    intervals: tuple[Interval, ...] = ()
    versions: tuple[str, ...] = ()
    state: FixState = ""
    severity: str = ""
    modularity: str = ""
    arches: tuple[str, ...] = ()
    informational: str = ""
    """Not a vulnerability by default: unmaintained, unsound, notice, bugfix, enhancement."""
    undecidable: str = ""
    withdrawn: str = ""
    """When the record was taken back; never to be reported, but worth an explanation."""

    @property
    def malicious(self) -> bool:
        """Say whether the package itself is the attack (https://github.com/ossf/malicious-packages)."""
        return self.id.startswith("MAL-")


def candidate_of(advisory: Advisory, affected: Affected) -> Candidate:
    """The part of a record that matching one package needs."""
    return Candidate(
        id=advisory.id,
        source=advisory.source,
        intervals=affected.intervals,
        versions=affected.versions,
        state=affected.state,
        severity=affected.severity,
        modularity=affected.modularity,
        arches=affected.arches,
        informational=advisory.informational,
        undecidable=affected.undecidable,
        withdrawn=advisory.withdrawn,
    )
