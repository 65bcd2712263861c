"""Which extractors want a path: a few dictionary look-ups, because 99 of 100 files are wanted by none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from sekisho.inventory.protocol import Extractor

MAGIC_HEAD = 4
"""Bytes of a file's head that the magic table is keyed by."""

Wanted = tuple[Extractor, ...]
_Named = tuple[str, Extractor, "re.Pattern[str] | None"]
"""A base name or suffix, who wants it, and what the whole path must look like then."""
_NOBODY: Wanted = ()


class Dispatcher:
    """One look-up table over the declarations of a set of extractors."""

    def __init__(self, extractors: Iterable[Extractor]) -> None:
        self.extractors = tuple(extractors)
        self._names: dict[str, list[_Named]] = {}
        self._endings: dict[str, list[_Named]] = {}
        self._paths: dict[str, list[Extractor]] = {}
        self._directories: dict[str, list[Extractor]] = {}
        self._magic: dict[bytes, list[Extractor]] = {}
        for extractor in self.extractors:
            self._enter(extractor)
        self.paths = tuple(self._paths)
        self.directories = tuple(self._directories)
        self.sibling_names = frozenset(
            sibling.rpartition("/")[2] for extractor in self.extractors for sibling in extractor.siblings
        )
        self.min_magic_size = min((e.min_size for e in self.extractors if e.magic), default=1 << 62)

    def _enter(self, extractor: Extractor) -> None:
        narrowing = re.compile(extractor.pattern) if extractor.pattern else None
        for name in extractor.names:
            self._names.setdefault(name, []).append((name, extractor, narrowing))
        for suffix in extractor.suffixes:
            ending = suffix.rpartition(".")[2]
            self._endings.setdefault(ending, []).append((suffix, extractor, narrowing))
        for path in extractor.paths:
            self._paths.setdefault(path, []).append(extractor)
        for directory in extractor.directories:
            self._directories.setdefault(directory, []).append(extractor)
        for magic in extractor.magic:
            self._magic.setdefault(magic[:MAGIC_HEAD], []).append(extractor)

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
        kept: list[Extractor] = []
        lowered = name.lower() if ended else ""
        for known, extractor, narrowing in (*(named or ()), *(ended or ())):
            if (known == name or lowered.endswith(known)) and (narrowing is None or narrowing.search(path)):
                kept.append(extractor)
        kept += placed or ()
        kept += listed or ()
        return tuple(kept) if len(kept) < 2 else _each_once(kept)

    def by_magic(self, head: bytes, size: int) -> Wanted:
        """The extractors that want a file of this size because of its first bytes."""
        found = self._magic.get(head[:MAGIC_HEAD]) or self._magic.get(head[:2])
        if found is None:
            return _NOBODY
        return tuple(extractor for extractor in found if size >= extractor.min_size)

    @property
    def signature(self) -> str:
        """The whole declaration of every extractor, its version among it: part of the layer cache's key."""
        return msgspec.json.encode([_declaration(extractor) for extractor in self.extractors]).decode()


def _each_once(extractors: list[Extractor]) -> Wanted:
    """In their order; told apart by identity, because two may share their name."""
    return tuple({id(extractor): extractor for extractor in extractors}.values())


def _declaration(extractor: Extractor) -> list[Any]:
    """Every field but the code, which stands there by its name: what it does changes with ``version`` only."""
    fields = msgspec.structs.asdict(extractor)
    fields["extract"] = f"{extractor.extract.__module__}.{extractor.extract.__qualname__}"
    fields["magic"] = [magic.hex() for magic in extractor.magic]
    return list(fields.items())
