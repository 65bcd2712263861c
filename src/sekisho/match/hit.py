"""A record held against a package: what matching passes from hand to hand."""

from __future__ import annotations

import msgspec

from sekisho.advisories.candidate import Candidate
from sekisho.advisories.store import Pair
from sekisho.match.judge import Judgement
from sekisho.model.package import Package


class Hit(msgspec.Struct, frozen=True):
    """One record and one package it names, covered or not."""

    package: Package
    pair: Pair
    version: str
    """The version that was compared."""
    candidate: Candidate
    judgement: Judgement
    order: str
    """What the order of versions is called."""
    conflict: str = ""
    """What another record of the same vulnerability says against it."""

    @property
    def native(self) -> bool:
        """Say whether the ecosystem's own curators wrote the record."""
        return self.candidate.id.startswith(_NATIVE.get(self.pair[0].partition(":")[0], _NOBODY))

    @property
    def authority(self) -> tuple[str, str]:
        """Who says so: a source may hold the records of several databases (osv/PyPI has GHSA's and PYSEC's)."""
        return self.candidate.source, self.candidate.id.partition("-")[0]


_NATIVE = {"Go": "GO-", "crates.io": "RUSTSEC-"}
"""Ecosystem → prefix of the records whose ranges its own people curate."""
_NOBODY = "\0"
