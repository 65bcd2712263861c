"""RubyGems' order: numbers and words in turn; a word makes a pre-release, missing parts are zero.

A hyphen begins a pre-release (``1.0-a`` is ``1.0.pre.a``); a platform behind the version (``1.13.1-x86_64-linux``) does
not count. Source: https://docs.ruby-lang.org/en/3.3/Gem/Version.html
"""

from __future__ import annotations

import re

from sekisho.errors import CorruptInput
from sekisho.versions.order import Key, comparison
from sekisho.versions.sort_key import number

_shape = re.compile(r"[0-9][0-9A-Za-z]*(?:\.[0-9A-Za-z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?").fullmatch
_segments = re.compile("[0-9]+|[A-Za-z]+").findall
_platform = re.compile(
    r"-(?:(?:x86_64|x86|x64|amd64|i[3-6]86|universal|aarch64|arm64|arm(?:v[0-9]+[a-z]*)?|powerpc|ppc64le|s390x|riscv64|"
    r"sparc)(?=-|$)|(?:java|jruby|dalvik|dotnet)$|(?:mswin|mingw)[0-9]*(?=-|$)).*"
).search

_WORD = "\x01"
_ZERO_BEFORE_WORD = "\x02"
_END = "\x03"
_ZERO = number("0")


def key(version: str) -> Key:
    """The place of a version; raises CorruptInput when RubyGems would not read it. An empty one is zero."""
    version = public(version.strip())
    if not version:
        return _END
    if _shape(version) is None:
        raise CorruptInput(f"not a gem version: {version[:80]!r}")
    segments = _segments(version.replace("-", ".pre."))
    for position, segment in enumerate(segments):
        if not segment[0].isdecimal():
            return "".join([*_numbers(segments[:position]), *_words(segments[position:]), _END])
    return "".join([*_numbers(segments), _END])


def public(version: str) -> str:
    """The version without the platform, which advisories leave out."""
    found = _platform(version) if "-" in version else None
    return version[: found.start()] if found else version


def _numbers(segments: list[str]) -> list[str]:
    numbers = [*map(number, segments)]
    while numbers and numbers[-1] == _ZERO:
        numbers.pop()
    return numbers


def _words(segments: list[str]) -> list[str]:
    """Encode from the back: a zero is as good as the end, unless what follows it is not."""
    encoded: list[str] = []
    zero = _END
    for segment in reversed(segments):
        if not segment[0].isdecimal():
            encoded.append(_WORD + segment)
            zero = _ZERO_BEFORE_WORD
        elif (numeral := number(segment)) != _ZERO:
            encoded.append(numeral)
            zero = _ZERO
        elif zero != _END:
            encoded.append(zero)
    return encoded[::-1]


compare = comparison(key)
