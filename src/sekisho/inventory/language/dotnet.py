"""What a .NET application ships with: ``*.deps.json``, which the runtime itself reads.

``libraries`` lists every library, ``targets`` what each needs and brings to run time. The one project no other needs
is the application; a package that brings nothing (a reference or an analyser) was needed for building only.
Source: https://github.com/dotnet/sdk/blob/main/documentation/specs/runtime-configuration-file.md
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from sekisho.formats.json_document import decode_json, decode_json_as
from sekisho.formats.json_lines import LineFinder
from sekisho.inventory.language.dotnet_nuget import base64_checksum
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.package import Package, Relation

FOUND_BY = "dotnet-core"
_RUNTIME_PACK = "runtimepack."
_ASSETS = ("runtime", "runtimeTargets", "native", "resources")


class _Document(msgspec.Struct):
    runtimeTarget: Any = None  # noqa: N815 - the file's own words
    targets: Any = None
    libraries: msgspec.Raw = msgspec.Raw(b"{}")


_DOCUMENT = msgspec.json.Decoder(_Document)
_LIBRARIES = msgspec.json.Decoder(dict[str, msgspec.Raw])


class _Library(NamedTuple):
    """One library of the file, with its entry in the application's target."""

    name: str
    version: str
    kind: str
    checksum: str
    lines: tuple[int, int] | None
    entry: dict[str, Any] | None
    """None when the target does not mention it."""

    @property
    def key(self) -> str:
        """As :attr:`Package.key`."""
        return f"{self.name}@{self.version}"

    @property
    def needs(self) -> list[str]:
        """Names of the libraries it needs, as the file spells them."""
        needed = self.entry.get("dependencies") if self.entry else None
        return list(needed) if isinstance(needed, dict) else []


def extract_deps(file: File) -> Iterator[Package]:
    """Every library, the application first among its projects; those without a version are skipped."""
    document = decode_json_as(_DOCUMENT, file.data)
    libraries = list(_libraries(document, file.data))
    by_name = {library.name.lower(): library for library in libraries}
    edges = {
        library.key: {by_name[name].key for need in library.needs if (name := _short(need).lower()) in by_name}
        for library in libraries
    }
    relations = _relations(libraries, edges)
    for library in libraries:
        unused = library.kind == "package" and library.entry is not None and not _brings(library.entry)
        yield Package(
            type="nuget",
            name=library.name,
            version=library.version,
            found_by=FOUND_BY,
            path=file.path,
            checksums=(library.checksum,) if library.checksum else (),
            relation=relations.get(library.key, ""),
            dev=unused,
            depends_on=tuple(sorted(edges[library.key] - {library.key})),
            lines=library.lines,
        )


def _libraries(document: _Document, data: bytes) -> Iterator[_Library]:
    target = _target(document)
    finder = LineFinder(data)
    finder.enter(document.libraries)
    for key, raw in decode_json_as(_LIBRARIES, bytes(document.libraries)).items():
        lines = finder.span(raw)
        said = decode_json(bytes(raw))
        name, _, version = key.partition("/")
        if isinstance(said, dict) and name and version:
            kind, digest = said.get("type"), said.get("sha512")
            entry = target.get(key) if target is not None else None
            yield _Library(
                _short(name),
                version,
                kind if isinstance(kind, str) else "",
                base64_checksum(digest.removeprefix("sha512-")) if isinstance(digest, str) else "",
                lines,
                entry if isinstance(entry, dict) else None,
            )


def _target(document: _Document) -> dict[str, Any] | None:
    """The target the application runs on; None when the file does not have it."""
    running = document.runtimeTarget
    name = running.get("name") if isinstance(running, dict) else running
    target = document.targets.get(name) if isinstance(document.targets, dict) and isinstance(name, str) else None
    return target if isinstance(target, dict) else None


def _relations(libraries: list[_Library], edges: dict[str, set[str]]) -> dict[str, Relation]:
    """The application is root, its other projects are its workspace; without a single application nothing is known."""
    projects = [library.key for library in libraries if library.kind == "project"]
    needed = {need for project in projects for need in edges[project] if need != project}
    roots = [project for project in projects if project not in needed]
    if len(roots) != 1:
        return {}
    relations: dict[str, Relation] = dict.fromkeys(projects, "workspace")
    relations[roots[0]] = "root"
    if any(edges.values()):
        for library in libraries:
            direct = library.key in edges[roots[0]]
            relations.setdefault(library.key, "direct" if direct else "indirect")
    return relations


def _short(name: str) -> str:
    """A self-contained application names the runtime it carries ``runtimepack.Microsoft.NETCore.App.Runtime.…``."""
    return name.removeprefix(_RUNTIME_PACK)


def _brings(entry: dict[str, Any]) -> bool:
    return any(entry.get(assets) for assets in _ASSETS)


EXTRACTORS = (Extractor(name=FOUND_BY, extract=extract_deps, suffixes=(".deps.json",)),)
