"""Whatever a server or a configuration file says, reading it ends in a value or in one of our errors."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.errors import CorruptInput, SekishoError, UsageError
from sekisho.net.address import origin_of
from sekisho.net.proxy import proxy_for
from sekisho.net.retry import retry_after
from sekisho.source.docker_config import Found, find_credentials
from sekisho.source.registry_auth import Challenge, Credentials, parse_challenges, read_token, token_request

HEADERISH = st.text(alphabet='Baserlm=",\\ :/\t-é1', max_size=60)
NAMES = st.sampled_from(["auths", "credHelpers", "credsStore", "a.test", "auth", "identitytoken", "registrytoken"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["YTpi", "osx", "%"])
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4))
TOKEN = st.text(alphabet="abcDEF0123!#$-", min_size=1, max_size=8)


@given(HEADERISH)
def test_any_challenge_is_read(header: str) -> None:
    for challenge in parse_challenges(header):
        assert challenge.scheme == challenge.scheme.lower() != ""


@given(st.lists(st.tuples(TOKEN, st.dictionaries(TOKEN.map(str.lower), st.text('ab"\\ ,=', max_size=6), min_size=1))))
def test_written_challenges_are_read_back(challenges: list[tuple[str, dict[str, str]]]) -> None:
    def quoted(value: str) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    written = ", ".join(
        f"{scheme} " + ",".join(f"{name}={quoted(value)}" for name, value in parameters.items())
        for scheme, parameters in challenges
    )
    assert parse_challenges(written) == tuple(Challenge(scheme.lower(), found) for scheme, found in challenges)


@given(st.text(max_size=40), st.booleans())
def test_any_realm_is_asked_or_refused(realm: str, secret: bool) -> None:
    credentials = Credentials("a", "b") if secret else Credentials()
    try:
        request = token_request(Challenge("bearer", {"realm": realm}), credentials, "https://r.test", "a")
    except SekishoError:
        return
    assert request.url.startswith("https://") or origin_of(request.url).host in ("localhost", "127.0.0.1", "::1")


@given(st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_token_answer_is_a_token_or_corrupt(body: bytes) -> None:
    with suppress(CorruptInput):
        assert read_token(body) != ""


@given(st.text(alphabet="0123456789 :,-+GMTueNov", max_size=40) | st.text(max_size=30))
def test_any_retry_after_is_seconds_or_nothing(value: str) -> None:
    seconds = retry_after(value, 0.0)
    assert seconds is None or seconds >= 0.0


@given(st.text(max_size=30), st.text(alphabet="a.test*,:/[]0123456789 ", max_size=40))
def test_any_proxy_setting_is_used_or_refused(proxy: str, exceptions: str) -> None:
    try:
        chosen = proxy_for(origin_of("https://a.test:5000"), {"HTTPS_PROXY": proxy, "NO_PROXY": exceptions})
    except UsageError:
        return
    assert chosen == "" or chosen.startswith(("http://", "https://"))


@settings(deadline=None)
@given(JSON)
def test_any_docker_configuration_is_read_or_refused(config: object) -> None:
    with TemporaryDirectory() as folder:
        (Path(folder) / "config.json").write_text(json.dumps(config))
        try:
            found = find_credentials("a.test", "b/c", {"DOCKER_CONFIG": folder}, lambda *_: (1, b"not found"))
        except UsageError:
            return
    assert isinstance(found, Found)
    assert isinstance(found.credentials.password, str)
