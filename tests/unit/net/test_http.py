from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sekisho.errors import OfflineError, SourceError, Unreachable, UsageError
from sekisho.net.http import HttpTransport, open_transport
from sekisho.net.retry import Retry
from tests.simulators.registry import RegistrySimulator
from tests.simulators.web import Answer, Asked, WebSimulator


class Patience:
    """A transport that sleeps in no time and remembers how long it would have."""

    def __init__(self, *, timeout: float = 5.0, insecure: bool = False, ca_file: str = "", **environ: str) -> None:
        self.slept: list[float] = []
        self.transport = HttpTransport(
            environ,
            insecure=insecure,
            ca_file=ca_file,
            timeout=timeout,
            retry=Retry(attempts=3, base=1.0),
            sleep=self.slept.append,
            now=lambda: 0.0,
            chance=lambda: 1.0,
        )


@pytest.fixture
def patience() -> Iterator[Patience]:
    patience = Patience()
    yield patience
    patience.transport.close()


def get(patience: Patience, url: str, **headers: str) -> tuple[int, bytes]:
    with patience.transport.request("GET", url, headers) as response:
        return response.status, response.body(1 << 20)


def test_requests_say_who_asks_and_want_bytes_as_stored(patience: Patience) -> None:
    with WebSimulator(lambda _: Answer(200, b"hello")) as web:
        assert get(patience, f"{web.url}/a?b=c") == (200, b"hello")
        asked = web.asked[0]
        assert asked.path == "/a?b=c"
        assert asked.headers["user-agent"].startswith("sekisho/")
        assert asked.headers["accept-encoding"] == "identity"


def test_connections_are_used_again(patience: Patience) -> None:
    ports: set[int] = set()
    with WebSimulator(lambda _: Answer(200, b"x")) as web:
        real = web.answer
        handler_ports = ports

        def answer(asked: Asked) -> Answer | None:
            handler_ports.add(int(asked.headers["x-count"]))
            return real(asked)

        web.answer = answer
        for count in range(3):
            assert get(patience, web.url, **{"x-count": str(count)}) == (200, b"x")
        pool = next(iter(patience.transport._pools.values()))
        assert pool.connection_from_url(web.url).num_connections == 1
        assert ports == {0, 1, 2}


def test_a_busy_server_is_asked_again_when_it_says_so(patience: Patience) -> None:
    answers = [Answer(429, headers={"Retry-After": "7"}), Answer(503), Answer(200, b"at last")]
    with WebSimulator(lambda _: answers.pop(0)) as web:
        assert get(patience, web.url) == (200, b"at last")
    assert patience.slept == [7.0, 2.0]


def test_the_last_refusal_is_handed_over(patience: Patience) -> None:
    with WebSimulator(lambda _: Answer(500, b"broken")) as web:
        assert get(patience, web.url) == (500, b"broken")
        assert len(web.asked) == 3


def test_a_server_that_asks_for_an_hour_is_not_waited_for(patience: Patience) -> None:
    with WebSimulator(lambda _: Answer(429, headers={"Retry-After": "3600"})) as web:
        assert get(patience, web.url) == (429, b"")
    assert patience.slept == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 501])
def test_a_final_refusal_is_not_asked_again(patience: Patience, status: int) -> None:
    with WebSimulator(lambda _: Answer(status)) as web:
        assert get(patience, web.url) == (status, b"")
        assert len(web.asked) == 1


def test_a_connection_that_ends_without_an_answer_is_tried_again(patience: Patience) -> None:
    answers: list[Answer | None] = [None, Answer(200, b"x")]
    with WebSimulator(lambda _: answers.pop(0)) as web:
        assert get(patience, web.url) == (200, b"x")
    assert patience.slept == [1.0]


def test_a_server_that_always_hangs_up_is_unreachable(patience: Patience) -> None:
    with WebSimulator(lambda _: None) as web, pytest.raises(Unreachable, match="closed the connection"):
        get(patience, web.url)
    assert patience.slept == [1.0, 2.0]


