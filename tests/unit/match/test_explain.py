"""Why a vulnerability was matched, or why not."""

from __future__ import annotations

from pathlib import Path

from tests.unit.match.examples import DEBIAN, affected, build, deb, explained, found, library, record

TRACKER = {
    "xz-utils": {
        "CVE-2024-3094": {
            "releases": {
                "bookworm": {"status": "resolved", "fixed_version": "0"},
                "bullseye": {"status": "resolved", "fixed_version": "0"},
            }
        }
    },
    "openssl": {"CVE-2024-5535": {"releases": {"bookworm": {"status": "resolved", "fixed_version": "3.0.15-1"}}}},
}


def test_a_match_is_explained_with_range_comparator_and_fix(tmp_path: Path) -> None:
    path = build(tmp_path / "s.db", tracker=TRACKER)
    package = deb("libssl3", "3.0.14-1", source_name="openssl", layer="sha256:1")
    told = explained(path, "CVE-2024-5535", package, system=DEBIAN)
    [case] = told.cases
    assert (case.judgement.covered, case.judgement.fixed) == (True, ("3.0.15-1",))
    assert (case.ecosystem, case.name, case.version, case.comparator) == ("Debian:12", "openssl", "3.0.14-1", "deb")
    assert (case.ranges, case.package.layer, case.advisory.source) == ("<3.0.15-1", "sha256:1", "debian")
    assert (told.names, told.absent) == (("CVE-2024-5535",), ())


def test_a_version_outside_is_explained(tmp_path: Path) -> None:
    path = build(tmp_path / "s.db", tracker=TRACKER)
    [case] = explained(path, "CVE-2024-5535", deb("openssl", "3.0.15-1"), system=DEBIAN).cases
    assert (case.judgement.covered, case.judgement.reason) == (False, "3.0.15-1 is outside <3.0.15-1")


def test_a_vendors_denial_is_explained(tmp_path: Path) -> None:
    path = build(tmp_path / "s.db", tracker=TRACKER)
    told = explained(path, "CVE-2024-3094", deb("liblzma5", "5.4.1-1", source_name="xz-utils"), system=DEBIAN)
    assert [case.judgement.reason for case in told.cases] == ["the vendor says it is not affected"]
    assert told.absent == ("Debian:11/xz-utils",)


def test_any_name_of_a_vulnerability_will_do(tmp_path: Path) -> None:
    records = [
        record("GHSA-1", affected("Go", "x/net", "introduced 0, fixed 0.17.0"), aliases=["CVE-2023-1"]),
        record("GO-1", affected("Go", "x/net", "introduced 0, fixed 0.17.0"), aliases=["CVE-2023-1", "GHSA-1"]),
    ]
    path = build(tmp_path / "s.db", records)
    for name in ("CVE-2023-1", "GHSA-1", "GO-1"):
        told = explained(path, name, library("golang", "x/net", "v0.16.0"))
        assert told.names == ("CVE-2023-1", "GHSA-1", "GO-1")
        assert [(case.candidate.id, case.judgement.covered) for case in told.cases] == [
            ("GHSA-1", True),
            ("GO-1", True),
        ]


def test_errata_about_a_cve_are_explained_too(tmp_path: Path) -> None:
    usn = record(
        "USN-1", affected("Ubuntu:22.04:LTS", "bash", "introduced 0, fixed 5.1-6ubuntu1.1"), upstream=["CVE-2022-1"]
    )
    told = explained(build(tmp_path / "s.db", [usn]), "CVE-2022-1")
    assert [advisory.id for advisory in told.records] == ["USN-1"]
    assert told.absent == ("Ubuntu:22.04:LTS/bash",)


def test_a_package_that_is_not_matched_is_explained(tmp_path: Path) -> None:
    path = build(tmp_path / "s.db", [record("GHSA-1", affected("PyPI", "a", "introduced 0"))])
    [case] = explained(path, "GHSA-1", library("pypi", "a", "1.0", relation="workspace")).cases
    assert not case.judgement.covered
    assert case.judgement.reason == "it is part of the scanned project itself"


