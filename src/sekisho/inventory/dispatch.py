"""Which extractors want a path: a few dictionary look-ups, because 99 of 100 files are wanted by none."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from sekisho.inventory.protocol import Extractor

MAGIC_HEAD = 4
"""Bytes of a file's head that the magic table is keyed by."""

Wanted = tuple[Extractor, ...]
_NOBODY: Wanted = ()


class Dispatcher:
    """One look-up table over the declarations of a set of extractors."""

    def __init__(self, extractors: Iterable[Extractor]) -> None:
        self.extractors = tuple(extractors)
        self._names: dict[str, list[Extractor]] = {}
        self._endings: dict[str, list[tuple[str, Extractor]]] = {}
        self._paths: dict[str, list[Extractor]] = {}
        self._directories: dict[str, list[Extractor]] = {}
        self._magic: dict[bytes, list[Extractor]] = {}
        self._patterns: dict[Extractor, re.Pattern[str]] = {}
        for extractor in self.extractors:
            self._enter(extractor)
        self.sibling_names = frozenset(
            sibling.rpartition("/")[2] for extractor in self.extractors for sibling in extractor.siblings
        )
        self.min_magic_size = min((e.min_size for e in self.extractors if e.magic), default=1 << 62)

    def _enter(self, extractor: Extractor) -> None:
        for name in extractor.names:
            self._names.setdefault(name, []).append(extractor)
        for suffix in extractor.suffixes:
            ending = suffix.rpartition(".")[2]
            self._endings.setdefault(ending, []).append((suffix, extractor))
        for path in extractor.paths:
            self._paths.setdefault(path, []).append(extractor)
        for directory in extractor.directories:
            self._directories.setdefault(directory, []).append(extractor)
        for magic in extractor.magic:
            self._magic.setdefault(magic[:MAGIC_HEAD], []).append(extractor)
        if extractor.pattern:
            self._patterns[extractor] = re.compile(extractor.pattern)

    def wanted(self, path: str) -> Wanted:
        """The extractors that want this path by its name; empty for nearly all."""
        directory, _, name = path.rpartition("/")
        named = self._names.get(name)
        ending = name.rpartition(".")[2]
        ended = self._endings.get(ending) or self._endings.get(ending.lower())
        placed = self._paths.get(path)
        listed = self._directories.get(directory)
        if named is None and ended is None and placed is None and listed is None:
            return _NOBODY
        found: dict[str, Extractor] = {}
        for extractor in named or ():
            found[extractor.name] = extractor
        lowered = name.lower() if ended else ""
        for suffix, extractor in ended or ():
            if lowered.endswith(suffix):
                found[extractor.name] = extractor
        kept = [extractor for extractor in found.values() if self._narrowed(extractor, path)]
        kept += [extractor for extractor in (*(placed or ()), *(listed or ())) if extractor not in kept]
        return tuple(kept)

    def _narrowed(self, extractor: Extractor, path: str) -> bool:
        pattern = self._patterns.get(extractor)
        return pattern is None or pattern.search(path) is not None

    def by_magic(self, head: bytes, size: int) -> Wanted:
        """The extractors that want a file of this size because of its first bytes."""
        found = self._magic.get(head[:MAGIC_HEAD]) or self._magic.get(head[:2])
        if found is None:
            return _NOBODY
        return tuple(extractor for extractor in found if size >= extractor.min_size)

    @property
    def signature(self) -> str:
        """Names this extractor set and its versions: part of the layer cache's key."""
        return msgspec.json.encode(sorted((e.name, e.version, *e.names[:1]) for e in self.extractors)).decode()