def test_a_post_is_not_sent_twice_when_the_connection_broke(patience: Patience) -> None:
    with WebSimulator(lambda _: None) as web:
        with pytest.raises(Unreachable):
            patience.transport.request("POST", web.url, {}, b"x")
        assert len(web.asked) == 1


def test_a_stalled_answer_ends_at_the_time_out() -> None:
    patience = Patience(timeout=0.2)
    with WebSimulator(lambda _: Answer(200, b"0123456789", cut=4, hold=True)) as web:
        with (
            patience.transport.request("GET", web.url) as response,
            pytest.raises(Unreachable, match=r"within 0\.2 s"),
        ):
            response.body(100)
        patience.transport.close()


def test_a_silent_server_ends_at_the_time_out() -> None:
    patience = Patience(timeout=0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Unreachable, match="did not answer") as caught:
        get(patience, f"http://127.0.0.1:{silent.getsockname()[1]}/")
    assert "--timeout" in caught.value.hint
    assert patience.slept == []


def test_a_body_cut_short_is_never_taken_for_whole(patience: Patience) -> None:
    with (
        WebSimulator(lambda _: Answer(200, b"0123456789", cut=4)) as web,
        pytest.raises(Unreachable, match=r"after 4|closed the connection"),
    ):
        get(patience, web.url)


def test_nobody_listening_is_unreachable(patience: Patience) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(Unreachable, match=f"cannot connect to 127.0.0.1:{port}"):
        get(patience, f"http://127.0.0.1:{port}/")


