from __future__ import annotations

import pytest

from sekisho.errors import CorruptInput, UsageError
from sekisho.model.digest import is_digest, parse_digest, short_digest
from sekisho.model.platform import Platform, parse_platform
from sekisho.model.reference import parse_reference
from sekisho.model.severity import Severity, parse_severities, severity_named, severity_of_score

DIGEST = "sha256:" + "ab" * 32


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("alpine", "index.docker.io/library/alpine:latest"),
        ("acme/app", "index.docker.io/acme/app:latest"),
        ("docker.io/alpine:3", "index.docker.io/library/alpine:3"),
        ("localhost/app", "localhost/app:latest"),
        ("localhost:5000/a/b:v1", "localhost:5000/a/b:v1"),
        ("127.0.0.1:5000/app:v1", "127.0.0.1:5000/app:v1"),
        (f"ghcr.io/a/b@{DIGEST}", f"ghcr.io/a/b@{DIGEST}"),
        (f"ghcr.io/a/b:v1@{DIGEST}", f"ghcr.io/a/b:v1@{DIGEST}"),
        ("[::1]:5000/app", "[::1]:5000/app:latest"),
    ],
)
def test_names_are_completed_as_docker_does(text: str, full: str) -> None:
    assert str(parse_reference(text)) == full


@pytest.mark.parametrize(
    "text", ["", "UPPER/case", "a/b:", "a/b@sha256:123", "a/../b", "-a/b", "a b", "a/b:!", "x" * 300, "--flag"]
)
def test_what_is_no_reference_is_a_usage_error(text: str) -> None:
    if text == "a/b:":
        assert parse_reference(text).tag == "latest"
        return
    with pytest.raises(UsageError):
        parse_reference(text)


def test_the_familiar_name_leaves_docker_hub_out() -> None:
    assert parse_reference("alpine:3").familiar == "alpine:3"
    assert parse_reference("ghcr.io/a/b:3").familiar == "ghcr.io/a/b:3"


def test_digests_are_checked() -> None:
    assert parse_digest(DIGEST) == DIGEST
    assert not is_digest(DIGEST[:-1])
    assert short_digest(DIGEST) == "sha256:abab…abab"
    with pytest.raises(CorruptInput):
        parse_digest("sha256:" + "AB" * 32)


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        ("linux/amd64", Platform("linux", "amd64")),
        ("x86_64", Platform("linux", "amd64")),
        ("linux/aarch64", Platform("linux", "arm64")),
        ("linux/arm", Platform("linux", "arm", "v7")),
        ("linux/arm/v6", Platform("linux", "arm", "v6")),
    ],
)
def test_platforms_are_normalised(text: str, platform: Platform) -> None:
    assert parse_platform(text) == platform


def test_a_variant_that_was_not_asked_for_may_be_any() -> None:
    assert Platform("linux", "arm64").accepts(Platform("linux", "arm64", "v8"))
    assert not Platform("linux", "arm", "v6").accepts(Platform("linux", "arm", "v7"))
    with pytest.raises(UsageError):
        parse_platform("a/b/c/d")


def test_severities_are_read_and_unknown_words_refused() -> None:
    assert parse_severities("critical,HIGH") == {Severity.CRITICAL, Severity.HIGH}
    assert severity_named("Negligible") is Severity.LOW
    assert severity_named("whatever") is Severity.UNKNOWN
    assert severity_of_score(7.0) is Severity.HIGH
    with pytest.raises(UsageError):
        parse_severities("BAD")
