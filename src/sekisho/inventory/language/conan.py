"""Conan's ``conan.lock``: a graph of numbered nodes (Conan 1), or plain lists of references (Conan 2).

A reference is ``name/version@user/channel#revision:package%time``; all after the version is optional.
Source: https://docs.conan.io/2/tutorial/versioning/lockfiles.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from sekisho.errors import CorruptInput
from sekisho.formats.json_document import decode_json, decode_json_as
from sekisho.formats.json_lines import LineFinder
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.package import Package, Relation

FOUND_BY = "conan"
_REFERENCE = re.compile(r"([^/@#:%\s]+)/([^/@#:%\s]+)")


class _Graph(msgspec.Struct):
    nodes: dict[str, msgspec.Raw] | None = None


class _Lock(msgspec.Struct):
    graph_lock: _Graph | None = None
    requires: list[msgspec.Raw] | None = None
    build_requires: list[msgspec.Raw] | None = None
    python_requires: list[msgspec.Raw] | None = None


_LOCK = msgspec.json.Decoder(_Lock)


def extract_conan_lock(file: File) -> Iterator[Package]:
    """Every referenced package; what is needed for building only is for development."""
    lock = decode_json_as(_LOCK, file.data)
    if lock.graph_lock is not None:
        yield from _from_graph(file, lock.graph_lock.nodes or {})
        return
    finder = LineFinder(file.data)
    for raws, dev in ((lock.requires, False), (lock.build_requires, True), (lock.python_requires, True)):
        for raw in raws or ():
            lines = finder.span(raw)
            reference = decode_json(bytes(raw))
            if coordinates := _coordinates(reference):
                yield _package(file, *coordinates, dev=dev, lines=lines)


def _from_graph(file: File, raws: dict[str, msgspec.Raw]) -> Iterator[Package]:
    """The nodes of Conan 1; those no other node needs are the consumer itself."""
    finder = LineFinder(file.data)
    lines = {key: finder.span(raw) for key, raw in raws.items()}
    nodes = {key: decode_json(bytes(raw)) for key, raw in raws.items()}
    if not all(isinstance(node, dict) for node in nodes.values()):
        raise CorruptInput("not Conan's lock file: a node of its graph is no object")
    needs = {key: _needs(node) for key, node in nodes.items()}
    needed = {need for each in needs.values() for need in each}
    direct = {need for key, each in needs.items() if key not in needed for need in each}
    coordinates = {
        key: found for key, node in nodes.items() if (found := _coordinates(node.get("ref") or node.get("pref")))
    }
    for key, (name, version) in coordinates.items():
        if key in needed:
            edges = {"@".join(coordinates[need]) for need in needs[key] if need in coordinates}
            yield _package(
                file,
                name,
                version,
                dev=nodes[key].get("context") == "build",
                lines=lines[key],
                relation="direct" if key in direct else "indirect",
                edges=tuple(sorted(edges)),
            )


def _needs(node: dict[str, Any]) -> list[str]:
    """Keys of the nodes this one needs: a list of them, or in the oldest format a mapping from references."""
    found: list[Any] = []
    for field in ("requires", "build_requires"):
        value = node.get(field)
        found += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [key for key in found if isinstance(key, str)]


def _coordinates(reference: Any) -> tuple[str, str] | None:
    found = _REFERENCE.match(reference) if isinstance(reference, str) else None
    return (found[1], found[2]) if found else None


def _package(
    file: File,
    name: str,
    version: str,
    *,
    dev: bool,
    lines: tuple[int, int] | None,
    relation: Relation = "",
    edges: tuple[str, ...] = (),
) -> Package:
    return Package(
        type="conan",
        name=name,
        version=version,
        found_by=FOUND_BY,
        path=file.path,
        relation=relation,
        dev=dev,
        depends_on=edges,
        lines=lines,
    )


EXTRACTORS = (Extractor(name=FOUND_BY, extract=extract_conan_lock, names=("conan.lock",), post_build=False),)
