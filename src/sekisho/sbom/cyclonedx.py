"""CycloneDX 1.6, JSON: the bill of materials of one artifact, with its findings when it was judged.

A purl is one component; its places are ``evidence.occurrences``. The same report gives the same bytes: serial number
and refs follow from the content. Source: https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

from typing import Any

import msgspec

from sekisho.model.finding import Report
from sekisho.model.inventory import OperatingSystem
from sekisho.model.package import Package
from sekisho.sbom.component import Component, components, edges, top
from sekisho.sbom.cyclonedx_vulnerability import vulnerabilities
from sekisho.sbom.identity import artifact_purl, content_uuid, system_ref, unread
from sekisho.sbom.licence import KNOWN, is_expression
from sekisho.sbom.place import NOWHERE, shared, spelled

SPEC_VERSION = "1.6"
ROOT = "artifact"
"""bom-ref of an artifact that has no purl."""
SOURCE = "aquasecurity:trivy:"
"""Trivy's properties for the source of a distribution package: its readers match by them."""
_HASHES = {
    "md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512",
    "sha3-256": "SHA3-256", "sha3-512": "SHA3-512", "blake2b-256": "BLAKE2b-256", "blake3": "BLAKE3",
}  # fmt: skip
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")
_HASH_LENGTHS = frozenset({32, 40, 64, 96, 128})
_KINDS = {"container_image": "container", "filesystem": "application", "repository": "application"}


def write_cyclonedx(report: Report, *, tool_version: str) -> bytes:
    """The document, indented, with a final newline."""
    packages = report.inventory.packages
    listed = components(packages)
    root = _root(report)
    body: dict[str, Any] = {"components": [_component(component) for component in listed]}
    system = report.inventory.system
    if system:
        body["components"].insert(0, _system(system))
    body["dependencies"] = _dependencies(root["bom-ref"], system, packages)
    if not report.inventory.complete:
        body["compositions"] = [{"aggregate": "incomplete", "assemblies": [root["bom-ref"]]}]
    if report.findings:
        body["vulnerabilities"] = vulnerabilities(report.findings)
    metadata: dict[str, Any] = {
        "timestamp": report.created_at,
        "tools": {"components": [{"type": "application", "name": "sekisho", "version": tool_version}]},
        "component": root,
    }
    if report.store and report.undecided:
        # An empty list of vulnerabilities must not pass for a clean result here either.
        metadata["properties"] = [{"name": "sekisho:undecided", "value": reason} for reason in report.undecided]
    if not report.created_at:
        del metadata["timestamp"]
    content = msgspec.json.encode([metadata, body])
    document = {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC_VERSION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "serialNumber": f"urn:uuid:{content_uuid(content)}",
        "version": 1,
        "metadata": metadata,
    } | body
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _root(report: Report) -> dict[str, Any]:
    artifact = report.artifact
    purl = artifact_purl(artifact)
    entry: dict[str, Any] = {
        "bom-ref": purl or ROOT,
        "type": _KINDS.get(artifact.kind, "application"),
        "name": artifact.name,
    }
    if artifact.manifest_digest:
        entry["version"] = artifact.manifest_digest
    if purl:
        entry["purl"] = purl
    facts = [("image:id", artifact.image_id), ("image:platform", artifact.platform)]
    facts += [("image:diffID", layer.diff_id) for layer in artifact.layers]
    facts += [("image:repoTag", tag) for tag in artifact.repo_tags]
    if artifact.commit:
        facts += [("git:url", artifact.commit.url), ("git:commit", artifact.commit.commit)]
    facts += [("gap", gap) for gap in unread(report.inventory)]
    properties = [{"name": f"sekisho:{name}", "value": value} for name, value in facts if value]
    return entry | {"properties": properties} if properties else entry


def _system(system: OperatingSystem) -> dict[str, Any]:
    entry: dict[str, Any] = {"bom-ref": system_ref(system), "type": "operating-system", "name": system.family}
    if system.name:
        entry["version"] = system.name
    if system.pretty_name:
        entry["description"] = system.pretty_name
    facts = (
        ("aquasecurity:trivy:Class", "os-pkgs"),
        ("aquasecurity:trivy:Type", system.family),
        ("sekisho:os:id", system.id),
        ("sekisho:os:versionID", system.version_id),
        ("sekisho:os:codename", system.codename),
        ("sekisho:os:eol", system.eol),
    )
    entry["properties"] = [{"name": name, "value": value} for name, value in facts if value]
    return entry


