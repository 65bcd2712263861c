"""Conan 2's order: dot-separated items that are numbers or words, then ``-pre-release``, then ``+build``, which counts.

``1.0-`` is older than every pre-release of 1.0. Any string has a place.
Source: https://docs.conan.io/2/tutorial/versioning/version_ranges.html
"""

from __future__ import annotations

import re

from sekisho.versions.order import Key, comparison
from sekisho.versions.sort_key import numeral

_item = re.compile("([0-9]*)(.*)", re.DOTALL).fullmatch
_PRE_END = "\x01"
_PRE_RELEASE = "\x02"
_RELEASE = "\x03"
_NUMBER = "\x04"
_WORD = "\x05"
_TAIL = "\x06"


def key(version: str) -> Key:
    """The place of any string among Conan versions."""
    main, plus, build = version.strip().lower().partition("+")
    main, dash, pre_release = main.partition("-")
    place = _items(main)
    place += _PRE_RELEASE + _items(pre_release) + _PRE_END if dash else _RELEASE
    return place + _items(build) if plus else place


def _items(text: str) -> str:
    items = [*map(_encode, text.split("."))] if text else []
    while items and items[-1] == _ZERO:
        items.pop()
    return "".join(items)


def _encode(item: str) -> str:
    found = _item(item)
    digits, rest = found.groups() if found else ("", item)
    if not digits:
        return _WORD + rest
    return _NUMBER + numeral(digits) + (_TAIL + rest if rest else "")


_ZERO = _NUMBER + numeral("0")

compare = comparison(key)
