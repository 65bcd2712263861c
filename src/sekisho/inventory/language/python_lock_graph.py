"""The packages of a Python lock file in TOML, and which of them need which.

Poetry, uv, PDM and PEP 751 all write an array of tables with a name, a version and dependencies by name. The same name
may occur in several versions (one for each environment); a dependency that does not say which one leads to all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sekisho.errors import CorruptInput
from sekisho.formats.json_document import as_list, as_table, as_text
from sekisho.inventory.language.python_names import normal_name
from sekisho.model.package import Package, Relation

Table = dict[str, Any]
Need = tuple[str, str]
"""A name in normal form, and a version where the lock file gives one."""


MAX_VERSIONS = 32
"""Versions of one name that a dependency may lead to; real lock files have a handful."""


class LockGraph:
    """Tables by ``name@version``; several with the same key (PDM writes one for each set of extras) are one node."""

    def __init__(self, tables: Any, needs: Callable[[Table], Iterable[Need]]) -> None:
        self.tables: dict[str, list[Table]] = {}
        self._by_name: dict[str, list[str]] = {}
        self._by_version: dict[Need, str] = {}
        for table in _tables(tables):
            name, version = as_text(table.get("name")), as_text(table.get("version"))
            key = f"{name}@{version}"
            if key not in self.tables:
                self._by_name.setdefault(normal_name(name), []).append(key)
                self._by_version[normal_name(name), version] = key
            self.tables.setdefault(key, []).append(table)
        self.edges = {
            key: {target for table in group for need in needs(table) for target in self.find(*need)}
            for key, group in self.tables.items()
        }

    def find(self, name: str, version: str = "") -> list[str]:
        """Keys of the packages of this name; only the one of ``version`` where it is known."""
        exact = self._by_version.get((name, version)) if version else None
        return [exact] if exact else self._by_name.get(name, [])[:MAX_VERSIONS]

    def named(self, names: Iterable[str]) -> set[str]:
        """Keys of the packages with these names."""
        return {key for name in names for key in self.find(name)}

    def package(self, key: str, found_by: str, path: str, relation: Relation, dev: bool, **origin: str) -> Package:
        """The node as a package; ``origin`` becomes facts where it is not empty."""
        table = self.tables[key][0]
        return Package(
            type="pypi",
            name=as_text(table.get("name")),
            version=as_text(table.get("version")),
            found_by=found_by,
            path=path,
            description=as_text(table.get("description")) or as_text(table.get("summary")),
            relation=relation,
            dev=dev,
            depends_on=tuple(sorted(self.edges[key] - {key})),
            checksums=tuple(dict.fromkeys(_hashes(table))),
            facts={name: value for name, value in origin.items() if value},
        )


def _tables(tables: Any) -> Iterator[Table]:
    """Each entry of the lock; an empty lock has no array. Raises CorruptInput for an entry that names no package."""
    entries = [] if tables is None else tables
    if not isinstance(entries, list):
        raise CorruptInput("not a Python lock file: its packages are no array")
    for table in entries:
        if not as_text(as_table(table).get("name")):
            raise CorruptInput("not a Python lock file: an entry names no package")
        yield table


def _hashes(table: Table) -> Iterator[str]:
    """Checksums of every file: ``{hash = "sha256:…"}`` or ``{hashes = {sha256 = "…"}}``."""
    files = [*as_list(table.get("files")), *as_list(table.get("wheels")), table.get("sdist"), table.get("archive")]
    for file in map(as_table, files):
        if as_text(file.get("hash")):
            yield as_text(file["hash"])
        yield from (f"{name}:{value}" for name, value in as_table(file.get("hashes")).items() if as_text(value))
