"""NuGet's order: up to four numbers, missing ones being zero, then Semantic Versioning without regard to case.

Source: https://learn.microsoft.com/nuget/concepts/package-versioning
"""

from __future__ import annotations

import re

from sekisho.errors import CorruptInput
from sekisho.versions.order import Key, comparison
from sekisho.versions.semver import PRE_RELEASE, RELEASE, identifiers
from sekisho.versions.sort_key import number

_shape = re.compile(
    r"\s*[vV]?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-([^+]*))?(?:\+.*)?\s*", re.DOTALL
).fullmatch


def key(version: str) -> Key:
    """The place of a version; raises CorruptInput when NuGet would not read it."""
    found = _shape(version)
    if found is None:
        raise CorruptInput(f"not a NuGet version: {version[:80]!r}")
    *numbers, pre_release = found.groups()
    place = "".join([number(digits or "") for digits in numbers])
    return place + PRE_RELEASE + identifiers(pre_release.lower()) if pre_release else place + RELEASE


compare = comparison(key)
