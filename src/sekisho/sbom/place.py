"""One place of a package, as documents of ours tell it: ``found by npm; layer sha256:…; owned by a@1; relation direct``.

Neither CycloneDX nor SPDX has fields for these, and matching depends on them: what the operating system owns, what is
needed for development only and what is the project itself is not held against the artifact. So each place says it for
itself: a package that is owned in one place may lie around unowned in another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sekisho.model.package import Package

_WORDS = {"found by": "found_by", "layer": "layer", "owned by": "owned_by", "relation": "relation"}
_FLAGS = {"development": "dev", "base image": "base"}
_SHARED = ("relation", "owned_by", "dev", "base")
"""What is told once when it is true of every place."""


def shared(places: Sequence[Package]) -> dict[str, Any]:
    """What every place has in common, of what could differ from place to place."""
    first = places[0]
    common = {name: getattr(first, name) for name in _SHARED}
    return {name: value for name, value in common.items() if all(getattr(place, name) == value for place in places)}


def spelled(place: Package, known: Iterable[str] = ()) -> str:
    """The words about a place; ``known`` fields are told elsewhere. Empty when there is nothing to say."""
    left_out = frozenset(known)
    words = [f"{word} {value}" for word, name in _WORDS.items() if name not in left_out and (value := _of(place, name))]
    words += [word for word, name in _FLAGS.items() if name not in left_out and getattr(place, name)]
    return "; ".join(words)


def understood(text: str) -> tuple[str, dict[str, Any]]:
    """What stands before the words (a path), and what the words say; each counts once, read from the end."""
    parts = text.split("; ")
    said: dict[str, Any] = {}
    while parts:
        word, _, value = parts[-1].rpartition(" ")
        if name := _FLAGS.get(parts[-1], ""):
            value = True
        else:
            name = _WORDS.get(word, "")
        if not name or name in said:
            break
        said[name] = value
        parts.pop()
    return "; ".join(parts), said


def _of(place: Package, name: str) -> str:
    """The value, unless it has a gap in it and could not be told from the next word."""
    value: str = getattr(place, name)
    return "" if " " in value else value
