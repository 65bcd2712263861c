"""Small images made from dictionaries: layers as tars, layouts and archives around them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

Content = Mapping[str, bytes | str | None]
"""path → bytes of a file, ``"-> target"`` for a symlink, ``"=> target"`` for a hard link, None for a directory."""


def layer_tar(content: Content, tar_format: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tar_format) as tar:
        for path, body in content.items():
            entry = tarfile.TarInfo(path)
            if body is None:
                entry.type = tarfile.DIRTYPE
                tar.addfile(entry)
            elif isinstance(body, str):
                entry.type = tarfile.SYMTYPE if body.startswith("->") else tarfile.LNKTYPE
                entry.linkname = body[3:]
                tar.addfile(entry)
            else:
                entry.size = len(body)
                tar.addfile(entry, io.BytesIO(body))
    return out.getvalue()


def sha256(body: bytes) -> str:
    return "sha256:" + hashlib.sha256(body).hexdigest()


def image_config(tars: Sequence[bytes], **extra: object) -> bytes:
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Cmd": ["sh"]},
        "rootfs": {"type": "layers", "diff_ids": [sha256(tar) for tar in tars]},
        "history": [{"created_by": f"layer {at}"} for at, _ in enumerate(tars)],
    }
    return json.dumps(config | extra).encode()


class Layout:
    """An OCI layout on disk that can be made wrong on purpose."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "blobs" / "sha256").mkdir(parents=True)
        (root / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        self.manifests: list[dict[str, object]] = []

    def blob(self, body: bytes) -> str:
        digest = sha256(body)
        self.path(digest).write_bytes(body)
        return digest

    def path(self, digest: str) -> Path:
        return self.root / "blobs" / "sha256" / digest.partition(":")[2]

    def image(
        self,
        *layers: Content,
        tag: str = "latest",
        compress: object = gzip.compress,
        platform: Mapping[str, str] | None = None,
        listed: bool = True,
        **config: object,
    ) -> str:
        tars = [layer_tar(layer) for layer in layers]
        body = image_config(tars, **((platform or {}) | config))
        descriptors = []
        for tar in tars:
            stored = compress(tar) if callable(compress) else tar
            descriptors.append(
                {
                    "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                    "digest": self.blob(stored),
                    "size": len(stored),
                }
            )
        manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": {
                    "mediaType": "application/vnd.oci.image.config.v1+json",
                    "digest": self.blob(body),
                    "size": len(body),
                },
                "layers": descriptors,
            }
        ).encode()
        digest = self.blob(manifest)
        if listed:
            entry: dict[str, object] = {
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "digest": digest,
                "size": len(manifest),
                "annotations": {"org.opencontainers.image.ref.name": tag},
            }
            if platform:
                entry["platform"] = dict(platform)
            self.manifests.append(entry)
            self.write_index()
        return digest

    def write_index(self) -> None:
        index = {"schemaVersion": 2, "manifests": self.manifests}
        (self.root / "index.json").write_text(json.dumps(index))

    def tar(self) -> bytes:
        files = {str(p.relative_to(self.root)): p.read_bytes() for p in sorted(self.root.rglob("*")) if p.is_file()}
        return layer_tar(files)


def docker_archive(*layers: Content, tags: Sequence[str] = ("app:latest",)) -> bytes:
    tars = [layer_tar(layer) for layer in layers]
    config = image_config(tars)
    names = [f"{at}/layer.tar" for at, _ in enumerate(tars)]
    manifest = json.dumps([{"Config": "config.json", "RepoTags": list(tags), "Layers": names}]).encode()
    # Layers first: a reader must not rely on finding the manifest before them.
    return layer_tar(dict(zip(names, tars, strict=True)) | {"config.json": config, "manifest.json": manifest})
