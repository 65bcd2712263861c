"""The Debian security tracker's words in ours."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sekisho.advisories.feeds.debian import read_tracker
from sekisho.advisories.feeds.protocol import Defect, Record
from sekisho.errors import CorruptInput
from sekisho.model.advisory import Affected, Interval


def records(document: Any) -> list[Record | Defect]:
    return list(read_tracker(json.dumps(document).encode()))


def judged(**release: Any) -> Affected:
    (found,) = records({"pkg": {"CVE-2024-1": {"releases": {"bookworm": release}}}})
    assert isinstance(found, Record)
    (affected,) = found.advisory.affected
    assert (affected.ecosystem, affected.name) == ("Debian:12", "pkg")
    return affected


def test_resolved_is_affected_below_the_version() -> None:
    found = judged(status="resolved", fixed_version="1.2-3+deb12u1", urgency="medium**")
    assert (found.intervals, found.state, found.severity) == ((Interval(fixed="1.2-3+deb12u1"),), "fixed", "medium")


def test_version_zero_was_never_affected() -> None:
    found = judged(status="resolved", fixed_version="0", urgency="unimportant")
    assert (found.intervals, found.state) == ((), "not_affected")


def test_open_is_vulnerable_without_a_repair() -> None:
    found = judged(status="open", urgency="not yet assigned")
    assert (found.intervals, found.state, found.severity) == ((Interval(),), "affected", "")


@pytest.mark.parametrize(
    ("reason", "state"),
    [("ignored", "will_not_fix"), ("postponed", "fix_deferred"), ("", "affected"), (None, "affected")],
)
def test_no_dsa_is_vulnerable_and_says_why_it_stays_so(reason: str | None, state: str) -> None:
    found = judged(status="open", urgency="low", nodsa="Minor issue", nodsa_reason=reason)
    assert (found.intervals, found.state) == ((Interval(),), state)


def test_no_dsa_may_still_carry_a_version() -> None:
    found = judged(status="resolved", fixed_version="2-1", urgency="low", nodsa="Minor issue", nodsa_reason="")
    assert (found.intervals, found.state) == ((Interval(fixed="2-1"),), "fixed")


def test_end_of_life_is_vulnerable_without_support() -> None:
    found = judged(status="open", urgency="end-of-life")
    assert (found.intervals, found.state, found.severity) == ((Interval(),), "end_of_life", "")


def test_undetermined_matches_nothing() -> None:
    found = judged(status="undetermined", urgency="unimportant")
    assert (found.intervals, found.state) == ((), "under_investigation")


def test_one_record_for_each_cve_over_packages_and_releases() -> None:
    fixed = {"status": "resolved", "fixed_version": "1", "urgency": ""}
    found = records(
        {
            "zlib": {"CVE-2024-1": {"description": "d", "releases": {"sid": fixed, "bullseye": fixed, "sarge": fixed}}},
            "mame": {"CVE-2024-1": {"releases": {"trixie": fixed}}, "TEMP-1-AB": {"releases": {}}},
        }
    )
    first, second = (one.advisory for one in found if isinstance(one, Record))
    assert [(one.ecosystem, one.name) for one in first.affected] == [
        ("Debian:13", "mame"),
        ("Debian:11", "zlib"),
        ("Debian:sid", "zlib"),
    ]
    assert (first.details, first.url) == ("d", "https://security-tracker.debian.org/tracker/CVE-2024-1")
    assert (second.id, second.affected) == ("TEMP-1-AB", ())


def test_a_list_where_a_table_belongs_is_one_defect() -> None:
    good = {"releases": {"sid": {"status": "open"}}}
    found = records({"chromium-browser": {"CVE-2022-0358": {"releases": []}}, "a": {"CVE-2024-1": good}})
    assert [type(one) for one in found] == [Defect, Record]
    assert found[0].id == "CVE-2022-0358"  # type: ignore[union-attr]


def test_a_defect_in_one_package_does_not_hide_the_others() -> None:
    good = {"releases": {"sid": {"status": "open"}}}
    defect, found = records({"bad": {"CVE-1": {"releases": []}}, "good": {"CVE-1": good}})
    assert isinstance(defect, Defect)
    assert isinstance(found, Record)
    assert [one.name for one in found.advisory.affected] == ["good"]


@pytest.mark.parametrize("document", [b"", b"[]", b'{"a": []}', b"{" * 100_000])
def test_another_document_is_refused(document: bytes) -> None:
    with pytest.raises(CorruptInput):
        list(read_tracker(document))
