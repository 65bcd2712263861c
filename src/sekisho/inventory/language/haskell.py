"""Haskell: Stack's ``stack.yaml.lock`` and cabal's ``cabal.project.freeze``.

Sources: https://docs.haskellstack.org/en/stable/topics/lock_files/,
https://cabal.readthedocs.io/en/stable/cabal-commands.html#cabal-freeze
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sekisho.errors import CorruptInput
from sekisho.formats.yaml_document import decode_yaml_text
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.package import Package

_HACKAGE = re.compile(r"([A-Za-z0-9-]+)-([0-9][0-9.]*)(?:@|\Z)")
_PINNED = re.compile(r"(?:any\.)?([A-Za-z0-9][A-Za-z0-9-]*)\s*==\s*([0-9][0-9.]*)\s*\Z")


def extract_stack_lock(file: File) -> Iterator[Package]:
    """Packages of Hackage beyond the snapshot; archives and repositories have no name there."""
    document = next(iter(decode_yaml_text(file.data)), None)
    if not isinstance(document, dict):
        raise CorruptInput("not a stack.yaml.lock: it is no mapping")
    packages = document.get("packages")
    seen = set()
    for one in packages if isinstance(packages, list) else ():
        reference = _hackage(one, "completed") or _hackage(one, "original")
        found = _HACKAGE.match(reference)
        if found and found[0] not in seen:
            seen.add(found[0])
            yield Package(type="hackage", name=found[1], version=found[2], found_by="stack", path=file.path)


def extract_cabal_freeze(file: File) -> Iterator[Package]:
    """Constraints that pin a version; flags and what comes with the compiler (``installed``) are none."""
    for number, line in enumerate(file.text.splitlines(), 1):
        constraints = "" if line.lstrip().startswith("--") else line.strip().removeprefix("constraints:")
        for constraint in constraints.split(","):
            if found := _PINNED.match(constraint.strip()):
                yield Package(
                    type="hackage",
                    name=found[1],
                    version=found[2],
                    found_by="cabal",
                    path=file.path,
                    lines=(number, number),
                )


def _hackage(one: Any, key: str) -> str:
    part = one.get(key) if isinstance(one, dict) else None
    value = part.get("hackage") if isinstance(part, dict) else None
    return value if isinstance(value, str) else ""


EXTRACTORS = (
    Extractor(name="stack", extract=extract_stack_lock, names=("stack.yaml.lock",), post_build=False),
    Extractor(name="cabal", extract=extract_cabal_freeze, names=("cabal.project.freeze",), post_build=False),
)
