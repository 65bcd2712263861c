"""Conda: packages installed in an environment (``conda-meta/*.json``) and wanted by one (``environment.yml``).

Sources: https://docs.conda.io/projects/conda/en/stable/dev-guide/specs/index.html,
https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sekisho.errors import CorruptInput
from sekisho.formats.json_document import decode_json, text_at
from sekisho.formats.yaml_document import decode_yaml
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.package import Package

_SPEC = re.compile(r"(?:[^\s:]+::)?([A-Za-z0-9_.-]+)\s*(?:(={1,2})\s*([^\s=*<>!,|]+)(?:=[^\s]*)?\s*\Z)?")
_PIP_SPEC = re.compile(r"([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?\s*(?:==\s*([^\s;,*]+)\s*(?:;.*)?\Z)?")


def extract_installed(file: File) -> Iterator[Package]:
    """The package a file of conda-meta describes; CorruptInput without name and version."""
    said = decode_json(file.data)
    name, version = text_at(said, "name"), text_at(said, "version")
    if not name or not version:
        raise CorruptInput("not a conda package: it has no name and version")
    license_name = text_at(said, "license")
    yield Package(
        type="conda",
        name=name,
        version=version,
        found_by="conda-pkg",
        path=file.path,
        arch=text_at(said, "subdir"),
        licenses=(license_name,) if license_name else (),
        checksums=tuple(f"{kind}:{said[kind]}" for kind in ("md5", "sha256") if text_at(said, kind)),
        facts={key: said[key] for key in ("build", "channel") if text_at(said, key)},
    )


def extract_environment(file: File) -> Iterator[Package]:
    """Wanted packages, pip's among them; only an exact ``=`` or ``==`` is a version."""
    document = decode_yaml(file.data)
    if not isinstance(document, dict):
        raise CorruptInput("not a conda environment: it is no mapping")
    wanted = document.get("dependencies")
    for entry in wanted if isinstance(wanted, list) else ():
        if isinstance(entry, dict):
            for spec in _pip(entry):
                if found := _PIP_SPEC.match(spec):
                    yield _wanted(file, "pypi", found[1], found[2])
        elif not isinstance(entry, str):
            raise CorruptInput("not a conda environment: a dependency is no text")
        elif found := _SPEC.match(entry):
            yield _wanted(file, "conda", found[1], found[3])


def _pip(entry: dict[str, Any]) -> list[str]:
    specs = entry.get("pip", [])
    if not isinstance(specs, list):
        raise CorruptInput("not a conda environment: pip's dependencies are no list")
    return [spec for spec in specs if isinstance(spec, str)]


def _wanted(file: File, kind: str, name: str, version: str | None) -> Package:
    return Package(
        type=kind, name=name, version=version or "", found_by="conda-environment", path=file.path, relation="direct"
    )


EXTRACTORS = (
    Extractor(
        name="conda-pkg",
        extract=extract_installed,
        suffixes=(".json",),
        pattern=r"conda-meta/[^/]+$",
        pre_build=False,
    ),
    Extractor(
        name="conda-environment",
        extract=extract_environment,
        names=("environment.yml", "environment.yaml"),
        authoritative=False,  # other tools have files of this name
        post_build=False,
    ),
)
