"""Pub's order: Semantic Versioning in which the build counts too, after the release it belongs to.

Source: https://github.com/dart-lang/pub_semver#semantics
"""

from __future__ import annotations

from sekisho.versions.order import Key, comparison
from sekisho.versions.semver import PRE_RELEASE, RELEASE, identifiers, parts


def key(version: str) -> Key:
    """The place of a version; raises CorruptInput when it does not begin with a number."""
    place, pre_release, build = parts(version)
    if pre_release:
        place += PRE_RELEASE + identifiers(pre_release)
    place += RELEASE
    return place + identifiers(build) if build else place


compare = comparison(key)
