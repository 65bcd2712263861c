from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sekisho.errors import CorruptInput, DigestMismatch, NotFound, SourceError
from sekisho.model.platform import Platform
from sekisho.source.blob import LayerStream
from sekisho.source.files import DirectoryFiles
from sekisho.source.layout import open_layout
from sekisho.source.protocol import Image
from tests.simulators.images import Layout

LINUX_ARM = {"os": "linux", "architecture": "arm64"}
LINUX_AMD = {"os": "linux", "architecture": "amd64"}


def opened(layout: Layout, wanted: Platform | None = None, **name: str) -> Image:
    return open_layout("app", DirectoryFiles(layout.root), wanted, **name)


def drained(image: Image) -> None:
    for blob in image.blobs:
        stream = LayerStream(blob)
        try:
            stream.finish()
        finally:
            stream.close()


def test_the_only_image_is_described_with_its_layers(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    digest = layout.image({"a": b"1"}, {"b": b"2"})
    image = opened(layout)
    assert image.artifact.manifest_digest == digest
    assert [layer.created_by for layer in image.artifact.layers] == ["layer 0", "layer 1"]
    assert image.artifact.platform == "linux/amd64"
    drained(image)


def test_an_image_is_found_by_tag_and_by_digest(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    one, two = layout.image({"a": b"1"}, tag="one"), layout.image({"a": b"2"}, tag="docker.io/acme/app:two")
    assert opened(layout, tag="one").artifact.manifest_digest == one
    assert opened(layout, tag="two").artifact.manifest_digest == two
    assert opened(layout, digest=two).artifact.manifest_digest == two


def test_an_unknown_tag_names_the_known_ones(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.image({"a": b"1"}, tag="one")
    layout.image({"a": b"2"}, tag="two")
    with pytest.raises(NotFound) as failure:
        opened(layout, tag="three")
    assert failure.value.detail == "it has one, two"
    with pytest.raises(NotFound, match="several images"):
        opened(layout)


def test_the_platform_chooses_among_several(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.image({"a": b"1"}, platform=LINUX_AMD)
    arm = layout.image({"a": b"2"}, platform=LINUX_ARM)
    assert opened(layout, Platform("linux", "arm64")).artifact.manifest_digest == arm
    with pytest.raises(NotFound) as failure:
        opened(layout, Platform("linux", "s390x"))
    assert "linux/amd64, linux/arm64" in failure.value.detail


def test_a_single_image_of_another_platform_is_refused(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.image({"a": b"1"})
    with pytest.raises(NotFound, match="built for linux/amd64, not for linux/s390x"):
        opened(layout, Platform("linux", "s390x"))


def test_attestation_manifests_are_no_images(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    amd = layout.image({"a": b"1"}, platform=LINUX_AMD, listed=False)
    attestation = layout.image({"b": b"2"}, listed=False)
    index = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [
            {"digest": attestation, "platform": {"os": "unknown", "architecture": "unknown"}},
            {"digest": amd, "platform": LINUX_AMD},
        ],
    }
    outer = layout.blob(json.dumps(index).encode())
    layout.manifests = [{"digest": outer}]
    layout.write_index()
    image = opened(layout)
    assert (image.artifact.manifest_digest, image.artifact.index_digest) == (amd, outer)


def test_a_blob_that_was_swapped_is_a_digest_mismatch(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.image({"a": b"1"}, compress=None)
    digest = opened(layout).artifact.layers[0].digest
    body = bytearray(layout.path(digest).read_bytes())
    body[600] ^= 1
    layout.path(digest).write_bytes(bytes(body))
    with pytest.raises(DigestMismatch):
        drained(opened(layout))


def test_a_config_that_was_swapped_is_a_digest_mismatch(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.image({"a": b"1"})
    layout.path(opened(layout).artifact.image_id).write_bytes(b"{}")
    with pytest.raises(DigestMismatch):
        opened(layout)


def test_a_truncated_layer_says_how_much_is_missing(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.image({"a": b"x" * 100_000}, compress=None)
    path = layout.path(opened(layout).artifact.layers[0].digest)
    path.write_bytes(path.read_bytes()[:50_000])
    with pytest.raises(CorruptInput, match=r"got 50,000 of 10\d,\d\d\d bytes"):
        drained(opened(layout))


def test_a_diff_id_that_lies_is_noticed(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.image({"a": b"1"}, rootfs={"diff_ids": ["sha256:" + "0" * 64]})
    with pytest.raises(DigestMismatch, match="diffID"):
        drained(opened(layout))


def test_more_layers_than_diff_ids_do_not_add_up(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.image({"a": b"1"}, {"b": b"2"}, rootfs={"diff_ids": ["sha256:" + "0" * 64]})
    with pytest.raises(CorruptInput, match="1 layers and the manifest 2"):
        opened(layout)


@pytest.mark.parametrize("digest", ["sha256:../../etc/passwd", "sha256:abc", "", "md5:" + "0" * 32])
def test_a_digest_is_never_used_as_a_path_unchecked(tmp_path: Path, digest: str) -> None:
    layout = Layout(tmp_path)
    layout.manifests = [{"digest": digest}]
    layout.write_index()
    with pytest.raises(CorruptInput):
        opened(layout)


@pytest.mark.parametrize("index", ["", "[]", "{}", '{"manifests": 3}', '{"manifests": []}', "[" * 5000])
def test_a_nonsense_index_is_an_error(tmp_path: Path, index: str) -> None:
    layout = Layout(tmp_path)
    (tmp_path / "index.json").write_text(index)
    with pytest.raises((CorruptInput, NotFound)):
        opened(layout)


def test_layers_up_to_the_inherited_cmd_are_the_base(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    history = [
        {"created_by": "ADD rootfs"},
        {"created_by": 'CMD ["bash"]', "empty_layer": True},
        {"created_by": "COPY app"},
        {"created_by": 'CMD ["app"]', "empty_layer": True},
    ]
    layout.image({"a": b"1"}, {"b": b"2"}, history=history)
    assert [layer.base for layer in opened(layout).artifact.layers] == [True, False]


@pytest.mark.parametrize(
    "index", ['{"mediaType": ["x"]}', '{"mediaType": "application/vnd.oci.image.index.v1+json"}', '{"manifests": {}}']
)
def test_an_index_of_the_wrong_shape_is_corrupt(tmp_path: Path, index: str) -> None:
    layout = Layout(tmp_path)
    (layout.root / "index.json").write_text(index)
    with pytest.raises(CorruptInput):
        open_layout("x", DirectoryFiles(layout.root), None)


def test_a_pipe_in_a_layout_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    os.mkfifo(layout.root / "index.json")
    with pytest.raises(SourceError, match="not a file"):
        open_layout("x", DirectoryFiles(layout.root), None)


def test_a_sha512_blob_is_verified_too(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    digest = "sha512:" + "0" * 128
    (tmp_path / "blobs" / "sha512").mkdir()
    (tmp_path / "blobs" / "sha512" / ("0" * 128)).write_text("{}")
    layout.manifests.append({"digest": digest})
    layout.write_index()
    with pytest.raises(DigestMismatch):
        open_layout("x", DirectoryFiles(layout.root), None)
