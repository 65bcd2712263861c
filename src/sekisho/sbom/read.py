"""A bill of materials of any producer, recognised by its own words → an inventory.

CycloneDX JSON and SPDX 2 JSON are read, bare or as the payload of an in-toto attestation (DSSE).
"""

from __future__ import annotations

from binascii import Error as Base64Error
from typing import Any

from sekisho.errors import CorruptInput
from sekisho.formats.json_document import decode_json
from sekisho.model.artifact import Kind
from sekisho.model.inventory import Inventory

_HINT = "CycloneDX JSON and SPDX 2.2 or 2.3 JSON are read; other forms can be converted by the tool that wrote them"
_WRAPPERS = ("predicate", "Data")
"""Keys under which in-toto statements and cosign's custom predicates carry the document."""


def read_sbom(data: bytes) -> tuple[Kind, Inventory, str]:
    """The kind of document, its inventory, and the name of what it describes; raises CorruptInput for anything else."""
    document = _unwrapped(_decoded(data))
    if document.get("bomFormat") == "CycloneDX":
        from sekisho.sbom.read_cyclonedx import read_cyclonedx

        name, inventory = read_cyclonedx(document)
        return "cyclonedx", inventory, name
    version = document.get("spdxVersion")
    if isinstance(version, str) and version.startswith("SPDX-2."):
        from sekisho.sbom.read_spdx import read_spdx

        name, inventory = read_spdx(document)
        return "spdx", inventory, name
    raise CorruptInput(f"not a bill of materials that can be read: {_what(document)}", hint=_HINT)


def _decoded(data: bytes) -> dict[str, Any]:
    head = data[:256].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"<"):
        raise CorruptInput("not a bill of materials that can be read: this is XML", hint=_HINT)
    if head.startswith((b"SPDXVersion:", b"##")):
        raise CorruptInput("not a bill of materials that can be read: this is SPDX tag-value", hint=_HINT)
    document = decode_json(data)
    if not isinstance(document, dict):
        raise CorruptInput("not a bill of materials: the document is not an object", hint=_HINT)
    return document


def _unwrapped(document: dict[str, Any]) -> dict[str, Any]:
    """The document inside an attestation, or the document itself."""
    payload = document.get("payload")
    if isinstance(payload, str) and "payloadType" in document:
        from base64 import b64decode

        try:
            document = _decoded(b64decode(payload, validate=True))
        except (Base64Error, ValueError):
            raise CorruptInput("the payload of the attestation is not base64") from None
    for key in _WRAPPERS:
        inner = document.get(key)
        if isinstance(inner, dict):
            document = inner
    return document


def _what(document: dict[str, Any]) -> str:
    if isinstance(document.get("artifacts"), list) and "schema" in document:
        return "this is syft's own JSON"
    if "@context" in document:
        return "this is SPDX 3"
    keys = ", ".join(sorted(document)[:5])
    return f"an object with {keys[:100]}" if keys else "an empty object"
