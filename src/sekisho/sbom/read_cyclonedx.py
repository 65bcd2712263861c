"""CycloneDX JSON, 1.2 to 1.7, from any producer → an inventory. Source: https://cyclonedx.org/docs/1.6/json/"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from sekisho.model.inventory import Inventory, OperatingSystem
from sekisho.sbom.described import IMAGE_TYPES, Described, Reading, entries, text
from sekisho.sbom.distribution import operating_system
from sekisho.sbom.place import understood

_TRIVY = "aquasecurity:trivy:"
_IMAGES = tuple(f"pkg:{kind}/" for kind in sorted(IMAGE_TYPES))
_LISTED = frozenset({"library", "framework", "application", "firmware"})
"""Types that can be packages even without a purl."""
MAX_CONTEXT = 1024
"""Characters of an occurrence's context worth reading: a few words."""
_ALGORITHMS = re.compile(r"[^a-z0-9]")


def read_cyclonedx(document: dict[str, Any]) -> tuple[str, Inventory]:
    """The subject's name and the inventory."""
    metadata = document.get("metadata")
    subject = metadata.get("component") if isinstance(metadata, dict) else None
    reading = Reading()
    system: OperatingSystem | None = None
    described: list[Described] = []
    files: dict[str, tuple[str, str]] = {}
    for component in _components(document, subject, reading):
        properties = _properties(component)
        if component.get("type") == "operating-system":
            system = system or _system(component, properties)
        elif component.get("purl"):
            described += _places(component, properties)
        elif properties.get(f"{_TRIVY}Class", "lang-pkgs") == "lang-pkgs" and f"{_TRIVY}Type" in properties:
            files[_ref(component)] = text(component.get("name")), properties.get(f"{_TRIVY}Type", "")
        elif _is_package(component, properties):
            described += _places(component, properties)
        elif component.get("type") in _LISTED:
            reading.add_unnamed()
    graph = _graph(document)
    _place_in_files(described, files, graph)
    for package in described:
        reading.add(package)
    for reason in _admitted(document, subject):
        reading.add_gap(reason)
    name = text(subject.get("name")) if isinstance(subject, dict) else ""
    return name, reading.inventory(system, graph)


def _components(document: dict[str, Any], subject: Any, reading: Reading) -> Iterator[dict[str, Any]]:
    """Every component, those inside others too, in document order; the subject when it is itself a package."""
    waiting = reading.objects(document, "components")[::-1]
    if isinstance(subject, dict):
        waiting += reading.objects(subject, "components")[::-1]
        if subject.get("purl") and not text(subject["purl"]).startswith(_IMAGES):
            yield subject
    while waiting:
        component = waiting.pop()
        yield component
        waiting += reading.objects(component, "components")[::-1]


def _admitted(document: dict[str, Any], subject: Any) -> list[str]:
    """What the document itself says is missing from it; our own writer tells each reason."""
    told = [
        text(entry.get("value"))
        for entry in entries(subject.get("properties") if isinstance(subject, dict) else None)
        if entry.get("name") == "sekisho:gap"
    ]
    # A composition that names relationships only says nothing about components.
    partial = any(
        text(entry.get("aggregate")).startswith("incomplete") and ("assemblies" in entry or "dependencies" not in entry)
        for entry in entries(document.get("compositions"))
    )
    return told or (["the document says that components are missing from it"] if partial else [])


def _is_package(component: dict[str, Any], properties: dict[str, str]) -> bool:
    """Say whether what has no purl is a package: when we wrote so, or with the type, name and version of one."""
    named = bool(text(component.get("name")))
    listed = component.get("type") in _LISTED and bool(text(component.get("version")))
    return named and (listed or "sekisho:type" in properties)


def _ref(component: dict[str, Any]) -> str:
    return text(component.get("bom-ref")) or text(component.get("purl"))


def _properties(component: dict[str, Any]) -> dict[str, str]:
    """Properties by name; of several with one name the first counts."""
    found: dict[str, str] = {}
    for entry in entries(component.get("properties")):
        name, value = entry.get("name"), entry.get("value")
        if isinstance(name, str) and isinstance(value, str):
            found.setdefault(name, value)
    return found


def _system(component: dict[str, Any], properties: dict[str, str]) -> OperatingSystem | None:
    name = properties.get(f"{_TRIVY}Type") or properties.get("syft:distro:id") or text(component.get("name"))
    version = text(component.get("version")) or properties.get("syft:distro:versionID", "")
    if not name:
        return None
    return operating_system(
        name,
        version,
        id=properties.get("sekisho:os:id", ""),
        version_id=properties.get("sekisho:os:versionID", ""),
        codename=properties.get("sekisho:os:codename", ""),
        eol=properties.get("sekisho:os:eol", ""),
        pretty_name=properties.get("syft:distro:prettyName") or text(component.get("description")),
    )


