"""Node packages as they are installed: every package.json with a name and a version.

Thousands of them lie in a real image, so one costs a single typed decode. Most nested ones (``{"type": "module"}``,
test data, templates) name nothing and are passed over; broken ones are ordinary test data.
"""

from __future__ import annotations

from collections.abc import Iterator

from sekisho.inventory.language.node_manifest import (
    MAX_MANIFEST,
    address,
    declared_licenses,
    is_package_name,
    person,
    read_manifest,
)
from sekisho.inventory.protocol import Extractor, File, Item
from sekisho.model.inventory import Gap
from sekisho.model.package import Package


def extract(file: File) -> Iterator[Item]:
    """The package that ``file`` describes, if it names one; raises CorruptInput when it is not a JSON object."""
    manifest = read_manifest(file.data)
    version = manifest.version
    if not isinstance(version, str) or not version or not manifest.name:
        return
    if not is_package_name(manifest.name):
        yield Gap(path=file.path, extractor="node-pkg", reason="no package can have this name", weight="note")
        return
    repository = address(manifest.repository)
    description = manifest.description
    yield Package(
        type="npm",
        name=manifest.name,
        version=version.strip(),
        found_by="node-pkg",
        path=file.path,
        licenses=declared_licenses(manifest.license, manifest.licenses),
        supplier=person(manifest.author),
        homepage=address(manifest.homepage),
        description=description.strip() if isinstance(description, str) else "",
        facts={"repository": repository} if repository else {},
    )


EXTRACTORS = (
    Extractor(
        name="node-pkg",
        extract=extract,
        names=("package.json",),
        max_size=MAX_MANIFEST,
        authoritative=False,
        pre_build=False,
    ),
)
