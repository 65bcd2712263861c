from __future__ import annotations

import hashlib
from base64 import b64encode

import pytest

from sekisho.inventory.language.node_integrity import integrity_checksums

SHA1, SHA512 = hashlib.sha1(b"a"), hashlib.sha512(b"a")  # noqa: S324 - npm still writes it


def sri(digest: object, options: str = "") -> str:
    return f"{digest.name}-{b64encode(digest.digest()).decode()}{options}"  # type: ignore[attr-defined]


def test_each_part_becomes_algorithm_and_hex() -> None:
    assert integrity_checksums(f"{sri(SHA1)} {sri(SHA512, '?x')}") == (
        f"sha1:{SHA1.hexdigest()}",
        f"sha512:{SHA512.hexdigest()}",
    )


@pytest.mark.parametrize("text", ["", None, 7, "sha512", "crc-AAAA", "sha512-A", "owner-repo-1234567"])
def test_what_is_no_integrity_metadata_is_left_out(text: object) -> None:
    assert integrity_checksums(text) == ()
