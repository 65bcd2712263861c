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
    """Yield the one package of a ``desc`` file and the files it owns. Raises CorruptInput when it has no name."""
    sections = _sections(file.text)
    name = _first(sections, "NAME")
    if not name:
        raise CorruptInput("pacman database entry has no name")
    base = _first(sections, "BASE")
    needs = {_VERSION.split(need, maxsplit=1)[0] for need in sections.get("DEPENDS", []) if ".so" not in need}
    yield Package(
        type="alpm",
        name=name,
        version=_first(sections, "VERSION"),
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
    listed = _sections((file.sibling("files") or b"").decode("utf-8", "replace")).get("FILES", [])
    if paths := [path for path in listed if not path.endswith("/")]:
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
    Extractor(
        name="alpm",
        extract=extract,
        names=("desc",),
        pattern=r"^var/lib/pacman/local/[^/]+/desc$",
        siblings=("files",),
    ),
)
