"""bun.lock, the text lock file of bun: JSON with comments and trailing commas.

``packages`` maps where a package is installed (``a/b`` is b inside a) to a list that begins with ``name@version``;
registry packages follow with the registry, then all with what they need. ``workspaces`` say what each project asks for.
Source: https://bun.sh/docs/install/lockfile
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from sekisho.errors import CorruptInput
from sekisho.formats.json_document import as_list, as_table, as_text, decode_json_as, plain_json
from sekisho.formats.json_lines import LineFinder
from sekisho.formats.limits import MAX_PATH, MIB
from sekisho.inventory.language.dependency_graph import only_reachable, unique
from sekisho.inventory.language.node_integrity import integrity_checksums
from sekisho.inventory.language.node_manifest import NOT_IN_MODULES
from sekisho.inventory.protocol import Extractor, File, Item
from sekisho.model.inventory import Gap
from sekisho.model.package import Package, Relation

MAX_LOCK_FILE = 24 * MIB
"""bun.lock of large public monorepos is near one megabyte; decoded it takes some ten times its size."""
MAX_NESTING = 64
"""Packages inside packages; real trees stay below ten."""
_PRODUCTION = ("dependencies", "optionalDependencies", "peerDependencies")
_WORKSPACE = "workspace:"


class _Lock(msgspec.Struct, gc=False):
    lockfileVersion: int = 0  # noqa: N815 - the lock file's spelling
    workspaces: dict[str, Any] = {}
    packages: dict[str, msgspec.Raw] = {}


_LOCK = msgspec.json.Decoder(_Lock)
_ENTRY = msgspec.json.Decoder(list[Any])


def extract(file: File) -> Iterator[Item]:
    """Every package of the lock, and the workspaces; raises CorruptInput when it is not such a document."""
    text = plain_json(file.data, MAX_LOCK_FILE)
    lock = _Tree(decode_json_as(_LOCK, text), LineFinder(text))
    yield from unique(lock.packages(file.path))
    for path in lock.nameless:
        reason = f"the entry {path[:200]!r} names no package"
        yield Gap(path=file.path, extractor="bun", reason=reason)


class _Tree:
    """The installed tree, each place with its entry."""

    def __init__(self, lock: _Lock, finder: LineFinder) -> None:
        self.workspaces = {path: as_table(project) for path, project in lock.workspaces.items()}
        self.entries: dict[str, list[Any]] = {}
        self.lines: dict[str, tuple[int, int] | None] = {}
        self.nameless: list[str] = []
        for place, raw in lock.packages.items():
            self.lines[place] = finder.span(raw)
            entry = _decoded(raw)
            if len(place) < MAX_PATH and "@" in as_text(entry[0] if entry else "")[1:]:
                self.entries[place] = entry
            else:
                self.nameless.append(place)
        self.inside: dict[str, dict[str, str]] = {}
        """What lies directly in each place, by name."""
        for place in self.entries:
            outer = _outer(place)
            self.inside.setdefault(outer, {})[place[len(outer) + 1 :] if outer else place] = place
        self.edges = {place: self._needs(place) for place in self.entries}

    def packages(self, path: str) -> Iterator[Package]:
        """A package for each place; the same one in two places is joined by the caller."""
        production = self._wishes(_PRODUCTION) | {place for place in self.entries if self._workspace(place) is not None}
        development = self._wishes(("devDependencies",))
        only_development = only_reachable(development, production, self.edges)
        for place, entry in self.entries.items():
            name, version = self._identity(place)
            relation: Relation = "direct" if place in production or place in development else "indirect"
            yield Package(
                type="npm",
                name=name,
                version=version,
                found_by="bun",
                path=path,
                relation=relation if self._workspace(place) is None else "workspace",
                dev=place in only_development,
                depends_on=tuple(sorted({"@".join(self._identity(target)) for target in self.edges[place]})),
                lines=self.lines[place],
                checksums=integrity_checksums(entry[-1]),
                facts=_origin(entry[0]),
            )

    def _workspace(self, place: str) -> dict[str, Any] | None:
        """The project that the entry stands for, or None for a package from elsewhere."""
        _, version = _split(self.entries[place][0])
        return self.workspaces.get(version.removeprefix(_WORKSPACE), {}) if version.startswith(_WORKSPACE) else None

    def _identity(self, place: str) -> tuple[str, str]:
        project = self._workspace(place)
        name, version = _split(self.entries[place][0])
        if project is not None:
            return name, as_text(project.get("version"))
        return name, "" if ":" in version else version

    def _wishes(self, sections: tuple[str, ...]) -> set[str]:
        """Places that serve these sections of any project; what a member has of its own lies under its name."""
        found: set[str] = set()
        for path, project in self.workspaces.items():
            names = (name for section in sections for name in as_table(project.get(section)))
            found |= self._nearest(as_text(project.get("name")) if path else "", names)
        return found

    def _needs(self, place: str) -> set[str]:
        project = self._workspace(place)
        tables = [project] if project is not None else [item for item in self.entries[place] if isinstance(item, dict)]
        return self._nearest(
            place, (name for table in tables for section in _PRODUCTION for name in as_table(table.get(section)))
        )

    def _nearest(self, place: str, names: Iterable[str]) -> set[str]:
        """Where each name is found from ``place``: inside it, else inside one of those it lies in, else at the top."""
        scopes = [scope for scope in _scopes(place) if scope in self.inside]
        hits = (
            next((self.inside[scope][name] for scope in scopes if name in self.inside[scope]), "") for name in names
        )
        return {hit for hit in hits if hit}


def _decoded(raw: msgspec.Raw) -> list[Any]:
    try:
        return as_list(decode_json_as(_ENTRY, bytes(raw)))
    except CorruptInput:
        return []


def _outer(place: str) -> str:
    """``a/@scope/b`` lies in ``a``."""
    outer, _, last = place.rpartition("/")
    scope = outer.rpartition("/")[2]
    return outer[: -len(scope)].rstrip("/") if scope.startswith("@") and last else outer


def _scopes(place: str) -> list[str]:
    scopes = [place]
    while scopes[-1] and len(scopes) < MAX_NESTING:
        scopes.append(_outer(scopes[-1]))
    return scopes if not scopes[-1] else [*scopes, ""]


def _split(resolved: str) -> tuple[str, str]:
    at = resolved.find("@", 1)
    return resolved[:at], resolved[at + 1 :]


def _origin(resolved: str) -> dict[str, str]:
    """The address and commit of a package that does not come from the registry."""
    _, version = _split(resolved)
    if ":" not in version or version.startswith(_WORKSPACE):
        return {}
    commit = version.partition("#")[2]
    return {"resolved": version} | ({"commit": commit} if commit else {})


EXTRACTORS = (
    Extractor(
        name="bun",
        extract=extract,
        names=("bun.lock",),
        pattern=NOT_IN_MODULES,
        max_size=MAX_LOCK_FILE,
        post_build=False,
    ),
)
