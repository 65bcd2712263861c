"""Names for documents that follow from what they say: the same content, the same name."""

from __future__ import annotations

from hashlib import sha256

from sekisho.errors import CorruptInput
from sekisho.model.artifact import Artifact
from sekisho.model.inventory import Inventory, OperatingSystem
from sekisho.model.purl import make_purl

_VERSION, _VARIANT = 0x8000, 0x8000


def content_uuid(*parts: bytes) -> str:
    """A UUID of version 8 (RFC 9562, custom) made of the digest of ``parts``; each part counts with its length."""
    digest = sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    text = digest.hexdigest()
    version = int(text[12:16], 16) & 0x0FFF | _VERSION
    variant = int(text[16:20], 16) & 0x3FFF | _VARIANT
    return f"{text[:8]}-{text[8:12]}-{version:04x}-{variant:04x}-{text[20:32]}"


def artifact_purl(artifact: Artifact) -> str:
    """``pkg:oci/…`` of an image by digest; empty for what has no digest."""
    if artifact.kind != "container_image" or not artifact.manifest_digest:
        return ""
    repository, tag = artifact.reference.partition("@")[0], ""
    head, colon, tail = repository.rpartition(":")
    if colon and "/" not in tail:
        repository, tag = head, tail
    name = (repository or artifact.name).rstrip("/").rpartition("/")[2]
    qualifiers = (("arch", artifact.platform.partition("/")[2]), ("repository_url", repository), ("tag", tag))
    try:
        return str(make_purl("oci", name or "image", version=artifact.manifest_digest, qualifiers=qualifiers))
    except CorruptInput:
        return ""


def system_ref(system: OperatingSystem) -> str:
    """The ref of the operating system in a document."""
    return f"os:{system.family}@{system.name}"


def unread(inventory: Inventory) -> list[str]:
    """What makes the inventory partial, in words that a document carries on: its reader must not think it whole."""
    return [f"{gap.path or gap.extractor}: {gap.reason}" for gap in inventory.gaps if gap.weight == "incomplete"]