def test_a_host_that_does_not_exist_is_named(patience: Patience, monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(Unreachable, match=r"there is no host nowhere\.test"):
        get(patience, "http://nowhere.test/")


def test_redirects_are_followed_and_the_last_address_is_known(patience: Patience) -> None:
    def answer(asked: Asked) -> Answer:
        return Answer(307, b"over there", {"Location": "/b"}) if asked.path == "/a" else Answer(200, b"b")

    with WebSimulator(answer) as web, patience.transport.request("GET", f"{web.url}/a") as response:
        assert (response.url, response.body(10)) == (f"{web.url}/b", b"b")


def test_credentials_stay_with_their_origin(patience: Patience) -> None:
    with WebSimulator(lambda _: Answer(200)) as other:
        target = other.url.replace("127.0.0.1", "localhost")
        with WebSimulator(lambda a: Answer(302, headers={"Location": "/2" if a.path == "/1" else target})) as web:
            get(patience, f"{web.url}/1", Authorization="Bearer secret", Cookie="secret", Accept="x")
            assert [asked.headers["authorization"] for asked in web.asked] == ["Bearer secret"] * 2
        arrived = other.asked[0].headers
    assert "secret" not in str(arrived)
    assert arrived["accept"] == "x"


def test_another_port_is_another_origin(patience: Patience) -> None:
    with WebSimulator(lambda _: Answer(200)) as other:
        with WebSimulator(lambda _: Answer(302, headers={"Location": other.url})) as web:
            get(patience, web.url, Authorization="Bearer secret")
        assert "authorization" not in other.asked[0].headers


def test_redirects_end(patience: Patience) -> None:
    with WebSimulator(lambda _: Answer(302, headers={"Location": "/again"})) as web:
        with pytest.raises(SourceError, match="more than 5 redirects"):
            get(patience, web.url)
        assert len(web.asked) == 6


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://a.test/", "javascript:1"])
def test_redirects_lead_to_http_only(patience: Patience, target: str) -> None:
    with (
        WebSimulator(lambda _: Answer(302, headers={"Location": target})) as web,
        pytest.raises(SourceError, match="not an http"),
    ):
        get(patience, web.url)


def test_offline_asks_nobody() -> None:
    with WebSimulator(lambda _: Answer(200)) as web:
        with pytest.raises(OfflineError, match="--offline"):
            open_transport(offline=True).request("GET", web.url)
        assert web.asked == []


def test_a_proxy_of_the_environment_is_asked() -> None:
    with WebSimulator(lambda _: Answer(200, b"by proxy")) as proxy:
        patience = Patience(HTTP_PROXY=proxy.url.replace("://", "://user:p%40ss@"))
        assert get(patience, "http://registry.test/v2/") == (200, b"by proxy")
        asked = proxy.asked[0]
        patience.transport.close()
    assert asked.path == "http://registry.test/v2/"
    assert asked.headers["proxy-authorization"] == "Basic dXNlcjpwQHNz"


@pytest.mark.parametrize("url", ["http://registry.test/", "https://registry.test/"])
def test_a_proxy_that_does_not_help_is_named(url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    patience = Patience(ALL_PROXY=f"http://127.0.0.1:{port}")
    with pytest.raises(Unreachable, match=r"proxy did not lead to registry\.test") as caught:
        get(patience, url)
    assert "NO_PROXY" in caught.value.hint
    patience.transport.close()


def test_a_proxy_that_refuses_the_tunnel_is_named() -> None:
    with WebSimulator(lambda _: Answer(407)) as proxy:
        patience = Patience(HTTPS_PROXY=proxy.url)
        with pytest.raises(Unreachable, match=r"proxy did not lead to registry\.test"):
            get(patience, "https://registry.test/")
        patience.transport.close()


def test_a_header_that_would_split_the_request_is_not_sent(patience: Patience) -> None:
    with WebSimulator(lambda _: Answer(200)) as web:
        with pytest.raises(SourceError, match="cannot send"):
            get(patience, web.url, authorization="Bearer a\r\nx: y")
        assert web.asked == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not on PATH: no certificate can be made")
    folder: Path = tmp_path_factory.mktemp("tls")
    certificate, key = str(folder / "cert.pem"), str(folder / "key.pem")
    names = "subjectAltName=IP:127.0.0.1,DNS:localhost"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", "/CN=localhost", "-addext", names, "-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key


def test_an_unknown_certificate_is_refused(certificate: tuple[str, str], patience: Patience) -> None:
    with RegistrySimulator(certificate=certificate) as registry:
        with pytest.raises(Unreachable, match="cannot verify") as caught:
            get(patience, f"{registry.url}/v2/")
        assert registry.requests == []
    assert "--insecure" in caught.value.hint


def test_a_certificate_file_is_trusted(certificate: tuple[str, str]) -> None:
    patience = Patience(ca_file=certificate[0])
    with RegistrySimulator(certificate=certificate) as registry:
        assert get(patience, f"{registry.url}/v2/") == (200, b"{}")
    patience.transport.close()


def test_insecure_trusts_everybody(certificate: tuple[str, str]) -> None:
    patience = Patience(insecure=True)
    with RegistrySimulator(certificate=certificate) as registry:
        assert get(patience, f"{registry.url}/v2/") == (200, b"{}")
    patience.transport.close()


def test_plain_http_where_tls_was_expected_is_explained(patience: Patience) -> None:
    with WebSimulator(lambda _: Answer(200)) as web, pytest.raises(Unreachable, match="does not speak TLS"):
        get(patience, web.url.replace("http:", "https:"))


def test_a_certificate_file_that_is_none_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("not a certificate")
    for name in ("ca.pem", "missing.pem"):
        patience = Patience(ca_file=str(tmp_path / name))
        with pytest.raises(UsageError, match="cannot read certificates"):
            get(patience, "https://127.0.0.1:1/")


def test_https_never_steps_down_to_http(certificate: tuple[str, str]) -> None:
    from sekisho.net.http import _follow

    with pytest.raises(SourceError, match="redirects from https"):
        _follow("https://a.test/x", "http://a.test/x", {})
    with pytest.raises(SourceError, match="redirects from https"):
        _follow("https://a.test/x", "http://127.0.0.1:2375/containers", {})
    assert _follow("https://localhost/x", "http://localhost/x", {})[0] == "http://localhost/x"
    assert _follow("http://a.test/x", "https://a.test/y", {"authorization": "s"}) == ("https://a.test/y", {})
