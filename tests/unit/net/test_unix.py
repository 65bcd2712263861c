from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from sekisho.errors import Unauthorized, Unreachable
from sekisho.net.unix import UnixTransport
from tests.simulators.web import Answer, WebSimulator


def test_a_request_goes_through_the_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "engine.sock")
    with WebSimulator(lambda _: Answer(200, b"pong", {"Api-Version": "1.41"}), socket=path) as web:
        with UnixTransport(path).request("GET", "http://localhost/_ping?a=b", {"accept": "x"}) as response:
            assert (response.status, response.header("api-version"), response.body(10)) == (200, "1.41", b"pong")
        assert (web.asked[0].path, web.asked[0].headers["accept"]) == ("/_ping?a=b", "x")


def test_no_socket_means_no_engine(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="no container engine listens"):
        UnixTransport(str(tmp_path / "absent.sock")).request("GET", "http://localhost/")


def test_a_stale_socket_means_no_engine(tmp_path: Path) -> None:
    path = str(tmp_path / "stale.sock")
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(path)
    with pytest.raises(Unreachable, match="no container engine listens"):
        UnixTransport(path).request("GET", "http://localhost/")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may use every socket")
def test_a_socket_of_others_is_unauthorized(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    with WebSimulator(lambda _: Answer(200), socket=str(path)):
        path.chmod(0)
        with pytest.raises(Unauthorized, match="not allowed"):
            UnixTransport(str(path)).request("GET", "http://localhost/")


def test_a_refused_permission_is_explained() -> None:
    from sekisho.net.unix import _translated

    error = _translated(PermissionError(13, "Permission denied"), "/run/engine.sock")
    assert type(error) is Unauthorized
    assert "group" in error.hint


def test_an_engine_that_says_nothing_is_given_up(tmp_path: Path) -> None:
    path = str(tmp_path / "engine.sock")
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(path)
        silent.listen()
        with pytest.raises(Unreachable, match="does not answer"):
            UnixTransport(path, timeout=0.2).request("GET", "http://localhost/")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b"0123456789", cut=4),
        Answer(200, b"5\r\n01234\r\n", {"Transfer-Encoding": "chunked"}, cut=10),
    ],
    ids=["announced length", "chunked"],
)
def test_an_export_that_breaks_off_is_noticed(tmp_path: Path, answer: Answer) -> None:
    path = str(tmp_path / "engine.sock")
    with (
        WebSimulator(lambda _: answer, socket=path),
        UnixTransport(path).request("GET", "http://localhost/") as response,
        pytest.raises(Unreachable, match="broke"),
    ):
        response.body(100)
