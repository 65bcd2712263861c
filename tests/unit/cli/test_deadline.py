from __future__ import annotations

import contextlib
import signal
import time

import pytest

from sekisho.cli.deadline import time_limit
from sekisho.errors import Undecided, UsageError


def busy(limit: float) -> None:
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        pass


def test_time_that_runs_out_is_an_undecided_scan() -> None:
    started = time.monotonic()
    with pytest.raises(Undecided) as caught, time_limit("50ms"):
        busy(10)
    assert caught.value.message == "the work took longer than 50ms" and "--timeout" in caught.value.hint
    assert time.monotonic() - started < 5


def test_nobody_on_the_way_takes_it_for_something_else() -> None:
    with pytest.raises(Undecided), time_limit("50ms"):
        while True:
            with contextlib.suppress(Exception):
                busy(10)


def test_an_alarm_that_is_lost_rings_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sekisho.cli.deadline.AGAIN_AFTER", 0.05)
    lost = []
    with pytest.raises(Undecided), time_limit("50ms"):
        try:
            busy(10)
        except BaseException as error:  # noqa: BLE001 - what a careless destructor does
            lost.append(error)
        busy(10)
    assert len(lost) == 1


def test_the_alarm_is_off_afterwards() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with time_limit("50ms"):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) == before
    with pytest.raises(KeyError), time_limit("10s"):
        raise KeyError
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_zero_sets_no_limit_and_a_huge_one_is_none() -> None:
    for text in ("0", "0s", "999999999h"):
        with time_limit(text):
            busy(0.01)


def test_what_is_no_duration_is_refused_before_the_work() -> None:
    with pytest.raises(UsageError), time_limit("soon"):
        pytest.fail("the work was begun")
