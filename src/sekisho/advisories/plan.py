"""From what is wanted to what is fetched: ecosystems and feed names → (feed, source)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from sekisho.advisories.feeds.alpine import branches
from sekisho.advisories.feeds.catalogue import SIGNALS, feeds
from sekisho.advisories.feeds.protocol import Feed
from sekisho.errors import UsageError

DEFAULT = (
    "Go",
    "PyPI",
    "npm",
    "Maven",
    "crates.io",
    "RubyGems",
    "Packagist",
    "NuGet",
    "Debian",
    "Alpine",
    "AlmaLinux",
    *SIGNALS,
)
"""Fetched when nothing was asked for and no scan has needed anything yet."""
EVERYTHING = (
    *DEFAULT,
    "Ubuntu",
    "Rocky Linux",
    "Wolfi",
    "Chainguard",
    "Alpaquita",
    "BellSoft Hardened Containers",
    "openSUSE",
    "SUSE",
    "Azure Linux",
    "Photon OS",
    "Mageia",
    "openEuler",
    "MinimOS",
    "Echo",
    "Pub",
    "Hex",
    "ConanCenter",
    "SwiftURL",
    "CRAN",
    "Hackage",
    "GHC",
    "Julia",
    "opam",
    "Bitnami",
    "OSS-Fuzz",
    "GitHub Actions",
)


class Step(msgspec.Struct, frozen=True):
    """One source to ask for; ``rank`` orders feeds that hold the same record."""

    feed: Feed
    rank: int
    source: str
    optional: bool = False
    """Asked for only because a list named it: may be missing upstream without anybody being told."""


def plan(scope: Iterable[str], extra: Iterable[str], now: datetime) -> tuple[Step, ...]:
    """Every source the scope needs, and optionally ``extra``; raises UsageError for a word no feed understands."""
    steps: dict[str, Step] = {}
    asked = frozenset(scope)
    for wish in sorted(asked | set(extra)):
        optional = wish not in asked or wish in {"Alpine", "alpine"}
        found = False
        for word in _spelled_out(wish, now):
            for rank, feed in enumerate(feeds()):
                for source in feed.sources(word):
                    found = True
                    known = steps.get(source)
                    steps[source] = Step(feed, rank, source, optional and (known is None or known.optional))
        if not found:
            raise UsageError(
                f"no feed covers {wish!r}", hint=f"ecosystems are written as OSV does: {', '.join(DEFAULT)}, Ubuntu, …"
            )
    return tuple(sorted(steps.values(), key=lambda step: (step.rank, step.source)))


def _spelled_out(wish: str, now: datetime) -> tuple[str, ...]:
    """A distribution with a file for each release, as its releases."""
    if wish in {"Alpine", "alpine"}:
        return tuple(f"Alpine:{branch}" for branch in branches(now))
    return (wish,)
