"""SPDX 2.3, JSON: the bill of materials of one artifact.

A purl is one package; its places are annotations. The same report gives the same bytes: the namespace and the IDs
follow from the content. Source: https://spdx.github.io/spdx-spec/v2.3/
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Any

import msgspec

from sekisho.model.artifact import Artifact
from sekisho.model.finding import Report
from sekisho.model.inventory import OperatingSystem
from sekisho.model.package import Package
from sekisho.sbom.component import Component, components, edges
from sekisho.sbom.identity import artifact_purl, content_uuid, system_ref, unread
from sekisho.sbom.licence import is_expression, reference
from sekisho.sbom.place import NOWHERE, placed

NAMESPACE = "https://spdx.org/spdxdocs/"
"""The address the specification offers to creators without a site of their own (6.5)."""
DOCUMENT, UNKNOWN = "SPDXRef-DOCUMENT", "NOASSERTION"
_UNFIT = re.compile(r"[^A-Za-z0-9.]+")
_MAIL = re.compile(r"(.*?)\s*<([^<>]+)>\s*\Z")
_ALGORITHMS = {
    "md5": ("MD5", 32), "sha1": ("SHA1", 40), "sha256": ("SHA256", 64), "sha384": ("SHA384", 96),
    "sha512": ("SHA512", 128), "sha3-256": ("SHA3-256", 64), "sha3-512": ("SHA3-512", 128),
    "blake2b-256": ("BLAKE2b-256", 64),
}  # fmt: skip
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")
_PURPOSES = {"container_image": "CONTAINER", "filesystem": "SOURCE", "repository": "SOURCE"}
_ROOTS = {"container_image": "ContainerImage", "filesystem": "Filesystem", "repository": "Repository"}


def write_spdx(report: Report, *, tool_version: str) -> bytes:
    """The document, indented, with a final newline."""
    writer = _Writer(report, f"Tool: sekisho-{tool_version}")
    body = writer.body()
    uuid = content_uuid(msgspec.json.encode([report.artifact.name, body]))
    slug = _UNFIT.sub("-", report.artifact.name).strip("-") or "artifact"
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": DOCUMENT,
        "name": report.artifact.name,
        "documentNamespace": f"{NAMESPACE}{slug}-{uuid}",
        "creationInfo": {"created": writer.created, "creators": [writer.tool]},
    } | body
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


class _Writer:
    """The parts of a document; gathers the licences that need a definition."""

    def __init__(self, report: Report, tool: str) -> None:
        self._report = report
        self.tool = tool
        self.created = _second(report.created_at)
        self._licences: dict[str, str] = {}
        self._ids: dict[str, str] = {}

    def body(self) -> dict[str, Any]:
        """Packages, definitions of unlisted licences, relationships."""
        inventory = self._report.inventory
        listed = components(inventory.packages)
        root = self._root(self._report.artifact)
        packages = [root, *(self._package(component) for component in listed)]
        if inventory.system:
            packages.insert(1, self._system(inventory.system))
        body: dict[str, Any] = {"packages": packages}
        if self._licences:
            body["hasExtractedLicensingInfos"] = [
                {"licenseId": ident, "extractedText": text, "name": text}
                for ident, text in sorted(self._licences.items())
            ]
        body["relationships"] = self._relationships(root["SPDXID"], listed)
        return body

    def _root(self, artifact: Artifact) -> dict[str, Any]:
        entry = _bare(_ident(_ROOTS.get(artifact.kind, "Artifact"), artifact.name, artifact.name), artifact.name)
        entry["primaryPackagePurpose"] = _PURPOSES.get(artifact.kind, "OTHER")
        digest = artifact.manifest_digest.removeprefix("sha256:")
        if artifact.manifest_digest:
            entry["versionInfo"] = artifact.manifest_digest
        if digest and digest != artifact.manifest_digest:
            entry["checksums"] = [{"algorithm": "SHA256", "checksumValue": digest}]
        purl = artifact_purl(artifact)
        if purl:
            entry["externalRefs"] = [_purl_ref(purl)]
        facts = [f"ImageID: {artifact.image_id}"] if artifact.image_id else []
        facts += [f"DiffID: {layer.diff_id}" for layer in artifact.layers]
        facts += [f"RepoTag: {tag}" for tag in artifact.repo_tags]
        facts += [f"Gap: {gap}" for gap in unread(self._report.inventory)]
        return self._annotated(entry, facts)

    def _system(self, system: OperatingSystem) -> dict[str, Any]:
        ident = self._ids[system_ref(system)] = _ident("OperatingSystem", system.family, system_ref(system))
        entry = _bare(ident, system.family)
        if system.name:
            entry["versionInfo"] = system.name
        if system.pretty_name:
            entry["description"] = system.pretty_name
        entry["primaryPackagePurpose"] = "OPERATING-SYSTEM"
        said = (
            ("DistroID", system.id),
            ("DistroVersionID", system.version_id),
            ("DistroCodename", system.codename),
            ("DistroEOL", system.eol),
        )
        return self._annotated(entry, [f"{name}: {value}" for name, value in said if value])

    def _package(self, component: Component) -> dict[str, Any]:
        package = component.package
        ident = self._ids[component.ref] = _ident(f"Package-{package.type}", package.name, component.ref)
        entry = _bare(ident, package.name)
        if package.version:
            entry["versionInfo"] = package.version
        if package.supplier:
            entry["supplier"] = _supplier(package)
        checksums = _checksums(package.checksums)
        if checksums:
            entry["checksums"] = checksums
        if package.homepage.startswith(("https://", "http://")) and " " not in package.homepage:
            entry["homepage"] = package.homepage
        if package.is_os:
            source = package.source_name or package.name
            entry["sourceInfo"] = f"built package from: {source} {package.source_version or package.version}"
        if component.licenses:
            entry["licenseDeclared"] = self._licence(component.licenses)
        if package.description:
            entry["description"] = package.description
        if package.purl:
            entry["externalRefs"] = [_purl_ref(package.purl)]
        entry["primaryPackagePurpose"] = "LIBRARY"
        return self._annotated(entry, _facts(component))

    def _annotated(self, entry: dict[str, Any], facts: list[str]) -> dict[str, Any]:
        if facts:
            entry["annotations"] = [
                {"annotator": self.tool, "annotationDate": self.created, "annotationType": "OTHER", "comment": fact}
                for fact in facts
            ]
        return entry

    def _licence(self, licences: tuple[str, ...]) -> str:
        parts = []
        for licence in licences:
            if is_expression(licence):
                parts.append(f"({licence})" if len(licences) > 1 and " OR " in licence else licence)
                continue
            ident = reference(licence)
            # Two names that differ only in punctuation need two references.
            if self._licences.setdefault(ident, licence) != licence:
                ident = f"{ident}-{_short(licence)}"
                self._licences[ident] = licence
            parts.append(ident)
        return " AND ".join(dict.fromkeys(parts))

    def _relationships(self, root: str, listed: list[Component]) -> list[dict[str, str]]:
        inventory = self._report.inventory
        found = [(DOCUMENT, "DESCRIBES", root)]
        holder = root
        if inventory.system:
            holder = self._ids[system_ref(inventory.system)]
            found.append((root, "CONTAINS", holder))
        found += [
            (holder if component.package.is_os else root, "CONTAINS", self._ids[component.ref]) for component in listed
        ]
        for ref, targets in edges(inventory.packages).items():
            found += [(self._ids[ref], "DEPENDS_ON", self._ids[target]) for target in targets]
        return [
            {"spdxElementId": element, "relationshipType": kind, "relatedSpdxElement": related}
            for element, kind, related in found
        ]


def _bare(ident: str, name: str) -> dict[str, Any]:
    """The fields every package must have."""
    return {
        "name": name or "unnamed",
        "SPDXID": ident,
        "downloadLocation": UNKNOWN,
        "filesAnalyzed": False,
        "licenseConcluded": UNKNOWN,
        "licenseDeclared": UNKNOWN,
        "copyrightText": UNKNOWN,
    }


def _facts(component: Component) -> list[str]:
    """One annotation a place, and what the package's own fields cannot say."""
    package = component.package
    facts = [f"PurlType: {package.type}"] if not package.purl.startswith(f"pkg:{package.type}/") else []
    facts += [f"Arch: {package.arch}"] if package.arch and not package.purl else []
    facts += [f"Modularity: {package.modularity}"] if package.modularity else []
    if package.is_os and "repository" in package.facts:
        facts.append(f"Repository: {package.facts['repository']}")
    places = [placed(place) for place in component.places]
    if any(place != NOWHERE for place in places):
        facts += [f"FilePath: {place}" for place in places]
    return facts


