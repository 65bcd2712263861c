"""Go's order: Semantic Versioning with a ``v``, pseudo-versions being pre-releases, ``+incompatible`` not counting.

The standard library is versioned as the toolchain is: ``go1.21rc1`` is 1.21.0-rc.1 in the advisories of vuln.go.dev,
and what follows (``go1.22.1 X:boringcrypto``, ``go1.21.3-vendor``) does not count. ``(devel)`` has no place.
Sources: https://go.dev/ref/mod#versions, https://go.dev/doc/toolchain#version
"""

from __future__ import annotations

import re

from sekisho.versions import semver
from sekisho.versions.order import Key, comparison

_toolchain = re.compile(r"(go)?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:(alpha|beta|rc)([0-9]+))?").match


def key(version: str) -> Key:
    """The place of a module or toolchain version; raises CorruptInput for ``(devel)`` and the like."""
    return semver.key(normal(version))


def normal(version: str) -> str:
    """Write a toolchain version as the semantic version the advisories use; leave others as they are."""
    found = _toolchain(version)
    if found is None or not (found[1] or (found[5] and found.end() == len(version))):
        return version
    _, major, minor, patch, word, count = found.groups()
    return f"{major}.{minor or 0}.{patch or 0}" + (f"-{word}.{count}" if word else "")


compare = comparison(key)
