from __future__ import annotations

import pytest

from sekisho.errors import UsageError
from sekisho.net.address import origin_of
from sekisho.net.proxy import proxy_for

PROXY = {"HTTPS_PROXY": "http://proxy.test:3128"}


def through(url: str, **environ: str) -> str:
    return proxy_for(origin_of(url), environ)


def test_each_scheme_has_its_own_proxy() -> None:
    environ = {"HTTPS_PROXY": "http://secure.test", "HTTP_PROXY": "plain.test:8080"}
    assert through("https://a.test/", **environ) == "http://secure.test"
    assert through("http://a.test/", **environ) == "http://plain.test:8080"


def test_lower_case_wins_and_all_proxy_is_the_last_resort() -> None:
    assert through("https://a.test/", https_proxy="http://low.test", **PROXY) == "http://low.test"
    assert through("https://a.test/", ALL_PROXY="http://all.test") == "http://all.test"


def test_loopback_is_always_direct() -> None:
    assert through("https://127.0.0.1:5000/", **PROXY) == ""
    assert through("https://localhost/", **PROXY) == ""


@pytest.mark.parametrize(
    ("exceptions", "url", "direct"),
    [
        ("*", "https://a.test/", True),
        ("a.test", "https://a.test/", True),
        ("a.test", "https://sub.a.test/", True),
        ("a.test", "https://nota.test/", False),
        (".a.test", "https://sub.a.test/", True),
        (".a.test", "https://a.test/", False),
        ("*.a.test", "https://sub.a.test/", True),
        ("b.test, a.test", "https://a.test/", True),
        ("a.test:5000", "https://a.test:5000/", True),
        ("a.test:5000", "https://a.test/", False),
        ("10.0.0.0/8", "https://10.1.2.3/", True),
        ("10.0.0.0/8", "https://11.1.2.3/", False),
        ("10.0.0.0/8", "https://a.test/", False),
        ("10.1.2.3", "https://10.1.2.3:444/", True),
        ("fd00::1", "https://[fd00::1]/", True),
        ("nonsense/99", "https://10.1.2.3/", False),
        ("", "https://a.test/", False),
    ],
)
def test_no_proxy_lists_what_is_reached_directly(exceptions: str, url: str, direct: bool) -> None:
    assert through(url, NO_PROXY=exceptions, **PROXY) == ("" if direct else PROXY["HTTPS_PROXY"])


def test_a_cgi_request_header_cannot_choose_the_proxy() -> None:
    assert through("http://a.test/", HTTP_PROXY="http://evil.test", REQUEST_METHOD="GET") == ""


def test_a_socks_proxy_is_refused_without_showing_its_password() -> None:
    with pytest.raises(UsageError) as caught:
        through("https://a.test/", HTTPS_PROXY="socks5://user:secret@proxy.test")
    assert "secret" not in caught.value.message
