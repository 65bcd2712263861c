"""Open a target: the one place that knows every kind of source."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from sekisho.errors import CorruptInput, NotFound, OfflineError, SourceError, Undecided, UsageError
from sekisho.model.artifact import Kind
from sekisho.model.platform import Platform
from sekisho.model.reference import Reference, parse_reference
from sekisho.net.http import Transport
from sekisho.source.directory import Skip, open_directory
from sekisho.source.manifest import choose, describe
from sekisho.source.protocol import ByteStream, Image, Opened, Tree
from sekisho.source.registry import Registry, RegistrySettings
from sekisho.source.target import Target

if TYPE_CHECKING:
    from sekisho.source.daemon import DaemonImage

ENGINES = ("docker", "podman")
IMAGE_SOURCES = ("docker", "podman", "remote")
"""Where a bare image name is looked for, in this order (Trivy's --image-src, without containerd's gRPC)."""


class OpenSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How to open: everything that is not in the target itself."""

    transport: Transport
    platform: Platform | None = None
    registry: RegistrySettings = RegistrySettings()
    image_sources: tuple[str, ...] = IMAGE_SOURCES
    sockets: dict[str, str] = {}
    """Engine → address of its socket, where it is not the usual one."""
    offline: bool = False
    kind: Kind = "filesystem"
    """What a directory is called in the report."""
    skip: Skip = lambda _: False
    branch: str = ""
    tag: str = ""
    commit: str = ""


def open_target(target: Target, settings: OpenSettings) -> Opened:
    """Open an image, archive, layout or directory; the caller closes what it gets. SBOMs are read elsewhere."""
    opener = _OPENERS.get(target.transport)
    if opener is None:
        raise UsageError(f"{target.text!r} cannot be opened as an image or directory", hint="is it an SBOM? use `sbom`")
    return opener(target, settings)


def _layout(target: Target, settings: OpenSettings) -> Opened:
    from sekisho.source.files import DirectoryFiles
    from sekisho.source.layout import open_layout

    files = DirectoryFiles(Path(target.path))
    return open_layout(target.text, files, settings.platform, tag=target.tag, digest=target.digest)


def _archive(target: Target, settings: OpenSettings) -> Opened:
    from sekisho.source.archive import open_archive_file

    try:
        return open_archive_file(
            target.text, Path(target.path), settings.platform, tag=target.tag, digest=target.digest
        )
    except OSError as error:
        raise SourceError(f"cannot read {target.path}: {error.strerror}") from None
    except CorruptInput as error:
        if target.path not in error.message:
            error.message = f"cannot read {target.path} as an image archive: {error.message}"
        raise


def _directory(target: Target, settings: OpenSettings) -> Opened:
    return open_directory(Path(target.path), settings.kind, name=target.path, skip=settings.skip)


def _git(target: Target, settings: OpenSettings) -> Opened:
    from sekisho.source.git import is_repository_url, open_repository

    place = target.path or target.name
    if settings.offline and is_repository_url(place):
        raise OfflineError(f"{place} is not on this machine", hint="clone it first, and name the directory")
    checkout = open_repository(place, branch=settings.branch, tag=settings.tag, commit=settings.commit)
    tree = open_directory(Path(checkout.path), "repository", name=target.text, skip=settings.skip)
    artifact = msgspec.structs.replace(tree.artifact, commit=checkout.commit)
    return Tree(artifact, tree.walk, checkout.close)


def _remote(target: Target, settings: OpenSettings) -> Opened:
    reference = parse_reference(target.name)
    registry = Registry(reference, settings.transport, settings.registry)
    fetched = registry.manifest(reference.identifier)
    blobs = _RegistryBlobs(registry)
    chosen = choose(fetched.body, settings.platform, blobs)
    digest = chosen.index_digest or chosen.digest
    return describe(
        target.text,
        chosen,
        blobs,
        settings.platform,
        reference=str(reference),
        repo_tags=(_tagged(reference),) if reference.tag else (),
        repo_digests=(f"{_named(reference)}@{digest}",),
    )


def _tagged(reference: Reference) -> str:
    return msgspec.structs.replace(reference, digest="").familiar


def _named(reference: Reference) -> str:
    return msgspec.structs.replace(reference, digest="", tag="").familiar


class _RegistryBlobs:
    """A registry as :class:`sekisho.source.manifest.Blobs`."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def blob(self, digest: str, max_size: int) -> bytes:
        return self._registry.blob(digest, max_size)

    def manifest_by_digest(self, digest: str, max_size: int) -> bytes:
        return self._registry.manifest(digest).body

    def open_blob(self, digest: str, size: int) -> ByteStream:
        return self._registry.open_blob(digest, size)


def _engine(engine: str, target: Target, settings: OpenSettings) -> Opened:
    from sekisho.source.archive import open_archive_stream

    found = _daemon_image(engine, target.name, settings)
    image = open_archive_stream(target.text, found.open(), settings.platform)
    identity: dict[str, Any] = {"repo_tags": found.repo_tags, "repo_digests": found.repo_digests}
    with contextlib.suppress(UsageError):
        identity["reference"] = str(parse_reference(target.name))
    artifact = msgspec.structs.replace(image.artifact, **identity)
    return Image(artifact, image.blobs, image.close)


def _daemon_image(engine: str, name: str, settings: OpenSettings) -> DaemonImage:
    from sekisho.source.daemon import engine_addresses, open_daemon

    if settings.offline:
        raise OfflineError(
            f"{engine} would be asked for {name} over a socket, and --offline forbids it",
            hint=f"{engine} save -o image.tar {name}, then --input image.tar",
        )
    addresses = engine_addresses(engine, os.environ, settings.sockets.get(engine, ""))  # type: ignore[arg-type]
    failure: SourceError = NotFound(f"no {engine} engine listens here", hint=f"start {engine}, or name a registry")
    for address in addresses:
        try:
            return open_daemon(name, address, settings.transport)
        except SourceError as error:
            failure = error
    raise failure


def _anywhere(target: Target, settings: OpenSettings) -> Opened:
    """A bare name: the engines of this machine first, then the registry; the last failure is the answer."""
    tried: list[str] = []
    failure: Undecided | None = None
    for source in settings.image_sources:
        if source == "remote":
            try:
                return _remote(target, settings)
            except Undecided as error:
                failure = error
        elif source in ENGINES:
            try:
                return _engine(source, target, settings)
            except (SourceError, OfflineError) as error:
                tried.append(f"{source}: {error.message}")
                failure = failure or error
    if failure is None:
        raise UsageError(f"no known image source in {settings.image_sources}", hint="known: docker, podman, remote")
    if tried and not failure.detail:
        failure.detail = "\n".join(f"also tried {line}" for line in tried)
    raise failure


_OPENERS: dict[str, Callable[[Target, OpenSettings], Opened]] = {
    "oci": _layout,
    "archive": _archive,
    "dir": _directory,
    "git": _git,
    "registry": _remote,
    "docker": lambda target, settings: _engine("docker", target, settings),
    "podman": lambda target, settings: _engine("podman", target, settings),
    "any": _anywhere,
}
