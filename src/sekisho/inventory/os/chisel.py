"""Chiselled Ubuntu: the packages that slices of a root file system were cut from.

Such images have no dpkg database. Chisel leaves a manifest instead: zstd-compressed JSON, a header and then one entry a
line, of which those of the kind ``package`` matter here. It names no source packages, and advisories are about those:
the packages are listed, but a clean verdict cannot rest on them, which a gap says.
Source: https://documentation.ubuntu.com/chisel/latest/reference/manifest/
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sekisho.errors import CorruptInput
from sekisho.formats.compression import inflated
from sekisho.formats.json_document import decode_json_as
from sekisho.formats.limits import MAX_TEXT_FILE
from sekisho.inventory.protocol import Extractor, File, Item
from sekisho.model.inventory import Gap
from sekisho.model.package import Package

FOUND_BY = "chisel"
_KIND = b'"package"'
_HEADER = b'"jsonwall"'


class _Entry(msgspec.Struct):
    kind: str = ""
    name: str = ""
    version: str = ""
    arch: str = ""
    sha256: str = ""


_ENTRY = msgspec.json.Decoder(_Entry)


def extract(file: File) -> Iterator[Item]:
    """Every package of the manifest and the gap; raises CorruptInput when it is not one."""
    header, *lines = inflated(file.open(), MAX_TEXT_FILE, "chisel's manifest").split(b"\n")
    if _HEADER not in header:
        raise CorruptInput("not chisel's manifest: it does not begin with a jsonwall header")
    for line in lines:
        entry = decode_json_as(_ENTRY, line) if _KIND in line else _Entry()
        if entry.kind != "package":
            continue
        if not entry.name or not entry.version:
            raise CorruptInput("chisel's manifest has a package without name or version")
        yield Package(
            type="deb",
            name=entry.name,
            version=entry.version,
            found_by=FOUND_BY,
            path=file.path,
            arch=entry.arch,
            checksums=(f"sha256:{entry.sha256}",) if entry.sha256 else (),
        )
    reason = "a chiselled system names no source packages: advisories about them may be missed"
    yield Gap(path=file.path, extractor=FOUND_BY, reason=reason)


EXTRACTORS = (Extractor(name=FOUND_BY, extract=extract, paths=("var/lib/chisel/manifest.wall",), pre_build=False),)
