"""Julia's ``Manifest.toml``: every package an environment resolves to, the standard library included.

Names need not be unique, so edges follow UUIDs; a name that several entries share is no edge unless its UUID is given.
Source: https://pkgdocs.julialang.org/v1/toml-files/#Manifest.toml
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from sekisho.formats.toml_document import decode_toml
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.package import Package

FOUND_BY = "julia"
_HEADER = re.compile(r"\[\[(?:deps\.)?\"?([^\]\"]+)\"?\]\]")


class _Entry(NamedTuple):
    name: str
    uuid: str
    version: str
    said: dict[str, Any]
    lines: tuple[int, int] | None

    @property
    def key(self) -> str:
        """As :attr:`Package.key`."""
        return f"{self.name}@{self.version}"


def extract_manifest(file: File) -> Iterator[Package]:
    """Every entry; the standard library has Julia's own version, or none where the manifest does not tell it."""
    document = decode_toml(file.data)
    julia = document.get("julia_version")
    entries = list(_entries(document, julia if isinstance(julia, str) else "", file.text))
    by_uuid = {entry.uuid: entry for entry in entries if entry.uuid}
    by_name: dict[str, list[_Entry]] = {}
    for entry in entries:
        by_name.setdefault(entry.name, []).append(entry)
    for entry in entries:
        tree = entry.said.get("git-tree-sha1")
        yield Package(
            type="julia",
            name=entry.name,
            version=entry.version,
            found_by=FOUND_BY,
            path=file.path,
            depends_on=tuple(sorted(_needs(entry, by_uuid, by_name))),
            lines=entry.lines,
            facts={"uuid": entry.uuid} | ({"tree": tree} if isinstance(tree, str) else {}) if entry.uuid else {},
        )


def _entries(document: dict[str, Any], julia: str, text: str) -> Iterator[_Entry]:
    """Entries in the order of the file; before manifest format 2 they stand at the top level."""
    deps = document.get("deps") if "manifest_format" in document else document
    blocks = _blocks(text)
    for name, several in deps.items() if isinstance(deps, dict) else ():
        for index, said in enumerate(several if isinstance(several, list) else ()):
            if not isinstance(said, dict):
                continue
            version, uuid = said.get("version"), said.get("uuid")
            places = blocks.get(name, [])
            yield _Entry(
                name,
                uuid if isinstance(uuid, str) else "",
                version if isinstance(version, str) else julia,
                said,
                places[index] if index < len(places) else None,
            )


def _needs(entry: _Entry, by_uuid: dict[str, _Entry], by_name: dict[str, list[_Entry]]) -> set[str]:
    needs = entry.said.get("deps")
    if isinstance(needs, dict):
        return {by_uuid[uuid].key for uuid in needs.values() if isinstance(uuid, str) and uuid in by_uuid}
    names = [name for name in needs if isinstance(name, str)] if isinstance(needs, list) else []
    return {by_name[name][0].key for name in names if len(by_name.get(name, ())) == 1}


def _blocks(text: str) -> dict[str, list[tuple[int, int]]]:
    """First and last line of each ``[[entry]]``, up to a table of its own or a blank line."""
    blocks: dict[str, list[tuple[int, int]]] = {}
    name, first, last = "", 0, 0
    for number, line in enumerate([*text.splitlines(), "["], 1):
        bare = line.strip()
        if not bare or bare.startswith("["):
            if name:
                blocks.setdefault(name, []).append((first, last))
            found = _HEADER.match(bare)
            name, first = (found[1], number) if found else ("", 0)
        last = number
    return blocks


EXTRACTORS = (Extractor(name=FOUND_BY, extract=extract_manifest, names=("Manifest.toml",)),)
