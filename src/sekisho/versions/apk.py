"""Alpine's order: ``numbers[letter][_suffix[n]][~hash]-rN``; ``_alpha < _beta < _pre < _rc < (none) < _cvs … < _p``.

A later component with leading zeros sorts before those without (``1.01 < 1.1``). What the grammar does not know ends
the comparison and sorts first, so any string has a place.
Source: https://git.alpinelinux.org/apk-tools/tree/src/version.c and its test/version.data.
"""

from __future__ import annotations

import re

from sekisho.versions.order import Key, comparison
from sekisho.versions.sort_key import Remembered, numeral

_parts = re.compile(
    r"[0-9]+|\.[0-9]*|_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*(?![a-z0-9])|-r[0-9]*(?![a-z0-9])|[a-z]|~[0-9a-f]+|.+",
    re.DOTALL,
).findall
_suffix = re.compile("_([a-z]+)([0-9]*)").match

_JUNK = "\x01"
_BEFORE_END = {"alpha": "\x02", "beta": "\x03", "pre": "\x04", "rc": "\x05"}
_END = "\x06"
_EMPTY = "\x07"
_REVISION = "\x08"
_HASH = "\x09"
_SUFFIX_NUMBER = "\x0a"
_AFTER_END = {"cvs": "\x0b", "svn": "\x0c", "git": "\x0d", "hg": "\x0e", "p": "\x0f"}
_LETTER = "\x10"
_LEADING_ZEROS = "\x11"
_NUMBER = "\x12"
_SUFFIXES = _BEFORE_END | _AFTER_END
_MOST_ZEROS = 0xFF


def key(version: str) -> Key:
    """The place of any string among versions of Alpine packages."""
    if version[:1] in ("v", "V") and version[1:2].isdecimal():
        version = version[1:]
    return "".join(map(_part, _parts(version))) + _END


def _encode(part: str) -> str:
    first = part[0]
    if first == ".":
        return _component(part[1:])
    if first.isdecimal():
        return numeral(part)
    if part.startswith("-r") and (len(part) == 2 or part[2:].isdecimal()):
        return _REVISION + numeral(part[2:])
    if first == "_" and (suffix := _suffix(part)) and suffix[1] in _SUFFIXES:
        number = _SUFFIX_NUMBER + numeral(suffix[2]) if suffix[2] else ""
        return _SUFFIXES[suffix[1]] + number
    if first == "~" and len(part) > 1:
        return _HASH + part[1:]
    return _LETTER + first if len(part) == 1 and first.islower() else _JUNK


def _component(digits: str) -> str:
    if not digits:
        return _EMPTY
    significant = digits.lstrip("0")
    zeros = len(digits) - len(significant)
    if not zeros:
        return _NUMBER + numeral(digits)
    return _LEADING_ZEROS + chr(max(_MOST_ZEROS - zeros, 1)) + (numeral(significant) if significant else "")


_part = Remembered(_encode).__getitem__

compare = comparison(key)
