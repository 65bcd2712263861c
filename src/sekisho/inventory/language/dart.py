"""Dart's and Flutter's ``pubspec.lock``.

Source: https://dart.dev/tools/pub/glossary#lockfile
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sekisho.errors import CorruptInput
from sekisho.formats.yaml_document import decode_yaml_text
from sekisho.inventory.protocol import Extractor, File, Item
from sekisho.model.inventory import Gap
from sekisho.model.package import Package, Relation

FOUND_BY = "pub"
_RELATIONS: dict[str, Relation] = {"direct main": "direct", "direct dev": "direct", "direct overridden": "direct"}


def extract_pubspec_lock(file: File) -> Iterator[Item]:
    """Every locked package; those of a git repository carry its commit."""
    document = next(iter(decode_yaml_text(file.data)), None)
    if not isinstance(document, dict):
        raise CorruptInput("not a pubspec.lock: it is no mapping")
    packages = document.get("packages")
    if packages and not isinstance(packages, dict):
        raise CorruptInput("not a pubspec.lock: its packages are no mapping")
    for name, said in (packages or {}).items():
        if not isinstance(said, dict) or not isinstance(said.get("version"), str):
            yield Gap(path=file.path, extractor=FOUND_BY, reason=f"the entry {name[:200]!r} has no version")
            continue
        kind = said.get("dependency")
        commit = _described(said, "resolved-ref")
        checksum = _described(said, "sha256")
        yield Package(
            type="pub",
            name=name,
            version=said["version"],
            found_by=FOUND_BY,
            path=file.path,
            relation=_RELATIONS.get(kind, "indirect") if isinstance(kind, str) else "",
            dev=kind == "direct dev",
            checksums=(f"sha256:{checksum}",) if checksum else (),
            facts={"revision": commit} if commit else {},
        )


def _described(said: dict[str, Any], key: str) -> str:
    """A value of the description, which is a mapping for packages that come from somewhere."""
    description = said.get("description")
    value = description.get(key) if isinstance(description, dict) else None
    return value if isinstance(value, str) else ""


EXTRACTORS = (Extractor(name=FOUND_BY, extract=extract_pubspec_lock, names=("pubspec.lock",), post_build=False),)
