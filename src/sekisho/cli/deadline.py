"""How long a command may take: ``--timeout``."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from sekisho.cli.quantity import seconds
from sekisho.errors import Undecided

LONGEST = 1e8
"""Seconds (three years): what no work takes, and every timer can count."""
AGAIN_AFTER = 1.0
"""Seconds until the alarm rings again: the first may be lost in a destructor, or be followed by a long clearing up."""


class _Expired(BaseException):
    """Time is up. No Exception: nobody on the way may take it for a damaged file or a failed attempt."""


@contextmanager
def time_limit(text: str) -> Iterator[None]:
    """Raise Undecided when the work takes longer than ``text`` says; ``0`` sets no limit. For the main thread."""
    limit = min(seconds(text), LONGEST)

    def expired(_signal: int, _frame: object) -> None:
        raise _Expired

    before = signal.signal(signal.SIGALRM, expired)
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, limit, AGAIN_AFTER)
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
    except _Expired:
        raise Undecided(f"the work took longer than {text}", hint="allow more with --timeout") from None
