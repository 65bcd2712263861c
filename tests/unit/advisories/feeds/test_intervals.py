"""Events of a range as intervals."""

from __future__ import annotations

from sekisho.advisories.feeds.intervals import Event, intervals_of
from sekisho.errors import CorruptInput
from sekisho.model.advisory import Interval


def of(*events: Event) -> tuple[Interval, ...]:
    return intervals_of(events, "ECOSYSTEM", lambda version: version.rjust(4, "0"))


def test_introduced_and_fixed_are_one_half_open_interval() -> None:
    assert of(("introduced", "0"), ("fixed", "2")) == (Interval("0", fixed="2"),)


def test_without_an_end_everything_later_is_affected() -> None:
    assert of(("introduced", "3")) == (Interval("3"),)


def test_each_pair_is_an_interval_of_its_own() -> None:
    found = of(("introduced", "1"), ("fixed", "2"), ("introduced", "3"), ("last_affected", "4"))
    assert found == (Interval("1", fixed="2"), Interval("3", last_affected="4"))


def test_a_branch_that_reopens_stays_open() -> None:
    assert of(("introduced", "1"), ("fixed", "2"), ("introduced", "3")) == (Interval("1", fixed="2"), Interval("3"))


def test_events_are_sorted_when_they_do_not_alternate() -> None:
    found = of(("introduced", "10"), ("introduced", "2"), ("fixed", "4"), ("fixed", "12"))
    assert found == (Interval("2", fixed="4"), Interval("10", fixed="12"))


def test_zero_comes_before_every_version() -> None:
    found = of(("fixed", "1"), ("introduced", "0"))
    assert found == (Interval("0", fixed="1"),)


def test_enumerated_last_affected_versions_cover_up_to_the_last() -> None:
    found = of(("introduced", "0"), ("last_affected", "2"), ("last_affected", "3"))
    assert found == (Interval("0", last_affected="2"), Interval("0", last_affected="3"))


def test_a_second_fix_of_a_closed_interval_is_ignored() -> None:
    assert of(("introduced", "0"), ("fixed", "2"), ("fixed", "3")) == (Interval("0", fixed="2"),)


def test_a_limit_is_no_fix_and_a_star_is_no_limit() -> None:
    assert of(("introduced", "0"), ("limit", "5")) == (Interval("0", limit="5"),)
    assert of(("introduced", "0"), ("limit", "*")) == (Interval("0"),)


def test_an_end_without_a_beginning_says_nothing() -> None:
    assert of(("fixed", "2")) == ()


def test_versions_without_an_order_are_taken_as_listed() -> None:
    def refuse(version: str) -> str:
        raise CorruptInput(version)

    found = intervals_of((("introduced", "a"), ("introduced", "b"), ("fixed", "c")), "ECOSYSTEM", refuse)
    assert found == (Interval("a", fixed="c"),)
