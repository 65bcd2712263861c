"""Constraints as ecosystems and advisory tables write them: ``>= 1.2, < 2 || = 3``, ``[1,2)``, ``^1.2``, ``~> 1.5``.

A constraint is read into alternatives, each a conjunction of bounds: (A and B) or (C). Vulnerability tables decide
what pre-releases are: they are versions like any other, so ``< 2.0`` covers 2.0-rc.1, while the ends that ``^``,
``~`` and wildcards imply lie before the pre-releases of a series. A bare version means exactly that one.
Sources: https://github.com/npm/node-semver#ranges,
https://guides.rubygems.org/patterns/#pessimistic-version-constraint,
https://getcomposer.org/doc/articles/versions.md, https://packaging.python.org/specifications/version-specifiers/,
https://maven.apache.org/pom.html#dependency-version-requirement-specification,
https://learn.microsoft.com/nuget/concepts/package-versioning#version-ranges
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.versions.order import MAX_VERSION, Order, order_named

MAX_CONSTRAINT = 65_536
"""Characters; the longest lists of single versions in public tables have some 20,000."""


class Bound(msgspec.Struct, frozen=True, array_like=True):
    """One comparison. ``until`` makes an inequality one with a series: not in [version, until)."""

    operator: str
    """``=``, ``!=``, ``<``, ``<=``, ``>`` or ``>=``."""
    version: str
    until: str = ""

    def __str__(self) -> str:
        return f"{self.operator} {self.version}"


Alternatives = tuple[tuple[Bound, ...], ...]
_OPERATORS = {
    "": "=",
    "=": "=",
    "==": "=",
    "===": "=",
    "!=": "!=",
    "<>": "!=",
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
}
_token = re.compile(
    r"""\s*+(?:(?P<or>\|\|)|(?P<one>\|)|(?P<and>,)"""
    r"""|(?P<operator>[<>=!~^]*+)\s*+(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<version>[^\s,|"'()<>=!~^][^\s,|"'()]*+))"""
    r"""(?=[\s,|]|\Z))"""
).match


def satisfies(order_name: str, version: str, constraint: str) -> bool:
    """Say whether a version satisfies a constraint written as its ecosystem writes them.

    ``order_name`` names the order (:attr:`sekisho.versions.order.Order.name`) and with it the notation. An empty
    constraint is always satisfied. Raises CorruptInput when the constraint or a version cannot be read.
    """
    order = order_named(order_name)
    alternatives = parse_constraint(order_name, constraint)
    return any(all(holds(order, version, bound) for bound in bounds) for bounds in alternatives)


def holds(order: Order, version: str, bound: Bound) -> bool:
    """Say whether a version keeps one bound."""
    place, limit = order.against(version, bound.version), order.key(bound.version)
    if bound.until:
        return place < limit or order.against(version, bound.until) >= order.key(bound.until)
    match bound.operator:
        case "=":
            return place == limit
        case "!=":
            return place != limit
        case "<":
            return place < limit
        case "<=":
            return place <= limit
        case ">":
            return place > limit
        case _:
            return place >= limit


def parse_constraint(notation: str, text: str) -> Alternatives:
    """Read a constraint in the notation of an order (or ``openssl``, ``nginx``); raises CorruptInput."""
    if len(text) > MAX_CONSTRAINT:
        raise BoundExceeded(f"a constraint of {len(text)} characters: {text[:40]!r}…")
    return _NOTATIONS.get(notation, _plain)(text)


def _plain(text: str) -> Alternatives:
    return _read(text, _exactly)


def _exactly(operator: str, version: str) -> list[Bound]:
    known = _OPERATORS.get(operator)
    if known is None or not version:
        raise CorruptInput(f"not a constraint: {operator}{version}"[:120])
    return [Bound(known, version)]


def _read(text: str, expand: Callable[[str, str], list[Bound]], single_bar: bool = False) -> Alternatives:
    """Split into alternatives and comparisons, joined by commas or spaces; ``expand`` turns each into bounds."""
    alternatives: list[list[Bound]] = [[]]
    position, end = 0, len(text.rstrip())
    while position < end:
        found = _token(text, position)
        if found is None or (found["one"] and not single_bar):
            raise CorruptInput(f"not a constraint: {text[:120]!r}", detail=f"at {text[position : position + 20]!r}")
        position = found.end()
        if found["or"] or found["one"]:
            alternatives.append([])
        elif not found["and"]:
            version = next(group for group in (found["double"], found["single"], found["version"]) if group is not None)
            alternatives[-1] += expand(found["operator"], version)
    return tuple(map(tuple, alternatives))


# Series: the numbers a partial version or a wildcard begins with

_WILD = frozenset({"*", "x", "X"})
_numbers = re.compile(r"[vV=]?([0-9]+(?:\.[0-9]+)*)").match
_hyphen = re.compile(r"(?<!\S)(\S++)\s++-\s++(\S++)")


def _series(version: str) -> tuple[list[int], str]:
    """The leading numbers as far as they are given, and whatever follows the last of them."""
    if len(version) > MAX_VERSION:
        raise BoundExceeded(f"a version of {len(version)} characters: {version[:40]!r}…")
    found = _numbers(version)
    if found is None:
        if version in _WILD:
            return [], ""
        raise CorruptInput(f"not a version: {version[:80]!r}")
    rest = version[found.end() :]
    numbers = [int(number) for number in found[1].split(".")]
    while rest[:2] in (".*", ".x", ".X"):
        rest = rest[2:]
    return numbers, rest


def _dotted(numbers: list[int], length: int = 0) -> str:
    return ".".join(map(str, numbers + [0] * (length - len(numbers))))


def _raised(numbers: list[int], position: int) -> list[int]:
    """The first of the next series: the number at ``position`` raised by one, the rest dropped."""
    return [*numbers[:position], numbers[position] + 1]


def _first_nonzero(numbers: list[int], default: int) -> int:
    return next((position for position, number in enumerate(numbers) if number), default)


# npm

_BEFORE_PRE_RELEASES = "-0"


def _npm(text: str) -> Alternatives:
    return _read(_hyphen.sub(r">=\1 <=\2", text), _npm_bounds)


def _npm_bounds(operator: str, version: str) -> list[Bound]:
    numbers, rest = _series(version)
    if not numbers:
        if operator in ("<", ">"):
            return [Bound("<", "0.0.0" + _BEFORE_PRE_RELEASES)]  # nothing is less than anything
        return []
    partial = len(numbers) < 3 and not rest
    full = _dotted(numbers, 3) + rest
    low = Bound(">=", full + _BEFORE_PRE_RELEASES if partial else full)
    last = min(len(numbers), 3) - 1
    if operator in ("~", "~>"):
        return [low, _npm_before(_raised(numbers, min(1, last)))]
    if operator == "^":
        return [low, _npm_before(_raised(numbers, _first_nonzero(numbers[:3], last)))]
    if partial and operator in ("", "="):
        return [low, _npm_before(_raised(numbers, last))]
    if partial and operator == "<=":
        return [_npm_before(_raised(numbers, last))]
    if partial and operator == ">":
        return [Bound(">=", _dotted(_raised(numbers, last), 3) + _BEFORE_PRE_RELEASES)]
    return [low] if operator == ">=" else _exactly(operator, full)


def _npm_before(numbers: list[int]) -> Bound:
    return Bound("<", _dotted(numbers, 3) + _BEFORE_PRE_RELEASES)


# RubyGems

_LOWEST_WORD = ".A"
"""Sorts before every pre-release RubyGems knows."""


def _gem(text: str) -> Alternatives:
    return _read(text, _gem_bounds)


def _gem_bounds(operator: str, version: str) -> list[Bound]:
    if operator != "~>":
        return _exactly(operator, version)
    numbers, _ = _series(version)
    next_series = _raised(numbers, max(len(numbers) - 2, 0))
    return [Bound(">=", version), Bound("<", _dotted(next_series) + _LOWEST_WORD)]


# Composer

_flag = re.compile(r"@(?:dev|alpha|beta|rc|stable)\b", re.IGNORECASE)


def _composer(text: str) -> Alternatives:
    return _read(_hyphen.sub(r">=\1 <=\2", _flag.sub("", text)), _composer_bounds, single_bar=True)


def _composer_bounds(operator: str, version: str) -> list[Bound]:
    if version.lower().startswith("dev-") or version.lower().endswith("-dev"):
        return _exactly(operator, version)
    numbers, rest = _series(version)
    if not numbers:
        return []
    if operator == "~":
        return [Bound(">=", version), _composer_before(_raised(numbers, max(len(numbers) - 2, 0)))]
    if operator == "^":
        return [Bound(">=", version), _composer_before(_raised(numbers, _first_nonzero(numbers, len(numbers) - 1)))]
    if version[-2:] in (".*", ".x", ".X") and operator in ("", "=", "=="):
        return [Bound(">=", _dotted(numbers, 4) + "-dev"), _composer_before(_raised(numbers, len(numbers) - 1))]
    return _exactly(operator, _dotted(numbers) + rest)


def _composer_before(numbers: list[int]) -> Bound:
    return Bound("<", _dotted(numbers, 4) + "-dev")


# PEP 440

_FIRST = ".dev0"


def _pep440(text: str) -> Alternatives:
    return _read(text, _pep440_bounds)


def _pep440_bounds(operator: str, version: str) -> list[Bound]:
    if version == "*":
        return []
    if operator == "~=":
        numbers, _ = _series(version)
        if len(numbers) < 2:
            raise CorruptInput(f"~= needs two numbers: {version[:80]!r}")
        return [Bound(">=", version), Bound("<", _dotted(_raised(numbers, len(numbers) - 2)) + _FIRST)]
    if not version.endswith(".*"):
        return _exactly(operator, version)
    numbers, _ = _series(version)
    low, high = _dotted(numbers) + _FIRST, _dotted(_raised(numbers, len(numbers) - 1)) + _FIRST
    if operator == "!=":
        return [Bound("!=", low, high)]
    if operator in ("", "=", "=="):
        return [Bound(">=", low), Bound("<", high)]
    raise CorruptInput(f"not a constraint: {operator}{version}"[:120])


# Maven and NuGet

_interval = re.compile(r"\s*+([\[(])([^,\[\]()]*+)(?:(,)([^,\[\]()]*+))?([\])])\s*+(?:,|\|\||\Z)").match


def _brackets(text: str) -> Alternatives:
    """``[1,2)``, ``(,1.0]``, ``[1.0]``, several of them joined by commas; without brackets, plain comparisons."""
    if text.lstrip()[:1] not in ("[", "("):
        return _plain(text)
    alternatives: list[tuple[Bound, ...]] = []
    position = 0
    while position < len(text):
        found = _interval(text, position)
        if found is None:
            raise CorruptInput(f"not a range of versions: {text[:120]!r}")
        opening, low, comma, high, closing = (group and group.strip() for group in found.groups())
        position = found.end()
        if not comma:
            alternatives.append((Bound("=", low),) if low else ())
            continue
        bounds = [Bound(">=" if opening == "[" else ">", low)] if low else []
        bounds += [Bound("<=" if closing == "]" else "<", high)] if high else []
        alternatives.append(tuple(bounds))
    return tuple(alternatives)


# Conan

_CONAN_BEFORE = "-"


def _conan(text: str) -> Alternatives:
    return _read(re.sub(r",\s*include_prerelease(?:\s*=\s*\w+)?", "", text), _conan_bounds)


def _conan_bounds(operator: str, version: str) -> list[Bound]:
    version = version.removesuffix(_CONAN_BEFORE)
    if version == "*":
        return [Bound(">=", "0.0.0")]
    if operator not in ("~", "^"):
        return _exactly(operator, version)
    numbers, _ = _series(version)
    position = min(1, len(numbers) - 1) if operator == "~" else _first_nonzero(numbers, len(numbers) - 1)
    return [Bound(">=", version), Bound("<", _dotted(_raised(numbers, position)) + _CONAN_BEFORE)]


# What two projects write on their security pages


def _openssl(text: str) -> Alternatives:
    """Single versions, joined by commas."""
    return tuple((Bound("=", version.strip()),) for version in text.split(",") if version.strip())


def _nginx(text: str) -> Alternatives:
    """``0.7.52-0.8.39``, and ``0.8.40+``, which ends with its series."""
    alternatives: list[tuple[Bound, ...]] = []
    for part in filter(None, map(str.strip, text.split(","))):
        if part.endswith("+"):
            numbers, _ = _series(part)
            following = _raised(numbers, max(len(numbers) - 2, 0))
            alternatives.append((Bound(">=", part[:-1]), Bound("<", _dotted(following, len(numbers)))))
        elif "-" in part:
            low, _, high = part.partition("-")
            alternatives.append((Bound(">=", low), Bound("<=", high)))
        else:
            alternatives.append((Bound("=", part),))
    return tuple(alternatives)


_NOTATIONS: dict[str, Callable[[str], Alternatives]] = {
    "conan": _conan,
    "gem": _gem,
    "maven": _brackets,
    "nginx": _nginx,
    "npm": _npm,
    "nuget": _brackets,
    "openssl": _openssl,
    "packagist": _composer,
    "pep440": _pep440,
}
"""Name of the order → how its constraints are written; all others are plain."""