def test_a_package_the_distribution_speaks_for_is_explained(tmp_path: Path) -> None:
    path = build(
        tmp_path / "s.db",
        [record("GHSA-1", affected("PyPI", "a", "introduced 0"))],
        tracker={"python-a": {"CVE-2024-1": {"releases": {"bookworm": {"status": "open"}}}}},
    )
    system = deb("python3-a", "1.0-1", source_name="python-a")
    told = explained(path, "GHSA-1", system, library("pypi", "a", "1.0", owned_by=system.key), system=DEBIAN)
    [case] = told.cases
    assert not case.judgement.covered
    assert case.judgement.reason == "it belongs to python3-a@1.0-1, for which the distribution's advisories speak"


def test_records_that_never_count_are_explained(tmp_path: Path) -> None:
    path = build(
        tmp_path / "s.db",
        [
            record("GHSA-1", affected("npm", "a", "introduced 0"), withdrawn="2024-02-02T00:00:00Z"),
            record(
                "RUSTSEC-1",
                affected("crates.io", "a", "introduced 0", database_specific={"informational": "unmaintained"}),
            ),
        ],
    )
    [gone] = explained(path, "GHSA-1", library("npm", "a", "1.0.0")).cases
    assert gone.judgement.reason == "the record was withdrawn on 2024-02-02"
    [idle] = explained(path, "RUSTSEC-1", library("cargo", "a", "1.0.0")).cases
    assert idle.judgement.reason == "the record is informational (unmaintained), not a vulnerability"
    assert not gone.judgement.covered
    assert not idle.judgement.covered


def test_an_open_question_is_explained(tmp_path: Path) -> None:
    path = build(tmp_path / "s.db", [record("GO-1", affected("Go", "x", "introduced 0, fixed 1.0.0"))])
    [nameless] = explained(path, "GO-1", library("golang", "x", "")).cases
    assert nameless.judgement.undecided
    assert nameless.judgement.reason == "the package has no version here"


def test_a_hit_that_the_ecosystems_own_database_denies_is_explained(tmp_path: Path) -> None:
    records = [
        record("GHSA-1", affected("Go", "x", "introduced 0, fixed 1.4.0"), aliases=["CVE-2024-1"]),
        record("GO-1", affected("Go", "x", "introduced 0, fixed 1.2.0"), aliases=["CVE-2024-1"]),
    ]
    path = build(tmp_path / "s.db", records)
    package = library("golang", "x", "v1.3.0")
    reasons = {case.candidate.id: case.judgement for case in explained(path, "CVE-2024-1", package).cases}
    assert reasons["GHSA-1"].reason == "<1.4.0 would cover it, but GO-1 says v1.3.0 is outside <1.2.0"
    assert not any(judgement.covered for judgement in reasons.values())
    assert found(path, package).findings == ()


def test_listed_versions_are_counted(tmp_path: Path) -> None:
    listed = affected("PyPI", "a", "introduced 0, fixed 1.0", versions=["0.1", "0.2", "0.3"])
    [case] = explained(
        build(tmp_path / "s.db", [record("PYSEC-1", listed)]), "PYSEC-1", library("pypi", "a", "2")
    ).cases
    assert case.ranges == "<1.0; 3 listed versions"


def test_a_record_twice_in_the_store_is_judged_once(tmp_path: Path) -> None:
    """OSV's Go bucket repeats the Go database; the row of the preferred source is the one that counts."""
    twin = record("GO-1", affected("Go", "x", "introduced 0, fixed 1.0.0"))
    other = record(
        "GO-1", affected("PyPI", "unrelated", "introduced 0"), affected("Go", "x", "introduced 0, fixed 2.0.0")
    )
    told = explained(build(tmp_path / "s.db", [twin, other]), "GO-1", library("golang", "x", "v0.9.0"))
    assert [(case.candidate.source, case.judgement.fixed) for case in told.cases] == [("osv/Go", ("1.0.0",))]


def test_an_unknown_name_has_no_records(tmp_path: Path) -> None:
    path = build(tmp_path / "s.db", tracker=TRACKER)
    told = explained(path, "CVE-1999-1", deb("openssl", "3.0.14-1"), system=DEBIAN)
    assert (told.names, told.records, told.cases, told.absent) == (("CVE-1999-1",), (), (), ())
