"""Apple's package managers: CocoaPods (``Podfile.lock``) and Swift Package Manager (``Package.resolved``).

Sources: https://guides.cocoapods.org/using/using-cocoapods.html#what-is-podfilelock,
https://docs.swift.org/swiftpm/documentation/packagemanagerdocs/resolvingpackageversions
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from sekisho.errors import CorruptInput
from sekisho.formats.json_document import as_list, decode_json, decode_json_as, text_at
from sekisho.formats.json_lines import LineFinder
from sekisho.formats.yaml_document import decode_yaml_text
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.package import Package

_POD = re.compile(r"(\S+) \(([^()]+)\)")
_SCHEME = re.compile(r"(?:[a-z+]+://)?(?:[^@/]+@)?(.*?)(?:\.git)?/?\Z", re.DOTALL)


class _Pins(msgspec.Struct):
    pins: list[msgspec.Raw] | None = None


class _Resolved(msgspec.Struct):
    pins: list[msgspec.Raw] | None = None
    object: _Pins | None = None
    """Version 1 of the file keeps the pins here."""


_RESOLVED = msgspec.json.Decoder(_Resolved)


def extract_podfile_lock(file: File) -> Iterator[Package]:
    """Every pod and subspec (``AppCenter/Core``) with what it needs; direct when the Podfile asks for it."""
    document = next(iter(decode_yaml_text(file.data)), None)
    if not isinstance(document, dict):
        raise CorruptInput("not a Podfile.lock: it is no mapping")
    pods: dict[str, tuple[str, list[Any]]] = {}
    for entry in as_list(document.get("PODS")):
        for title, needs in entry.items() if isinstance(entry, dict) else ((entry, ()),):
            if isinstance(title, str) and (found := _POD.match(title)):
                pods[found[1]] = (found[2], as_list(needs))
    asked = {_pod_name(entry) for entry in as_list(document.get("DEPENDENCIES"))}
    for name, (version, needs) in pods.items():
        known = {need for need in map(_pod_name, needs) if need in pods}
        yield Package(
            type="cocoapods",
            name=name,
            version=version,
            found_by="cocoapods",
            path=file.path,
            relation="" if not asked else "direct" if name in asked else "indirect",
            depends_on=tuple(sorted(f"{need}@{pods[need][0]}" for need in known)),
        )


def extract_package_resolved(file: File) -> Iterator[Package]:
    """Every pinned repository, named by its address without scheme; a branch stands for a version, as in Trivy."""
    document = decode_json_as(_RESOLVED, file.data)
    nested = document.object.pins if document.object is not None else None
    finder = LineFinder(file.data)
    for raw in document.pins or nested or ():
        lines = finder.span(raw)
        pin = decode_json(bytes(raw))
        address = text_at(pin, "location") or text_at(pin, "repositoryURL")
        state = pin.get("state") if isinstance(pin, dict) else None
        if not address:
            continue
        revision = text_at(state, "revision")
        yield Package(
            type="swift",
            name=repository_name(address),
            version=text_at(state, "version") or text_at(state, "branch"),
            found_by="swift",
            path=file.path,
            lines=lines,
            facts={"revision": revision} if revision else {},
        )


def repository_name(address: str) -> str:
    """``git@host:owner/repo.git`` and ``https://host/owner/repo`` are both ``host/owner/repo``."""
    found = _SCHEME.match(address)
    bare = found[1] if found else address
    return bare if "://" in address else bare.replace(":", "/", 1)


def _pod_name(entry: Any) -> str:
    """The name before a requirement: ``AppCenter/Core (= 4.2.0)``."""
    return entry.partition(" ")[0] if isinstance(entry, str) else ""


EXTRACTORS = (
    Extractor(name="cocoapods", extract=extract_podfile_lock, names=("Podfile.lock",), post_build=False),
    Extractor(
        name="swift",
        extract=extract_package_resolved,
        names=("Package.resolved", ".package.resolved"),
        post_build=False,
    ),
)
