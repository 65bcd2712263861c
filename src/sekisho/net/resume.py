"""A long body that survives broken connections: the rest is asked for with a Range.

A server that ignores the Range sends everything again, and what is already there is skipped. Whoever reads the stream
checks its digest; this module only sees to it that bytes come in order and without gaps.
Source: RFC 9110 §14 (Range, Content-Range, 206).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from sekisho.errors import BoundExceeded, SourceError, Unreachable
from sekisho.net.response import CHUNK, Response
from sekisho.net.retry import Retry, chance

MAX_RESUMES = 20
"""Broken connections in one body; a line that breaks more often will not bring it."""
PROGRESS = 1 << 20
"""Bytes between two breaks that count as getting somewhere; with less, patience runs out."""
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)\Z")

Ask = Callable[[int], Response]
"""Asks for the body from an offset (0: without a Range) and hands over a 200 or 206; raises a SourceError otherwise."""


class ResumingStream:
    """Bytes from ``ask(0)`` to the end, continued with ``ask(offset)`` after a break; a ``ByteStream``."""

    def __init__(
        self,
        ask: Ask,
        *,
        size: int = -1,
        first: Response | None = None,
        progress: int = PROGRESS,
        retry: Retry = Retry(attempts=3),  # noqa: B008 - frozen
        sleep: Callable[[float], object] = time.sleep,
        chance: Callable[[], float] = chance,
    ) -> None:
        self._ask = ask
        self._size = size
        self._response = first
        self._offset = 0
        self._resumes = 0
        self._progress = progress
        self._broke_at = 0
        self._fruitless = 0
        self._retry = retry
        self._sleep = sleep
        self._chance = chance

    def read(self, size: int, /) -> bytes:
        """Up to ``size`` bytes, empty only at the end; raises Unreachable when patience ends."""
        while True:
            try:
                return self._read(size)
            except Unreachable as broken:
                self._pause(broken)

    def close(self) -> None:
        """Release the connection."""
        if self._response is not None:
            self._response.close()
            self._response = None

    def _read(self, size: int) -> bytes:
        if self._response is None:
            if self._offset and self._offset == self._size:
                return b""
            self._response = _positioned(self._ask(self._offset), self._offset)
        data = self._response.read(size)
        self._offset += len(data)
        if self._offset > self._size >= 0:
            raise BoundExceeded(f"{self._response.where} is larger than the {self._size:,} bytes it should have")
        if not data and self._offset < self._size:
            raise Unreachable(f"{self._response.where} ended after {self._offset:,} of {self._size:,} bytes")
        return data

    def _pause(self, broken: Unreachable) -> None:
        """Wait before going on; re-raise when no answer came, when nothing new arrives, or after too many breaks."""
        if self._response is None:
            raise broken
        self.close()
        self._resumes += 1
        self._fruitless = 1 if self._offset - self._broke_at >= self._progress else self._fruitless + 1
        self._broke_at = self._offset
        wait = self._retry.wait(self._fruitless, None, self._chance)
        if wait is None or self._resumes > MAX_RESUMES:
            raise broken
        self._sleep(wait)


def _positioned(response: Response, offset: int) -> Response:
    """Bring a fresh response to ``offset``: by its Content-Range, or by skipping what is already there."""
    if response.status == 206:
        found = _CONTENT_RANGE.match(response.header("content-range").strip())
        if found is None or int(found[1]) != offset:
            response.close()
            raise SourceError(
                f"{response.where} answers with the wrong range",
                detail=f"asked for bytes from {offset:,}, got {response.header('content-range')[:60]!r}",
            )
        return response
    left = offset
    while left:
        data = response.read(min(CHUNK, left))
        if not data:
            response.close()
            raise SourceError(f"{response.where} became shorter than the {offset:,} bytes it had sent before")
        left -= len(data)
    return response
