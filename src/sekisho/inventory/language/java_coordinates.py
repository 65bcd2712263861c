"""Which Maven artifact a jar is, when only its file name and its manifest tell.

The name follows syft 1.18 so that inventories compare; the group is a statement of the manifest where it looks like a
reversed domain, a well-known one where the artifact is famous, else the artifact's own name (``junit:junit``), which
is how the oldest artifacts are registered.
"""

from __future__ import annotations

import re

from sekisho.inventory.language.java_groups import known_group
from sekisho.inventory.language.java_manifest import Manifest

_VERSION = r"\d.*|build\d+.*|rc?\d++\Z"
_DASHED = re.compile(rf"-(?P<version>{_VERSION})\Z", re.IGNORECASE | re.DOTALL)
_UNDASHED = re.compile(rf"[._](?P<version>{_VERSION})\Z", re.IGNORECASE | re.DOTALL)
_REVERSED_DOMAIN = re.compile(r"[a-z][a-z0-9_-]*(?:\.[A-Za-z0-9_-]+)+\Z")
_VERSION_FIELDS = ("Implementation-Version", "Specification-Version", "Plugin-Version", "Bundle-Version")
_NAME_FIELDS = ("Name", "Bundle-Name", "Short-Name", "Extension-Name", "Implementation-Title")


def split_file_name(name: str) -> tuple[str, str]:
    """Artifact and version from ``artifact-version.jar``: the version begins at the first dash before a digit."""
    stem = name.rpartition(".")[0] or name
    if not stem[:1].isalpha():
        return "", ""
    found = _DASHED.search(stem) or _UNDASHED.search(stem)
    return (stem[: found.start()], found["version"]) if found else (stem, "")


def artifact_name(manifest: Manifest, file_name: str) -> str:
    """The artifact: OSGi's symbolic name where Maven wrote it, else the file name, else any title of the manifest."""
    symbolic = _without_directives(manifest.main("Bundle-SymbolicName"))
    bundled = "Apache Maven Bundle Plugin" in manifest.main("Created-By")
    if bundled and symbolic and symbolic != manifest.main("Implementation-Vendor-Id"):
        return symbolic.rpartition(".")[2]
    stem = split_file_name(file_name)[0]
    if "." in stem and not stem.startswith("org.eclipse.") and all(part[:1].isalpha() for part in stem.split(".")):
        # a whole coordinate as file name: org.apache.felix.framework-7.0.jar
        return stem.rpartition(".")[2]
    return stem or manifest.main(*_NAME_FIELDS)


def archive_version(manifest: Manifest, file_name: str) -> str:
    """The version in the file name, else the manifest's; empty when nobody says."""
    return split_file_name(file_name)[1] or manifest.field(*_VERSION_FIELDS)


def group_name(manifest: Manifest | None, artifact: str) -> str:
    """The group of an artifact whose jar carries no Maven coordinates."""
    if famous := known_group(artifact):
        return famous
    if manifest is not None:
        vendor = manifest.main("Implementation-Vendor-Id")
        if _REVERSED_DOMAIN.match(vendor):
            return vendor
        symbolic = _without_directives(manifest.main("Bundle-SymbolicName", "Automatic-Module-Name"))
        if _REVERSED_DOMAIN.match(symbolic):
            return _without_artifact(symbolic, artifact)
    return artifact


def _without_directives(value: str) -> str:
    """``org.bar;singleton:=true`` is ``org.bar``."""
    return value.partition(";")[0].strip()


def _without_artifact(symbolic: str, artifact: str) -> str:
    """``org.slf4j.api`` of ``slf4j-api`` is ``org.slf4j``: OSGi's symbolic names are group and artifact in one."""
    group, _, last = symbolic.rpartition(".")
    return group if "." in group and artifact.lower().endswith(last.lower()) else symbolic
