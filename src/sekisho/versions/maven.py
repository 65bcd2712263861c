"""Maven's order: numbers and qualifiers; ``alpha < beta < milestone < rc < snapshot < (release) < sp < other words``.

A hyphen, or a change between digits and letters, begins a new list, and empty parts before it fall away, so 1-0,
1.0.0 and 1.ga are all 1. A number after a dot is greater than one after a hyphen, which is greater than any word; a
word after a dot comes before one after a hyphen. Taken literally these rules contradict each other (2.9.0-1 <
2.9.0.RC1 < 2.9.0 < 2.9.0-1); here the release always stands between what announces it and what follows it. Any string
has a place.
Source: https://maven.apache.org/pom.html#version-order-specification
"""

from __future__ import annotations

import re

from sekisho.versions.order import Key, comparison
from sekisho.versions.sort_key import number

_tokens = re.compile(r"[.-]|[0-9]+|[^0-9.-]+").findall
_plain = re.compile(r"[0-9]+(?:\.[0-9]+)*").fullmatch
_java = re.compile(r"\.(?:jre|jdk)[0-9]+\Z", re.IGNORECASE)

_ANNOUNCING = {"alpha": 1, "beta": 2, "milestone": 3, "rc": 4, "cr": 4, "snapshot": 5}
_HYPHENATED = 5
"""Added to the place of an announcing word behind a hyphen."""
_ZERO_BEFORE_ANNOUNCING = "\x0b"
_END = "\x0c"
_RELEASES = frozenset({"", "ga", "final", "release"})
_SERVICE_PACK = {".": "\x0d", "-": "\x0f"}
_OTHER_WORD = {".": "\x0e", "-": "\x10"}
_AFTER_HYPHEN = "\x11"
_BEFORE_DIGIT = {"a": "alpha", "b": "beta", "m": "milestone"}
_ZERO = number("0")
_ZEROS = frozenset({_ZERO, _AFTER_HYPHEN + _ZERO})
_EMPTY = _ZEROS | {_END}


def key(version: str) -> Key:
    """The place of any string among Maven versions."""
    version = version.strip()
    if _plain(version):
        parts = [*map(number, version.split("."))]
        _drop_empty(parts)
    else:
        parts = _parts(version.lower())
        _weigh_zeros(parts)
    return "".join(parts) + _END


def release_key(version: str) -> Key:
    """The place of the release, whatever Java it was built for: ``.jre11`` and ``.jdk8`` do not count."""
    return key(_java.sub("", version))


def _parts(version: str) -> list[str]:
    tokens = _tokens(version)
    parts: list[str] = []
    separator = "."
    missing = True  # a separator stands where a part should: the part is zero
    for position, token in enumerate(tokens):
        if token in (".", "-"):
            if missing:
                _add(parts, "0", separator)
            separator, missing = token, True
            continue
        if not missing:
            separator = "-"  # from digits to letters or back
        missing = False
        if token in _BEFORE_DIGIT and tokens[position + 1 : position + 2] and tokens[position + 1][0].isdecimal():
            token = _BEFORE_DIGIT[token]
        _add(parts, token, separator)
    _drop_empty(parts)
    return parts


def _add(parts: list[str], token: str, separator: str) -> None:
    if separator == "-":
        _drop_empty(parts)
    parts.append(_encode(token, separator))


def _encode(word: str, separator: str) -> str:
    if word[0].isdecimal():
        return _AFTER_HYPHEN + number(word) if separator == "-" else number(word)
    if place := _ANNOUNCING.get(word):
        return chr(place + _HYPHENATED if separator == "-" else place)
    if word in _RELEASES:
        return _END
    return _SERVICE_PACK[separator] if word == "sp" else _OTHER_WORD[separator] + word


def _drop_empty(parts: list[str]) -> None:
    while parts and parts[-1] in _EMPTY:
        parts.pop()


def _weigh_zeros(parts: list[str]) -> None:
    """A zero is as good as the end: what follows it says on which side of the end it lies."""
    announced = False
    for position in range(len(parts) - 1, -1, -1):
        if parts[position] in _ZEROS:
            if announced:
                parts[position] = _ZERO_BEFORE_ANNOUNCING
        else:
            announced = parts[position] < _END


compare = comparison(key)
