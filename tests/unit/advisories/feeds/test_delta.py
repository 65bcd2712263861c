"""What changed, from an index."""

from __future__ import annotations

from datetime import UTC, datetime

from sekisho.advisories.feeds.delta import change, fetch_each, newest
from sekisho.advisories.feeds.osv import read_index
from sekisho.advisories.feeds.protocol import Defect
from sekisho.advisories.feeds.timestamps import instant, stamp
from sekisho.errors import NotFound

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_new_and_later_records_are_wanted_and_missing_ones_removed() -> None:
    listed = {"A": "2024-01-02T00:00:00Z", "B": "2024-01-01T00:00:00Z", "C": "2024-01-01T00:00:00Z"}
    known = {"A": "2024-01-01T00:00:00Z", "B": "2024-01-01T00:00:00Z", "D": "2020-01-01T00:00:00Z"}
    found = change(listed, known)
    assert (found.wanted, found.removed) == (("A", "C"), frozenset({"D"}))


def test_one_instant_written_two_ways_is_no_change() -> None:
    listed = {"A": "2026-08-22T07:59:18Z", "B": "2026-08-22T07:59:18Z", "C": "0001-01-01T00:00:00Z"}
    known = {"A": "2026-08-22T09:59:18+02:00", "B": "2026-08-22T07:59:18.123456Z", "C": "0001-01-01T00:00:00Z"}
    assert change(listed, known).wanted == ()


def test_a_record_stamped_in_the_future_is_fetched_once_and_moves_no_cursor() -> None:
    listed = {"A": "2027-07-09T15:54:00Z", "B": "2024-01-01T00:00:00Z"}
    assert change(listed, {"A": "2027-07-09T15:54:00Z", "B": "2024-01-01T00:00:00Z"}).wanted == ()
    assert newest(listed, NOW) == "2024-01-01T00:00:00Z"


def test_what_cannot_be_dated_is_wanted() -> None:
    assert change({"A": "yesterday"}, {"A": "2024-01-01T00:00:00Z"}).wanted == ("A",)
    assert newest({"A": "yesterday"}, NOW) == ""


def test_one_missing_record_gives_up_the_delta() -> None:
    def fetch(id_: str) -> Defect:
        if id_ == "B":
            raise NotFound(id_)
        return Defect(id_, "")

    assert list(fetch_each(("A",), fetch) or ()) == [Defect("A", "")]
    assert fetch_each(("A", "B"), fetch) is None


def test_the_index_is_read_with_and_without_ecosystem() -> None:
    body = b"2024-01-01T00:00:00Z,PyPI/PYSEC-1\n2024-01-02T00:00:00Z,PYSEC-2\nrubbish\n\xff,\n"
    assert read_index(body) == {"PYSEC-1": "2024-01-01T00:00:00Z", "PYSEC-2": "2024-01-02T00:00:00Z"}


def test_timestamps_are_instants() -> None:
    assert instant("2026-08-22T09:59:18+02:00") == instant("2026-08-22T07:59:18Z") == instant("2026-08-22T07:59:18")
    assert instant("0001-01-01T00:00:00+02:00") is None
    assert instant("soon") is None
    assert stamp(datetime(2024, 1, 2, 3, 4, 5, 678, tzinfo=UTC)) == "2024-01-02T03:04:05Z"
