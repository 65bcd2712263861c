"""Which names mean the same vulnerability: the closure of what records call their aliases.

GHSA-… and PYSEC-… that both name CVE-… are one finding. ``related`` never counts, and neither do records *about*
several vulnerabilities (errata, umbrella records) or withdrawn ones. No chain of synonyms may make two CVEs one: a link
that would is refused, in a fixed order, so that the result does not depend on how records arrive.
"""

from __future__ import annotations

from collections.abc import Iterable

_PREFERENCE = ("CVE-", "GHSA-")
"""People know these names; the first one of a group is its own."""


def name_order(name: str) -> tuple[int, str]:
    """Sort key that puts the name people know first."""
    for place, prefix in enumerate(_PREFERENCE):
        if name.startswith(prefix):
            return place, name
    return len(_PREFERENCE), name


class Closure:
    """Disjoint sets of names, each with at most one CVE."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def link(self, id_: str, aliases: Iterable[str]) -> None:
        """Make ``id_`` and its aliases one group, as far as that keeps CVEs apart."""
        for alias in sorted(aliases, key=name_order):
            self._join(id_, alias)

    def groups(self) -> list[list[str]]:
        """Every group of two or more names, each in :func:`name_order`, sorted."""
        members: dict[str, list[str]] = {}
        for name in self._parent:
            members.setdefault(self._root(name), []).append(name)
        return sorted(sorted(names, key=name_order) for names in members.values() if len(names) > 1)

    def _join(self, one: str, other: str) -> None:
        first, second = self._root(one), self._root(other)
        if first == second:
            return
        winner, loser = sorted((first, second), key=name_order)
        if loser.startswith("CVE-"):
            return
        self._parent[loser] = winner

    def _root(self, name: str) -> str:
        """The group's preferred name: a CVE if it has one, because a root only ever gives way to a better name."""
        parent = self._parent
        root = name
        while (above := parent.setdefault(root, root)) != root:
            root = above
        while name != root:
            parent[name], name = root, parent[name]
        return root
