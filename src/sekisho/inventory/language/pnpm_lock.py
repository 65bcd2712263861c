"""pnpm-lock.yaml, versions 5 to 9.

``importers`` (or the top level, for a single project) say what each project asks for; ``packages`` says what was
resolved, under a path that spells name, version and peers:

=====  ========================================  ============================
5      ``/@scope/name/1.0.0_peer@2.0.0``         edges and ``dev`` in the entry
6      ``/@scope/name@1.0.0(peer@2.0.0)``        the same
9      ``@scope/name@1.0.0`` without peers       edges in ``snapshots``, with peers
=====  ========================================  ============================

Tarballs, git repositories and directories have an address in place of the version, and say the version in the entry.
Source: https://github.com/pnpm/spec/tree/master/lockfile
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sekisho.errors import CorruptInput
from sekisho.formats.json_document import as_table, as_text
from sekisho.formats.yaml_document import MAX_YAML_DOCUMENT, decode_yaml_text
from sekisho.inventory.language.dependency_graph import only_reachable, unique
from sekisho.inventory.language.node_integrity import integrity_checksums
from sekisho.inventory.language.node_manifest import NOT_IN_MODULES
from sekisho.inventory.protocol import Extractor, File, Item
from sekisho.model.inventory import Gap
from sekisho.model.package import Package, Relation

_NEEDS = ("dependencies", "optionalDependencies")
_DEVELOPMENT = ("devDependencies", "configDependencies", "packageManagerDependencies")
"""The last two stand in the first of two documents: pnpm's own plug-ins, and pnpm itself."""
_VERSION = re.compile(r"v?[0-9]")
_COMMIT = re.compile(r"/tar\.gz/([0-9a-f]{7,64})\Z")


def extract(file: File) -> Iterator[Item]:
    """Every package of the lock; raises CorruptInput when it is not YAML of such a form."""
    documents = [document for document in decode_yaml_text(file.data) if document]
    if not all(isinstance(document, dict) for document in documents):
        raise CorruptInput("not a pnpm-lock.yaml: the document is no mapping")
    locks = [_Lock(document) for document in documents]
    yield from unique(package for lock in locks for package in lock.packages(file.path))
    for path in (path for lock in locks for path in lock.nameless):
        reason = f"the entry {path[:200]!r} names no package and version"
        yield Gap(path=file.path, extractor="pnpm", reason=reason)


def split_slashed(path: str) -> tuple[str, str]:
    """``[registry]/@scope/name/1.0.0_peers`` (version 5) as name and version; both empty in another form."""
    parts = path.split("/")
    version = parts[-1].partition("_")[0]
    if len(parts) < 3 or not _VERSION.match(version):
        return "", ""
    return "/".join(parts[-3:-1] if parts[-3].startswith("@") else parts[-2:-1]), version


def split_at(path: str) -> tuple[str, str]:
    """``[registry/]@scope/name@1.0.0(peers)`` (version 6 on) as name and version, which is empty for an address."""
    path = path.partition("(")[0]
    first, slash, rest = path.partition("/")
    if slash and "@" not in first:
        path = rest
    at = path.find("@", 1)
    if at < 0:
        return "", ""
    version = path[at + 1 :]
    return path[:at], version if _VERSION.match(version) else ""


class _Lock:
    """One document: its nodes (a resolution with its peers), and which of them serve which wish."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.entries = {path: as_table(entry) for path, entry in as_table(document.get("packages")).items()}
        self.snapshots = as_table(document.get("snapshots"))
        self.split = split_slashed if as_text(document.get("lockfileVersion")).startswith("5") else split_at
        covered = {path.partition("(")[0] for path in self.snapshots}
        self.nodes = [*self.snapshots, *(path for path in self.entries if path not in covered)]
        self.identities = {path: self._identity(path) for path in self.nodes}
        self.nameless = [path for path in self.nodes if not self.identities[path][0]]
        needs = {path: self.snapshots.get(path) or self.entries.get(path) for path in self.nodes}
        self.edges = {path: self._answers(as_table(needs[path]), _NEEDS) for path in self.nodes}
        projects = as_table(document.get("importers")).values() or [document]
        self.production = {path for project in projects for path in self._answers(as_table(project), _NEEDS)}
        self.development = {path for project in projects for path in self._answers(as_table(project), _DEVELOPMENT)}

    def packages(self, path: str) -> Iterator[Package]:
        """A package for each node; nodes that differ in their peers only are the same package."""
        only_development = only_reachable(self.development, self.production, self.edges)
        direct = self.production | self.development
        for node, (name, version) in self.identities.items():
            entry = self._entry(node)
            resolution = as_table(entry.get("resolution"))
            relation: Relation = "direct" if node in direct else "indirect" if direct else ""
            if name:
                yield Package(
                    type="npm",
                    name=name,
                    version=version,
                    found_by="pnpm",
                    path=path,
                    relation=relation,
                    dev=entry["dev"] == "true" if "dev" in entry else node in only_development,
                    depends_on=tuple(sorted({"@".join(self.identities[target]) for target in self.edges[node]})),
                    checksums=integrity_checksums(resolution.get("integrity")),
                    facts=_origin(resolution),
                )

    def _entry(self, node: str) -> dict[str, Any]:
        return self.entries.get(node) or self.entries.get(node.partition("(")[0], {})

    def _identity(self, node: str) -> tuple[str, str]:
        entry = self._entry(node)
        name, version = self.split(node)
        return as_text(entry.get("name")) or name, as_text(entry.get("version")) or version

    def _answers(self, wishes: dict[str, Any], sections: tuple[str, ...]) -> list[str]:
        """Nodes that serve the wishes of these sections; a wish is a reference or ``{specifier, version}``."""
        found: list[str] = []
        for section in sections:
            for name, wanted in as_table(wishes.get(section)).items():
                reference = as_text(wanted.get("version") if isinstance(wanted, dict) else wanted)
                places = (reference, f"{name}@{reference}", f"/{name}@{reference}", f"/{name}/{reference}")
                found += [place for place in places if place in self.identities][:1]
        return found


def _origin(resolution: dict[str, Any]) -> dict[str, str]:
    """Where it comes from when that is not the registry: the address, and the commit of a git repository."""
    address = as_text(resolution.get("tarball")) or as_text(resolution.get("repo"))
    found = _COMMIT.search(address)
    commit = as_text(resolution.get("commit")) or (found[1] if found else "")
    return ({"resolved": address} if address else {}) | ({"commit": commit} if commit else {})


EXTRACTORS = (
    Extractor(
        name="pnpm",
        extract=extract,
        names=("pnpm-lock.yaml",),
        pattern=NOT_IN_MODULES,
        max_size=MAX_YAML_DOCUMENT,
        post_build=False,
    ),
)
