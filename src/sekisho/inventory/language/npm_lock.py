"""package-lock.json and npm-shrinkwrap.json, versions 1 to 3.

Versions 2 and 3 list packages by the path they are installed at; links point to workspaces or local directories, whose
own entry then describes the package. Version 1 nests ``dependencies`` and names what each one ``requires``.
Source: https://docs.npmjs.com/cli/configuring-npm/package-lock-json
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats.json_document import as_table, as_text, decode_json_as
from sekisho.formats.json_lines import LineFinder
from sekisho.formats.limits import MAX_PATH, MIB
from sekisho.inventory.language.dependency_graph import unique
from sekisho.inventory.language.node_integrity import integrity_checksums
from sekisho.inventory.language.node_manifest import NOT_IN_MODULES, declared_licenses
from sekisho.inventory.protocol import Extractor, File, Item
from sekisho.model.inventory import Gap
from sekisho.model.package import Package, Relation

MAX_LOCK_FILE = 24 * MIB
"""package-lock.json of the largest public monorepos is near 4 MiB; decoded it takes some ten times its size."""
MAX_NESTING = 64
"""Directories of an installed path, and nested dependencies of version 1."""
KNOWN_VERSIONS = (None, 1, 2, 3)
"""None: locks from before npm wrote it."""
_MODULES = "node_modules/"
_COMMIT = re.compile(r"#(?:semver:[^#]*#)?([0-9a-f]{7,64})\Z")


class _Lock(msgspec.Struct, gc=False):
    lockfileVersion: Any = None  # noqa: N815 - the lock file's spelling
    packages: dict[str, msgspec.Raw] | None = None
    dependencies: dict[str, msgspec.Raw] | None = None


class _Entry(msgspec.Struct, gc=False):
    """One value of ``packages`` (2, 3) or ``dependencies`` (1)."""

    name: Any = None
    version: Any = None
    resolved: Any = None
    integrity: Any = None
    license: Any = None
    link: Any = None
    dev: Any = None
    requires: Any = None
    dependencies: Any = None
    optionalDependencies: Any = None  # noqa: N815 - the lock file's spelling
    devDependencies: Any = None  # noqa: N815
    peerDependencies: Any = None  # noqa: N815


class _Nested(_Entry, gc=False):
    """An entry of version 1, whose own dependencies keep their place in the text."""

    dependencies: dict[str, msgspec.Raw] | None = None


_LOCK = msgspec.json.Decoder(_Lock)
_ENTRY = msgspec.json.Decoder(_Entry)
_NESTED = msgspec.json.Decoder(_Nested)


def extract(file: File) -> Iterator[Item]:
    """Every package of the lock but the project itself; raises CorruptInput when it is not such a JSON object."""
    lock = decode_json_as(_LOCK, file.data)
    finder = LineFinder(file.data)
    read = (
        _Installed(file, finder, lock.packages) if lock.packages else _Required(file, finder, lock.dependencies or {})
    )
    yield from unique(read.packages())
    yield from read.gaps
    if lock.packages is None and lock.dependencies is None and lock.lockfileVersion not in KNOWN_VERSIONS:
        reason = f"lockfileVersion {str(lock.lockfileVersion)[:20]!r} is not known, and nothing known is in it"
        yield Gap(path=file.path, extractor="npm", reason=reason)


class _Reader:
    """What both layouts share: decoding one entry, and turning it into a package."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.gaps: list[Gap] = []

    def decode(self, name: str, raw: msgspec.Raw, decoder: msgspec.json.Decoder[Any]) -> Any:
        """The entry, or None with a gap when it is not an object."""
        if len(name) > MAX_PATH:
            raise BoundExceeded(f"a name of {len(name):,} characters in a package-lock.json")
        try:
            return decode_json_as(decoder, bytes(raw))
        except CorruptInput as error:
            reason = f"the entry {name[:200]!r} cannot be read: {error.message}"
            self.gaps.append(Gap(path=self.file.path, extractor="npm", reason=reason))
            return None

    def package(
        self, name: str, version: str, entry: _Entry, relation: Relation, needs: set[str], lines: tuple[int, int] | None
    ) -> Package:
        """One package as the entry describes it."""
        return Package(
            type="npm",
            name=name,
            version=version,
            found_by="npm",
            path=self.file.path,
            licenses=declared_licenses(entry.license),
            checksums=integrity_checksums(entry.integrity),
            relation=relation,
            dev=entry.dev is True,
            depends_on=tuple(sorted(needs)),
            lines=lines,
            facts=_origin(as_text(entry.resolved), as_text(entry.version)),
        )


