"""Gradle's and sbt's records of resolved artifacts.

``gradle.lockfile`` has ``group:artifact:version=…`` a line, ``verification-metadata.xml`` a component each;
sbt-dependency-lock writes JSON.
Sources: https://docs.gradle.org/current/userguide/dependency_locking.html,
https://docs.gradle.org/current/userguide/dependency_verification.html, https://stringbean.github.io/sbt-dependency-lock/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sekisho.errors import CorruptInput
from sekisho.formats.json_document import decode_json
from sekisho.formats.xml_document import MAX_XML_DOCUMENT, decode_xml
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.package import Package

_SHIPPED = frozenset({"compile", "runtime"})
"""sbt's configurations that end up in the artifact."""


def extract_gradle_lock(file: File) -> Iterator[Package]:
    """One package a line of three colon-separated parts; anything else in the file is no dependency."""
    for number, line in enumerate(file.text.splitlines(), 1):
        coordinates = line.partition("=")[0].strip()
        parts = coordinates.split(":")
        if len(parts) == 3 and all(parts) and not line.startswith("#"):
            yield _package(file, f"{parts[0]}:{parts[1]}", parts[2], "gradle", (number, number))


def extract_verification_metadata(file: File) -> Iterator[Package]:
    """One package a component; a component that is listed twice counts once."""
    root = decode_xml(file.data)
    if root.tag != "verification-metadata":
        raise CorruptInput(f"not Gradle's verification metadata: the root element is {root.tag[:80]!r}")
    seen = set()
    for component in root.all("components", "component"):
        said = component.attributes
        group, name, version = said.get("group", ""), said.get("name", ""), said.get("version", "")
        if group and name and (group, name, version) not in seen:
            seen.add((group, name, version))
            yield _package(file, f"{group}:{name}", version, "gradle", (component.line, component.line))


def extract_sbt_lock(file: File) -> Iterator[Package]:
    """Dependencies of every configuration; those that are not shipped are for development."""
    document = decode_json(file.data)
    if not isinstance(document, dict):
        raise CorruptInput("not an sbt lock file: it is no JSON object")
    dependencies = document.get("dependencies")
    for one in dependencies if isinstance(dependencies, list) else ():
        if isinstance(one, dict) and _is_text(one.get("org"), one.get("name"), one.get("version")):
            scopes = one.get("configurations")
            known = {str(scope) for scope in scopes} if isinstance(scopes, list) else set()
            dev = bool(known) and known.isdisjoint(_SHIPPED)
            yield _package(file, f"{one['org']}:{one['name']}", one["version"], "sbt", None, dev)


def _is_text(*values: Any) -> bool:
    return all(isinstance(value, str) and value for value in values)


def _package(
    file: File, name: str, version: str, found_by: str, lines: tuple[int, int] | None, dev: bool = False
) -> Package:
    return Package(type="maven", name=name, version=version, found_by=found_by, path=file.path, lines=lines, dev=dev)


EXTRACTORS = (
    Extractor(
        name="gradle",
        extract=extract_gradle_lock,
        suffixes=(".lockfile",),
        pattern=r"gradle\.lockfile$",
        post_build=False,
    ),
    Extractor(
        name="gradle",
        extract=extract_verification_metadata,
        names=("verification-metadata.xml",),
        max_size=MAX_XML_DOCUMENT,
        post_build=False,
    ),
    Extractor(name="sbt", extract=extract_sbt_lock, suffixes=(".sbt.lock",), post_build=False),
)
