"""The engine client against podman's API service: what was loaded is what is exported."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator

import pytest

from sekisho.errors import NotFound
from sekisho.net.http import OfflineTransport
from sekisho.source.daemon import DaemonImage, open_daemon
from tests.contract.servers import PodmanService, podman_service
from tests.simulators.images import Layout

NAME = "localhost/team/app:v1"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PodmanService]:
    layout = Layout(tmp_path_factory.mktemp("layouts") / "image")
    layout.image({"etc": None, "etc/os-release": b"ID=debian\n"}, {"app": b"x" * 100_000})
    with podman_service(tmp_path_factory.mktemp("engine")) as service:
        service.load(layout.root, "latest", NAME)
        yield service


def exported(image: DaemonImage) -> dict[str, bytes]:
    stream = image.open()
    raw = b"".join(iter(lambda: stream.read(1 << 16), b""))
    stream.close()
    files: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        for member in tar:
            content = tar.extractfile(member)
            if content is not None:
                files[member.name] = content.read()
    return files


def test_an_image_is_described(service: PodmanService) -> None:
    image = open_daemon(NAME, service.socket, OfflineTransport())
    assert image.repo_tags == (NAME,)
    assert all(digest.startswith("localhost/team/app@sha256:") for digest in image.repo_digests)
    assert len(image.image_id) == len("sha256:") + 64


def test_an_image_is_exported_as_a_docker_archive(service: PodmanService) -> None:
    image = open_daemon(NAME, f"unix://{service.socket}", OfflineTransport())
    files = exported(image)
    manifest = json.loads(files["manifest.json"])
    assert manifest[0]["RepoTags"] == [NAME]
    assert manifest[0]["Config"] == image.image_id.removeprefix("sha256:") + ".json"
    layer = files[manifest[0]["Layers"][1]]
    with tarfile.open(fileobj=io.BytesIO(layer)) as tar:
        assert tar.getmember("app").size == 100_000


def test_an_image_is_found_by_its_id(service: PodmanService) -> None:
    image = open_daemon(NAME, service.socket, OfflineTransport())
    assert open_daemon(image.image_id, service.socket, OfflineTransport()).repo_tags == (NAME,)


def test_an_image_that_is_not_there_is_not_found(service: PodmanService) -> None:
    with pytest.raises(NotFound, match="has no image"):
        open_daemon("localhost/team/other:v1", service.socket, OfflineTransport())
