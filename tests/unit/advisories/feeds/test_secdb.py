"""Alpine's secdb format."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sekisho.advisories.feeds.protocol import Defect, Record
from sekisho.advisories.feeds.secdb import read_secdb
from sekisho.errors import CorruptInput
from sekisho.model.advisory import Advisory, Interval


def advisories(**repositories: dict[str, Any]) -> dict[str, Advisory]:
    documents = {
        name: json.dumps(
            {"packages": [{"pkg": {"name": key, "secfixes": fixes}} for key, fixes in packages.items()]}
        ).encode()
        for name, packages in repositories.items()
    }
    found = list(read_secdb(documents, "alpine/v3.19", "Alpine:v3.19", "https://x.test/{id}"))
    assert all(isinstance(one, Record) for one in found), found
    return {one.advisory.id: one.advisory for one in found if isinstance(one, Record)}


def test_a_fix_ends_the_interval_of_its_origin_package() -> None:
    found = advisories(main={"zlib": {"1.2.12-r0": ["CVE-2018-25032"]}})
    (affected,) = found["CVE-2018-25032"].affected
    assert (affected.ecosystem, affected.name) == ("Alpine:v3.19", "zlib")
    assert (affected.intervals, affected.state) == ((Interval(fixed="1.2.12-r0"),), "fixed")


def test_version_zero_was_never_affected() -> None:
    (affected,) = advisories(main={"zlib": {"0": ["CVE-2018-1"]}})["CVE-2018-1"].affected
    assert (affected.intervals, affected.state) == ((), "not_affected")


def test_one_string_may_hold_several_ids() -> None:
    found = advisories(
        main={"xen": {"4-r0": ["CVE-2024-1 CVE-2024-2 XSA-9", "XSA-10", "CVE-2024-3 GHSA-aaaa (+ regression)"]}}
    )
    assert set(found) == {"CVE-2024-1", "CVE-2024-2", "CVE-2024-3", "XSA-10"}
    assert found["CVE-2024-3"].aliases == ("GHSA-aaaa",)
    assert found["CVE-2024-1"].aliases == ()


def test_a_placeholder_is_no_id() -> None:
    assert set(advisories(main={"xen": {"4-r0": ["CVE-2022-????", "CVE-????-?????", "XSA-1, CVE-2022-0001"]}})) == {
        "CVE-2022-0001"
    }


def test_a_cve_of_both_repositories_is_one_record() -> None:
    found = advisories(main={"a": {"1-r0": ["CVE-2024-1"]}}, community={"b": {"2-r0": ["CVE-2024-1"]}})
    assert sorted(one.name for one in found["CVE-2024-1"].affected) == ["a", "b"]


def test_two_fixes_of_one_cve_are_both_kept() -> None:
    found = advisories(main={"a": {"1-r0": ["CVE-2024-1"], "1-r5": ["CVE-2024-1"]}})
    assert {one.intervals[0].fixed for one in found["CVE-2024-1"].affected} == {"1-r0", "1-r5"}


def test_an_empty_table_written_as_a_list_is_empty() -> None:
    assert advisories(main={"a": []}) == {}


def test_an_entry_of_another_shape_is_a_defect() -> None:
    document = json.dumps({"packages": [{"pkg": {"name": 1}}, {"pkg": {"name": "a", "secfixes": {"1": ["CVE-1-1"]}}}]})
    found = list(read_secdb({"main": document.encode()}, "s", "Alpine:edge", "{id}"))
    assert [type(one) for one in found] == [Defect, Record]


def test_the_digest_follows_the_content_and_not_its_order() -> None:
    def digest(fixes: dict[str, list[str]]) -> bytes:
        body = json.dumps({"packages": [{"pkg": {"name": "a", "secfixes": fixes}}]}).encode()
        (found,) = read_secdb({"main": body}, "s", "Alpine:edge", "{id}")
        assert isinstance(found, Record)
        return found.sha256

    one = digest({"1-r0": ["CVE-2024-1"], "2-r0": ["CVE-2024-1"]})
    assert one == digest({"2-r0": ["CVE-2024-1"], "1-r0": ["CVE-2024-1"]})
    assert one != digest({"1-r0": ["CVE-2024-1"], "3-r0": ["CVE-2024-1"]})


@pytest.mark.parametrize("document", [b"", b"[]", b'{"packages": 3}', b"[" * 100_000])
def test_another_document_is_refused(document: bytes) -> None:
    with pytest.raises(CorruptInput):
        list(read_secdb({"main": document}, "s", "Alpine:edge", "{id}"))
