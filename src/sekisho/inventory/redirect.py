"""Wanted places of an image that a symbolic link puts elsewhere, across all of its layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from sekisho.inventory.cover import Cover
from sekisho.inventory.dispatch import Dispatcher
from sekisho.inventory.layer import LayerInventory
from sekisho.inventory.links import Aliases, Resolver, moved

Redirections = dict[tuple[int, int], Aliases]
"""(layer that holds the file, layer by which it is seen there) → the file and the wanted names it stands under."""


class _Moved(msgspec.Struct, frozen=True):
    """A wanted place, where it really is, and the highest layer of the links that lead there."""

    place: str
    target: str
    is_directory: bool
    shown: int


def redirected(layers: Sequence[LayerInventory], dispatcher: Dispatcher) -> Redirections:
    """What to read again. Raises BoundExceeded for an image full of links."""
    highest = {path: at for at, layer in enumerate(layers) for path in layer.symlinks}
    if not _found(layers, highest, dispatcher):
        return {}
    # Only now, for the few images that need it: which links can be seen at all, and which files.
    seen: dict[str, int] = {}
    for at, cover in _downwards(layers):
        for path in layers[at].symlinks:
            if not cover.hides(path):
                seen[path] = at
    found = _found(layers, seen, dispatcher)
    redirections: Redirections = {}
    for at, cover in _downwards(layers):
        files = dict.fromkeys(layers[at].files.split("\0"))
        for one in found:
            for file in _at(files, one):
                if not cover.hides(file):
                    aliases = redirections.setdefault((at, max(at, one.shown)), {})
                    aliases.setdefault(file, []).append(one.place + file[len(one.target) :])
    return redirections


def _found(layers: Sequence[LayerInventory], links: dict[str, int], dispatcher: Dispatcher) -> list[_Moved]:
    resolver = Resolver(lambda path: layers[links[path]].symlinks[path] if path in links else None)
    return [
        _Moved(place, target, is_directory, max(links[link] for link in resolver.used))
        for place, target, is_directory in moved(resolver, links, dispatcher)
    ]


def _downwards(layers: Sequence[LayerInventory]) -> Iterator[tuple[int, Cover]]:
    """Each layer from the top, with what those above it hide."""
    cover = Cover()
    for at in range(len(layers) - 1, -1, -1):
        yield at, cover
        cover.add(layers[at])


def _at(files: dict[str, None], one: _Moved) -> list[str]:
    """The file at the target, or those directly in it."""
    if not one.is_directory:
        return [one.target] if one.target in files else []
    start = one.target + "/"
    return [file for file in files if file.startswith(start) and "/" not in file[len(start) :]]
