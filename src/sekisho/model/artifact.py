"""What is judged: an image by digest, a file system, a repository, an SBOM."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Kind = Literal["container_image", "filesystem", "repository", "cyclonedx", "spdx"]


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """One layer as the manifest and configuration describe it."""

    diff_id: str
    """sha256 of the uncompressed tar."""
    digest: str = ""
    """sha256 of the blob as stored; empty for archives that keep layers uncompressed and unnamed."""
    media_type: str = ""
    size: int = 0
    """Stored bytes; -1 when not declared."""
    uncompressed_size: int = 0
    """Bytes of the tar; 0 until the layer has been read."""
    created_by: str = ""
    base: bool = False


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a git repository that was read."""

    url: str = ""
    branch: str = ""
    tags: tuple[str, ...] = ()
    commit: str = ""
    message: str = ""
    author: str = ""
    committer: str = ""


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """The identity of what was scanned; holds no bytes and no handles."""

    name: str
    """As the user wrote it."""
    kind: Kind
    reference: str = ""
    """The full registry reference, when it is an image with a name."""
    image_id: str = ""
    """Digest of the image configuration."""
    manifest_digest: str = ""
    """Digest of the platform's manifest; what signatures and attestations name."""
    index_digest: str = ""
    """Digest of the index the manifest was chosen from, when there was one."""
    repo_tags: tuple[str, ...] = ()
    repo_digests: tuple[str, ...] = ()
    platform: str = ""
    layers: tuple[Layer, ...] = ()
    config: dict[str, Any] = {}
    """The image configuration as it stands (v1.ConfigFile with lower-case keys)."""
    commit: Commit | None = None
