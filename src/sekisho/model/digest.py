"""A content address: ``algorithm:hex``.

Three digests of one layer are easily confused. The *digest* names the compressed blob in a registry, the *diffID* names
the uncompressed tar, and the *image ID* is the digest of the configuration, which lists the diffIDs.
Source: https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests
"""

from __future__ import annotations

import re

from sekisho.errors import CorruptInput

_DIGEST = re.compile(r"(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})\Z")


def parse_digest(text: str) -> str:
    """Return ``text`` when it is a well-formed sha256 or sha512 digest; raise CorruptInput otherwise."""
    if not _DIGEST.match(text):
        raise CorruptInput(f"not a sha256 or sha512 digest: {text[:80]!r}")
    return text


def is_digest(text: str) -> bool:
    """Say whether ``text`` is a well-formed digest."""
    return _DIGEST.match(text) is not None


def short_digest(digest: str) -> str:
    """Abbreviate for people: ``sha256:9f2c…41ab``."""
    algorithm, _, value = digest.partition(":")
    return digest if len(value) < 12 else f"{algorithm}:{value[:4]}…{value[-4:]}"
