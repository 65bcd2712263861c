from __future__ import annotations

import pytest

from sekisho.errors import SourceError
from sekisho.net.address import Origin, is_loopback, origin_of


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "localhost", "LOCALHOST.", "::1", "[::1]", "a.localhost"])
def test_this_machine_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "127.0.0.1.example", "localhost.example", "10.0.0.1", "128.0.0.1", "::2", "127"])
def test_look_alikes_are_not_loopback(host: str) -> None:
    assert not is_loopback(host)


def test_an_origin_knows_the_port_of_its_scheme() -> None:
    assert origin_of("https://Example.test/v2/") == Origin("https", "example.test", 443)
    assert origin_of("http://example.test:5000/").authority == "example.test:5000"
    assert origin_of("http://[::1]:80/").authority == "[::1]"


@pytest.mark.parametrize("url", ["ftp://example.test/", "file:///etc/passwd", "https://", "http://a:port/", "//x", ""])
def test_only_http_urls_have_an_origin(url: str) -> None:
    with pytest.raises(SourceError):
        origin_of(url)


@pytest.mark.parametrize(
    "url", ["htps://user:secret@example.test/", "https://user:secret@example.test:port/?token=secret"]
)
def test_a_mistyped_url_is_named_without_its_secrets(url: str) -> None:
    with pytest.raises(SourceError) as refused:
        origin_of(url)
    assert "example.test" in refused.value.message
    assert "secret" not in refused.value.message
