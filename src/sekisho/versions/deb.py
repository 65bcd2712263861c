"""Debian's order: ``[epoch:]upstream[-revision]``, words and numbers in turn; ``~`` sorts before the end.

Source: https://www.debian.org/doc/debian-policy/ch-controlfields.html#version and ``dpkg --compare-versions``. Any
string has a place here, well-formed or not.
"""

from __future__ import annotations

import re

from sekisho.versions.order import Key, comparison
from sekisho.versions.sort_key import Remembered, numeral

_split = re.compile("([0-9]+)").split
_DIGITS = frozenset("0123456789")
_NO_EPOCH = numeral("")
_TILDE = "\x01"
_END = "\x02"
_AFTER_LETTERS = 0x80
_SURROGATES, _SURROGATE_COUNT = 0xD800, 0x800
"""Code points that no text may hold: a key must be writable as UTF-8."""
_REVISION = "\n"
"""Stands between upstream version and revision; like the end of a word, it sorts before everything but a tilde."""


def key(version: str) -> Key:
    """The place of any string among Debian versions."""
    epoch = _NO_EPOCH
    if ":" in version:
        number, _, rest = version.partition(":")
        if number.isascii() and number.strip().isdecimal():
            epoch, version = numeral(number.strip()), rest
    upstream, dash, revision = version.strip().rpartition("-")
    if not dash:
        upstream, revision = revision, "0"
    # a missing number is zero: every part ends with one, so that "1a" and "1a0" become the same
    if upstream[-1:] not in _DIGITS:
        upstream += "0"
    if revision[-1:] not in _DIGITS:
        revision += "0"
    return epoch + "".join(map(_part, _split(f"{upstream}{_REVISION}{revision}")))


def _encode(part: str) -> str:
    if part and part[0] in _DIGITS:
        return numeral(part)
    return "".join(map(_rank, part)) + _END


def _rank(character: str) -> str:
    if character == "~":
        return _TILDE
    if character == _REVISION:
        return _END
    if character.isascii() and character.isalpha():
        return character
    place = ord(character) + _AFTER_LETTERS
    return chr(min(place if place < _SURROGATES else place + _SURROGATE_COUNT, 0x10FFFF))


_part = Remembered(_encode).__getitem__

compare = comparison(key)
