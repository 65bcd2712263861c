"""An OCI image layout, as a directory or inside a tar: ``index.json`` names manifests, ``blobs/`` holds content.

Source: https://github.com/opencontainers/image-spec/blob/main/image-layout.md
"""

from __future__ import annotations

from typing import Any

from sekisho.errors import CorruptInput, NotFound
from sekisho.formats.limits import MAX_MANIFEST
from sekisho.model.digest import is_digest
from sekisho.model.platform import Platform
from sekisho.source.files import Files, read_file
from sekisho.source.manifest import choose, describe, json_object, verified
from sekisho.source.protocol import ByteStream, Image

REF_NAME = "org.opencontainers.image.ref.name"
IMAGE_NAME = "io.containerd.image.name"


class LayoutBlobs:
    """Blobs of a layout; see :class:`sekisho.source.manifest.Blobs`."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def blob(self, digest: str, max_size: int) -> bytes:
        """A small blob whole, verified."""
        body = read_file(self._files, _blob_name(digest), max_size)
        return verified(body, digest, "a blob of the layout does not match its name", "copy the layout again")

    manifest_by_digest = blob

    def open_blob(self, digest: str, size: int) -> ByteStream:
        """A layer's stored bytes."""
        return self._files.open(_blob_name(digest))


def open_layout(name: str, files: Files, wanted: Platform | None, *, tag: str = "", digest: str = "") -> Image:
    """The layout's image of that tag or digest, or its only one; raises NotFound with the names there are."""
    blobs = LayoutBlobs(files)
    index_body = read_file(files, "index.json", MAX_MANIFEST)
    index = json_object(index_body, "layout's index.json")
    manifests = index.get("manifests")
    if not isinstance(manifests, list):
        raise CorruptInput("the layout's index.json lists no manifests")
    entries = [entry for entry in manifests if isinstance(entry, dict)]
    entry = _named(entries, tag, digest) if tag or digest else _only(entries)
    if entry is None and digest:
        chosen = choose(blobs.blob(digest, MAX_MANIFEST), wanted, blobs)
    elif entry is None:
        chosen = choose(index_body, wanted, blobs)
    else:
        chosen = choose(blobs.blob(_digest_of(entry), MAX_MANIFEST), wanted, blobs)
    return describe(name, chosen, blobs, wanted)


def _named(entries: list[dict[str, Any]], tag: str, digest: str) -> dict[str, Any] | None:
    for entry in entries:
        if digest and entry.get("digest") == digest:
            return entry
        if tag and tag in _names(entry):
            return entry
    if digest:
        return None
    known = sorted({name for entry in entries for name in _names(entry)})
    detail = f"it has {', '.join(known)}" if known else "its images have no names"
    raise NotFound(f"the layout has no image {tag!r}", detail=detail, hint="name it as PATH:TAG or PATH@DIGEST")


def _names(entry: dict[str, Any]) -> list[str]:
    annotations = entry.get("annotations")
    if not isinstance(annotations, dict):
        return []
    names = [str(annotations[key]) for key in (REF_NAME, IMAGE_NAME) if annotations.get(key)]
    # A full reference is also known by the tag it ends with.
    return names + [name.rpartition(":")[2] for name in names if ":" in name]


def _only(entries: list[dict[str, Any]]) -> dict[str, Any] | None:
    if len(entries) == 1:
        return entries[0]
    if not entries:
        raise NotFound("the layout holds no image")
    if all(isinstance(entry.get("platform"), dict) for entry in entries):
        return None
    names = ", ".join(sorted({name for entry in entries for name in _names(entry)[:1]})) or "images without names"
    raise NotFound("the layout holds several images", detail=f"it has {names}", hint="name one as PATH:TAG")


def _digest_of(entry: dict[str, Any]) -> str:
    digest = str(entry.get("digest", ""))
    if not is_digest(digest):
        raise CorruptInput(f"the layout's index names no valid digest: {digest[:80]!r}")
    return digest


def _blob_name(digest: str) -> str:
    algorithm, _, value = digest.partition(":")
    return f"blobs/{algorithm}/{value}"
