"""Composer's packages: locked (``composer.lock``) and installed (``vendor/composer/installed.json``).

Versions stay as written, ``v`` included. Requirements on the platform (``php``, ``ext-json``) are no packages.
Source: https://getcomposer.org/doc/01-basic-usage.md#commit-your-composer-lock-file-to-version-control
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from sekisho.errors import CorruptInput
from sekisho.formats.json_document import decode_json, decode_json_as, text_at
from sekisho.formats.json_lines import LineFinder
from sekisho.inventory.protocol import Extractor, File, Item
from sekisho.model.inventory import Gap
from sekisho.model.package import Package, Relation

_Lines = tuple[int, int] | None
_Entry = tuple[Any, bool, _Lines]
"""One package as written, whether it is for development, and where it stands."""


class _Lock(msgspec.Struct, rename="kebab"):
    packages: list[msgspec.Raw] | None = None
    packages_dev: list[msgspec.Raw] | None = None


_LOCK = msgspec.json.Decoder(_Lock)


def extract_composer_lock(file: File) -> Iterator[Item]:
    """Every locked package; direct or indirect is told only when composer.json lies beside it."""
    lock = decode_json_as(_LOCK, file.data)
    finder = LineFinder(file.data)
    entries: list[_Entry] = []
    for raws, dev in ((lock.packages, False), (lock.packages_dev, True)):
        for raw in raws or ():
            lines = finder.span(raw)
            entries.append((decode_json(bytes(raw)), dev, lines))
    yield from _packages(file, "composer", entries, _wanted(file.sibling("composer.json")))


def extract_installed(file: File) -> Iterator[Item]:
    """Every installed package; version 1 of the file is the bare list, version 2 names the development packages."""
    document = decode_json(file.data)
    packages, development = document, set()
    if isinstance(document, dict):
        packages = document.get("packages")
        names = document.get("dev-package-names")
        development = {name for name in names if isinstance(name, str)} if isinstance(names, list) else set()
    if not isinstance(packages, list):
        raise CorruptInput("not Composer's installed.json: it lists no packages")
    entries: list[_Entry] = [(one, text_at(one, "name") in development, None) for one in packages]
    yield from _packages(file, "composer-vendor", entries, None)


def _packages(file: File, found_by: str, entries: list[_Entry], wanted: set[str] | None) -> Iterator[Item]:
    named = [
        entry
        for entry in entries
        if isinstance(entry[0], dict) and text_at(entry[0], "name") and text_at(entry[0], "version")
    ]
    if lost := len(entries) - len(named):
        yield Gap(path=file.path, extractor=found_by, reason=f"{lost} entries have no name or no version")
    keys = {one["name"].lower(): f"{one['name']}@{one['version']}" for one, _, _ in named}
    for one, dev, lines in named:
        needs = one.get("require")
        relation: Relation = "" if wanted is None else "direct" if one["name"].lower() in wanted else "indirect"
        yield Package(
            type="composer",
            name=one["name"],
            version=one["version"],
            found_by=found_by,
            path=file.path,
            licenses=_licenses(one.get("license")),
            homepage=text_at(one, "homepage"),
            checksums=_checksums(one.get("dist")),
            relation=relation,
            dev=dev,
            depends_on=tuple(sorted({keys[need.lower()] for need in needs if need.lower() in keys}))
            if isinstance(needs, dict)
            else (),
            lines=lines,
            facts=_facts(one.get("source")),
        )


def _wanted(composer: bytes | None) -> set[str] | None:
    """Names composer.json requires; None when it is absent or no object."""
    try:
        document = decode_json(composer) if composer is not None else None
    except CorruptInput:
        return None
    if not isinstance(document, dict):
        return None
    blocks = (document.get("require"), document.get("require-dev"))
    return {name.lower() for block in blocks if isinstance(block, dict) for name in block}


def _licenses(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(text for text in values if isinstance(text, str) and text)


def _checksums(dist: Any) -> tuple[str, ...]:
    digest = text_at(dist, "shasum")
    return (f"sha1:{digest}",) if digest else ()


def _facts(source: Any) -> dict[str, str]:
    reference = text_at(source, "reference")
    return {"revision": reference} if reference else {}


EXTRACTORS = (
    Extractor(
        name="composer",
        extract=extract_composer_lock,
        names=("composer.lock",),
        siblings=("composer.json",),
        post_build=False,
    ),
    Extractor(
        name="composer-vendor",
        extract=extract_installed,
        names=("installed.json",),
        pattern=r"(?:^|/)composer/installed\.json$",
        pre_build=False,
    ),
)
