"""One HTTP answer: status, headers, and a body that is read once, bounded, and never waits forever.

A body that ends before its Content-Length, stands still, or trickles slower than :data:`SLOWEST` raises Unreachable.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Protocol

from sekisho.errors import BoundExceeded, Unreachable

SLOWEST = 64
"""Bytes a second, averaged over the time-out: below it the other side is not sending but holding us."""
CHUNK = 1 << 20
"""One read, when a body is read whole."""
DRAIN = 64 << 10
"""What is left of an unwanted body is read up to here so that the connection can be used again."""

BODILESS = frozenset({204, 304})
"""Answers that never have a body, whatever their headers say (RFC 9110 §6.4.1)."""


class Body(Protocol):
    """What a transport hands over; ``io.BytesIO`` is one."""

    def read1(self, size: int, /) -> bytes:
        """Up to ``size`` bytes with at most one wait; empty at the end. Raises a SourceError when the line breaks."""
        ...

    def close(self) -> None:
        """Release the connection."""
        ...


class Response:
    """An answer whose body has not been read yet; close it, or use it in a ``with`` statement."""

    __slots__ = (
        "_body",
        "_clock",
        "_paced",
        "_received",
        "_timeout",
        "_waited",
        "headers",
        "length",
        "status",
        "url",
        "where",
    )

    def __init__(
        self,
        status: int,
        headers: Mapping[str, str],
        body: Body,
        *,
        url: str = "",
        bodiless: bool = False,
        timeout: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.status = status
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.url = url
        """Where the answer came from, after redirects."""
        self.where = without_secrets(url)
        """The same for people."""
        self.length = 0 if bodiless or status in BODILESS else _content_length(self.header("content-length"))
        """Bytes of the body as the server promised them; None when it did not say."""
        self._body = body
        self._received = 0
        self._timeout = timeout
        self._clock = clock
        self._waited = 0.0
        self._paced = 0

    def header(self, name: str) -> str:
        """A header's value, empty when absent; ``name`` in any case."""
        return self.headers.get(name.lower(), "")

    def read(self, size: int, /) -> bytes:
        """Up to ``size`` bytes, empty only at the end; raises Unreachable when the body ends early or stands still."""
        before = self._clock()
        data = self._body.read1(size)
        self._received += len(data)
        self._check_pace(self._clock() - before)
        if not data and size and self.length is not None and self._received < self.length:
            raise Unreachable(f"the connection broke after {self._received:,} of {self.length:,} bytes of {self.where}")
        return data

    def body(self, max_size: int) -> bytes:
        """The whole body; raises BoundExceeded when it is larger than ``max_size``."""
        if self.length is not None and self.length > max_size:
            raise BoundExceeded(f"{self.where} announces {self.length:,} bytes, more than the {max_size:,} allowed")
        parts: list[bytes] = []
        left = max_size + 1
        while left and (data := self.read(min(CHUNK, left))):
            parts.append(data)
            left -= len(data)
        if not left:
            raise BoundExceeded(f"{self.where} is larger than the {max_size:,} bytes allowed")
        return b"".join(parts)

    def discard(self) -> None:
        """Give up the body but keep the connection when little of it is left."""
        try:
            left = DRAIN
            while left > 0 and (data := self.read(left)):
                left -= len(data)
        except Unreachable:
            pass
        self.close()

    def close(self) -> None:
        """Release the connection; may be called at any point."""
        self._body.close()

    def __enter__(self) -> Response:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check_pace(self, waited: float) -> None:
        """Only time spent waiting counts: a reader that is itself slow is not the server's fault."""
        self._waited += waited
        if self._waited < self._timeout:
            return
        if self._received - self._paced < SLOWEST * self._waited and self._received != self.length:
            raise Unreachable(f"{self.where} sends less than {SLOWEST} bytes a second")
        self._waited, self._paced = 0.0, self._received


def without_secrets(url: str) -> str:
    """A URL fit for a message: signed queries and user names are left out."""
    head, _, _ = url.partition("?")
    scheme, sep, rest = head.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{sep}{authority.rpartition('@')[2]}{slash}{path}" if sep else head


def _content_length(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 20 else None
