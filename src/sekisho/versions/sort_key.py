"""The alphabet of sort keys.

A key is a string: two keys compare, character by character, as their versions do. Written as UTF-8 they keep that
order (UTF-8 sorts as its code points do), so a database can sort and range-search versions by their bytes. Numbers
are written with their length first; every other class of part begins with a control character, chosen by each order
so that a part that sorts earlier has the smaller one.
"""

from __future__ import annotations

from collections.abc import Callable

_SHORTEST = 0x30


def numeral(digits: str) -> str:
    """Write a decimal number so that strings sort as numbers: its length as one character, then its digits."""
    significant = digits.lstrip("0")
    return chr(_SHORTEST + len(significant)) + significant


class Remembered(dict[str, str]):
    """A function of short strings that keeps its answers; versions are made of few different parts."""

    MAX_ANSWERS = 16_384
    """Far more than one ecosystem's common parts; hostile input only makes it start again."""

    def __init__(self, function: Callable[[str], str]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, part: str) -> str:
        if len(self) >= self.MAX_ANSWERS:
            self.clear()
        answer = self[part] = self._function(part)
        return answer


number = Remembered(numeral).__getitem__
"""The same as :func:`numeral`, remembered."""