def _places(component: dict[str, Any], properties: dict[str, str]) -> Iterator[Described]:
    """The package once for every place the document names, or once without."""
    package = _described(component, properties)
    evidence = component.get("evidence")
    occurrences = entries(evidence.get("occurrences")) if isinstance(evidence, dict) else []
    if not occurrences:
        yield package
    for occurrence in occurrences:
        rest, said = understood(text(occurrence.get("additionalContext"))[:MAX_CONTEXT])
        yield msgspec.structs.replace(package, path=text(occurrence.get("location")), **({} if rest else said))


def _described(component: dict[str, Any], properties: dict[str, str]) -> Described:
    def said(*names: str) -> str:
        return next((properties[name] for name in names if properties.get(name)), "")

    source, release = said(f"{_TRIVY}SrcVersion"), said(f"{_TRIVY}SrcRelease")
    epoch = said(f"{_TRIVY}SrcEpoch")
    supplier = component.get("supplier")
    return Described(
        ref=_ref(component),
        purl=text(component.get("purl")),
        type=said("sekisho:type"),
        name=_full_name(component),
        version=text(component.get("version")),
        arch=said("sekisho:arch"),
        path=said(f"{_TRIVY}FilePath", "syft:location:0:path"),
        layer=said(f"{_TRIVY}LayerDiffID", "syft:location:0:layerID"),
        found_by=said(f"{_TRIVY}Type", f"{_TRIVY}PkgType"),
        owned_by=said("sekisho:ownedBy"),
        source_name=said(f"{_TRIVY}SrcName"),
        source_version=(f"{epoch}:" if epoch not in ("", "0") else "") + source + (f"-{release}" if release else ""),
        modularity=said("sekisho:modularity", f"{_TRIVY}Modularitylabel"),
        supplier=text(supplier.get("name")) if isinstance(supplier, dict) else "",
        homepage=_homepage(component),
        description=text(component.get("description")),
        relation=said("sekisho:relation"),
        dev=said("sekisho:dev") == "true",
        base=said("sekisho:base") == "true",
        licenses=_licenses(component),
        checksums=_checksums(component, properties),
        facts=_facts(component, said("sekisho:repository")),
    )


def _facts(component: dict[str, Any], repository: str) -> dict[str, str]:
    facts = {"bom-ref": text(component.get("bom-ref")), "repository": repository}
    return {name: value for name, value in facts.items() if value}


def _full_name(component: dict[str, Any]) -> str:
    group, name = text(component.get("group")), text(component.get("name"))
    if not group:
        return name
    maven = text(component.get("purl")).startswith("pkg:maven/")
    return f"{group}{':' if maven else '/'}{name}"


def _homepage(component: dict[str, Any]) -> str:
    references = entries(component.get("externalReferences"))
    return next((text(entry.get("url")) for entry in references if entry.get("type") == "website"), "")


def _licenses(component: dict[str, Any]) -> tuple[str, ...]:
    found = []
    for entry in entries(component.get("licenses")):
        licence = entry.get("license")
        if isinstance(licence, dict):
            found.append(text(licence.get("id")) or text(licence.get("name")))
        else:
            found.append(text(entry.get("expression")))
    return tuple(licence for licence in found if licence)


def _checksums(component: dict[str, Any], properties: dict[str, str]) -> tuple[str, ...]:
    found = [
        f"{_ALGORITHMS.sub('', text(entry.get('alg')).lower())}:{text(entry.get('content'))}"
        for entry in entries(component.get("hashes"))
        if entry.get("alg") and entry.get("content")
    ]
    own = properties.get("sekisho:checksum")
    return tuple([*found, own] if own else found)


def _graph(document: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entry in entries(document.get("dependencies")):
        refs = entry.get("dependsOn")
        if isinstance(refs, list):
            found.setdefault(text(entry.get("ref")), []).extend(ref for ref in refs if isinstance(ref, str))
    return found


def _place_in_files(described: list[Described], files: dict[str, tuple[str, str]], graph: dict[str, list[str]]) -> None:
    """Give packages without a path the lock file they hang from: Trivy tells it through the dependency graph only."""
    homeless: dict[str, list[Described]] = {}
    for package in described:
        if not package.path:
            homeless.setdefault(package.ref, []).append(package)
    for file, (path, kind) in files.items():
        waiting = list(graph.get(file, ()))
        while waiting:
            ref = waiting.pop()
            # What is taken here is not looked at again: loops end, and all files together cost one walk.
            taken = homeless.pop(ref, None)
            if taken is None:
                continue
            waiting += graph.get(ref, ())
            for package in taken:
                package.path = path if "/" in path or "." in path or not kind else ""
                package.found_by = package.found_by or kind
