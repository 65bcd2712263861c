"""Every feed there is. A new one is one file and one line here."""

from __future__ import annotations

from functools import cache

from sekisho.advisories.feeds.protocol import Feed

SIGNALS = ("kev", "epss", "ssvc")
"""Feeds about vulnerabilities as such; wanted whatever was scanned."""


@cache
def feeds() -> tuple[Feed, ...]:
    """In the order in which their answers are preferred when two of them hold the same record."""
    from sekisho.advisories.feeds.alpine import AlpineFeed
    from sekisho.advisories.feeds.debian import DebianFeed
    from sekisho.advisories.feeds.epss import EpssFeed
    from sekisho.advisories.feeds.go import GoFeed
    from sekisho.advisories.feeds.kev import KevFeed
    from sekisho.advisories.feeds.osv import OsvFeed
    from sekisho.advisories.feeds.ssvc import SsvcFeed
    from sekisho.advisories.feeds.wolfi import CHAINGUARD, WOLFI

    return (GoFeed(), DebianFeed(), AlpineFeed(), WOLFI, CHAINGUARD, OsvFeed(), KevFeed(), EpssFeed(), SsvcFeed())
