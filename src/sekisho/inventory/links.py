"""Files that stand under a wanted name only by a symbolic link, and where they really lie.

Most links to a wanted file lead to another wanted name (``etc/os-release``, merged ``lib``): those need nothing. What
is left (``var/lib/dpkg`` moved to a volume, an archive called by another name) is read at the link's target as if it
stood at the link. Links are followed as a container would: never out of the root, and only so many in a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sekisho.errors import BoundExceeded
from sekisho.formats.limits import MAX_LINK_HOPS, MAX_PATH
from sekisho.inventory.dispatch import Dispatcher

MAX_STEPS = 4_000_000
"""Components of path names looked at in one artifact; a large image needs some ten thousand."""

Aliases = dict[str, list[str]]
"""From a file to the names it shall be read under."""
ReadLink = Callable[[str], str | None]
"""The target of the symbolic link at a path; None when there is none."""


class Resolver:
    """Resolves path names against the root of one artifact."""

    def __init__(self, read_link: ReadLink) -> None:
        self._read_link = read_link
        self._steps = 0
        self.used: list[str] = []
        """The links on the way of the last look-up."""

    def resolve(self, path: str) -> str:
        """Where ``path`` leads; empty when that is nowhere. Raises BoundExceeded for an artifact full of links."""
        self.used = []
        place = ""
        pending = path.split("/")[::-1]
        while pending:
            part = pending.pop()
            self._spend()
            if part in ("", "."):
                continue
            if part == "..":
                place = place.rpartition("/")[0]
                continue
            here = f"{place}/{part}" if place else part
            target = self._read_link(here)
            if target is None:
                place = here
                continue
            self.used.append(here)
            if len(self.used) > MAX_LINK_HOPS or len(target) + len(here) > MAX_PATH:
                return ""
            place = "" if target.startswith("/") else place
            pending += target.split("/")[::-1]
        return place

    def _spend(self) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise BoundExceeded(f"symbolic links of more than {MAX_STEPS:,} components")


def moved(resolver: Resolver, symlinks: Iterable[str], dispatcher: Dispatcher) -> Iterator[tuple[str, str, bool]]:
    """(wanted place, where it really is, whether it is a directory) for each that a link puts where nobody looks."""
    for path in (*dispatcher.paths, *filter(dispatcher.wanted, symlinks)):
        target = resolver.resolve(path)
        if target not in ("", path) and not set(_names(dispatcher, path)) <= set(_names(dispatcher, target)):
            yield path, target, False
    for directory in dispatcher.directories:
        target = resolver.resolve(directory)
        if target not in ("", directory) and target not in dispatcher.directories:
            yield directory, target, True


def _names(dispatcher: Dispatcher, path: str) -> Iterator[int]:
    return map(id, dispatcher.wanted(path))
