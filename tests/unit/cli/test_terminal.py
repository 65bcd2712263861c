from __future__ import annotations

import io

import pytest

from sekisho.cli.terminal import PIPE_WIDTH, Voice, paint, wants_colour, width
from sekisho.errors import UsageError


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("terminal", "environment", "when", "coloured"),
    [
        (True, {}, "auto", True),
        (False, {}, "auto", False),
        (True, {"TERM": "dumb"}, "auto", False),
        (True, {"NO_COLOR": "1"}, "auto", False),
        (True, {"NO_COLOR": ""}, "auto", True),
        (False, {"FORCE_COLOR": "1"}, "auto", True),
        (False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, "auto", False),
        (True, {"NO_COLOR": "1"}, "always", True),
        (True, {"FORCE_COLOR": "1"}, "never", False),
    ],
)
def test_colour_is_decided_by_option_then_environment_then_terminal(
    terminal: bool, environment: dict[str, str], when: str, coloured: bool
) -> None:
    assert wants_colour(Screen() if terminal else io.StringIO(), environment, when) is coloured


@pytest.mark.parametrize(
    ("columns", "expected"), [("120", 120), ("10", 40), ("0", PIPE_WIDTH), ("wide", PIPE_WIDTH), ("", PIPE_WIDTH)]
)
def test_the_width_is_what_columns_says_or_that_of_a_pipe(columns: str, expected: int) -> None:
    assert width(io.StringIO(), {"COLUMNS": columns}) == expected


def test_a_terminal_without_a_size_is_as_wide_as_a_pipe() -> None:
    assert width(Screen(), {}) == PIPE_WIDTH


def test_an_error_says_what_where_and_what_next() -> None:
    said = io.StringIO()
    Voice(said).error(UsageError("no", detail="one\ntwo", hint="do"))
    assert said.getvalue() == "error: no\n  one\n  two\nhint: do\n"
    coloured = io.StringIO()
    Voice(coloured, colour=True).error(UsageError("no", hint="do"))
    assert coloured.getvalue() == f"{paint('error:', 'red', True)} no\n{paint('hint:', 'cyan', True)} do\n"


def test_quiet_keeps_errors_only() -> None:
    said = Screen()
    voice = Voice(said, quiet=True)
    voice.warning("careful")
    voice.note("by the way")
    voice.progress("working")
    assert said.getvalue() == ""
    voice.error(UsageError("no"))
    assert said.getvalue() == "error: no\n"


def test_progress_waits_overwrites_itself_and_is_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    said = Screen()
    voice = Voice(said)
    voice.progress("too early")
    assert said.getvalue() == ""
    clock[0] = 1
    voice.progress("layer 1 of 2")
    voice.progress("matching")
    voice.warning("careful")
    assert said.getvalue() == "\rlayer 1 of 2\rmatching    \r        \rwarning: careful\n"


def test_nobody_is_told_of_progress_through_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sekisho.cli.terminal.PROGRESS_AFTER", -1)
    said = io.StringIO()
    Voice(said).progress("working")
    assert said.getvalue() == ""
