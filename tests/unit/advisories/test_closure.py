"""Which names are one vulnerability."""

from __future__ import annotations

from sekisho.advisories.closure import Closure, name_order


def closed(*records: tuple[str, list[str]]) -> list[list[str]]:
    closure = Closure()
    for id_, aliases in records:
        closure.link(id_, aliases)
    return closure.groups()


def test_records_that_share_an_alias_are_one() -> None:
    groups = closed(("PYSEC-1", ["CVE-2024-1"]), ("GHSA-a", ["CVE-2024-1"]))
    assert groups == [["CVE-2024-1", "GHSA-a", "PYSEC-1"]]


def test_a_chain_of_synonyms_is_one_group() -> None:
    assert closed(("A-1", ["B-1"]), ("C-1", ["B-1"]), ("C-1", ["D-1"])) == [["A-1", "B-1", "C-1", "D-1"]]


def test_no_chain_makes_two_cves_one() -> None:
    groups = closed(("PSF-1", ["CVE-2024-1", "GHSA-x"]), ("PSF-2", ["CVE-2024-2", "GHSA-x"]))
    assert groups == [["CVE-2024-1", "GHSA-x", "PSF-1"], ["CVE-2024-2", "PSF-2"]]


def test_a_record_without_aliases_is_no_group() -> None:
    assert closed(("RUSTSEC-1", [])) == []


def test_the_name_people_know_comes_first() -> None:
    assert sorted(["PYSEC-1", "GHSA-b", "CVE-2024-9", "GHSA-a"], key=name_order) == [
        "CVE-2024-9",
        "GHSA-a",
        "GHSA-b",
        "PYSEC-1",
    ]
