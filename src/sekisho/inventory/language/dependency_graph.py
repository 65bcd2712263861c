"""The graph that a lock file draws: which packages something needs, and one entry for each of them.

A lock file may name the same package and version many times (one for each place it is installed, or each set of peers);
the inventory lists it once at one path.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import TypeVar

import msgspec

from sekisho.model.package import Package

_Node = TypeVar("_Node", bound=Hashable)


def reachable(roots: Iterable[_Node], edges: Mapping[_Node, Iterable[_Node]]) -> set[_Node]:
    """Every node that can be reached from ``roots``, themselves included."""
    seen = set(roots)
    waiting = list(seen)
    while waiting:
        for target in edges.get(waiting.pop(), ()):
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return seen


def only_reachable(
    roots: Iterable[_Node], others: Iterable[_Node], edges: Mapping[_Node, Iterable[_Node]]
) -> set[_Node]:
    """What can be reached from ``roots`` and not from ``others``: development only, when these are production."""
    kept = reachable(others, edges)
    return reachable(roots, edges).difference(kept)


def unique(packages: Iterable[Package]) -> Iterator[Package]:
    """One package for each ``name@version``, in order of first appearance; nameless ones are dropped.

    Repeats are joined: needed in production if one of them is, direct if one of them is, with the edges of all.
    """
    groups: dict[str, list[Package]] = {}
    for package in packages:
        if not package.name:
            continue
        groups.setdefault(package.key, []).append(package)
    for group in groups.values():
        yield group[0] if len(group) == 1 else _joined(group)


def _joined(group: list[Package]) -> Package:
    relations = {package.relation for package in group}
    return msgspec.structs.replace(
        group[0],
        dev=all(package.dev for package in group),
        relation="direct" if "direct" in relations else group[0].relation,
        depends_on=tuple(sorted({key for package in group for key in package.depends_on})),
        checksums=tuple(dict.fromkeys(checksum for package in group for checksum in package.checksums)),
        licenses=next((package.licenses for package in group if package.licenses), ()),
    )
