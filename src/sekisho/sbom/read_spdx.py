"""SPDX 2.2 and 2.3 JSON, from any producer → an inventory. Source: https://spdx.github.io/spdx-spec/v2.3/"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from sekisho.model.inventory import Inventory, OperatingSystem
from sekisho.sbom.described import IMAGE_TYPES, Described, Reading, entries, text
from sekisho.sbom.distribution import operating_system
from sekisho.sbom.place import understood

_SOURCE = re.compile(r"built package from: (\S+) (\S+)\Z")
_ACQUIRED = re.compile(r"acquired package info from [^:]*: /([^,]+)")
_PERSON = re.compile(r"(?:Person|Organization): (.*?)(?: \(([^()]*)\))?\Z", re.DOTALL)
_UNSAID = frozenset({"", "NONE", "NOASSERTION"})
_TOOLED = (
    "PkgID",
    "LayerDiffID",
    "LayerDigest",
    "FilePath",
    "PkgType",
    "PurlType",
    "Type",
    "Class",
    "Arch",
    "Modularity",
    "Repository",
    "Gap",
    "DistroID",
    "DistroVersionID",
    "DistroCodename",
    "DistroEOL",
)
"""Keys of ``Key: value`` annotations that Trivy and we write."""
MAX_COMMENT = 8192
"""Characters of an annotation worth reading: a path and a few words."""


def read_spdx(document: dict[str, Any]) -> tuple[str, Inventory]:
    """The subject's name and the inventory."""
    return _Document(document).read()


