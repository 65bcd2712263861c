"""Records that contradict each other: whose word counts, and that nothing is swept under the carpet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sekisho.match.find import Found
from tests.unit.match.examples import affected, build, found, library, record

CVE = {"aliases": ["CVE-2024-1"]}


def go(id_: str, events: str, **fields: Any) -> dict[str, Any]:
    return record(id_, affected("Go", "example.com/net", events, kind="SEMVER"), **(CVE | fields))


def told(tmp_path: Path, *records: dict[str, Any], version: str = "v1.3.0", kind: str = "golang") -> Found:
    name = records[0]["affected"][0]["package"]["name"]
    return found(build(tmp_path / "s.db", records), library(kind, name, version))


def test_gos_own_database_outweighs_githubs(tmp_path: Path) -> None:
    result = told(tmp_path, go("GHSA-1", "introduced 0, fixed 1.4.0"), go("GO-1", "introduced 0, fixed 1.2.0"))
    assert result.findings == ()
    [aside] = result.set_aside
    assert (aside.kind, aside.source, aside.finding.id) == ("disputed", "osv/Go", "CVE-2024-1")
    assert aside.statement == "GO-1 says v1.3.0 is outside <1.2.0"
    assert aside.finding.conflict == aside.statement
    assert [match.advisory for match in aside.finding.matches] == ["GHSA-1"]


def test_rustsecs_own_database_outweighs_githubs(tmp_path: Path) -> None:
    result = told(
        tmp_path,
        record("GHSA-1", affected("crates.io", "a", "introduced 0", kind="SEMVER"), **CVE),
        record("RUSTSEC-1", affected("crates.io", "a", "introduced 0.0.0-0, fixed 1.2.0", kind="SEMVER"), **CVE),
        version="1.3.0",
        kind="cargo",
    )
    assert result.findings == ()
    assert [aside.finding.id for aside in result.set_aside] == ["CVE-2024-1"]


def test_what_both_say_is_one_finding_with_the_native_record_first(tmp_path: Path) -> None:
    result = told(tmp_path, go("GHSA-1", "introduced 0, fixed 1.5.0"), go("GO-1", "introduced 0, fixed 1.4.0"))
    [finding] = result.findings
    assert [match.advisory for match in finding.matches] == ["GO-1", "GHSA-1"]
    assert finding.fixed_version == "1.4.0"
    assert finding.conflict == "sources disagree where it is fixed: GO-1 1.4.0, GHSA-1 1.5.0"
    assert result.set_aside == ()


def test_the_same_fix_in_another_spelling_is_no_disagreement(tmp_path: Path) -> None:
    result = told(tmp_path, go("GHSA-1", "introduced 0, fixed v1.4.0"), go("GO-1", "introduced 0, fixed 1.4.0"))
    assert result.findings[0].conflict == ""


def test_a_native_record_that_says_yes_is_not_outvoted_by_another_that_says_no(tmp_path: Path) -> None:
    """Go has had two records for one CVE."""
    result = told(
        tmp_path,
        go("GHSA-1", "introduced 0, fixed 1.4.0"),
        go("GO-1", "introduced 0, fixed 1.2.0"),
        go("GO-2", "introduced 1.2.5, fixed 1.4.0"),
    )
    assert [finding.id for finding in result.findings] == ["CVE-2024-1"]
    assert result.set_aside == ()


def test_githubs_no_does_not_silence_gos_yes_but_is_told(tmp_path: Path) -> None:
    result = told(tmp_path, go("GHSA-1", "introduced 0, fixed 1.2.0"), go("GO-1", "introduced 0, fixed 1.4.0"))
    [finding] = result.findings
    assert [match.advisory for match in finding.matches] == ["GO-1"]
    assert finding.conflict == "GHSA-1 says v1.3.0 is outside <1.2.0"


def test_an_undecidable_native_record_denies_nothing(tmp_path: Path) -> None:
    custom = {"custom_ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]}
    native = record("GO-1", affected("Go", "example.com/net", ecosystem_specific=custom), **CVE)
    result = told(tmp_path, native, go("GHSA-1", "introduced 0, fixed 1.4.0"))
    assert [finding.id for finding in result.findings] == ["CVE-2024-1"]


def test_a_withdrawn_native_record_denies_nothing(tmp_path: Path) -> None:
    result = told(
        tmp_path,
        go("GHSA-1", "introduced 0, fixed 1.4.0"),
        go("GO-1", "introduced 0, fixed 1.2.0", withdrawn="2024-03-03T00:00:00Z"),
    )
    assert [finding.id for finding in result.findings] == ["CVE-2024-1"]


def test_a_native_record_about_another_vulnerability_denies_nothing(tmp_path: Path) -> None:
    result = told(
        tmp_path,
        go("GHSA-1", "introduced 0, fixed 1.4.0"),
        go("GO-9", "introduced 0, fixed 1.2.0", aliases=["CVE-2024-9"]),
    )
    assert [(finding.id, finding.conflict) for finding in result.findings] == [("CVE-2024-1", "")]


def test_a_native_record_about_several_cves_denies_each_of_them(tmp_path: Path) -> None:
    """It is a synonym of none of them, yet speaks of all."""
    result = told(
        tmp_path,
        go("GHSA-1", "introduced 0, fixed 1.4.0"),
        go("GHSA-2", "introduced 0, fixed 1.4.0", aliases=["CVE-2024-2"]),
        go("GHSA-3", "introduced 0, fixed 1.4.0", aliases=["CVE-2024-3"]),
        go("GO-1", "introduced 0, fixed 1.2.0", aliases=["CVE-2024-1", "CVE-2024-2"]),
    )
    assert [aside.finding.id for aside in result.set_aside] == ["CVE-2024-1", "CVE-2024-2"]
    assert [finding.id for finding in result.findings] == ["CVE-2024-3"]


def test_where_nobody_is_native_a_yes_is_believed_and_the_no_is_told(tmp_path: Path) -> None:
    result = told(
        tmp_path,
        record("GHSA-1", affected("PyPI", "a", "introduced 0, fixed 2.0"), **CVE),
        record("PYSEC-1", affected("PyPI", "a", "introduced 0, fixed 1.0"), **CVE),
        version="1.3",
        kind="pypi",
    )
    [finding] = result.findings
    assert (finding.fixed_version, finding.conflict) == ("2.0", "PYSEC-1 says 1.3 is outside <1.0")
    assert result.set_aside == ()


def test_two_ranges_of_one_record_do_not_contradict_each_other(tmp_path: Path) -> None:
    """GitHub writes each range as a package of its own."""
    branches = (
        affected("PyPI", "a", "introduced 0, fixed 1.2"),
        affected("PyPI", "a", "introduced 1.3, fixed 1.4"),
    )
    result = told(
        tmp_path,
        record("GHSA-1", *branches, **CVE),
        record("PYSEC-1", affected("PyPI", "a", "introduced 0, fixed 1.4"), **CVE),
        version="1.3.1",
        kind="pypi",
    )
    [finding] = result.findings
    assert (finding.conflict, finding.aliases) == ("", ("GHSA-1", "PYSEC-1"))
