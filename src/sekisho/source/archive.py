"""An image archive: docker's ``manifest.json`` beside layer tars, or an OCI layout in a tar.

Docker since version 25 writes both into one file. Its own half knows the tags as people write them; the OCI half is
asked where the image is named by digest.
Source: https://github.com/moby/docker-image-spec (image tarball layout).
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import msgspec

from sekisho.errors import CorruptInput, NotFound
from sekisho.formats.limits import MAX_IMAGE_CONFIG, MAX_MANIFEST
from sekisho.model.platform import Platform
from sekisho.source.files import ArchiveFiles, Files, open_archive, read_file
from sekisho.source.layout import open_layout
from sekisho.source.manifest import describe_config, json_object, layers_of, sha256
from sekisho.source.protocol import Blob, ByteStream, Image


def open_archive_file(name: str, path: Path, wanted: Platform | None, *, tag: str = "", digest: str = "") -> Image:
    """An image archive on disk, gzip or zstd compressed or plain."""
    file = path.open("rb")
    return open_archive_files(name, open_archive(file, file), wanted, tag=tag, digest=digest)


def open_archive_stream(name: str, stream: ByteStream, wanted: Platform | None, *, tag: str = "") -> Image:
    """An image archive that arrives as a stream, as from an engine's API."""
    try:
        files = open_archive(stream, None)
    finally:
        stream.close()
    return open_archive_files(name, files, wanted, tag=tag)


def open_archive_files(
    name: str, files: ArchiveFiles, wanted: Platform | None, *, tag: str = "", digest: str = ""
) -> Image:
    """Recognise which of the two an archive is and describe its image; the image closes ``files``."""
    try:
        if "manifest.json" in files and not (digest and "index.json" in files):
            image = _docker_archive(name, files, wanted, tag)
        elif "index.json" in files:
            image = open_layout(name, files, wanted, tag=tag, digest=digest)
        else:
            raise CorruptInput(
                f"{name} is a tar, but neither a docker archive nor an OCI layout",
                hint="for a root file system in a tar, unpack it and use `sekisho rootfs DIR`",
            )
    except BaseException:
        files.close()
        raise
    return msgspec.structs.replace(image, close=files.close)


def _docker_archive(name: str, files: Files, wanted: Platform | None, tag: str) -> Image:
    entry = _entry(read_file(files, "manifest.json", MAX_MANIFEST), tag)
    config_body = read_file(files, str(entry.get("Config", "")), MAX_IMAGE_CONFIG)
    config = json_object(config_body, "image configuration")
    names = entry.get("Layers")
    if not isinstance(names, list):
        raise CorruptInput("the archive's manifest.json lists no layers")
    layers = layers_of(config, [{} for _ in names])
    artifact = msgspec.structs.replace(
        describe_config(name, config, layers, wanted),
        image_id=sha256(config_body),
        repo_tags=_tags(entry),
    )
    blobs = (
        Blob(layer, functools.partial(_open_layer, files, str(file))) for layer, file in zip(layers, names, strict=True)
    )
    return Image(artifact, tuple(blobs))


def _tags(entry: dict[str, Any]) -> tuple[str, ...]:
    tags = entry.get("RepoTags")
    return tuple(map(str, tags)) if isinstance(tags, list) else ()


def _open_layer(files: Files, name: str) -> ByteStream:
    return files.open(name)


def _entry(body: bytes, tag: str) -> dict[str, Any]:
    try:
        entries = msgspec.json.decode(body, type=list[dict[str, Any]])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise CorruptInput("the archive's manifest.json is not a list of images") from None
    if tag:
        for entry in entries:
            if any(tag in (known, known.rpartition(":")[2]) for known in _tags(entry)):
                return entry
    elif len(entries) == 1:
        return entries[0]
    known = ", ".join(sorted(name for entry in entries for name in _tags(entry)))
    raise NotFound(
        f"the archive holds no image {tag!r}" if tag else f"the archive holds {len(entries)} images",
        detail=f"it has {known}" if known else "",
        hint="name one as docker-archive:PATH:TAG",
    )
