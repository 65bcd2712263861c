"""NuGet's own files: ``packages.lock.json``, ``packages.config`` and central package versions (``*Packages.props``).

Sources: https://github.com/NuGet/Home/wiki/Enable-repeatable-package-restore-using-lock-file,
https://learn.microsoft.com/nuget/reference/packages-config,
https://learn.microsoft.com/nuget/consume-packages/central-package-management
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from sekisho.errors import CorruptInput
from sekisho.formats.json_document import decode_json, decode_json_as, text_at
from sekisho.formats.json_lines import LineFinder
from sekisho.formats.xml_document import MAX_XML_DOCUMENT, Element, decode_xml
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.package import Package, Relation


class _Lock(msgspec.Struct):
    dependencies: dict[str, msgspec.Raw] | None = None


_LOCK = msgspec.json.Decoder(_Lock)
_FRAMEWORK = msgspec.json.Decoder(dict[str, msgspec.Raw])
_RELATIONS: dict[str, Relation] = {"Direct": "direct", "Transitive": "indirect", "CentralTransitive": "indirect"}
_REFERENCES = frozenset({"PackageReference", "PackageVersion", "GlobalPackageReference"})
_VARIABLE = re.compile(r"\$\(([\w.]+)\)")


def extract_lock(file: File) -> Iterator[Package]:
    """The packages of every target framework, one each; projects of the same solution are none."""
    lock = decode_json_as(_LOCK, file.data)
    finder = LineFinder(file.data)
    seen = set()
    for raw in (lock.dependencies or {}).values():
        finder.enter(raw)
        said: dict[str, Any] = {}
        lines = {}
        for name, entry in decode_json_as(_FRAMEWORK, bytes(raw)).items():
            lines[name], said[name] = finder.span(entry), decode_json(bytes(entry))
        keys = {
            name.lower(): f"{name}@{version}" for name, one in said.items() if (version := text_at(one, "resolved"))
        }
        for name, one in said.items():
            key = keys.get(name.lower())
            if key is not None and text_at(one, "type") != "Project" and key not in seen:
                seen.add(key)
                yield _locked(file, name, one, lines[name], keys)


def _locked(file: File, name: str, one: dict[str, Any], lines: tuple[int, int] | None, keys: dict[str, str]) -> Package:
    needs, digest = one.get("dependencies"), base64_checksum(text_at(one, "contentHash"))
    known = {keys[need.lower()] for need in needs if need.lower() in keys} if isinstance(needs, dict) else set()
    return Package(
        type="nuget",
        name=name,
        version=one["resolved"],
        found_by="nuget",
        path=file.path,
        checksums=(digest,) if digest else (),
        relation=_RELATIONS.get(text_at(one, "type"), ""),
        depends_on=tuple(sorted(known)),
        lines=lines,
    )


def extract_config(file: File) -> Iterator[Package]:
    """One package an element; without a version NuGet itself would refuse it, so it is skipped."""
    root = decode_xml(file.data)
    if root.tag != "packages":
        raise CorruptInput(f"not NuGet's packages.config: the root element is {root.tag[:80]!r}")
    for element in root.all("package"):
        said = element.attributes
        name, version = said.get("id", "").strip(), said.get("version", "").strip()
        if name and version:
            dev = said.get("developmentDependency", "").lower() == "true"
            yield _declared(file, "nuget-config", name, version, element, dev)


def extract_props(file: File) -> Iterator[Package]:
    """Central versions; one that an unknown MSBuild property decides is skipped, as in Trivy."""
    root = decode_xml(file.data)
    if root.tag != "Project":
        raise CorruptInput(f"not an MSBuild project: the root element is {root.tag[:80]!r}")
    properties = {one.tag.lower(): one.text for group in root.all("PropertyGroup") for one in group.children}
    for group in root.all("ItemGroup"):
        for element in group.children:
            said = element.attributes
            name = _filled(said.get("Include") or said.get("Update") or "", properties)
            version = _filled(said.get("Version") or element.text_of("Version"), properties)
            if element.tag in _REFERENCES and name and version:
                yield _declared(file, "packages-props", name, version, element)


def _declared(file: File, found_by: str, name: str, version: str, element: Element, dev: bool = False) -> Package:
    return Package(
        type="nuget",
        name=name,
        version=version,
        found_by=found_by,
        path=file.path,
        dev=dev,
        lines=(element.line, element.line),
    )


def _filled(text: str, properties: dict[str, str]) -> str:
    """The text with ``$(properties)`` of the same file filled in once; empty when one is unknown."""
    filled = _VARIABLE.sub(lambda found: properties.get(found[1].lower(), found[0])[:200], text[:1000]).strip()
    return "" if "$(" in filled else filled


def base64_checksum(digest: str) -> str:
    """NuGet's base64 of a SHA-512 as ``sha512:hex``; empty when it is none."""
    try:
        raw = binascii.a2b_base64(digest, strict_mode=True) if len(digest) == 88 else b""
    except ValueError:
        return ""
    return f"sha512:{raw.hex()}" if len(raw) == 64 else ""


EXTRACTORS = (
    Extractor(name="nuget", extract=extract_lock, names=("packages.lock.json",)),
    Extractor(name="nuget-config", extract=extract_config, names=("packages.config",), max_size=MAX_XML_DOCUMENT),
    Extractor(
        name="packages-props",
        extract=extract_props,
        suffixes=(".props",),
        pattern=r"(?i)packages\.props$",
        max_size=MAX_XML_DOCUMENT,
    ),
)
