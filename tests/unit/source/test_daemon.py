from __future__ import annotations

import json
import socket
from pathlib import Path
from urllib.parse import unquote

import pytest

from sekisho.errors import CorruptInput, NotFound, SourceError, Unreachable, UsageError
from sekisho.net.http import HttpTransport, OfflineTransport
from sekisho.source.daemon import engine_addresses, open_daemon
from tests.simulators.web import Answer, Asked, WebSimulator

IMAGE = {"Id": "sha256:" + "a" * 64, "RepoTags": ["team/app:v1"], "RepoDigests": ["team/app@sha256:" + "b" * 64]}
ARCHIVE = b"a docker archive" * 1000
OFFLINE = OfflineTransport()


def engine(asked: Asked) -> Answer:
    path = unquote(asked.path)
    if path == "/images/team/app:v1/json":
        return Answer(200, json.dumps(IMAGE).encode())
    if path == "/images/team/app:v1/get":
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(ARCHIVE), ARCHIVE)
        return Answer(200, body, {"Transfer-Encoding": "chunked", "Content-Length": ""})
    return Answer(404, b'{"message": "no such image"}')


@pytest.fixture
def address(tmp_path: Path) -> str:
    return str(tmp_path / "engine.sock")


@pytest.mark.parametrize("scheme", ["", "unix://"])
def test_an_image_is_described_and_exported(address: str, scheme: str) -> None:
    with WebSimulator(engine, socket=address) as web:
        image = open_daemon("team/app:v1", scheme + address, OFFLINE)
        assert (image.repo_tags, image.repo_digests, image.image_id) == (
            tuple(IMAGE["RepoTags"]),
            tuple(IMAGE["RepoDigests"]),
            IMAGE["Id"],
        )
        assert len(web.asked) == 1, "nothing is exported before it is opened"
        stream = image.open()
        assert b"".join(iter(lambda: stream.read(4096), b"")) == ARCHIVE
        stream.close()


def test_an_engine_may_listen_on_tcp() -> None:
    transport = HttpTransport({})
    with WebSimulator(engine) as web:
        for scheme in ("tcp", "http"):
            image = open_daemon("team/app:v1", web.url.replace("http", scheme), transport)
            assert image.image_id == IMAGE["Id"]
    transport.close()


def test_an_image_that_is_not_there_is_not_found(address: str) -> None:
    with WebSimulator(engine, socket=address), pytest.raises(NotFound, match="has no image team/other"):
        open_daemon("team/other", address, OFFLINE)


def test_an_id_without_its_algorithm_is_completed(address: str) -> None:
    answer = Answer(200, json.dumps({"Id": "c" * 64, "RepoTags": None}).encode())
    with WebSimulator(lambda _: answer, socket=address):
        image = open_daemon("x", address, OFFLINE)
    assert (image.image_id, image.repo_tags, image.repo_digests) == ("sha256:" + "c" * 64, (), ())


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"Id": 3}', b"<html>"])
def test_something_else_behind_the_socket_is_noticed(address: str, body: bytes) -> None:
    with WebSimulator(lambda _: Answer(200, body), socket=address), pytest.raises(CorruptInput):
        open_daemon("x", address, OFFLINE)


def test_an_engine_that_fails_is_unreachable(address: str) -> None:
    with WebSimulator(lambda _: Answer(500), socket=address), pytest.raises(Unreachable, match="HTTP 500"):
        open_daemon("x", address, OFFLINE)


def test_a_name_cannot_leave_the_images(address: str) -> None:
    with WebSimulator(engine, socket=address) as web:
        with pytest.raises(SourceError):
            open_daemon("x?all=1#y z", address, OFFLINE)
        assert web.asked[0].path == "/images/x%3Fall%3D1%23y%20z/json"


def test_no_engine_is_unreachable(address: str) -> None:
    with pytest.raises(Unreachable, match="no container engine listens"):
        open_daemon("x", address, OFFLINE)


@pytest.mark.parametrize("address", ["ssh://user@host", "npipe:////./pipe/docker_engine"])
def test_other_roads_to_an_engine_are_refused_with_a_way_out(address: str) -> None:
    with pytest.raises(UsageError, match="cannot reach an engine") as caught:
        open_daemon("x", address, OFFLINE)
    assert "forward the socket" in caught.value.hint


def test_what_is_named_comes_before_what_is_usual() -> None:
    environ = {"DOCKER_HOST": "tcp://a.test:2375", "CONTAINER_HOST": "unix:///b.sock"}
    assert engine_addresses("docker", environ) == ("tcp://a.test:2375",)
    assert engine_addresses("podman", environ) == ("unix:///b.sock",)
    assert engine_addresses("podman", environ, "unix:///c.sock") == ("unix:///c.sock",)


def test_only_sockets_that_exist_are_usual(tmp_path: Path) -> None:
    environ = {"XDG_RUNTIME_DIR": str(tmp_path)}
    own = str(tmp_path / "podman" / "podman.sock")
    assert own not in engine_addresses("podman", environ)
    (tmp_path / "podman").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(own)
        assert engine_addresses("podman", environ)[0] == own
