"""rpm's order: ``[epoch:]version-release``, runs of letters and of digits; ``~`` before the end, ``^`` just after it.

Separators only separate, and a missing epoch is zero. A version without release sorts before the same with any
release.
Source: https://github.com/rpm-software-management/rpm/blob/master/docs/manual/dependencies.md#versioning and
rpmvercmp(). Any string has a place here.
"""

from __future__ import annotations

import re

from sekisho.versions.order import Key, comparison
from sekisho.versions.sort_key import Remembered, numeral

_parts = re.compile("[0-9]+|[A-Za-z]+|[~^]").findall
_END = "\x02"
_RELEASE = "\x03"
_LETTERS = "\x04"
_SIGNS = {"~": "\x01", "^": "\x03"}
_NO_EPOCH = numeral("0") + _END

_architecture = re.compile(
    "noarch|(?:no)?src|i[3-6]86|x86_64(?:_v[2-4])?|aarch64|armv[5-8]h?n?l|ppc(?:64(?:le)?)?|s390x?|riscv(?:64)?|"
    "loongarch64|mips(?:64)?(?:el)?|sparc(?:64)?v?|ia64|alpha"
).fullmatch


def key(version: str) -> Key:
    """The place of any string among versions of rpm packages."""
    epoch = _NO_EPOCH
    if ":" in version:
        text, _, version = version.partition(":")
        epoch = "".join(map(_part, _parts(text))) + _END if text.strip() else _NO_EPOCH
    version, dash, release = version.rpartition("-")
    if not dash:
        return epoch + "".join(map(_part, _parts(release))) + _END
    return "".join([epoch, *map(_part, _parts(version)), _END, _RELEASE, *map(_part, _parts(release)), _END])


def public(version: str) -> str:
    """The version without its release, which a bound may leave out and then means any."""
    return version.rpartition("-")[0] or version


def parse_nevra(text: str) -> tuple[str, str, str, str, str]:
    """Split ``name-[epoch:]version-release[.arch]`` into name, epoch, version, release, arch; empty where missing."""
    stem, dot, arch = text.rpartition(".")
    if not dot or not _architecture(arch):
        stem, arch = text, ""
    rest, _, release = stem.rpartition("-")
    name, _, version = rest.rpartition("-")
    epoch, _, version = version.rpartition(":")
    return name, epoch, version, release, arch


def _encode(part: str) -> str:
    if part[0] in _SIGNS:
        return _SIGNS[part]
    return numeral(part) if part.isdecimal() else _LETTERS + part


_part = Remembered(_encode).__getitem__

compare = comparison(key)
