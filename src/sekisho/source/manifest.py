"""From a manifest or index to a described image: platform choice, configuration, layers.

Pure: bytes come through a :class:`Blobs`, whatever lies behind it. Understood are OCI manifests and indexes and
docker's schema 2 manifests and lists. Source: https://github.com/opencontainers/image-spec/blob/main/manifest.md
"""

from __future__ import annotations

import functools
import hashlib
import platform as machine
from typing import Any, Protocol

import msgspec

from sekisho.errors import CorruptInput, DigestMismatch, NotFound
from sekisho.formats.limits import MAX_IMAGE_CONFIG, MAX_LAYERS, MAX_MANIFEST
from sekisho.model.artifact import Artifact, Layer
from sekisho.model.digest import parse_digest
from sekisho.model.platform import Platform, parse_platform
from sekisho.source.protocol import Blob, ByteStream, Image

MANIFEST_TYPES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
INDEX_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
CONFIG_TYPES = frozenset(
    {
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
    }
)
MAX_INDEX_DEPTH = 3
"""An index may name another index; deeper nesting than this does not occur."""


class Blobs(Protocol):
    """Content by digest."""

    def blob(self, digest: str, max_size: int) -> bytes:
        """The verified content; raises NotFound, DigestMismatch or BoundExceeded."""
        ...

    def manifest_by_digest(self, digest: str, max_size: int) -> bytes:
        """The same for manifests, which registries keep elsewhere."""
        ...

    def open_blob(self, digest: str, size: int) -> ByteStream:
        """The stored bytes as a stream, not yet verified."""
        ...


class Chosen(msgspec.Struct, frozen=True):
    """A platform's manifest, and how it was reached."""

    manifest: dict[str, Any]
    digest: str
    index_digest: str = ""


def verified(body: bytes, digest: str, message: str, hint: str) -> bytes:
    """The same bytes; raise DigestMismatch, saying ``message``, when they are not the ones ``digest`` names."""
    algorithm, _, wanted = parse_digest(digest).partition(":")
    found = hashlib.new(algorithm, body).hexdigest()
    if found != wanted:
        raise DigestMismatch(message, detail=f"wanted {digest}, got {algorithm}:{found}", hint=hint)
    return body


def sha256(body: bytes) -> str:
    """The digest of some bytes."""
    return "sha256:" + hashlib.sha256(body).hexdigest()


def host_platform() -> Platform:
    """What this machine would run."""
    return parse_platform(f"linux/{machine.machine() or 'amd64'}")


def choose(body: bytes, wanted: Platform | None, blobs: Blobs) -> Chosen:
    """Follow indexes to one manifest: the wanted platform's, else this machine's, else the only one there is."""
    index_digest = ""
    for _ in range(MAX_INDEX_DEPTH):
        document = json_object(body, "manifest")
        if not is_index(document):
            return Chosen(document, sha256(body), index_digest)
        index_digest = index_digest or sha256(body)
        descriptor = _entry_for(document, wanted)
        body = blobs.manifest_by_digest(parse_digest(str(descriptor.get("digest", ""))), MAX_MANIFEST)
    raise CorruptInput("image indexes are nested without end")


def is_index(document: dict[str, Any]) -> bool:
    """Say whether a decoded manifest lists other manifests."""
    return str(document.get("mediaType")) in INDEX_TYPES or isinstance(document.get("manifests"), list)


def describe(name: str, chosen: Chosen, blobs: Blobs, wanted: Platform | None, **identity: Any) -> Image:
    """Read the configuration and pair it with the layers; ``identity`` holds further fields of the Artifact."""
    manifest = chosen.manifest
    config_descriptor = _object(manifest.get("config"), "the manifest's config")
    layers = _objects(manifest.get("layers"), "the manifest's layers")
    _refuse_foreign(manifest, config_descriptor)
    image_id = parse_digest(str(config_descriptor.get("digest", "")))
    config = json_object(blobs.blob(image_id, MAX_IMAGE_CONFIG), "image configuration")
    described = layers_of(config, layers)
    artifact = describe_config(name, config, described, wanted)
    artifact = msgspec.structs.replace(
        artifact,
        image_id=image_id,
        manifest_digest=chosen.digest,
        index_digest=chosen.index_digest,
        **identity,
    )
    opened = tuple(Blob(layer, functools.partial(blobs.open_blob, layer.digest, layer.size)) for layer in described)
    return Image(artifact, opened)


