"""Checksums as npm, yarn, pnpm and bun write them: Subresource Integrity.

``sha512-<base64>``, several separated by blanks, each perhaps with options after ``?``.
Source: https://www.w3.org/TR/SRI/#integrity-metadata-description
"""

from __future__ import annotations

import binascii

ALGORITHMS = frozenset({"md5", "sha1", "sha256", "sha384", "sha512"})


def integrity_checksums(integrity: object) -> tuple[str, ...]:
    """Each well-formed part as ``algorithm:hex``; what is not integrity metadata is left out."""
    if not isinstance(integrity, str) or not integrity:
        return ()
    found = (_checksum(part) for part in integrity.split())
    return tuple(checksum for checksum in found if checksum)


def _checksum(part: str) -> str:
    algorithm, dash, value = part.partition("?")[0].partition("-")
    if not dash or algorithm not in ALGORITHMS:
        return ""
    try:
        return f"{algorithm}:{binascii.a2b_base64(value).hex()}"
    except ValueError:
        return ""
