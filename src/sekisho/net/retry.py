"""When to ask again, and how long to wait before: exponential backoff with full jitter.

Only answers that promise to get better are asked for again (429 and the 5xx below); a server's own ``Retry-After``
decides when it is short enough to sit out. Nothing here sleeps or reads a clock: both are the caller's.
Source: RFC 9110 §10.2.3 and https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

RETRIED = frozenset({429, 500, 502, 503, 504})
"""Too Many Requests, and the server errors that a second try can cure."""


class Retry(msgspec.Struct, frozen=True):
    """The patience of one request."""

    attempts: int = 4
    """Tries in all."""
    base: float = 0.5
    """Seconds that the first wait is drawn from; doubled each time."""
    longest: float = 30.0
    """A wait is never longer; a server that asks for more is not asked again."""

    def wait(self, tried: int, retry_after: float | None, random: Callable[[], float]) -> float | None:
        """Seconds to wait after ``tried`` tries; None: give up. ``random`` yields numbers from 0 to 1."""
        if tried >= self.attempts:
            return None
        if retry_after is not None:
            return retry_after if retry_after <= self.longest else None
        span = min(self.longest, self.base * 2.0 ** (tried - 1))
        return span * (0.5 + random() / 2)


def chance() -> float:
    """A random number from 0 to 1: what real callers take for :meth:`Retry.wait`."""
    from random import random  # costs as much to import as the rest of this room

    return random()  # noqa: S311 - spreads load, hides nothing


def retry_after(value: str, now: float) -> float | None:
    """Read a ``Retry-After`` header, seconds or an HTTP date, as seconds from ``now``; None when there is none."""
    value = value.strip()
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return float(value[:9])
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, OverflowError):
        return None
