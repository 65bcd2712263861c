"""The twelve traps of vulnerability data, each with the mistake it invites."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.match.examples import (
    ALMA,
    ALPINE,
    CRITICAL,
    DEBIAN,
    UBUNTU,
    affected,
    apk,
    build,
    deb,
    erratum,
    found,
    ids,
    library,
    one,
    record,
    rpm,
)


def test_trap_1_events_mean_what_they_mean_once_sorted(tmp_path: Path) -> None:
    """Two lines in one range, told in any order; ``last_affected`` is inside, ``limit`` is no fix."""
    events = "fixed 2.1.0, introduced 2.0.0, fixed 1.2.0, introduced 0"
    path = build(
        tmp_path / "s.db",
        [
            record("GHSA-1", affected("npm", "a", events, kind="SEMVER")),
            record("GHSA-2", affected("npm", "b", "introduced 0, last_affected 1.5.0")),
            record("GHSA-3", affected("npm", "c", "introduced 1.0.0, limit 2.0.0")),
        ],
    )
    versions = ("1.1.0", "1.2.0", "2.0.0", "2.1.0")
    assert [ids(path, library("npm", "a", version)) for version in versions] == [["GHSA-1"], [], ["GHSA-1"], []]
    assert [ids(path, library("npm", "b", version)) for version in ("1.5.0", "1.5.1")] == [["GHSA-2"], []]
    assert one(path, library("npm", "c", "1.9.0")).fixed_version == ""
    assert ids(path, library("npm", "c", "2.0.0")) == []


def test_trap_1_git_ranges_say_nothing_about_packages(tmp_path: Path) -> None:
    path = build(tmp_path / "s.db", [record("GHSA-1", affected("npm", "a", "introduced 0", kind="GIT"))])
    told = found(path, library("npm", "a", "1.0.0"))
    assert told.findings == ()
    assert "does not say which versions" in told.gaps[0].reason


def test_trap_2_a_range_and_a_list_that_disagree_are_both_right(tmp_path: Path) -> None:
    path = build(
        tmp_path / "s.db",
        [record("PYSEC-1", affected("PyPI", "a", "introduced 1.0, fixed 1.2", versions=("0.9", "2.0.0")))],
    )
    judged = {version: ids(path, library("pypi", "a", version)) for version in ("0.9.0", "1.1", "1.2", "2.0", "2.1")}
    assert judged == {"0.9.0": ["PYSEC-1"], "1.1": ["PYSEC-1"], "1.2": [], "2.0": ["PYSEC-1"], "2.1": []}


def test_trap_2_semver_ranges_are_compared_as_semver_in_every_ecosystem(tmp_path: Path) -> None:
    """RubyGems would take ``1.0.0-rc1`` for ``1.0.0.pre.rc1``; strictly, it comes before 1.0.0 just the same."""
    path = build(
        tmp_path / "s.db", [record("GHSA-1", affected("npm", "a", "introduced 0, fixed 1.0.0-rc.2", kind="SEMVER"))]
    )
    assert ids(path, library("npm", "a", "1.0.0-rc.1")) == ["GHSA-1"]
    assert ids(path, library("npm", "a", "1.0.0-rc.10")) == []


def test_trap_3_a_release_of_a_distribution_is_an_ecosystem_of_its_own(tmp_path: Path) -> None:
    path = build(
        tmp_path / "s.db",
        tracker={
            "curl": {
                "CVE-2024-1": {
                    "releases": {
                        "bookworm": {"status": "resolved", "fixed_version": "7.88.1-10+deb12u6"},
                        "bullseye": {"status": "resolved", "fixed_version": "7.74.0-1.3+deb11u12"},
                    }
                }
            }
        },
    )
    assert one(path, deb("curl", "7.88.1-10+deb12u5"), DEBIAN).fixed_version == "7.88.1-10+deb12u6"
    assert ids(path, deb("curl", "7.88.1-10+deb12u6"), system=DEBIAN) == []


def test_trap_3_a_registry_behind_the_colon_does_not_hide_a_language_package(tmp_path: Path) -> None:
    drupal = affected("Packagist:https://packages.drupal.org/8", "Drupal/Views", "introduced 0, fixed 1.2")
    path = build(tmp_path / "s.db", [record("DRUPAL-1", drupal)])
    assert ids(path, library("composer", "drupal/views", "1.1")) == ["DRUPAL-1"]


def test_trap_4_a_withdrawn_record_is_never_reported(tmp_path: Path) -> None:
    gone = record("GHSA-1", affected("npm", "a", "introduced 0"), withdrawn="2024-02-02T00:00:00Z")
    path = build(tmp_path / "s.db", [gone, record("GHSA-2", affected("npm", "a", "introduced 0, fixed 2.0.0"))])
    told = found(path, library("npm", "a", "1.0.0"))
    assert [finding.id for finding in told.findings] == ["GHSA-2"]
    assert told.gaps == ()


def test_trap_5_aliases_make_one_finding_and_related_names_do_not(tmp_path: Path) -> None:
    path = build(
        tmp_path / "s.db",
        [
            record("PYSEC-1", affected("PyPI", "a", "introduced 0, fixed 2"), aliases=["CVE-2024-1"]),
            record("GHSA-1", affected("PyPI", "a", "introduced 0, fixed 2"), aliases=["CVE-2024-1"]),
            record("GHSA-2", affected("PyPI", "a", "introduced 0, fixed 2"), related=["CVE-2024-1"]),
        ],
    )
    told = found(path, library("pypi", "a", "1"))
    assert [(finding.id, finding.aliases) for finding in told.findings] == [
        ("CVE-2024-1", ("GHSA-1", "PYSEC-1")),
        ("GHSA-2", ()),
    ]


def test_trap_5_an_erratum_is_about_its_cves_and_no_name_for_them(tmp_path: Path) -> None:
    fixed = affected("AlmaLinux:8", "openssl-libs", "introduced 0, fixed 1:1.1.1k-5.el8_5")
    path = build(tmp_path / "s.db", [erratum("ALSA-2021:5226", ["CVE-2021-3712", "CVE-2021-3711"], fixed)])
    told = found(path, rpm("openssl-libs", "1:1.1.1k-4.el8"), system=ALMA)
    assert [(finding.id, finding.aliases) for finding in told.findings] == [
        ("CVE-2021-3711", ("ALSA-2021:5226",)),
        ("CVE-2021-3712", ("ALSA-2021:5226",)),
    ]


def test_trap_6_the_standard_library_is_a_module_named_stdlib(tmp_path: Path) -> None:
    events = "introduced 0, fixed 1.19.9, introduced 1.20.0-0, fixed 1.20.4"
    path = build(
        tmp_path / "s.db",
        [record("GO-2023-1", affected("Go", "stdlib", events, kind="SEMVER"), aliases=["CVE-2023-1"])],
    )
    versions = {
        "v1.19.8": True, "v1.19.9": False, "go1.20rc1": True, "v1.20.3": True, "v1.20.4": False,
        "go1.20.3 X:boringcrypto": True, "v1.21.0": False,
    }  # fmt: skip
    assert {version: bool(ids(path, library("golang", "stdlib", version))) for version in versions} == versions
    assert one(path, library("golang", "stdlib", "v1.19.8")).fixed_version == "1.19.9, 1.20.4"


def test_trap_6_pseudo_versions_and_incompatible_majors_have_their_place(tmp_path: Path) -> None:
    path = build(
        tmp_path / "s.db",
        [
            record("GO-1", affected("Go", "x/crypto", "introduced 0, fixed 0.0.0-20211202192323-5770296d904e")),
            record("GO-2", affected("Go", "docker/docker", "introduced 0, fixed 20.10.24+incompatible")),
        ],
    )
    assert ids(path, library("golang", "x/crypto", "v0.0.0-20200622213623-75b288015ac9")) == ["GO-1"]
    assert ids(path, library("golang", "x/crypto", "v0.0.0-20220101000000-000000000000")) == []
    assert ids(path, library("golang", "docker/docker", "v20.10.23+incompatible")) == ["GO-2"]
    assert ids(path, library("golang", "docker/docker", "v20.10.24+incompatible")) == []


def test_trap_6_ranges_of_a_modules_own_kind_are_not_guessed_at(tmp_path: Path) -> None:
    custom = {"custom_ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "9.0"}, {"fixed": "9.2.10"}]}]}
    grafana = affected("Go", "github.com/grafana/grafana", "introduced 0", ecosystem_specific=custom)
    path = build(tmp_path / "s.db", [record("GO-2024-2867", grafana)])
    told = found(path, library("golang", "github.com/grafana/grafana", "v9.2.4"))
    assert told.findings == ()
    [gap] = told.gaps
    assert gap.weight == "note"
    assert "GO-2024-2867 could not be decided: the module has no semantic version tags" in gap.reason


DEBIAN_STATES = {
    "never": ({"status": "resolved", "fixed_version": "0"}, None),
    "mended": ({"status": "resolved", "fixed_version": "2.0-1"}, ("fixed", "2.0-1")),
    "open": ({"status": "open"}, ("affected", "")),
    "ignored": ({"status": "open", "nodsa": "minor", "nodsa_reason": "ignored"}, ("will_not_fix", "")),
    "postponed": ({"status": "open", "nodsa": "minor", "nodsa_reason": "postponed"}, ("fix_deferred", "")),
    "later": ({"status": "open", "nodsa": "x", "nodsa_reason": "", "fixed_version": "2.0-1"}, ("fixed", "2.0-1")),
    "ended": ({"status": "open", "urgency": "end-of-life"}, ("end_of_life", "")),
}


@pytest.mark.parametrize("state", DEBIAN_STATES)
def test_trap_7_each_word_of_the_debian_tracker_is_understood(tmp_path: Path, state: str) -> None:
    release, expected = DEBIAN_STATES[state]
    path = build(tmp_path / "s.db", tracker={"a": {"CVE-2024-1": {"releases": {"bookworm": release}}}})
    told = found(path, deb("a", "1.0-1"), system=DEBIAN).findings
    assert [(finding.state, finding.fixed_version) for finding in told] == ([expected] if expected else [])


def test_trap_7_undetermined_is_neither_a_finding_nor_a_denial(tmp_path: Path) -> None:
    release = {"bookworm": {"status": "undetermined"}}
    path = build(tmp_path / "s.db", tracker={"a": {"CVE-2024-1": {"releases": release}}})
    told = found(path, deb("a", "1.0-1"), system=DEBIAN)
    assert told.findings == ()
    assert "not yet determined" in told.gaps[0].reason


def test_trap_7_unimportant_is_low_and_unassigned_is_no_opinion(tmp_path: Path) -> None:
    tracker = {
        "a": {
            "CVE-2024-1": {"releases": {"bookworm": {"status": "open", "urgency": "unimportant"}}},
            "CVE-2024-2": {"releases": {"bookworm": {"status": "open", "urgency": "not yet assigned"}}},
            "TEMP-0000000-1": {"releases": {"bookworm": {"status": "open", "urgency": "high**"}}},
        }
    }
    told = found(build(tmp_path / "s.db", tracker=tracker), deb("a", "1.0-1"), system=DEBIAN).findings
    assert {finding.id: (str(finding.severity), finding.severity_source) for finding in told} == {
        "CVE-2024-1": ("LOW", "debian"),
        "CVE-2024-2": ("UNKNOWN", ""),
        "TEMP-0000000-1": ("HIGH", "debian"),
    }


def test_trap_8_secfixes_zero_means_never_affected_and_one_entry_may_name_several(tmp_path: Path) -> None:
    secdb = {"openssl": {"0": ["CVE-2024-9"], "3.1.4-r1": ["CVE-2024-1 CVE-2024-2 XSA-1", "CVE-2024-3 GHSA-3"]}}
    path = build(tmp_path / "s.db", secdb=secdb)
    told = found(path, apk("libssl3", "3.1.4-r0", source_name="openssl"), system=ALPINE).findings
    assert [(finding.id, finding.aliases) for finding in told] == [
        ("CVE-2024-1", ()), ("CVE-2024-2", ()), ("CVE-2024-3", ("GHSA-3",)),
    ]  # fmt: skip
    assert ids(path, apk("libssl3", "3.1.4-r1", source_name="openssl"), system=ALPINE) == []


def test_trap_9_a_missing_epoch_is_zero(tmp_path: Path) -> None:
    path = build(
        tmp_path / "s.db",
        [erratum("ALSA-1", ["CVE-2024-1"], affected("AlmaLinux:8", "bind-libs", "introduced 0, fixed 32:9.11-5.el8"))],
    )
    assert ids(path, rpm("bind-libs", "9.99-1.el8"), system=ALMA) == ["CVE-2024-1"]
    assert ids(path, rpm("bind-libs", "33:9.1-1.el8"), system=ALMA) == []


def test_trap_9_several_kernels_are_several_packages(tmp_path: Path) -> None:
    path = build(
        tmp_path / "s.db",
        [erratum("ALSA-1", ["CVE-2024-1"], affected("AlmaLinux:8", "kernel", "introduced 0, fixed 4.18.0-500.el8"))],
    )
    old, new = rpm("kernel", "4.18.0-400.el8"), rpm("kernel", "4.18.0-500.el8")
    [finding] = found(path, old, new, system=ALMA).findings
    assert finding.package is old


@pytest.mark.parametrize(
    ("kind", "ecosystem", "written", "advised"),
    [
        ("pypi", "PyPI", "Zope.Interface", "zope-interface"),
        ("pypi", "PyPI", "ruamel_yaml", "ruamel.yaml"),
        ("npm", "npm", "@babel/core", "@babel/core"),
        ("composer", "Packagist", "Symfony/Http-Kernel", "symfony/http-kernel"),
        ("nuget", "NuGet", "Newtonsoft.Json", "newtonsoft.json"),
        ("maven", "Maven", "org.apache.logging.log4j:log4j-core", "org.apache.logging.log4j:log4j-core"),
        ("golang", "Go", "golang.org/x/net", "golang.org/x/net"),
    ],
)
def test_trap_10_names_are_compared_as_their_ecosystem_does(
    tmp_path: Path, kind: str, ecosystem: str, written: str, advised: str
) -> None:
    path = build(tmp_path / "s.db", [record("GHSA-1", affected(ecosystem, advised, "introduced 0, fixed 2.0.0"))])
    assert ids(path, library(kind, written, "1.0.0")) == ["GHSA-1"]


def test_trap_10_names_that_only_look_alike_are_different_packages(tmp_path: Path) -> None:
    path = build(tmp_path / "s.db", [record("GHSA-1", affected("npm", "@evil/core", "introduced 0"))])
    assert ids(path, library("npm", "core", "1.0.0")) == []
    assert ids(path, library("npm", "@babel/core", "1.0.0")) == []


def test_trap_11_the_distribution_knows_best_how_bad_it_is(tmp_path: Path) -> None:
    told = affected("Ubuntu:22.04:LTS", "bash", "introduced 0")
    severity = [{"type": "CVSS_V3", "score": CRITICAL}, {"type": "Ubuntu", "score": "low"}]
    path = build(
        tmp_path / "s.db",
        [record("UBUNTU-CVE-2024-1", told, upstream=["CVE-2024-1"], severity=severity)],
    )
    finding = one(path, deb("bash", "5.1-6ubuntu1"), UBUNTU)
    assert (finding.id, str(finding.severity), finding.severity_source) == ("CVE-2024-1", "LOW", "ubuntu")
    assert [score.kind for score in finding.scores] == ["CVSS_V3", "word"]


@pytest.mark.parametrize("kind", ["unmaintained", "unsound", "notice"])
def test_trap_11_what_rustsec_only_informs_about_is_no_vulnerability(tmp_path: Path, kind: str) -> None:
    crate = affected("crates.io", "a", "introduced 0.0.0-0", kind="SEMVER", database_specific={"informational": kind})
    path = build(tmp_path / "s.db", [record("RUSTSEC-2024-1", crate)])
    told = found(path, library("cargo", "a", "1.0.0"))
    assert (told.findings, told.gaps) == ((), ())


def test_trap_12_one_fact_from_two_sources_is_one_finding_with_both_provenances(tmp_path: Path) -> None:
    path = build(
        tmp_path / "s.db",
        [
            record("PYSEC-1", affected("PyPI", "a", "introduced 0, fixed 2.0"), aliases=["CVE-2024-1"]),
            record("GHSA-1", affected("PyPI", "a", "introduced 0, fixed 2.1"), aliases=["CVE-2024-1"]),
        ],
    )
    finding = one(path, library("pypi", "a", "1.0"))
    assert [(match.advisory, match.covered_by) for match in finding.matches] == [
        ("PYSEC-1", "<2.0"),
        ("GHSA-1", "<2.1"),
    ]
    assert finding.conflict == "sources disagree where it is fixed: PYSEC-1 2.0, GHSA-1 2.1"


def test_future_and_impossible_timestamps_change_nothing(tmp_path: Path) -> None:
    """Both occur: a record modified next year, and records modified in year 1."""
    path = build(
        tmp_path / "s.db",
        [
            record("PYSEC-1", affected("PyPI", "a", "introduced 0"), aliases=["CVE-2024-1"])
            | {"modified": "2027-05-01T00:00:00+02:00", "published": "2024-05-01T01:00:00+02:00"},
            record("GHSA-1", affected("PyPI", "a", "introduced 0"), aliases=["CVE-2024-1"])
            | {"modified": "0001-01-01T00:00:00Z", "published": "2024-04-30T23:30:00.123456Z"},
            record("GHSA-2", affected("PyPI", "a", "introduced 0"), aliases=["CVE-2024-1"])
            | {"modified": "yesterday", "published": ""},
        ],
    )
    finding = one(path, library("pypi", "a", "1.0"))
    assert finding.published == "2024-05-01T01:00:00+02:00"
    assert finding.modified == "2027-05-01T00:00:00+02:00"
