"""Pipfile.lock: what pipenv resolved, for the application and for its development.

Source: https://pipenv.pypa.io/en/latest/pipfile.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from sekisho.errors import CorruptInput
from sekisho.formats.json_document import as_list, as_text, decode_json_as
from sekisho.formats.json_lines import LineFinder
from sekisho.formats.limits import MIB
from sekisho.inventory.language.dependency_graph import unique
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.package import Package

MAX_LOCK_FILE = 16 * MIB
"""Pipfile.lock with every hash stays below one megabyte."""


class _Lock(msgspec.Struct, gc=False):
    default: dict[str, msgspec.Raw] = {}
    develop: dict[str, msgspec.Raw] = {}


class _Entry(msgspec.Struct, gc=False):
    version: Any = None
    hashes: Any = None


_LOCK = msgspec.json.Decoder(_Lock)
_ENTRY = msgspec.json.Decoder(_Entry)


def extract(file: File) -> Iterator[Package]:
    """Every pinned package; those from git repositories and directories have no version and are left out."""
    lock = decode_json_as(_LOCK, file.data)
    yield from unique(_packages(file, lock))


def _packages(file: File, lock: _Lock) -> Iterator[Package]:
    finder = LineFinder(file.data)
    for section, dev in ((lock.default, False), (lock.develop, True)):
        for name, raw in section.items():
            lines = finder.span(raw)
            entry = _decoded(raw)
            version = as_text(entry.version).lstrip("=").strip()
            if version:
                yield Package(
                    type="pypi",
                    name=name,
                    version=version,
                    found_by="pipenv",
                    path=file.path,
                    dev=dev,
                    lines=lines,
                    checksums=tuple(filter(None, map(as_text, as_list(entry.hashes)))),
                )


def _decoded(raw: msgspec.Raw) -> _Entry:
    try:
        return decode_json_as(_ENTRY, bytes(raw))
    except CorruptInput:
        return _Entry()


EXTRACTORS = (
    Extractor(
        name="pipenv",
        extract=extract,
        names=("Pipfile.lock",),
        max_size=MAX_LOCK_FILE,
        post_build=False,
    ),
)
