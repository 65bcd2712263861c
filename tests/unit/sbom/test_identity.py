from __future__ import annotations

import re

import msgspec
import pytest

from sekisho.sbom.identity import artifact_purl, content_uuid
from tests.unit.sbom.examples import EMPTY, IMAGE


def test_a_uuid_follows_from_the_content_alone() -> None:
    first = content_uuid(b"a", b"bc")
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", first)
    assert first == content_uuid(b"a", b"bc")
    assert first != content_uuid(b"ab", b"c")


@pytest.mark.parametrize(
    ("reference", "rest"),
    [
        ("registry.example.test:5000/a/b:1", "?arch=amd64&repository_url=registry.example.test:5000%2Fa%2Fb&tag=1"),
        ("localhost:5000/a/b", "?arch=amd64&repository_url=localhost:5000%2Fa%2Fb"),
        ("index.docker.io/library/b@sha256:aa", "?arch=amd64&repository_url=index.docker.io%2Flibrary%2Fb"),
    ],
)
def test_an_image_is_named_by_digest_and_repository(reference: str, rest: str) -> None:
    purl = artifact_purl(msgspec.structs.replace(IMAGE, reference=reference))
    assert purl == f"pkg:oci/b@{IMAGE.manifest_digest}{rest}"


def test_what_has_no_digest_has_no_purl() -> None:
    assert artifact_purl(EMPTY.artifact) == ""
    assert artifact_purl(msgspec.structs.replace(IMAGE, manifest_digest="")) == ""
