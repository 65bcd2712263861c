"""Arch Linux' order: rpm's older one, in which letters right behind a number announce it (``1.0rc < 1.0 < 1.0.rc``).

Of two different numbers of separating characters, the fewer come first. A version without ``pkgrel`` is any release
of it.
Source: https://man.archlinux.org/man/vercmp.8 and alpm_pkg_vercmp().
"""

from __future__ import annotations

import re

from sekisho.versions.order import Key
from sekisho.versions.sort_key import numeral

_parts = re.compile("([^0-9A-Za-z]*)(?:([0-9]+)|([A-Za-z]+)|$)").findall
_ATTACHED_LETTERS = "\x01"
_END = "\x02"
_ATTACHED_NUMBER = "\x03"
_RELEASE = "\x03"
_SEPARATED = 0x10
_MOST_SEPARATORS = 0x400


def key(version: str) -> Key:
    """The place of any string among versions of Arch packages."""
    epoch, _, rest = version.strip().rpartition(":")
    version, dash, release = rest.rpartition("-")
    if not dash:
        return numeral(epoch) + _encoded(release)
    return numeral(epoch) + _encoded(version) + _RELEASE + _encoded(release)


def compare(a: str, b: str) -> int:
    """Compare as vercmp does: a missing ``pkgrel`` on either side means that it does not matter."""
    if ("-" in a) != ("-" in b):
        a, b = public(a), public(b)
    left, right = key(a), key(b)
    return (left > right) - (left < right)


def public(version: str) -> str:
    """The version without ``pkgrel``, which a bound may leave out."""
    return version.rpartition("-")[0] or version


def _encoded(text: str) -> str:
    found: list[tuple[str, str, str]] = _parts(text)
    return "".join([_part(len(separator), digits, letters) for separator, digits, letters in found[:-1]]) + _END


def _part(separators: int, digits: str, letters: str) -> str:
    if separators:
        place = chr(_SEPARATED + 2 * min(separators, _MOST_SEPARATORS) + bool(digits))
    else:
        place = _ATTACHED_NUMBER if digits else _ATTACHED_LETTERS
    return place + (numeral(digits) if digits else letters)
