"""Wolfi's and Chainguard's security databases, in Alpine's format.

Their terms forbid publishing derived databases, so each user's machine fetches them itself.
Source: https://packages.wolfi.dev/os/security.json, https://packages.cgr.dev/chainguard/security.json
"""

from __future__ import annotations

from sekisho.advisories.feeds.asking import Asking
from sekisho.advisories.feeds.protocol import Declaration, Delivery, Request
from sekisho.advisories.feeds.secdb import read_secdb
from sekisho.formats.limits import MIB

MAX_DOCUMENT = 256 * MIB
"""Chainguard's whole database; about 20 MiB today."""
_CVE = "https://images.chainguard.dev/security/{id}"


class SecdbFileFeed:
    """A distribution whose whole database is one document in secdb format."""

    def __init__(self, declaration: Declaration, ecosystem: str, path: str) -> None:
        self.declaration = declaration
        self._ecosystem = ecosystem
        self._path = path

    def sources(self, ecosystem: str) -> tuple[str, ...]:
        """Itself, for its one ecosystem."""
        return (self.declaration.name,) if ecosystem in {self._ecosystem, self.declaration.name} else ()

    def fetch(self, request: Request) -> Delivery:
        """The document, unless it is the one that was read before."""
        asking = Asking(request)
        body = asking.get(self._path, max_size=MAX_DOCUMENT)
        url, held = asking.url(self._path), (self._ecosystem,)
        if body is None:
            return Delivery(kind="unchanged", state=asking.state(), url=url, held=held)
        records = read_secdb({"os": body}, request.source, self._ecosystem, _CVE)
        return Delivery(
            kind="full", state=asking.state(), records=records, url=url, received=asking.received, held=held
        )


def _declaration(name: str, title: str, host: str) -> Declaration:
    return Declaration(
        name=name,
        title=title,
        licence="restricted: to be fetched by each user (https://images.chainguard.dev/security)",
        redistributable=False,
        base_url=f"https://{host}",
        mirrored_as=host,
        cadence="on every build",
    )


WOLFI = SecdbFileFeed(
    _declaration("wolfi", "Wolfi security database", "packages.wolfi.dev"), "Wolfi", "os/security.json"
)
CHAINGUARD = SecdbFileFeed(
    _declaration("chainguard", "Chainguard security database", "packages.cgr.dev"),
    "Chainguard",
    "chainguard/security.json",
)
