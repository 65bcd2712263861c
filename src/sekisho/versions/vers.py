"""VERS, ranges of versions across ecosystems: ``vers:npm/>=1.0.0|<2.0.0``.

The constraints of a range stand in the order of their versions; a version is inside when it equals a bare one, or lies
between a lower bound and the next upper one. Source: https://github.com/package-url/vers-spec
"""

from __future__ import annotations

import re
from itertools import chain, pairwise

import msgspec

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.model.purl import decode, encode
from sekisho.versions.constraint import MAX_CONSTRAINT, Bound, holds, parse_constraint
from sekisho.versions.order import TYPES, Order, order_named

SCHEMES = TYPES | {
    "alpine": "apk",
    "archlinux": "alpm",
    "datetime": "instant",
    "gentoo": "portage",
    "lexicographic": "lexicographic",
    "semver": "semver",
}
"""Scheme → name of the order; others, among them nginx and openssl, have the generic one."""

_scheme = re.compile("[a-z][a-z0-9.+-]*").fullmatch
_bound = re.compile("(>=|<=|!=|<|>|=|)([^<>=!*|]+)").fullmatch


class Vers(msgspec.Struct, frozen=True):
    """A range in normal form: constraints sorted by version. No constraints at all mean every version."""

    scheme: str
    bounds: tuple[Bound, ...] = ()
    everything: bool = False
    """Written ``*``."""

    def __str__(self) -> str:
        if self.everything:
            return f"vers:{self.scheme}/*"
        written = [f"{bound.operator if bound.operator != '=' else ''}{encode(bound.version)}" for bound in self.bounds]
        return f"vers:{self.scheme}/{'|'.join(written)}"

    def __contains__(self, version: str) -> bool:
        """Say whether a version lies in the range; raises CorruptInput when it has no place in the scheme's order."""
        if self.everything:
            return True
        order = _order(self.scheme)
        for bound in self.bounds:
            if bound.operator in ("=", "!=") and order.same(version, bound.version):
                return bound.operator == "="
        ends = _simplified([bound for bound in self.bounds if bound.operator not in ("=", "!=")])
        if not ends:
            return not self.bounds or any(bound.operator == "!=" for bound in self.bounds)
        return _between(order, version, ends)


def parse_vers(text: str) -> Vers:
    """Read a range and put it into normal form; raises CorruptInput when it is not one."""
    if len(text) > MAX_CONSTRAINT:
        raise BoundExceeded(f"a range of {len(text)} characters: {text[:40]!r}…")
    prefix, colon, rest = text.partition(":")
    scheme, slash, constraints = rest.partition("/")
    if prefix != "vers" or not colon or not slash or not _scheme(scheme):
        raise CorruptInput(f"not a range of versions: {text[:80]!r}", hint="write it as vers:scheme/>=1.0|<2.0")
    if constraints == "*":
        return Vers(scheme, everything=True)
    bounds = []
    for constraint in constraints.split("|"):
        found = _bound(constraint)
        if found is None:
            raise CorruptInput(f"not a constraint: {constraint[:80]!r} in {text[:80]!r}")
        bounds.append(Bound(found[1] or "=", decode(found[2])))
    return _sorted(scheme, bounds)


def is_canonical(text: str) -> bool:
    """Say whether ``text`` is a range and written in normal form."""
    try:
        return str(parse_vers(text)) == text
    except CorruptInput:
        return False


def from_native(scheme: str, text: str) -> Vers:
    """Read an ecosystem's own notation (:mod:`~sekisho.versions.constraint`) as a range.

    VERS cannot say "before the pre-releases of 2.0": such an end becomes ``<2.0``.
    """
    implied = _IMPLIED.get(scheme, "")
    bounds: list[Bound] = []
    for bound in chain.from_iterable(parse_constraint(SCHEMES.get(scheme, scheme), text)):
        parts = [Bound("<", bound.version), Bound(">=", bound.until)] if bound.until else [bound]
        bounds += [_without(part, implied) if part.operator in ("<", ">=") else part for part in parts]
    return _sorted(scheme, bounds)


def _without(bound: Bound, suffix: str) -> Bound:
    return Bound(bound.operator, bound.version.removesuffix(suffix))


_IMPLIED = {"npm": "-0", "gem": ".A", "pypi": ".dev0", "composer": "-dev"}


def _order(scheme: str) -> Order:
    return order_named(SCHEMES.get(scheme, "generic"))


def _sorted(scheme: str, bounds: list[Bound]) -> Vers:
    order = _order(scheme)
    return Vers(scheme, tuple(sorted(bounds, key=lambda bound: order.key(bound.version))))


def _simplified(bounds: list[Bound]) -> list[Bound]:
    """Of several upper bounds in a row the last counts, of several lower ones the first."""
    kept: list[Bound] = []
    for bound in bounds:
        if kept and kept[-1].operator[0] == bound.operator[0]:
            if bound.operator[0] == "<":
                kept[-1] = bound
            continue
        kept.append(bound)
    return kept


def _between(order: Order, version: str, ends: list[Bound]) -> bool:
    if ends[0].operator[0] == "<" and holds(order, version, ends[0]):
        return True
    if ends[-1].operator[0] == ">" and holds(order, version, ends[-1]):
        return True
    return any(
        low.operator[0] == ">" and holds(order, version, low) and holds(order, version, high)
        for low, high in pairwise(ends)
    )
