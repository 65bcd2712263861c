"""Semantic Versioning 2.0: three numbers, then pre-releases before the release; build metadata does not count.

Read leniently, because tools and advisories write less and more than the grammar: a leading ``v`` or ``=``, one or
two numbers, more than three (which then sort after the shorter), and a pre-release without its hyphen (``1.20rc1``).
What the strict grammar accepts is ordered exactly as https://semver.org/#spec-item-11 says. A text that does not
begin with a number has no place.
"""

from __future__ import annotations

import re

from sekisho.errors import CorruptInput
from sekisho.versions.order import Key, comparison
from sekisho.versions.sort_key import Remembered, number, numeral

_shape = re.compile(
    r"[\s=]*+[vV]?\s*+([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?((?:\.[0-9]+)*)[.\-_]?([^+]*)(?:\+(.*))?", re.DOTALL
).match
_strict = re.compile(
    r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){2}"
    r"(?:-(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
).fullmatch

PRE_RELEASE = "\x01"
RELEASE = "\x02"
_NUMERIC = "\x05"
_WORD = "\x06"


def key(version: str) -> Key:
    """The place of a version; raises CorruptInput when it does not begin with a number."""
    numbers, pre_release, _ = parts(version)
    return numbers + PRE_RELEASE + identifiers(pre_release) if pre_release else numbers + RELEASE


def is_strict(version: str) -> bool:
    """Say whether the grammar of Semantic Versioning 2.0 accepts it as it stands."""
    return _strict(version) is not None


def parts(version: str) -> tuple[Key, str, str]:
    """The key of the numbers, the pre-release and the build, both without their sign."""
    found = _shape(version)
    if found is None:
        raise CorruptInput(f"not a semantic version: {version[:80]!r}")
    major, minor, patch, more, pre_release, build = found.groups()
    numbers = number(major) + number(minor or "") + number(patch or "")
    if more:
        numbers += "".join(map(number, more[1:].split(".")))
    return numbers, pre_release.strip(), build or ""


def identifiers(text: str) -> Key:
    """The key of dot-separated identifiers: numbers before words, fewer before more."""
    return "".join(map(_identifier, text.split(".")))


def _encode(identifier: str) -> str:
    return _NUMERIC + numeral(identifier) if identifier.isdecimal() else _WORD + identifier


_identifier = Remembered(_encode).__getitem__

compare = comparison(key)
