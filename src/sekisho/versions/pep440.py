"""Python's order: PEP 440, with versions from before it (``2004d``, ``0.1-bulbasaur``) sorted first, as pip once did.

Sources: https://packaging.python.org/en/latest/specifications/version-specifiers/#version-scheme and, for the old ones,
setuptools' ``parse_version`` before 66. Any string has a place.
"""

from __future__ import annotations

import re

from sekisho.versions.order import Key, comparison
from sekisho.versions.sort_key import number, numeral

_shape = re.compile(
    r"\s*v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)"
    r"(?:[._-]?(alpha|a|beta|b|preview|pre|c|rc)[._-]?([0-9]*))?"
    r"(?:-([0-9]+)|[._-]?(post|rev|r)[._-]?([0-9]*))?"
    r"(?:[._-]?(dev)[._-]?([0-9]*))?"
    r"(?:\+([a-z0-9]+(?:[._-][a-z0-9]+)*))?\s*",
    re.IGNORECASE,
).fullmatch
_plain = re.compile(r"[0-9]+(?:\.[0-9]+)*").fullmatch
_old_parts = re.compile("[0-9]+|[a-z]+|-").findall
_local_separator = re.compile("[._-]").split

_LEGACY = "\x01"
_DEV_ONLY = "\x01"
_PHASES = {"alpha": "\x02", "a": "\x02", "beta": "\x03", "b": "\x03"}
_CANDIDATE = "\x04"
_FINAL = "\x05"
_NO_POST, _POST = "\x01", "\x02"
_DEV, _NO_DEV = "\x01", "\x02"
_LOCAL_WORD, _LOCAL_NUMBER = "\x03", "\x04"
_RELEASED = _FINAL + _NO_POST + _NO_DEV
_NO_EPOCH = number("0")
_ZERO = number("0")

_OLD_WORDS = {"pre": "c", "preview": "c", "-": "final-", "rc": "c", "dev": "@"}


def key(version: str) -> Key:
    """The place of any string among versions of Python packages."""
    if _plain(version):
        return _NO_EPOCH + _release(version) + _RELEASED
    found = _shape(version)
    if found is None:
        return _LEGACY + _old(version)
    epoch, release, phase, phase_number, implicit, post, post_number, dev, dev_number, local = found.groups()
    is_post = post or implicit
    if phase:
        pre = _PHASES.get(phase.lower(), _CANDIDATE) + number(phase_number)
    else:
        pre = _DEV_ONLY if dev and not is_post else _FINAL
    return (
        number(epoch or "")
        + _release(release)
        + pre
        + (_POST + number(implicit or post_number) if is_post else _NO_POST)
        + (_DEV + number(dev_number) if dev else _NO_DEV)
        + (_local(local.lower()) if local else "")
    )


def public(version: str) -> str:
    """The version without its local segment: ``2.0.0+cu118`` is 2.0.0 to an advisory that names no local one."""
    return version.partition("+")[0]


def _release(text: str) -> str:
    numbers = [*map(number, text.split("."))]
    while numbers and numbers[-1] == _ZERO:
        numbers.pop()
    return "".join(numbers)


def _local(text: str) -> str:
    return "".join(
        [_LOCAL_NUMBER + numeral(part) if part.isdecimal() else _LOCAL_WORD + part for part in _local_separator(text)]
    )


def _old(version: str) -> str:
    """Words and eight-digit numbers; a word before "final" also swallows the zeros and hyphens before it."""
    parts: list[str] = []
    for found in _old_parts(version.lower()):
        part = found.zfill(8) if found[0].isdecimal() else "*" + _OLD_WORDS.get(found, found)
        _append_old(parts, part)
    _append_old(parts, "*final")
    return "\x02".join(parts)


def _append_old(parts: list[str], part: str) -> None:
    if part[0] == "*":
        if part < "*final":
            while parts and parts[-1] == "*final-":
                parts.pop()
        while parts and parts[-1] == "00000000":
            parts.pop()
    parts.append(part)


compare = comparison(key)
