from __future__ import annotations

import pytest

from sekisho.cli.quantity import byte_count, seconds
from sekisho.errors import UsageError


@pytest.mark.parametrize(
    ("text", "value"),
    [("90s", 90), ("5m", 300), ("5m0s", 300), ("1h30m", 5400), ("1.5h", 5400), ("250ms", 0.25), ("0", 0), (" 1s ", 1)],
)
def test_durations_are_written_as_in_go(text: str, value: float) -> None:
    assert seconds(text) == pytest.approx(value)


@pytest.mark.parametrize(
    "text", ["", "5", "m", "5 m", "-5m", "1h,2m", "5mm", "1e3s", "٣s", "5m!", "s5", "9" * 40 + "s"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a duration"):
        seconds(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("1", 1), ("1b", 1), ("10kb", 10_000), ("10k", 10_000), ("1KiB", 1024), ("500MB", 500_000_000)),
        *(("1.5GiB", 3 << 29), ("2 GB", 2 * 10**9), ("1g", 10**9), ("1TB", 10**12), ("0", 0)),
    ],
)
def test_sizes_are_powers_of_a_thousand_unless_they_say_i(text: str, value: int) -> None:
    assert byte_count(text) == value


@pytest.mark.parametrize(
    "text", ["", "GB", "10XB", "-1MB", "inf", "nan", "1e9", "10 MB more", "0x10", "1_000", "9" * 40]
)
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a size"):
        byte_count(text)
