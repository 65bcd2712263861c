"""The registry client against Debian's docker-registry: what it stores is what we read."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from sekisho.errors import NotFound, Unauthorized
from sekisho.model.reference import Reference
from sekisho.net.http import open_transport
from sekisho.source.registry import Registry, RegistrySettings
from tests.contract.servers import RealRegistry, docker_registry
from tests.simulators.images import Layout

TRANSPORT = open_transport(timeout=10)
USERS = {"ada": "pass:word"}


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    layout = Layout(tmp_path_factory.mktemp("layouts") / "image")
    layout.image({"etc": None, "etc/os-release": b"ID=debian\n"}, {"app": bytes(range(256)) * 5000})
    return layout


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, layout: Layout) -> Iterator[RealRegistry]:
    with docker_registry(tmp_path_factory.mktemp("open")) as server:
        server.push(layout.root, "latest", "team/app:v1")
        server.push(layout.root, "latest", "team/app:docker", "--format=v2s2")
        yield server


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory, layout: Layout) -> Iterator[RealRegistry]:
    with docker_registry(tmp_path_factory.mktemp("closed"), USERS) as server:
        server.push(layout.root, "latest", "team/app:v1")
        yield server


@pytest.fixture(scope="module", autouse=True)
def _closed_connections() -> Iterator[None]:
    yield
    TRANSPORT.close()


def repository(server: RealRegistry, name: str = "team/app", **settings: object) -> Registry:
    chosen = RegistrySettings(environ={}, **settings)  # type: ignore[arg-type]
    return Registry(Reference(server.host, name, "v1"), TRANSPORT, chosen)


def test_a_pushed_image_is_read_back_byte_for_byte(server: RealRegistry, layout: Layout) -> None:
    registry = repository(server)
    fetched = registry.manifest("v1")
    assert fetched.digest == layout.manifests[0]["digest"]
    assert fetched.body == layout.path(fetched.digest).read_bytes()
    assert registry.manifest(fetched.digest) == fetched
    manifest = json.loads(fetched.body)
    config = manifest["config"]
    assert registry.blob(config["digest"], 1 << 20) == layout.path(config["digest"]).read_bytes()
    for layer in manifest["layers"]:
        stream = registry.open_blob(layer["digest"], layer["size"])
        body = b"".join(iter(lambda stream=stream: stream.read(4096), b""))
        stream.close()
        assert "sha256:" + hashlib.sha256(body).hexdigest() == layer["digest"]


def test_docker_manifests_come_as_such(server: RealRegistry) -> None:
    fetched = repository(server).manifest("docker")
    assert fetched.media_type == "application/vnd.docker.distribution.manifest.v2+json"


def test_a_blob_can_be_resumed_in_the_middle(server: RealRegistry, layout: Layout) -> None:
    registry = repository(server)
    layer = json.loads(registry.manifest("v1").body)["layers"][1]
    stream = registry.open_blob(layer["digest"], layer["size"])
    body = stream.read(1000)
    stream.close()  # the next read has to open a connection of its own, at an offset
    body += b"".join(iter(lambda: stream.read(4096), b""))
    stream.close()
    assert body == layout.path(layer["digest"]).read_bytes()


def test_tags_are_listed(server: RealRegistry) -> None:
    assert sorted(repository(server).tags()) == ["docker", "v1"]


def test_what_is_not_there_is_told_apart(server: RealRegistry) -> None:
    with pytest.raises(NotFound, match="no such manifest: team/app:v9") as missing_tag:
        repository(server).manifest("v9")
    assert "v1" in missing_tag.value.hint
    with pytest.raises(NotFound, match="no such blob"):
        repository(server).blob("sha256:" + "0" * 64, 10)
    with pytest.raises(NotFound):
        repository(server, "team/other").manifest("v1")


def test_basic_authentication_lets_the_right_people_in(closed: RealRegistry, layout: Layout, tmp_path: Path) -> None:
    digest = layout.manifests[0]["digest"]
    assert repository(closed, username="ada", password="pass:word").manifest("v1").digest == digest
    auth = {"auths": {closed.host: {"auth": b64encode(b"ada:pass:word").decode()}}}
    (tmp_path / "config.json").write_text(json.dumps(auth))
    settings = RegistrySettings(environ={"DOCKER_CONFIG": str(tmp_path)})
    registry = Registry(Reference(closed.host, "team/app", "v1"), TRANSPORT, settings)
    assert registry.manifest("v1").digest == digest


@pytest.mark.parametrize("credentials", [{}, {"username": "ada", "password": "guess"}, {"username": "eve"}])
def test_basic_authentication_keeps_others_out(closed: RealRegistry, credentials: dict[str, str]) -> None:
    with pytest.raises(Unauthorized) as caught:
        repository(closed, **credentials).manifest("v1")
    assert f"docker login {closed.host}" in caught.value.hint


def test_a_mirror_that_is_closed_gives_way_to_the_registry(server: RealRegistry, closed: RealRegistry) -> None:
    assert repository(server, mirrors={server.host: (closed.host,)}).manifest("docker").body
