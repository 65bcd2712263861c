"""R: renv's lock file and the ``DESCRIPTION`` of installed packages.

Sources: https://rstudio.github.io/renv/articles/lockfile.html,
https://cran.r-project.org/doc/manuals/r-release/R-exts.html#The-DESCRIPTION-file
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sekisho.errors import CorruptInput
from sekisho.formats.json_document import decode_json
from sekisho.formats.limits import MIB
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.package import Package

_FIELD = re.compile(r"^(Package|Version|License|URL|Maintainer|Built):[ \t]*([^\n]*)$", re.MULTILINE)


def extract_renv_lock(file: File) -> Iterator[Package]:
    """Packages from a CRAN-like repository; those from GitHub or Bioconductor follow other versions."""
    document = decode_json(file.data)
    packages = document.get("Packages") if isinstance(document, dict) else None
    if not isinstance(packages, dict):
        raise CorruptInput("not an renv.lock: it lists no packages")
    for one in packages.values():
        if not isinstance(one, dict) or not isinstance(one.get("Repository"), str):
            continue
        name, version = one.get("Package"), one.get("Version")
        if one.get("Source", "Repository") == "Repository" and isinstance(name, str) and isinstance(version, str):
            yield Package(type="cran", name=name, version=version, found_by="renv", path=file.path)


def extract_description(file: File) -> Iterator[Package]:
    """An installed package: only R's installer writes the ``Built`` field; without it the file is something else's."""
    said = {found[1]: found[2].strip() for found in _FIELD.finditer(file.text)}
    if said.get("Built", "").startswith("R ") and said.get("Package") and said.get("Version"):
        yield Package(
            type="cran",
            name=said["Package"],
            version=said["Version"],
            found_by="r-pkg",
            path=file.path,
            licenses=(said["License"],) if said.get("License") else (),
            supplier=said.get("Maintainer", ""),
            homepage=said.get("URL", "").partition(",")[0],
        )


EXTRACTORS = (
    Extractor(name="renv", extract=extract_renv_lock, names=("renv.lock",), post_build=False),
    Extractor(
        name="r-pkg",
        extract=extract_description,
        names=("DESCRIPTION",),
        max_size=MIB,
        authoritative=False,  # git keeps a file of this name in every repository
        pre_build=False,
    ),
)
