"""What a user may name: a registry reference, a path whose kind is recognised, or either with a transport in front.

Transports are those of skopeo and syft: ``registry:`` ``docker:`` ``podman:`` ``oci:PATH[:tag]`` ``oci-archive:``
``docker-archive:`` ``dir:`` ``sbom:``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from sekisho.errors import NotFound, UsageError
from sekisho.model.digest import is_digest

Transport = Literal["registry", "docker", "podman", "oci", "archive", "dir", "sbom", "git", "any"]

PREFIXES: dict[str, Transport] = {
    "registry": "registry",
    "docker": "docker",
    "podman": "podman",
    "oci": "oci",
    "oci-dir": "oci",
    "oci-archive": "archive",
    "docker-archive": "archive",
    "dir": "dir",
    "sbom": "sbom",
}


class Target(msgspec.Struct, frozen=True):
    """A parsed target. ``path`` and ``tag``/``digest`` are for local ones, ``text`` is what was typed."""

    text: str
    transport: Transport
    name: str = ""
    """A registry or engine's image name."""
    path: str = ""
    tag: str = ""
    digest: str = ""


def parse_target(text: str) -> Target:
    """Read a target as typed; a bare word that is no existing path is an image name."""
    if not text.strip():
        raise UsageError("the target is empty", hint="name an image, a path, or --input FILE")
    prefix, colon, rest = text.partition(":")
    transport = PREFIXES.get(prefix) if colon else None
    if transport in ("registry", "docker", "podman"):
        return Target(text, transport, name=rest.removeprefix("//"))
    if transport is not None:
        return _local(text, rest, transport)
    if _looks_local(text):
        return _local(text, text, None)
    return Target(text, "any", name=text)


def path_target(path: str) -> Target:
    """The target of ``--input PATH``: always local, whatever it looks like."""
    return _local(path, path, None)


def _looks_local(text: str) -> bool:
    path, _, _ = _split(text)
    return path.startswith((".", "/", "~")) or Path(path).exists()


def _local(text: str, rest: str, transport: Transport | None) -> Target:
    path, tag, digest = _split(rest)
    location = Path(path).expanduser()
    if not location.exists():
        raise NotFound(f"no such file or directory: {path}")
    return Target(text, transport or recognise(location), path=str(location), tag=tag, digest=digest)


def _split(text: str) -> tuple[str, str, str]:
    """Separate ``PATH``, ``:tag`` and ``@digest``; an existing path wins over a tag."""
    if Path(text).expanduser().exists():
        return text, "", ""
    head, at, digest = text.rpartition("@")
    if at and is_digest(digest):
        return head, "", digest
    head, colon, tag = text.rpartition(":")
    if colon and head and Path(head).expanduser().exists():
        return head, tag, ""
    return text, "", ""


def recognise(path: Path) -> Transport:
    """Tell what lies at an existing path: an OCI layout, an SBOM, an image archive, or a plain directory."""
    if path.is_dir():
        return "oci" if (path / "index.json").is_file() and (path / "oci-layout").exists() else "dir"
    try:
        with path.open("rb") as file:
            head = file.read(512).lstrip()
    except OSError as error:
        raise NotFound(f"cannot read {path}: {error.strerror}") from None
    if head.startswith((b"{", b"<", b"SPDXVersion:")):
        return "sbom"
    return "archive"
