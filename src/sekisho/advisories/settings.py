"""Where feeds are read from: upstream, one mirror for all of them, or an address a feed.

``SEKISHO_MIRROR=URL`` makes every feed read ``URL/<upstream host>/<path>``; an address given for one feed wins.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from sekisho.advisories.feeds.protocol import Declaration


class FeedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where to read from, and how long to wait for another update to finish."""

    mirror: str = ""
    bases: dict[str, str] = {}
    """Feed name → base URL."""
    patience: float = 600.0
    """Seconds to wait for another update of the same store."""

    def base_url(self, declaration: Declaration) -> str:
        """The address a feed's paths are appended to, without a slash at its end."""
        if own := self.bases.get(declaration.name):
            return own.rstrip("/")
        if self.mirror:
            return f"{self.mirror.rstrip('/')}/{declaration.mirrored_as}"
        return declaration.base_url.rstrip("/")


def settings_from(environ: Mapping[str, str], mirror: str = "", bases: Mapping[str, str] | None = None) -> FeedSettings:
    """Settings of the command line and configuration, completed by ``SEKISHO_MIRROR``."""
    return FeedSettings(mirror=mirror or environ.get("SEKISHO_MIRROR", ""), bases=dict(bases or {}))