class _Installed(_Reader):
    """Versions 2 and 3: ``{"node_modules/a/node_modules/b": {…}}``."""

    def __init__(self, file: File, finder: LineFinder, raw: dict[str, msgspec.Raw]) -> None:
        super().__init__(file)
        self.entries: dict[str, _Entry] = {}
        self.lines: dict[str, tuple[int, int] | None] = {}
        self.links: dict[str, str] = {}
        self.places: dict[str, str] = {}
        """The first link to each linked directory."""
        for path, value in raw.items():
            self.lines[path] = finder.span(value)
            if (entry := self.decode(path, value, _ENTRY)) is None:
                continue
            self.entries[path] = entry
            if entry.link is True and isinstance(entry.resolved, str):
                self.links[path] = entry.resolved
                self.places.setdefault(entry.resolved, path)
        self.modules: dict[str, dict[str, str]] = {}
        """For each directory, what its node_modules holds: name to entry, links followed."""
        for path in self.entries:
            place = self.links.get(path, path)
            scope, found, name = f"/{path}".rpartition(f"/{_MODULES}")
            if found and place in self.entries:
                self.modules.setdefault(scope[1:], {})[name] = place

    def packages(self) -> Iterator[Package]:
        """Every entry that is installed; links stand for the directory they lead to."""
        direct = self._direct()
        for path, entry in self.entries.items():
            place = self.places.get(path, path)
            if path in self.links or _MODULES not in place or not path:
                continue
            relation: Relation = "direct" if place in direct else "indirect"
            name, version = self._identity(path)
            needs = as_table(entry.dependencies) | as_table(entry.optionalDependencies)
            yield self.package(name, version, entry, relation, self._resolve(path, needs), self.lines[path])

    def _direct(self) -> set[str]:
        """Paths of what the project asks for: its dependencies, and its workspaces, which are linked at the top."""
        root = self.entries.get("") or _Entry()
        sections = (root.dependencies, root.optionalDependencies, root.devDependencies, root.peerDependencies)
        asked = {_MODULES + name for section in sections for name in as_table(section)}
        return asked | {path for path in self.links if path.count(_MODULES) == 1}

    def _identity(self, path: str) -> tuple[str, str]:
        entry = self.entries[path]
        name = as_text(entry.name) or self.places.get(path, path).rpartition(_MODULES)[2]
        return name, as_text(entry.version)

    def _resolve(self, path: str, names: Iterable[str]) -> set[str]:
        """Keys of what Node would load for each name in ``path``: from the nearest node_modules upwards."""
        levels = [self.modules[scope] for scope in _scopes(path) if scope in self.modules]
        places = (next((level[name] for level in levels if name in level), "") for name in names)
        return {"@".join(self._identity(place)) for place in places if place}


class _Required(_Reader):
    """Version 1: ``{"a": {"requires": {…}, "dependencies": {"b": {…}}}}``; it does not say what is direct."""

    def __init__(self, file: File, finder: LineFinder, raw: dict[str, msgspec.Raw]) -> None:
        super().__init__(file)
        self.finder = finder
        self.raw = raw

    def packages(self) -> Iterator[Package]:
        """Every entry at every depth, each resolved against the levels it can see."""
        entries = self._decode_all(self.raw)
        yield from self._level(entries, self.raw, (_identities(entries),), self.finder, 0)

    def _decode_all(self, raw: dict[str, msgspec.Raw]) -> dict[str, _Nested]:
        decoded = {name: self.decode(name, value, _NESTED) for name, value in raw.items()}
        return {name: entry for name, entry in decoded.items() if entry is not None}

    def _level(
        self,
        entries: dict[str, _Nested],
        raw: dict[str, msgspec.Raw],
        visible: tuple[dict[str, str], ...],
        finder: LineFinder,
        offset: int,
    ) -> Iterator[Package]:
        if len(visible) > MAX_NESTING:
            raise BoundExceeded(f"dependencies are nested more than {MAX_NESTING} deep")
        for name, entry in entries.items():
            span = finder.span(raw[name])
            lines = (span[0] + offset, span[1] + offset) if span else None
            nested = entry.dependencies or {}
            inner = self._decode_all(nested)
            scopes = (_identities(inner), *visible) if inner else visible
            needs = {key for wanted in as_table(entry.requires) if (key := _visible(scopes, wanted))}
            yield self.package(*_aliased(name, entry), entry, "", needs, lines)
            if inner:
                yield from self._level(
                    inner, nested, scopes, LineFinder(bytes(raw[name])), lines[0] - 1 if lines else 0
                )


def _scopes(path: str) -> list[str]:
    """The directory itself and those above it, up to the root, which is the empty text."""
    scopes = [path]
    while scopes[-1] and len(scopes) < MAX_NESTING:
        scopes.append(scopes[-1].rpartition("/")[0])
    return scopes if not scopes[-1] else [*scopes, ""]


def _identities(entries: dict[str, _Nested]) -> dict[str, str]:
    return {name: "@".join(_aliased(name, entry)) for name, entry in entries.items()}


def _visible(scopes: tuple[dict[str, str], ...], name: str) -> str:
    return next((scope[name] for scope in scopes if name in scope), "")


def _aliased(name: str, entry: _Entry) -> tuple[str, str]:
    """Name and version; ``npm:other@1.0.0`` is another package, and an address of code is no version."""
    version = as_text(entry.version)
    if version.startswith("npm:"):
        other, at, version = version[4:].rpartition("@")
        return (other, version) if at and other else (name, "")
    return name, "" if ":" in version else version


def _origin(resolved: str, version: str = "") -> dict[str, str]:
    """Where it comes from: the address as written, and the commit when that is a git repository."""
    address = resolved or (version if ":" in version and not version.startswith("npm:") else "")
    if not address:
        return {}
    commit = _COMMIT.search(address) if address.startswith(("git", "bitbucket:")) else None
    return {"resolved": address} | ({"commit": commit[1]} if commit else {})


EXTRACTORS = (
    Extractor(
        name="npm",
        extract=extract,
        names=("package-lock.json", "npm-shrinkwrap.json"),
        pattern=NOT_IN_MODULES,
        max_size=MAX_LOCK_FILE,
        post_build=False,
    ),
)
