"""Cargo's lock file: every crate of a build, in all four versions of the format.

A package without ``source`` is a directory beside the lock: the root or a member of the workspace. What those need
directly stands in the lock; which of it only tests and examples need stands in ``Cargo.toml``, read where it is there.
Source: https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html and
https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from sekisho.errors import CorruptInput
from sekisho.formats.toml_document import decode_toml
from sekisho.inventory.language.dependency_graph import reachable
from sekisho.inventory.protocol import Extractor, File, Item
from sekisho.model.inventory import Gap
from sekisho.model.package import Package, Relation

NAME = "cargo"
_CRATES_IO = frozenset(("registry+https://github.com/rust-lang/crates.io-index", "sparse+https://index.crates.io/"))
_TABLE = re.compile(r"[ \t]*+\[")
_PACKAGE = re.compile(r"[ \t]*+\[\[[ \t]*+package[ \t]*+\]\]")
_NORMAL = ("dependencies", "build-dependencies", "build_dependencies")
_DEV = ("dev-dependencies", "dev_dependencies")

Key = tuple[str, str, str]
"""Name, version, source: the identity of a crate in one lock file."""


class _Crate(msgspec.Struct):
    """One ``[[package]]`` entry."""

    key: Key
    needs: list[str]
    checksum: str = ""
    lines: tuple[int, int] | None = None

    @property
    def is_local(self) -> bool:
        """Say whether it is a directory of this project."""
        return not self.key[2]


def extract(file: File) -> Iterator[Item]:
    """Every crate of the lock file with its edges; root and dev as far as ``Cargo.toml`` can tell."""
    crates = _read_lock(file)
    edges = _resolve(crates)
    try:
        manifest = decode_toml(file.sibling("Cargo.toml") or b"")
    except CorruptInput as error:
        manifest = {}
        yield Gap(path=file.path, extractor=NAME, reason=f"Cargo.toml beside it: {error.message}", weight="note")
    root = _root(manifest, crates)
    development = _development(crates, edges, root, _dev_names(manifest))
    direct = {needed for crate in crates if crate.is_local for needed in edges[crate.key]}
    for crate in crates:
        name, version, source = crate.key
        yield Package(
            type="cargo",
            name=name,
            version=version,
            found_by=NAME,
            path=file.path,
            relation=_relation(crate, root, direct),
            dev=crate.key in development,
            depends_on=tuple(sorted({f"{needed[0]}@{needed[1]}" for needed in edges[crate.key]})),
            checksums=(f"sha256:{crate.checksum}",) if crate.checksum else (),
            lines=crate.lines,
            facts={"source": source} if source and source not in _CRATES_IO else {},
        )


def _relation(crate: _Crate, root: Key | None, direct: set[Key]) -> Relation:
    if crate.key == root:
        return "root"
    if crate.is_local:
        return "workspace"
    return "direct" if crate.key in direct else "indirect"


def _read_lock(file: File) -> list[_Crate]:
    """The entries in file order, a very old lock's ``[root]`` first."""
    document = decode_toml(file.data)
    packages = document.get("package", [])
    if not isinstance(packages, list):
        raise CorruptInput("Cargo.lock: package is not an array of tables")
    lines = _line_ranges(file.text)
    metadata = document.get("metadata")
    checksums = metadata if isinstance(metadata, dict) else {}
    found = [] if document.get("root") is None else [_crate(document["root"], checksums)]
    for index, entry in enumerate(packages):
        crate = _crate(entry, checksums)
        crate.lines = lines[index] if len(lines) == len(packages) else None
        found.append(crate)
    return found


def _crate(entry: Any, checksums: dict[str, Any]) -> _Crate:
    """One entry; version 1 of the format keeps its checksum in a table at the end."""
    if not isinstance(entry, dict):
        raise CorruptInput("Cargo.lock: a package is not a table")
    name, version, source = (entry.get(word, "") for word in ("name", "version", "source"))
    if not (isinstance(name, str) and isinstance(version, str) and isinstance(source, str) and name and version):
        raise CorruptInput("Cargo.lock: a package without name and version")
    checksum = entry.get("checksum") or checksums.get(f"checksum {name} {version} ({source})")
    needs = entry.get("dependencies", [])
    return _Crate(
        (name, version, source),
        [word for word in needs if isinstance(word, str)] if isinstance(needs, list) else [],
        checksum if isinstance(checksum, str) and checksum != "<none>" else "",
    )


def _line_ranges(text: str) -> list[tuple[int, int]]:
    """First and last line of each ``[[package]]`` entry, without the blank lines and comments after it."""
    found: list[tuple[int, int]] = []
    first = last = 0
    for number, line in enumerate(text.split("\n"), 1):
        if _TABLE.match(line):
            if first:
                found.append((first, last))
            first = number if _PACKAGE.match(line) else 0
        if line.strip() and not line.lstrip().startswith("#"):
            last = number
    if first:
        found.append((first, last))
    return found


def _resolve(crates: list[_Crate]) -> dict[Key, list[Key]]:
    """Edges by identity. A need is written as short as it is unique: ``name``, ``name version``, with ``(source)``."""
    meant: dict[str, Key] = {}
    for crate in crates:
        name, version, source = crate.key
        written = f"{name} {version} ({source.partition('#')[0]})"
        for need in (name, f"{name} {version}", written, f"{name} {version} ({source})"):
            meant.setdefault(need, crate.key)
    return {crate.key: [meant[need] for need in crate.needs if need in meant] for crate in crates}


def _root(manifest: dict[str, Any], crates: list[_Crate]) -> Key | None:
    """The crate that ``Cargo.toml`` describes; without it, the only crate of this project."""
    local = [crate.key for crate in crates if crate.is_local]
    package = manifest.get("package", manifest.get("project"))
    if isinstance(package, dict):
        return next((key for key in local if key[0] == package.get("name")), None)
    return local[0] if len(local) == 1 and not manifest else None


def _development(crates: list[_Crate], edges: dict[Key, list[Key]], root: Key | None, aside: set[str]) -> set[Key]:
    """The crates that are only reached through the root's development dependencies."""
    if not root or not aside:
        return set()
    local = [crate.key for crate in crates if crate.is_local]
    shipped: dict[Key, list[Key]] = {**edges, root: [key for key in edges[root] if key[0] not in aside]}
    kept: set[Key] = reachable(local, shipped)
    return reachable(local, edges).difference(kept)


def _dev_names(manifest: dict[str, Any]) -> set[str]:
    """Crates that stand only in development tables, of all targets, by their own name rather than an alias."""
    targets = manifest.get("target")
    tables = [manifest, *(targets.values() if isinstance(targets, dict) else ())]
    inherited = _table(_table(manifest, "workspace"), "dependencies")
    return set(_names(tables, _DEV, inherited)) - set(_names(tables, _NORMAL, inherited))


def _names(tables: Iterable[Any], kinds: tuple[str, ...], inherited: dict[str, Any]) -> Iterator[str]:
    for table in tables:
        for kind in kinds:
            for alias, wanted in _table(table, kind).items():
                if isinstance(wanted, dict) and wanted.get("workspace") is True:
                    wanted = inherited.get(alias)
                name = wanted.get("package", alias) if isinstance(wanted, dict) else alias
                yield name if isinstance(name, str) else alias


def _table(document: Any, key: str) -> dict[str, Any]:
    value = document.get(key) if isinstance(document, dict) else None
    return value if isinstance(value, dict) else {}


EXTRACTORS = (Extractor(name=NAME, extract=extract, names=("Cargo.lock",), siblings=("Cargo.toml",)),)
