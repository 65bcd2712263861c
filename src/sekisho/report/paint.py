"""Text for a terminal: safe to print, coloured when wanted, wrapped by what the eye sees.

Names of packages and files come from the artifact, so from an attacker: whatever could move the cursor, change colours
or reverse the reading direction is replaced before it is printed.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from sekisho.model.severity import Severity

_STYLES = {
    "CRITICAL": "1;35",
    "HIGH": "31",
    "MEDIUM": "33",
    "LOW": "36",
    "UNKNOWN": "2",
    "good": "32",
    "bad": "1;31",
    "doubt": "1;33",
    "warning": "33",
    "hint": "36",
    "strong": "1",
    "dim": "2",
}
REPLACEMENT = "\ufffd"
MAX_SEEN = 240
"""Characters of one name. The longest real paths stay below; more of them would only push the rest off the screen."""


def safe(text: str) -> str:
    """The text without control, formatting and other invisible characters, and of bearable length."""
    if len(text) > MAX_SEEN:
        text = text[: MAX_SEEN - 1] + "…"
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else REPLACEMENT for character in text)


class Painter(msgspec.Struct, frozen=True):
    """Knows whether colour and links are wanted; the words are the same either way."""

    colour: bool
    links: bool

    def paint(self, text: str, style: str) -> str:
        """The text in a style of the table above."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.colour and text else text

    def severity(self, severity: Severity, text: str) -> str:
        """The text in the colour of a severity."""
        return self.paint(text, severity.name)

    def link(self, text: str, url: str) -> str:
        """The text as a hyperlink (OSC 8), when the terminal knows them and the address is harmless."""
        if not self.links or not url.startswith(("https://", "http://")) or not url.isascii() or not url.isprintable():
            return text
        return f"\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\"


class Word(msgspec.Struct, frozen=True):
    """What is seen, and what is sent to the terminal for it."""

    seen: str
    sent: str


def wrap(words: Iterable[Word], width: int, indent: str, gap: str = " ") -> list[str]:
    """Lines of at most ``width`` columns, each after ``indent``; a word longer than a line has one to itself.

    Empty words widen the gap before the next one; at the end of a line they leave nothing behind.
    """
    lines: list[str] = []
    line, length = "", 0
    for word in words:
        needed = len(word.seen) + (len(gap) if line else 0)
        if line and len(indent) + length + needed > width:
            lines.append((indent + line).rstrip(" "))
            line, length, needed = "", 0, len(word.seen)
        line += (gap if line else "") + word.sent
        length += needed
    return [*lines, (indent + line).rstrip(" ")] if line else lines