def _component(component: Component) -> dict[str, Any]:
    package = component.package
    group, name = _names(package)
    entry: dict[str, Any] = {"bom-ref": component.ref, "type": "library"}
    if package.supplier:
        entry["supplier"] = {"name": package.supplier}
    if group:
        entry["group"] = group
    entry["name"] = name
    if package.version:
        entry["version"] = package.version
    if package.description:
        entry["description"] = package.description
    if component.dev:
        entry["scope"] = "excluded"
    hashes = _hashes(package.checksums)
    if hashes:
        entry["hashes"] = hashes
    if component.licenses:
        entry["licenses"] = _licenses(component.licenses)
    if package.purl:
        entry["purl"] = package.purl
    if package.homepage.startswith(("https://", "http://")) and " " not in package.homepage:
        entry["externalReferences"] = [{"type": "website", "url": package.homepage}]
    common = shared(component.places)
    properties = _properties(package, common)
    if properties:
        entry["properties"] = properties
    occurrences = [_occurrence(place, common) for place in component.places]
    if any(occurrence != {"location": NOWHERE} for occurrence in occurrences):
        entry["evidence"] = {"occurrences": occurrences}
    return entry


def _names(package: Package) -> tuple[str, str]:
    """Group and name, where the ecosystem itself parts them."""
    if package.type == "maven":
        group, _, name = package.name.rpartition(":")
        return group, name
    if package.name.startswith("@") and "/" in package.name:
        group, _, name = package.name.partition("/")
        return group, name
    return "", package.name


def _hashes(checksums: tuple[str, ...]) -> list[dict[str, str]]:
    found = []
    for checksum in checksums:
        kind, _, value = checksum.partition(":")
        if kind in _HASHES and len(value) in _HASH_LENGTHS and _HEX_DIGITS.issuperset(value):
            found.append({"alg": _HASHES[kind], "content": value})
    return found


def _licenses(licenses: tuple[str, ...]) -> list[dict[str, Any]]:
    """The schema allows one expression alone or any number of licences."""
    if len(licenses) == 1 and licenses[0] not in KNOWN and is_expression(licenses[0]):
        return [{"expression": licenses[0]}]
    return [{"license": {"id" if licence in KNOWN else "name": licence}} for licence in licenses]


def _properties(package: Package, common: dict[str, Any]) -> list[dict[str, str]]:
    """What no field of the format holds; ``common`` is what all places of the package share."""
    facts = [("sekisho:type", "" if package.purl.startswith(f"pkg:{package.type}/") else package.type)]
    if package.is_os:
        facts += [
            (f"{SOURCE}SrcName", package.source_name or package.name),
            (f"{SOURCE}SrcVersion", package.source_version or package.version),
            ("sekisho:arch", "" if package.purl else package.arch),
            ("sekisho:modularity", package.modularity),
            ("sekisho:repository", package.facts.get("repository", "")),
        ]
    facts += [("sekisho:relation", common.get("relation", "")), ("sekisho:ownedBy", common.get("owned_by", ""))]
    facts += [(f"sekisho:{flag}", "true" if common.get(flag) else "") for flag in ("dev", "base")]
    facts += [("sekisho:checksum", checksum) for checksum in package.checksums if checksum.startswith("h1:")]
    return [{"name": name, "value": value} for name, value in facts if value]


def _occurrence(place: Package, common: dict[str, Any]) -> dict[str, Any]:
    """Where it is; ``additionalContext`` says what is true of this place alone."""
    entry: dict[str, Any] = {"location": place.path or NOWHERE}
    if place.lines:
        entry["line"] = place.lines[0]
    context = spelled(place, common)
    return entry | {"additionalContext": context} if context else entry


def _dependencies(root: str, system: OperatingSystem | None, packages: tuple[Package, ...]) -> list[dict[str, Any]]:
    """The artifact holds its system and what it asks for; the system holds its packages."""
    of_system = sorted({component.ref for component in components(p for p in packages if p.is_os)})
    asked = top(package for package in packages if not package.is_os)
    graph: list[tuple[str, list[str]]] = []
    if system:
        graph = [(root, [system_ref(system), *asked]), (system_ref(system), of_system)]
    else:
        graph = [(root, [*of_system, *asked])]
    graph += edges(packages).items()
    return [{"ref": ref, "dependsOn": refs} for ref, refs in graph if refs]
