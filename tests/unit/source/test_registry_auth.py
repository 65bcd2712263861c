from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import pytest

from sekisho.errors import CorruptInput, Unauthorized
from sekisho.source.registry_auth import (
    Challenge,
    Credentials,
    choose_challenge,
    parse_challenges,
    read_token,
    token_request,
)

REGISTRY = "https://registry.test"


def bearer(realm: str = "https://auth.test/token", **parameters: str) -> Challenge:
    return Challenge("bearer", {"realm": realm, **parameters})


def test_a_bearer_challenge_is_read() -> None:
    header = 'Bearer realm="https://auth.test/token",service="registry.test",scope="repository:a/b:pull,push"'
    assert parse_challenges(header) == (bearer(service="registry.test", scope="repository:a/b:pull,push"),)


@pytest.mark.parametrize(
    ("header", "schemes"),
    [
        ("", []),
        ('Basic realm="x"', ["basic"]),
        ('BASIC realm=x , bearer realm="y",service=z', ["basic", "bearer"]),
        ('Negotiate, Basic realm="a, Bearer b"', ["negotiate", "basic"]),
        ('Bearer realm = "y" , Digest qop="auth", nonce="a\\"b"', ["bearer", "digest"]),
        ('="x"', []),
        ('Bearer realm="unfinished', ["bearer"]),
    ],
)
def test_several_and_odd_challenges_are_read(header: str, schemes: list[str]) -> None:
    assert [challenge.scheme for challenge in parse_challenges(header)] == schemes


def test_quotes_may_be_escaped() -> None:
    assert parse_challenges(r'Basic realm="a\"b\\c"')[0].parameters == {"realm": 'a"b\\c'}


@pytest.mark.parametrize("header", ["a" * 100_000, '"' * 100_000, " ," * 50_000, "a=" * 50_000, '\\"' * 50_000])
def test_hostile_headers_are_read_quickly(header: str) -> None:
    before = time.process_time()
    parse_challenges(f"Bearer {header}")
    assert time.process_time() - before < 1.0


def test_bearer_is_preferred_to_basic() -> None:
    chosen = choose_challenge(parse_challenges('Basic realm="x", Bearer realm="https://auth.test"'))
    assert chosen == bearer("https://auth.test")
    assert choose_challenge(parse_challenges("Negotiate")) is None


def test_an_anonymous_token_is_asked_for_without_credentials() -> None:
    request = token_request(bearer(service="s", scope="repository:x:pull"), Credentials(), REGISTRY, "a/b")
    assert (request.method, request.headers, request.body) == ("GET", {}, None)
    assert request.url == "https://auth.test/token?service=s&scope=repository%3Ax%3Apull"


def test_a_scope_is_made_up_when_the_challenge_names_none() -> None:
    request = token_request(bearer(), Credentials(), REGISTRY, "a/b")
    assert parse_qs(urlsplit(request.url).query) == {"scope": ["repository:a/b:pull"]}


def test_a_password_goes_to_the_token_service_as_basic() -> None:
    request = token_request(bearer("https://auth.test/t?x=1"), Credentials("aladdin", "opensesame"), REGISTRY, "a")
    assert request.headers == {"authorization": "Basic YWxhZGRpbjpvcGVuc2VzYW1l"}
    assert request.url.startswith("https://auth.test/t?x=1&scope=")
    assert parse_qs(urlsplit(request.url).query)["account"] == ["aladdin"]


def test_an_identity_token_is_traded_in_by_post() -> None:
    request = token_request(bearer(service="s"), Credentials(identity_token="idt"), REGISTRY, "a/b")
    assert (request.method, request.url) == ("POST", "https://auth.test/token")
    assert parse_qs((request.body or b"").decode()) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["idt"],
        "client_id": ["sekisho"],
        "service": ["s"],
        "scope": ["repository:a/b:pull"],
    }


@pytest.mark.parametrize("realm", ["http://auth.test/token", "http://127.0.0.1.evil.test/"])
def test_credentials_never_go_from_https_to_http(realm: str) -> None:
    with pytest.raises(Unauthorized, match="without TLS"):
        token_request(bearer(realm), Credentials("u", "p"), REGISTRY, "a")


def test_an_http_token_service_on_this_machine_is_fine() -> None:
    assert token_request(bearer("http://127.0.0.1:5001/t"), Credentials(), REGISTRY, "a").method == "GET"


def test_a_registry_that_was_allowed_plain_http_may_have_a_plain_token_service() -> None:
    assert token_request(bearer("http://auth.test/t"), Credentials(), "http://registry.test", "a").method == "GET"


@pytest.mark.parametrize("realm", ["", "token", "file:///etc/passwd", "ftp://auth.test"])
def test_a_realm_must_be_a_web_address(realm: str) -> None:
    with pytest.raises(Unauthorized, match="no token service"):
        token_request(bearer(realm), Credentials(), REGISTRY, "a")


def test_both_names_of_the_token_are_known() -> None:
    assert read_token(b'{"token": "t", "access_token": "u"}') == "t"
    assert read_token(b'{"token": "", "access_token": "u"}') == "u"


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"null", b'{"token": 1}', b'{"token": "a\\r\\nx: y"}', b"<html>", b'{"token": "\\u00e9"}'],
)
def test_an_answer_without_a_usable_token_is_corrupt(body: bytes) -> None:
    with pytest.raises(CorruptInput):
        read_token(body)
