from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from sekisho.errors import CorruptInput, NotFound
from sekisho.source.archive import open_archive_file
from sekisho.source.blob import LayerStream
from sekisho.source.protocol import Image
from tests.simulators.images import Layout, docker_archive, image_config, layer_tar


def opened(path: Path, **name: str) -> Image:
    return open_archive_file(str(path), path, None, **name)


def sizes(image: Image) -> list[int]:
    done = []
    for blob in image.blobs:
        stream = LayerStream(blob)
        done.append(stream.finish().uncompressed_size)
        stream.close()
    image.close()
    return done


@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_docker_archive_is_read_whatever_its_order(tmp_path: Path, compress: object) -> None:
    assert callable(compress)
    path = tmp_path / "app.tar"
    path.write_bytes(compress(docker_archive({"a": b"1"}, {"b": b"2" * 20_000})))
    image = opened(path)
    assert image.artifact.repo_tags == ("app:latest",)
    assert sizes(image) == [10240, 30720]


def test_an_oci_layout_in_a_tar_is_read(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    digest = layout.image({"a": b"1"}, tag="one")
    path = tmp_path / "oci.tar"
    path.write_bytes(layout.tar())
    image = opened(path, tag="one")
    assert image.artifact.manifest_digest == digest
    assert sizes(image) == [10240]


def test_layers_may_be_links_to_each_other(tmp_path: Path) -> None:
    body = docker_archive({"a": b"1"})
    path = tmp_path / "linked.tar"
    import io
    import tarfile

    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        parts = {entry.name: tar.extractfile(entry).read() for entry in tar if entry.isfile()}  # type: ignore[union-attr]
    moved = {"blob.tar": parts.pop("0/layer.tar"), "0/layer.tar": "-> ../blob.tar"}
    path.write_bytes(layer_tar(moved | parts))
    assert sizes(opened(path)) == [10240]


def test_a_link_loop_in_an_archive_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "loop.tar"
    path.write_bytes(layer_tar({"manifest.json": "-> other", "other": "-> manifest.json"}))
    with pytest.raises(CorruptInput, match="neither a docker archive"):
        opened(path)


def test_one_of_several_images_must_be_named(tmp_path: Path) -> None:
    path = tmp_path / "app.tar"
    path.write_bytes(docker_archive({"a": b"1"}, tags=("acme/app:1", "acme/app:2")))
    image = opened(path, tag="2")
    assert image.artifact.repo_tags == ("acme/app:1", "acme/app:2")
    image.close()
    with pytest.raises(NotFound) as failure:
        opened(path, tag="3")
    assert "acme/app:1, acme/app:2" in failure.value.detail


def test_another_tar_is_refused_with_a_hint(tmp_path: Path) -> None:
    path = tmp_path / "rootfs.tar"
    path.write_bytes(layer_tar({"etc/os-release": b"ID=debian"}))
    with pytest.raises(CorruptInput, match="neither") as failure:
        opened(path)
    assert "rootfs" in failure.value.hint


@pytest.mark.parametrize(
    "body",
    [b"", b"\x1f\x8b", b"nonsense" * 100, gzip.compress(b"nonsense" * 100)],
    ids=["empty", "gzip magic", "nonsense", "compressed nonsense"],
)
def test_what_is_no_archive_is_an_error(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "bad"
    path.write_bytes(body)
    with pytest.raises(CorruptInput):
        opened(path)


@pytest.mark.parametrize("tags", [5, {"a": 1}, "text", None])
def test_hostile_tags_are_no_tags(tmp_path: Path, tags: object) -> None:
    tar = layer_tar({"a": b"1"})
    entry = {"Config": "config.json", "RepoTags": tags, "Layers": ["layer.tar"]}
    archive = {
        "manifest.json": json.dumps([entry]).encode(),
        "config.json": image_config([tar]),
        "layer.tar": tar,
    }
    (tmp_path / "a.tar").write_bytes(layer_tar(archive))
    image = open_archive_file("a", tmp_path / "a.tar", None)
    image.close()
    assert image.artifact.repo_tags == ()
