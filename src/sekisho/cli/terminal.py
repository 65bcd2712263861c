"""The terminal: width, colour, progress, and how an error is told.

Data goes to standard output, everything else to standard error. The words are the same without colour.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TextIO

from sekisho.errors import SekishoError

PIPE_WIDTH = 100
"""Columns when nobody says how wide the paper is."""
PROGRESS_AFTER = 0.4
"""Seconds of work before a person wants to know that something happens."""
_COLOURS = {"red": "31", "yellow": "33", "cyan": "36", "green": "32", "bold": "1"}

When = Literal["auto", "always", "never"]


def wants_colour(stream: TextIO, environment: Mapping[str, str], when: str = "auto") -> bool:
    """Decide as https://no-color.org and FORCE_COLOR ask, else by whether a person is looking."""
    if when != "auto":
        return when == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"


def width(stream: TextIO, environment: Mapping[str, str]) -> int:
    """Columns of the terminal, of COLUMNS, or PIPE_WIDTH."""
    columns = environment.get("COLUMNS", "")
    if columns.isdigit() and int(columns) > 0:
        return max(40, int(columns))
    try:
        return max(40, os.get_terminal_size(stream.fileno()).columns) if stream.isatty() else PIPE_WIDTH
    except (OSError, ValueError):
        return PIPE_WIDTH


def abandon(*streams: TextIO) -> None:
    """Point streams at nothing, so that Python does not complain about a broken pipe while it ends."""
    with Path(os.devnull).open("wb") as nowhere:
        for stream in streams:
            with contextlib.suppress(OSError, ValueError):
                os.dup2(nowhere.fileno(), stream.fileno())


def printable(text: str) -> str:
    """One line fit for a terminal: names come from images and servers, and may try to move the cursor."""
    return text if text.isprintable() else "".join(one if one.isprintable() else "\ufffd" for one in text)


def paint(text: str, colour: str, on: bool) -> str:
    """Colour a word, when colours are on."""
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if on else text


class Voice:
    """What is said beside the data: warnings, hints, progress."""

    def __init__(self, stream: TextIO, *, colour: bool = False, quiet: bool = False, progress: bool = True) -> None:
        self._stream = stream
        self._colour = colour
        self._quiet = quiet
        self._progress = progress and not quiet and stream.isatty()
        self._started = time.monotonic()
        self._shown = 0

    def error(self, error: SekishoError) -> None:
        """An error with what surrounds it and what to do next."""
        self.clear()
        self._line(f"{paint('error:', 'red', self._colour)} {printable(error.message)}")
        for line in error.detail.splitlines():
            self._line(f"  {printable(line)}")
        if error.hint:
            self._line(f"{paint('hint:', 'cyan', self._colour)} {printable(error.hint)}")

    def warning(self, text: str) -> None:
        """Something the user should know; silenced by --quiet."""
        if not self._quiet:
            self.clear()
            self._line(f"{paint('warning:', 'yellow', self._colour)} {printable(text)}")

    def note(self, text: str) -> None:
        """A remark; silenced by --quiet."""
        if not self._quiet:
            self.clear()
            self._line(printable(text))

    def progress(self, text: str) -> None:
        """What is being done now: one line that is overwritten, on a terminal, for work that takes a while."""
        if self._progress and time.monotonic() - self._started > PROGRESS_AFTER:
            shown = printable(text[:78])
            self._stream.write(f"\r{shown.ljust(self._shown)}")
            self._stream.flush()
            self._shown = len(shown)

    def clear(self) -> None:
        """Wipe the progress line."""
        if self._shown:
            self._stream.write("\r" + " " * self._shown + "\r")
            self._stream.flush()
            self._shown = 0

    def _line(self, text: str) -> None:
        print(text, file=self._stream)


def standard_voice(*, quiet: bool = False, progress: bool = True) -> Voice:
    """The voice on standard error."""
    return Voice(sys.stderr, colour=wants_colour(sys.stderr, os.environ), quiet=quiet, progress=progress)
