from __future__ import annotations

import pytest

from sekisho.net.retry import Retry, retry_after

NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT


def test_waits_double_and_end_with_patience() -> None:
    retry = Retry(attempts=4, base=1.0)
    assert [retry.wait(tried, None, lambda: 1.0) for tried in (1, 2, 3, 4)] == [1.0, 2.0, 4.0, None]


def test_jitter_takes_away_at_most_half() -> None:
    assert Retry(base=1.0).wait(1, None, lambda: 0.0) == 0.5


def test_no_wait_is_longer_than_the_longest() -> None:
    assert Retry(attempts=99, base=1.0, longest=30.0).wait(50, None, lambda: 1.0) == 30.0


def test_the_server_decides_how_long_to_wait() -> None:
    assert Retry().wait(1, 7.0, lambda: 1.0) == 7.0


def test_a_server_that_asks_for_too_much_is_not_asked_again() -> None:
    assert Retry(longest=30.0).wait(1, 3600.0, lambda: 1.0) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("", None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ("Tue, 14 Nov 2023 22:14:20 GMT", 60.0),
        ("Tue, 14 Nov 2023 22:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("٣", None),
        ("9" * 400, 999_999_999.0),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds
