"""The order of Java runtimes: ``1.8.0_131`` is 8.0.131, early access comes before the release, builds do not count.

Source: https://openjdk.org/jeps/223
"""

from __future__ import annotations

import re

from sekisho.errors import CorruptInput
from sekisho.versions.order import Key, comparison
from sekisho.versions.semver import PRE_RELEASE, RELEASE, identifiers
from sekisho.versions.sort_key import number

_shape = re.compile(
    r"(?:1\.(?=[0-9]))?([0-9]+(?:\.[0-9]+)*)(?:(?:_|-?update_?|u)([0-9]+))?(?:-((?!b[0-9])[a-z][a-z0-9.]*))?"
    r"(?:[+-]b?[0-9][0-9a-z.+-]*)?"
).fullmatch
_ZERO = number("0")
_SECURITY = 2
"""Position of the number that an update of the old scheme becomes."""


def key(version: str) -> Key:
    """The place of a version; raises CorruptInput when it is not one of a Java runtime."""
    found = _shape(version.strip().lower())
    if found is None:
        raise CorruptInput(f"not a version of a Java runtime: {version[:80]!r}")
    text, update, pre_release = found.groups()
    numbers = [*map(number, text.split("."))]
    if update:
        numbers = [*numbers[:_SECURITY], *[_ZERO] * (_SECURITY - len(numbers)), number(update)]
    while numbers and numbers[-1] == _ZERO:
        numbers.pop()
    return "".join(numbers) + (PRE_RELEASE + identifiers(pre_release) if pre_release else RELEASE)


compare = comparison(key)
