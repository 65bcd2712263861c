"""One place of a package, as our documents tell it: ``found by npm; layer sha256:…; owned by a@1``.

Neither CycloneDX nor SPDX has fields for these, and matching depends on them: what the operating system owns, what is
needed for development only and what is the project itself is not held against the artifact. So each place says it for
itself: a package that is owned in one place may lie around unowned in another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sekisho.model.package import Package

NOWHERE = "/"
"""The path of a place that has none: formats want one."""
_WORDS = {"found by": "found_by", "layer": "layer", "owned by": "owned_by", "relation": "relation"}
_FLAGS = {"development": "dev", "base image": "base"}
_RANKS = {name: rank for rank, name in enumerate((*_WORDS.values(), *_FLAGS.values()))}
"""The order the words stand in."""
_NOBODY = "-"
"""Keeps a path that ends like words apart from the words behind it."""
_SHARED = ("relation", "owned_by", "dev", "base")
"""What is told once when it is true of every place."""


def shared(places: Sequence[Package]) -> dict[str, Any]:
    """What every place has in common, of what could differ from place to place."""
    first = places[0]
    common = {name: getattr(first, name) for name in _SHARED}
    if len(places) == 1:
        return common
    return {name: value for name, value in common.items() if all(getattr(place, name) == value for place in places)}


def spelled(place: Package, known: Iterable[str] = ()) -> str:
    """The words about a place; ``known`` fields are told elsewhere. Empty when there is nothing to say."""
    left_out = frozenset(known)
    words = [f"{word} {value}" for word, name in _WORDS.items() if name not in left_out and (value := _of(place, name))]
    words += [word for word, name in _FLAGS.items() if name not in left_out and getattr(place, name)]
    return "; ".join(words)


def placed(place: Package) -> str:
    """The path and the words in one text, for formats without a field for either."""
    words = spelled(place)
    if not place.found_by and understood(place.path)[1]:
        words = "; ".join(filter(None, (f"found by {_NOBODY}", words)))
    return f"{place.path or NOWHERE}; {words}" if words else place.path or NOWHERE


def understood(text: str) -> tuple[str, dict[str, Any]]:
    """What stands before the words (a path), and what the words say.

    They are taken from the end and only in their order, so that a path that looks like words stays a path.
    """
    parts = text.split("; ")
    said: dict[str, Any] = {}
    rank = len(_RANKS)
    while parts:
        name, value = _word(parts[-1])
        if not name or _RANKS[name] >= rank:
            break
        rank = _RANKS[name]
        said[name] = value
        parts.pop()
    return "; ".join(parts), said


def _word(part: str) -> tuple[str, str | bool]:
    if part in _FLAGS:
        return _FLAGS[part], True
    word, _, value = part.rpartition(" ")
    return _WORDS.get(word, ""), "" if value == _NOBODY else value


def _of(place: Package, name: str) -> str:
    """The value, unless it has a gap in it and could not be told from the next word."""
    value: str = getattr(place, name)
    return "" if " " in value else value
