"""Composer's order: a version is filled up to four numbers, then compared as PHP's ``version_compare`` does.

``dev < alpha < beta < RC < (release) < number < patch``; other words come first. A branch (``dev-main``) is older
than any release, ``1.x-dev`` newer than every 1. Any string has a place.
Sources: https://getcomposer.org/doc/articles/versions.md, https://www.php.net/version_compare
"""

from __future__ import annotations

import re

from sekisho.versions.order import Key, comparison
from sekisho.versions.sort_key import number

_tokens = re.compile("[0-9]+|[A-Za-z]+").findall
_classical = re.compile(
    r"v?([0-9]{1,9}(?:\.[0-9]+){0,3})"
    r"(?:[._-]?(stable|beta|b|rc|alpha|a|patch|pl|p)((?:[.-]?[0-9]++)*+))?([.-]?dev)?"
).fullmatch
_branch = re.compile(r"v?([0-9]+(?:\.[0-9]+){0,2})(?:\.[x*])+(?:-dev)?").fullmatch

_UNKNOWN = "\x01"
_FORMS = (
    ("dev", "\x02"),
    ("a", "\x03"),
    ("beta", "\x04"),
    ("b", "\x04"),
    ("RC", "\x05"),
    ("rc", "\x05"),
    ("p", "\x08"),
)
_END = "\x06"
_NUMBER = "\x07"
_BRANCH_NUMBER = "9999999"


def release_key(version: str) -> Key:
    """The place of any string among versions of PHP packages, as Composer fills them up: 1.0 is 1.0.0."""
    return key(normal(version))


def normal(version: str) -> str:
    """Fill up to four numbers, and drop the build, stability flags and ``stable``, as Composer's parser does."""
    version = version.strip().lower().partition("+")[0].partition("@")[0]
    if found := _classical(version):
        numbers, word, count, dev = found.groups()
        filled = numbers + ".0" * (3 - numbers.count("."))
        label = f"-{word}{count}" if word and word != "stable" else ""
        return filled + label + ("-dev" if dev else "")
    if found := _branch(version):
        numbers = found[1].split(".")
        return ".".join(numbers + [_BRANCH_NUMBER] * (4 - len(numbers))) + "-dev"
    return version


def key(version: str) -> Key:
    """The place of any string in the order of PHP's ``version_compare``, which takes it as it stands (1.0 < 1.0.0).

    ``#`` is PHP's own placeholder for a number: here the first one where it ends a version, and nothing elsewhere.
    """
    if version.endswith("#"):
        version = version[:-1] + "1"
    tokens = _tokens(version)
    if tokens and tokens[0] in ("v", "V"):
        del tokens[0]
    return "".join([_NUMBER + number(token) if token[0].isdecimal() else _form(token) for token in tokens]) + _END


def _form(word: str) -> str:
    for form, place in _FORMS:
        if word.startswith(form):
            return place
    return _UNKNOWN


compare = comparison(key)
