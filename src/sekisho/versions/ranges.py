"""Does an advisory's interval cover a version?

OSV's rules: ``introduced`` "0" lies before every version, ``fixed`` and ``limit`` are the first versions outside,
``last_affected`` is the last inside, an interval without end goes on for ever. SEMVER intervals are compared as
Semantic Versioning 2.0 whatever the ecosystem, ECOSYSTEM intervals in its own order.
Source: https://ossf.github.io/osv-schema/#evaluation
"""

from __future__ import annotations

from sekisho.model.advisory import Interval
from sekisho.versions.order import Order, order_named

_START = frozenset({"", "0"})
_ENDLESS = frozenset({"", "*"})
_SEMANTIC = frozenset({"semver", "npm", "golang", "bitnami"})
"""Orders that agree with Semantic Versioning wherever its grammar applies, and understand their ecosystem's dialect."""


def covers(order: Order, interval: Interval, version: str) -> bool:
    """Say whether ``version`` lies in the interval.

    Raises CorruptInput when the version or a bound has no place in the order: then nobody can tell, which is not a no.
    """
    order = comparator_of(order, interval)
    low, high, last = interval.introduced, interval.fixed, interval.last_affected
    if high == "0":
        return False  # distributions write "fixed in 0" for what was never affected
    if low not in _START and order.against(version, low) < order.key(low):
        return False
    if high and order.against(version, high) >= order.key(high):
        return False
    if last and order.against(version, last) > order.key(last):
        return False
    limit = interval.limit
    return limit in _ENDLESS or order.against(version, limit) < order.key(limit)


def comparator_of(order: Order, interval: Interval) -> Order:
    """The order an interval of this ecosystem is compared in."""
    if interval.comparator == "SEMVER" and order.name not in _SEMANTIC:
        return order_named("semver")
    return order