class _Document:
    """One document, with its elements by ID."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._reading = Reading()
        self._packages = self._reading.objects(document, "packages")
        self._files = {
            text(entry.get("SPDXID")): text(entry.get("fileName")) for entry in entries(document.get("files"))
        }
        self._licences = {
            text(entry.get("licenseId")): text(entry.get("extractedText")) or text(entry.get("name"))
            for entry in entries(document.get("hasExtractedLicensingInfos"))
        }
        self._contains: dict[str, list[str]] = {}
        self._depends: dict[str, list[str]] = {}
        self._described: set[str] = set()
        self._relate()

    def read(self) -> tuple[str, Inventory]:
        """Sort the packages into system, files and packages."""
        reading, system, name = self._reading, None, ""
        parents = self._lock_files()
        for entry in self._packages:
            ident = text(entry.get("SPDXID"))
            if _is_system(entry):
                system = system or _system(entry)
            elif ident in self._described and _is_subject(entry):
                name = name or text(entry.get("name"))
                for gap in _annotations(entry).get("Gap", ()):
                    reading.add_gap(gap)
            elif _is_package(entry):
                for described in self._places(entry, *parents.get(ident, ("", ""))):
                    reading.add(described)
            elif not _is_lock_file(entry):
                reading.add_unnamed()
        return name or text(self._document.get("name")), reading.inventory(system, self._depends)

    def _relate(self) -> None:
        self._described.update(ref for ref in _strings(self._document.get("documentDescribes")))
        for entry in entries(self._document.get("relationships")):
            element, related = text(entry.get("spdxElementId")), text(entry.get("relatedSpdxElement"))
            kind = text(entry.get("relationshipType"))
            if kind == "DESCRIBES":
                self._described.add(related)
            elif kind == "CONTAINS":
                self._contains.setdefault(element, []).append(related)
            elif kind == "DEPENDS_ON":
                self._depends.setdefault(element, []).append(related)
            elif kind == "DEPENDENCY_OF":
                self._depends.setdefault(related, []).append(element)

    def _lock_files(self) -> dict[str, tuple[str, str]]:
        """Package → path and type of the lock file that Trivy hangs it from."""
        found: dict[str, tuple[str, str]] = {}
        for entry in self._packages:
            if not _is_lock_file(entry):
                continue
            said = _annotations(entry)
            ident, name, source = text(entry.get("SPDXID")), text(entry.get("name")), text(entry.get("sourceInfo"))
            kind = said.get("Type", [name])[0]
            path = source or ("" if name == kind else name)
            path = path if "/" in path or "." in path.removesuffix(".js") else ""
            for ref in (*self._contains.get(ident, ()), *self._depends.get(ident, ())):
                found.setdefault(ref, (path, kind))
        return found

    def _places(self, entry: dict[str, Any], path: str, kind: str) -> Iterator[Described]:
        """The package once for every place the document names, or once without."""
        said = _annotations(entry)
        package = self._describe(entry, said, kind)
        named = said.get("FilePath", ())
        for place in named:
            where, words = understood(place)
            yield msgspec.structs.replace(package, path=where, **words)
        if not named:
            package.path = path or self._file_of(entry)
            yield package

    def _describe(self, entry: dict[str, Any], said: dict[str, list[str]], kind: str) -> Described:
        source = _SOURCE.match(text(entry.get("sourceInfo"))[:MAX_COMMENT])
        homepage = text(entry.get("homepage"))

        def first(key: str) -> str:
            return said.get(key, [""])[0]

        return Described(
            ref=text(entry.get("SPDXID")),
            purl=_purl(entry),
            type=first("PurlType"),
            name=text(entry.get("name")),
            version=text(entry.get("versionInfo")),
            arch=first("Arch"),
            layer=first("LayerDiffID"),
            found_by=kind or first("PkgType"),
            source_name=source[1] if source else "",
            source_version=source[2] if source else "",
            modularity=first("Modularity"),
            supplier=_supplier(text(entry.get("supplier"))),
            homepage="" if homepage in _UNSAID else homepage,
            description=text(entry.get("description")),
            licenses=self._declared(entry),
            checksums=_checksums(entry),
            facts={"repository": first("Repository")} if "Repository" in said else {},
        )

    def _file_of(self, entry: dict[str, Any]) -> str:
        """The file that syft says it read, or one that the package contains."""
        acquired = _ACQUIRED.match(text(entry.get("sourceInfo"))[:MAX_COMMENT])
        if acquired:
            return acquired[1]
        for file in entries(entry.get("files")):
            if file.get("fileName"):
                return text(file["fileName"]).removeprefix("./")
        for ref in (*_strings(entry.get("hasFiles")), *self._contains.get(text(entry.get("SPDXID")), ())):
            if ref in self._files:
                return self._files[ref].removeprefix("./")
        return ""

    def _declared(self, entry: dict[str, Any]) -> tuple[str, ...]:
        for key in ("licenseDeclared", "licenseConcluded"):
            expression = text(entry.get(key))
            if expression not in _UNSAID:
                plain = "(" not in expression and " OR " not in expression
                parts = expression.split(" AND ") if plain else [expression]
                return tuple(self._licences.get(part) or part for part in parts)
        return ()


def _strings(value: Any) -> list[str]:
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []


def _is_system(entry: dict[str, Any]) -> bool:
    return entry.get("primaryPackagePurpose") == "OPERATING-SYSTEM" or text(entry.get("SPDXID")).startswith(
        "SPDXRef-OperatingSystem"
    )


def _is_lock_file(entry: dict[str, Any]) -> bool:
    return text(entry.get("SPDXID")).startswith("SPDXRef-Application-") and not _purl(entry)


def _is_package(entry: dict[str, Any]) -> bool:
    """Whatever has a purl or a version; we also write packages that have neither."""
    if _is_lock_file(entry):
        return False
    return bool(_purl(entry) or text(entry.get("versionInfo"))) or "PurlType" in _annotations(entry)


def _is_subject(entry: dict[str, Any]) -> bool:
    """What the document is about, unless that is itself a package."""
    purl = _purl(entry)
    return not purl or purl.removeprefix("pkg:").partition("/")[0] in IMAGE_TYPES


def _system(entry: dict[str, Any]) -> OperatingSystem | None:
    name, said = text(entry.get("name")), _annotations(entry)
    if not name:
        return None
    return operating_system(
        name,
        text(entry.get("versionInfo")),
        id=said.get("DistroID", [""])[0],
        version_id=said.get("DistroVersionID", [""])[0],
        codename=said.get("DistroCodename", [""])[0],
        eol=said.get("DistroEOL", [""])[0],
        pretty_name=text(entry.get("description")),
    )


def _purl(entry: dict[str, Any]) -> str:
    references = entries(entry.get("externalRefs"))
    return next((text(ref.get("referenceLocator")) for ref in references if ref.get("referenceType") == "purl"), "")


def _annotations(entry: dict[str, Any]) -> dict[str, list[str]]:
    """``Key: value`` remarks, where Trivy and we tell what SPDX has no field for."""
    remarks = [text(note.get("comment")) for note in entries(entry.get("annotations"))]
    found: dict[str, list[str]] = {}
    for remark in (*remarks, *_strings(entry.get("attributionTexts"))):
        key, colon, value = remark.partition(": ")
        if colon and key in _TOOLED and len(remark) <= MAX_COMMENT:
            found.setdefault(key, []).append(value)
    return found


def _supplier(value: str) -> str:
    found = _PERSON.match(value)
    if not found:
        return "" if value in _UNSAID else value
    return f"{found[1]} <{found[2]}>" if found[2] else found[1]


def _checksums(entry: dict[str, Any]) -> tuple[str, ...]:
    return tuple(
        f"{text(checksum.get('algorithm')).lower()}:{text(checksum.get('checksumValue'))}"
        for checksum in entries(entry.get("checksums"))
        if checksum.get("algorithm") and checksum.get("checksumValue")
    )
