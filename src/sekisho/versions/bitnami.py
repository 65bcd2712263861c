"""Bitnami's order: Semantic Versioning, where ``-N`` is the revision of the packaging and comes after the release.

Source: https://github.com/bitnami/go-version
"""

from __future__ import annotations

import re

from sekisho.versions import semver
from sekisho.versions.order import Key, comparison
from sekisho.versions.sort_key import numeral

_revision = re.compile(r"([vV]?[0-9]+(?:\.[0-9]+)*)-([0-9]+)").fullmatch


def key(version: str) -> Key:
    """The place of a version; raises CorruptInput when it does not begin with a number."""
    found = _revision(version)
    return semver.key(found[1]) + numeral(found[2]) if found else semver.key(version)


def public(version: str) -> str:
    """The version without the revision, which advisories leave out."""
    found = _revision(version)
    return found[1] if found else version


compare = comparison(key)
