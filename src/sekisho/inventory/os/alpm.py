"""Arch Linux's package database: one directory a package with a ``desc`` and a ``files`` file of ``%SECTION%`` lists.

Every package lies in a directory of its own, so what it depends on is kept by name; shared objects name no package.
Source: https://alpm.archlinux.page/specifications/alpm-db-desc.5.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sekisho.errors import CorruptInput
from sekisho.inventory.protocol import Extractor, File, Item
from sekisho.model.package import OwnedPaths, Package

_VERSION = re.compile(r"[<>=:]")

Sections = dict[str, list[str]]


def extract(file: File) -> Iterator[Item]:
    """Yield the package of a ``desc`` file. Raises CorruptInput without name or version."""
    sections = _sections(file.text)
    name, version = _first(sections, "NAME"), _first(sections, "VERSION")
    if not name or not version:
        raise CorruptInput("pacman database entry has no name or no version")
    base = _first(sections, "BASE")
    needs = {_VERSION.split(need, maxsplit=1)[0] for need in sections.get("DEPENDS", []) if ".so" not in need}
    yield Package(
        type="alpm",
        name=name,
        version=version,
        found_by="alpm",
        path=file.path,
        arch=_first(sections, "ARCH"),
        source_name="" if base == name else base,
        licenses=tuple(sections.get("LICENSE", [])),
        supplier=_first(sections, "PACKAGER"),
        homepage=_first(sections, "URL"),
        description=_first(sections, "DESC"),
        depends_on=tuple(sorted(needs - {name})),
    )


def extract_files(file: File) -> Iterator[Item]:
    """Yield the paths of a ``files`` file, which lies in a directory called ``name-version-release``."""
    name = file.directory.rpartition("/")[2].rsplit("-", 2)[0]
    if paths := [path for path in _sections(file.text).get("FILES", []) if not path.endswith("/")]:
        yield OwnedPaths(name, paths)


def _sections(text: str) -> Sections:
    """Lines below each ``%HEADING%``, up to the next blank line."""
    sections: Sections = {}
    for block in text.replace("\r\n", "\n").split("\n\n"):
        heading, *lines = block.strip("\n").split("\n")
        if len(heading) > 2 and heading[0] == heading[-1] == "%":
            sections[heading[1:-1]] = [line for line in lines if line]
    return sections


def _first(sections: Sections, heading: str) -> str:
    return next(iter(sections.get(heading, [])), "")


EXTRACTORS = (
    Extractor(name="alpm", extract=extract, names=("desc",), pattern=r"^var/lib/pacman/local/[^/]+/desc$"),
    Extractor(name="alpm", extract=extract_files, names=("files",), pattern=r"^var/lib/pacman/local/[^/]+/files$"),
)
