"""On which lines of a JSON document its values stand.

msgspec hands a value over as the raw bytes it was written with; looking for those bytes in document order tells the
lines for the price of one substring search each, without a second parser.
"""

from __future__ import annotations

import msgspec


class LineFinder:
    """Walks forward through one document; values must be asked for in the order they stand in it."""

    __slots__ = ("_data", "_line", "_position")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0
        self._line = 1

    def enter(self, value: msgspec.Raw) -> bool:
        """Move to where ``value`` begins, so that its parts can be asked for next."""
        at = self._data.find(bytes(value), self._position) if self._position >= 0 else -1
        if at >= 0:
            self._line += self._data.count(b"\n", self._position, at)
        # Once lost (a repeated key, a repaired byte) stay lost: searching to the end each time would be quadratic.
        self._position = at
        return at >= 0

    def span(self, value: msgspec.Raw) -> tuple[int, int] | None:
        """First and last line of ``value``, counted from 1, and move behind it; None when it is not found."""
        if not self.enter(value):
            return None
        text = bytes(value)
        first = self._line
        self._line += text.count(b"\n")
        self._position += len(text)
        return first, self._line