def describe_config(name: str, config: dict[str, Any], layers: tuple[Layer, ...], wanted: Platform | None) -> Artifact:
    """The artifact a configuration describes; NotFound when it is for another platform than the wanted one."""
    offered = Platform(
        str(config.get("os") or "linux"),
        str(config.get("architecture") or "amd64"),
        str(config.get("variant") or ""),
    )
    if wanted is not None and not wanted.accepts(offered):
        raise NotFound(f"{name} is built for {offered}, not for {wanted}", hint=f"ask for --platform {offered}")
    return Artifact(name=name, kind="container_image", platform=str(offered), layers=layers, config=config)


def layers_of(config: dict[str, Any], descriptors: list[dict[str, Any]]) -> tuple[Layer, ...]:
    """Pair each layer descriptor with its diffID and history entry; raise CorruptInput when they do not add up."""
    rootfs = _object(config.get("rootfs"), "the configuration's rootfs")
    diff_ids = rootfs.get("diff_ids")
    if not isinstance(diff_ids, list) or len(diff_ids) != len(descriptors):
        count = len(diff_ids) if isinstance(diff_ids, list) else 0
        raise CorruptInput(f"the configuration names {count} layers and the manifest {len(descriptors)}")
    if len(descriptors) > MAX_LAYERS:
        raise CorruptInput(f"an image of {len(descriptors):,} layers")
    created_by = _created_by(config, len(descriptors))
    base = _base_layers(config)
    return tuple(
        Layer(
            diff_id=parse_digest(str(diff_id)),
            digest=parse_digest(str(descriptor["digest"])) if descriptor.get("digest") else "",
            media_type=str(descriptor.get("mediaType", "")),
            size=size if isinstance(size := descriptor.get("size"), int) and size >= 0 else -1,
            created_by=created_by[at],
            base=at < base,
        )
        for at, (diff_id, descriptor) in enumerate(zip(diff_ids, descriptors, strict=True))
    )


def json_object(body: bytes, what: str) -> dict[str, Any]:
    """Decode a JSON object; raise CorruptInput naming ``what`` when it is none."""
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise CorruptInput(f"the {what} is not valid JSON") from None
    return _object(document, f"the {what}")


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CorruptInput(f"{what} is not a JSON object")
    return value


def _objects(value: Any, what: str) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        raise CorruptInput(f"{what} is not a list", hint="this may be an artifact that is no container image")
    return [_object(item, what) for item in value]


def _refuse_foreign(manifest: dict[str, Any], config: dict[str, Any]) -> None:
    media_type = str(config.get("mediaType", ""))
    if media_type and media_type not in CONFIG_TYPES:
        kind = manifest.get("artifactType") or media_type
        raise CorruptInput(f"this is not a container image but {kind}", hint="name the image it belongs to")


def _entry_for(index: dict[str, Any], wanted: Platform | None) -> dict[str, Any]:
    entries = [
        (entry, _platform(entry))
        for entry in _objects(index.get("manifests"), "the index's manifests")
        if not _is_attestation(entry)
    ]
    wish = wanted or host_platform()
    for entry, offered in entries:
        if offered is not None and wish.accepts(offered):
            return entry
    if len(entries) == 1 and (wanted is None or entries[0][1] is None):
        return entries[0][0]
    offers = ", ".join(sorted(str(offered) for _, offered in entries if offered)) or "no platform"
    raise NotFound(f"no image for {wish} in the index", detail=f"it offers {offers}", hint="choose one with --platform")


def _platform(entry: dict[str, Any]) -> Platform | None:
    value = entry.get("platform")
    if not isinstance(value, dict):
        return None
    return Platform(str(value.get("os", "")), str(value.get("architecture", "")), str(value.get("variant") or ""))


def _is_attestation(entry: dict[str, Any]) -> bool:
    # buildx stores attestations beside the images, under a platform that nobody runs.
    offered = _platform(entry)
    return offered is not None and offered.os == "unknown"


def _history(config: dict[str, Any]) -> list[dict[str, Any]]:
    history = config.get("history")
    return [entry for entry in history if isinstance(entry, dict)] if isinstance(history, list) else []


def _created_by(config: dict[str, Any], count: int) -> list[str]:
    steps = [str(entry.get("created_by") or "") for entry in _history(config) if not entry.get("empty_layer")]
    return steps if len(steps) == count else [""] * count


def _base_layers(config: dict[str, Any]) -> int:
    """How many layers came with the base image: those up to the last CMD that is not the image's own.

    A base image ends with the empty layer of its CMD; the application's own trailing empty layers are passed over
    first.
    """
    history = _history(config)
    end = len(history)
    while end and history[end - 1].get("empty_layer"):
        end -= 1
    for at in range(end - 1, -1, -1):
        step = str(history[at].get("created_by") or "")
        if history[at].get("empty_layer") and ("CMD" in step or "ENTRYPOINT" in step):
            return sum(1 for entry in history[:at] if not entry.get("empty_layer"))
    return 0
