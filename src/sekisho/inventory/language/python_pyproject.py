"""pyproject.toml: what a project asks for, in the spellings of PEP 621, PEP 735, Poetry and PDM.

Source: https://packaging.python.org/specifications/pyproject-toml/ and https://python-poetry.org/docs/pyproject/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from sekisho.errors import CorruptInput
from sekisho.formats.json_document import as_list, as_table
from sekisho.formats.toml_document import decode_toml
from sekisho.inventory.language.python_names import normal_name, required_name
from sekisho.inventory.protocol import File

_PRODUCTION_GROUP = "main"


class ProjectFile(msgspec.Struct, frozen=True):
    """Names in normal form; optional ones (extras) count as production, because users may ask for them."""

    production: frozenset[str]
    development: frozenset[str]


def read_project(data: bytes) -> ProjectFile:
    """The direct dependencies; raises CorruptInput when the file is not TOML."""
    document = decode_toml(data)
    project = as_table(document.get("project"))
    tool = as_table(document.get("tool"))
    poetry, pdm = as_table(tool.get("poetry")), as_table(tool.get("pdm"))
    groups = {name: as_table(group) for name, group in as_table(poetry.get("group")).items()}
    production = {
        *_required(project.get("dependencies")),
        *_grouped(project.get("optional-dependencies")),
        *_keys(poetry.get("dependencies")),
        *_keys(groups.get(_PRODUCTION_GROUP, {}).get("dependencies")),
    }
    development = {
        *_grouped(document.get("dependency-groups")),
        *_grouped(pdm.get("dev-dependencies")),
        *_keys(poetry.get("dev-dependencies")),
        *(name for group in groups if group != _PRODUCTION_GROUP for name in _keys(groups[group].get("dependencies"))),
    }
    return ProjectFile(frozenset(production - {"python", ""}), frozenset(development - {"python", ""}))


def _required(requirements: Any) -> Iterable[str]:
    return (required_name(text) for text in as_list(requirements) if isinstance(text, str))


def _grouped(groups: Any) -> Iterable[str]:
    return (name for group in as_table(groups).values() for name in _required(group))


def _keys(table: Any) -> Iterable[str]:
    return map(normal_name, as_table(table))


def project_beside(file: File) -> ProjectFile | None:
    """pyproject.toml beside a lock file; None without a readable one: the lock itself stays complete."""
    data = file.sibling("pyproject.toml")
    if data is None:
        return None
    try:
        return read_project(data)
    except CorruptInput:
        return None
