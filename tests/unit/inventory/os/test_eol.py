from __future__ import annotations

from datetime import date

import pytest

from sekisho.inventory.os import eol
from sekisho.inventory.os.eol import end_of_life


@pytest.mark.parametrize(
    ("family", "name", "day"),
    [
        ("debian", "12.8", "2028-06-30"),
        ("debian", "10", "2024-06-30"),
        ("ubuntu", "22.04", "2027-04-30"),
        ("alpine", "3.10.2", "2021-05-01"),
        ("alpine", "3.1.4", "2016-11-01"),
        ("redhat", "8.10", "2029-05-31"),
        ("centos", "7.6.1810", "2024-06-30"),
        ("centos-stream", "9", "2027-05-31"),
        ("amazon", "2 (Karoo)", "2026-06-30"),
        ("amazon", "AMI release 2018.03", "2023-12-31"),
        ("amazon", "2023.6.20241010 (Amazon Linux)", "2029-06-30"),
        ("sles", "15", "2019-12-31"),
        ("sles", "15.6", "2025-12-31"),
        ("opensuse-leap", "15.1", "2021-02-02"),
    ],
)
def test_the_longest_known_start_of_a_release_counts(family: str, name: str, day: str) -> None:
    assert end_of_life(family, name) == day


@pytest.mark.parametrize(
    ("family", "name"),
    [
        ("wolfi", "20230201"),
        ("opensuse-tumbleweed", "20240607"),
        ("arch", ""),
        ("debian", "trixie/sid"),
        ("alpine", "3.21.0_alpha20240923"),
        ("sles", "15.9"),
        ("ubuntu", "99.04"),
        ("debian", "120"),
    ],
)
def test_what_rolls_or_is_not_known_has_no_end(family: str, name: str) -> None:
    assert end_of_life(family, name) == ""


def test_every_day_of_the_table_is_a_day() -> None:
    days = [day for releases in eol._ENDS.values() for day in releases.values()]
    assert [day for day in days if date.fromisoformat(day).isoformat() != day] == []
    assert len(days) > 150
