"""Alpine's security database: one directory a branch, one file a repository.

Source: https://secdb.alpinelinux.org
"""

from __future__ import annotations

from datetime import datetime

from sekisho.advisories.feeds.asking import Asking
from sekisho.advisories.feeds.protocol import Declaration, Delivery, Request
from sekisho.advisories.feeds.secdb import read_secdb
from sekisho.errors import NotFound
from sekisho.formats.limits import MIB

MAX_DOCUMENT = 64 * MIB
"""One repository of one branch; under 1 MiB today."""
REPOSITORIES = ("main", "community")
OLDEST = 10
"""v3.10 is the oldest branch whose images are still met; older ones exist upstream and can be asked for."""
_TRACKER = "https://security.alpinelinux.org/vuln/{id}"
_PREFIX = "Alpine:"


class AlpineFeed:
    """See the module."""

    declaration = Declaration(
        name="alpine",
        title="Alpine security database",
        licence="published by Alpine Linux without an explicit licence",
        redistributable=True,
        base_url="https://secdb.alpinelinux.org",
        mirrored_as="secdb.alpinelinux.org",
        cadence="on every build",
    )

    def sources(self, ecosystem: str) -> tuple[str, ...]:
        """One source for each branch: ``Alpine:v3.19`` → ``alpine/v3.19``."""
        return (f"alpine/{ecosystem.removeprefix(_PREFIX)}",) if ecosystem.startswith(_PREFIX) else ()

    def fetch(self, request: Request) -> Delivery:
        """Both repositories of a branch when either changed; a branch without ``main`` does not exist."""
        branch = request.source.partition("/")[2]
        asking = Asking(request)
        paths = {repository: f"{branch}/{repository}.json" for repository in REPOSITORIES}
        bodies = {"main": asking.get(paths["main"], max_size=MAX_DOCUMENT)}
        bodies["community"] = _optional(asking, paths["community"], anew=bodies["main"] is not None)
        url, held = asking.url(branch), (_PREFIX + branch,)
        if not any(bodies.values()):
            return Delivery(kind="unchanged", state=asking.state(), url=url, held=held)
        if bodies["main"] is None:
            bodies["main"] = asking.get(paths["main"], anew=True, max_size=MAX_DOCUMENT)
        documents = {repository: body for repository, body in bodies.items() if body}
        records = read_secdb(documents, request.source, _PREFIX + branch, _TRACKER)
        state = asking.state()
        return Delivery(kind="full", state=state, records=records, url=url, received=asking.received, held=held)


def _optional(asking: Asking, path: str, *, anew: bool) -> bytes | None:
    """A repository that the oldest branches do not have."""
    try:
        return asking.get(path, anew=anew, max_size=MAX_DOCUMENT)
    except NotFound:
        return None


def branches(now: datetime) -> tuple[str, ...]:
    """The branches worth asking for: v3.10 up to the next one due, and edge. Alpine branches every May and December.

    v3.20 appeared in May 2024; one that is not out yet is simply not found.
    """
    newest = 20 + (now.year - 2024) * 2 + (now.month >= 5) + (now.month >= 11) - 1
    return ("edge", *(f"v3.{minor}" for minor in range(OLDEST, newest + 1)))
