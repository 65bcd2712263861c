"""Gentoo's order: ``numbers[letter][_suffix[n]]*[-rN]``; a component with a leading zero is a decimal fraction.

Source: https://projects.gentoo.org/pms/8/pms.html#version-comparison
"""

from __future__ import annotations

import re

from sekisho.errors import CorruptInput
from sekisho.versions.order import Key, comparison
from sekisho.versions.sort_key import numeral

_shape = re.compile("([0-9]+)((?:[.][0-9]+)*)([a-z]?)((?:_(?:alpha|beta|pre|rc|p)[0-9]*)*)(?:-r([0-9]+))?").fullmatch
_suffixes = re.compile("_([a-z]+)([0-9]*)").findall
_PLACES = {"alpha": "\x01", "beta": "\x02", "pre": "\x03", "rc": "\x04", "p": "\x06"}
_END = "\x05"
_LETTER = "\x07"
_FRACTION = "\x08"
_NUMBER = "\x09"


def key(version: str) -> Key:
    """The place of a version; raises CorruptInput when it is not one of Gentoo's."""
    found = _shape(version.strip())
    if found is None:
        raise CorruptInput(f"not a Gentoo version: {version[:80]!r}")
    first, components, letter, suffixes, revision = found.groups()
    parts = [numeral(first), *map(_component, components.split(".")[1:])]
    if letter:
        parts.append(_LETTER + letter)
    parts += [_PLACES[suffix] + numeral(count) for suffix, count in _suffixes(suffixes)]
    return "".join(parts) + _END + numeral(revision or "")


def _component(digits: str) -> str:
    return _FRACTION + digits.rstrip("0") if digits[0] == "0" else _NUMBER + numeral(digits)


compare = comparison(key)