def _purl_ref(purl: str) -> dict[str, str]:
    return {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}


def _supplier(package: Package) -> str:
    """A name with an e-mail address is a person's, another an organisation's (clause 7.5)."""
    found = _MAIL.match(package.supplier)
    if found:
        return f"Person: {found[1]} ({found[2]})"
    return f"Organization: {package.supplier}"


def _checksums(checksums: tuple[str, ...]) -> list[dict[str, str]]:
    found = []
    for checksum in checksums:
        kind, _, value = checksum.partition(":")
        algorithm, length = _ALGORITHMS.get(kind, ("", 0))
        if algorithm and len(value) == length and _HEX_DIGITS.issuperset(value):
            found.append({"algorithm": algorithm, "checksumValue": value.lower()})
    return found


def _second(moment: str) -> str:
    """``YYYY-MM-DDThh:mm:ssZ``, the only form the specification knows; the epoch where no time is known."""
    return f"{moment[:19]}Z" if len(moment) >= len("1970-01-01T00:00:00") else "1970-01-01T00:00:00Z"


def _short(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _ident(kind: str, name: str, ref: str) -> str:
    """An SPDXID: readable, and unique by the digest of the ref."""
    slug = _UNFIT.sub("-", name).strip("-")[:64]
    return f"SPDXRef-{_UNFIT.sub('-', kind)}-{slug}-{_short(ref)}" if slug else f"SPDXRef-{kind}-{_short(ref)}"
