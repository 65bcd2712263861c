"""One source, several rebuilders, several spellings."""

from __future__ import annotations

import pytest

from sekisho.match.rebuild import common_interval, common_version
from sekisho.model.advisory import Interval


@pytest.mark.parametrize(
    ("version", "common"),
    [
        ("3.6.8-41.el8.alma", "3.6.8-41.el8"),
        ("2.24.0-2.el9_5.alma.1", "2.24.0-2.el9_5"),
        ("1:1.1.1k-5.el8_5", "1:1.1.1k-5.el8_5"),
        ("1:14.18.2-2.module_el8.5.0+2618+8d46dafd", "1:14.18.2-2"),
        ("1:14.18.2-2.module+el8.6.0+16231+7c1b33d9", "1:14.18.2-2"),
        ("2.4.37-47.module+el8.6.0+15654+427eba2e.2", "2.4.37-47.2"),
        ("2.4.37-47.module_el8.6.0+2872+fe0ff7aa.2.alma", "2.4.37-47.2"),
        ("1:3.5.4-5.module+el8+2452+b359bfcd", "1:3.5.4-5"),
        ("1.0-1.almanac", "1.0-1.almanac"),
        ("", ""),
    ],
)
def test_what_a_rebuilder_adds_is_taken_off(version: str, common: str) -> None:
    assert common_version(version) == common


def test_only_the_fix_of_an_interval_is_respelled() -> None:
    assert common_interval(Interval("1-1.el8.alma", fixed="2-1.el8.alma")) == Interval("1-1.el8.alma", fixed="2-1.el8")
    untouched = Interval("0", last_affected="2-1.el8.alma")
    assert common_interval(untouched) is untouched
