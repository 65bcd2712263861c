"""Moments in time as RFC 3339 writes them, compared as moments.

Source: https://github.com/package-url/vers-spec (scheme ``datetime``)
"""

from __future__ import annotations

import re

from sekisho.errors import CorruptInput
from sekisho.versions.order import Key, comparison

_shape = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
).fullmatch


def key(version: str) -> Key:
    """The moment in UTC; raises CorruptInput when it is not written as RFC 3339 asks."""
    from datetime import UTC, datetime

    if _shape(version) is None:
        raise CorruptInput(f"not an RFC 3339 date and time: {version[:80]!r}")
    try:
        return datetime.fromisoformat(version).astimezone(UTC).isoformat(timespec="microseconds")
    except (ValueError, OverflowError):
        raise CorruptInput(f"no such moment: {version[:80]!r}") from None


compare = comparison(key)
