"""An order for what has no order of its own: numbers and words, as a careful person would sort them.

Case, separators, a leading ``v`` and zeros at the end of a run of numbers do not count. Words that announce a release
sort before it, other words (``1.0.2k``, ``-post1``, ``_p3``) after it, numbers after both. Any string has a place.
"""

from __future__ import annotations

import re

from sekisho.versions.order import Key, comparison
from sekisho.versions.sort_key import number

_tokens = re.compile(r"[0-9]+|[^\W0-9_]+").findall

_ANNOUNCING = "\x01"
_END = "\x02"
_WORD = "\x03"
_ZERO = number("0")
_PRE_RELEASES = frozenset({"alpha", "beta", "pre", "preview", "prerelease", "rc", "cr", "snapshot", "milestone"})


def key(version: str) -> Key:
    """The place of any string."""
    parts: list[str] = []
    tokens = _tokens(version.lower())
    if len(tokens) > 1 and tokens[0] == "v":
        del tokens[0]
    for token in tokens:
        if token[0].isdecimal():
            parts.append(number(token))
            continue
        _drop_zeros(parts)
        parts.append((_ANNOUNCING if token in _PRE_RELEASES else _WORD) + token)
    _drop_zeros(parts)
    return "".join(parts) + _END


def _drop_zeros(parts: list[str]) -> None:
    while parts and parts[-1] == _ZERO:
        parts.pop()


compare = comparison(key)
