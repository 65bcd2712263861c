"""From packages to findings, ecosystem by ecosystem."""

from __future__ import annotations

from pathlib import Path

import pytest

from sekisho.match.find import compared_version
from sekisho.model.inventory import OperatingSystem
from sekisho.model.package import Package
from tests.unit.match.examples import (
    ALMA,
    ALPINE,
    DEBIAN,
    RHEL,
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

OPENSSL = {"openssl": {"CVE-2024-1": {"releases": {"bookworm": {"status": "resolved", "fixed_version": "3.0.15-1"}}}}}


def test_debian_is_matched_by_source_package_and_source_version(tmp_path: Path) -> None:
    """A binary rebuild has a version of its own: ``+b1`` and another epoch say nothing about the source."""
    path = build(tmp_path / "s.db", tracker=OPENSSL)
    libssl = deb("libssl3", "1:3.0.15-1+b1", source_name="openssl", source_version="3.0.14-1")
    finding = one(path, libssl, DEBIAN)
    assert (finding.id, finding.fixed_version, finding.package.name) == ("CVE-2024-1", "3.0.15-1", "libssl3")
    [match] = finding.matches
    assert (match.ecosystem, match.name, match.version, match.comparator) == ("Debian:12", "openssl", "3.0.14-1", "deb")


def test_debian_binaries_are_not_matched_under_their_own_name(tmp_path: Path) -> None:
    path = build(tmp_path / "s.db", tracker=OPENSSL)
    assert ids(path, deb("openssl", "1.0-1", source_name="other"), system=DEBIAN) == []


def test_alpine_is_matched_by_origin(tmp_path: Path) -> None:
    path = build(tmp_path / "s.db", secdb={"busybox": {"1.36.1-r7": ["CVE-2023-42366"]}})
    assert ids(path, apk("ssl_client", "1.36.1-r5", source_name="busybox"), system=ALPINE) == ["CVE-2023-42366"]
    assert ids(path, apk("ssl_client", "1.36.1-r7", source_name="busybox"), system=ALPINE) == []
    assert ids(path, apk("busybox", "1.36.1_rc1-r9"), system=ALPINE) == ["CVE-2023-42366"]


def test_ubuntu_is_matched_by_release_and_source(tmp_path: Path) -> None:
    path = build(
        tmp_path / "s.db",
        [
            record(
                "UBUNTU-CVE-2024-1",
                affected("Ubuntu:22.04:LTS", "bash", "introduced 0, fixed 5.1-6ubuntu1.1"),
                affected("Ubuntu:24.04:LTS", "bash", "introduced 0, fixed 5.2-2ubuntu1"),
                upstream=["CVE-2024-1"],
            )
        ],
    )
    finding = one(path, deb("bash", "5.1-6ubuntu1"), UBUNTU)
    assert (finding.id, finding.aliases, finding.fixed_version) == (
        "CVE-2024-1", ("UBUNTU-CVE-2024-1",), "5.1-6ubuntu1.1",
    )  # fmt: skip
    assert ids(path, deb("bash", "5.1-6ubuntu1.1"), system=UBUNTU) == []


def test_an_erratum_gives_one_finding_for_each_cve_with_its_name_and_word(tmp_path: Path) -> None:
    path = build(
        tmp_path / "s.db",
        [
            erratum(
                "ALSA-2021:5226",
                ["CVE-2021-3712", "CVE-2021-3711"],
                affected("AlmaLinux:8", "openssl-libs", "introduced 0, fixed 1:1.1.1k-5.el8_5"),
                title="Moderate: openssl security update",
            )
        ],
    )
    told = found(path, rpm("openssl-libs", "1:1.1.1k-4.el8", source_name="openssl"), system=ALMA).findings
    assert [(f.id, f.aliases, str(f.severity), f.fixed_version) for f in told] == [
        ("CVE-2021-3711", ("ALSA-2021:5226",), "MEDIUM", "1:1.1.1k-5.el8_5"),
        ("CVE-2021-3712", ("ALSA-2021:5226",), "MEDIUM", "1:1.1.1k-5.el8_5"),
    ]
    assert [match.name for match in told[0].matches] == ["openssl-libs"]


def test_of_several_errata_about_one_cve_the_newest_repair_counts(tmp_path: Path) -> None:
    path = build(
        tmp_path / "s.db",
        [
            erratum("ALSA-1", ["CVE-2024-1"], affected("AlmaLinux:8", "a", "introduced 0, fixed 1.0-9.el8")),
            erratum("ALSA-2", ["CVE-2024-1"], affected("AlmaLinux:8", "a", "introduced 0, fixed 1.0-10.el8")),
        ],
    )
    both = one(path, rpm("a", "1.0-1.el8"), ALMA)
    assert (both.aliases, both.fixed_version, both.conflict) == (("ALSA-1", "ALSA-2"), "1.0-10.el8", "")
    assert one(path, rpm("a", "1.0-9.el8"), ALMA).aliases == ("ALSA-2",)


def test_an_erratum_that_only_mends_bugs_is_no_finding(tmp_path: Path) -> None:
    path = build(
        tmp_path / "s.db",
        [erratum("ALBA-1", [], affected("AlmaLinux:8", "a", "introduced 0, fixed 2-1.el8"), title="a bug fix update")],
    )
    assert found(path, rpm("a", "1-1.el8"), system=ALMA).findings == ()


def test_modules_are_matched_stream_by_stream(tmp_path: Path) -> None:
    build_of = "1:{}.module_el8.5.0+{}+c668cc9f"
    records = [
        erratum(
            f"ALSA-{stream}",
            [f"CVE-2024-00{stream}"],
            affected("AlmaLinux:8", "nodejs", f"introduced 0, fixed {build_of.format(f'{stream}.18.2-2', stream)}"),
            title=f"Important: nodejs:{stream} security update",
        )
        for stream in (12, 14)
    ]
    path = build(tmp_path / "s.db", records)

    def stream(label: str) -> list[str]:
        return ids(path, rpm("nodejs", build_of.format("12.1.0-1", "9"), modularity=label), system=ALMA)

    assert stream("nodejs:12:8040:c0ffee") == ["CVE-2024-0012"]
    assert stream("nodejs:14:8040:c0ffee") == ["CVE-2024-0014"]
    assert stream("nodejs:16:8040:c0ffee") == []
    assert ids(path, rpm("nodejs", "1:10.0.0-1.el8"), system=ALMA) == []


def test_rhel_is_matched_through_almalinux(tmp_path: Path) -> None:
    path = build(
        tmp_path / "s.db",
        [
            erratum("ALSA-1", ["CVE-2024-1"], affected("AlmaLinux:8", "a", "introduced 0, fixed 1.0-41.el8.alma.1")),
            erratum(
                "ALSA-2",
                ["CVE-2024-2"],
                affected("AlmaLinux:8", "httpd", "introduced 0, fixed 2.4-47.module_el8.6.0+2872+fe0ff7aa.2.alma"),
                title="Low: httpd:2.4 update",
            ),
        ],
    )
    assert one(path, rpm("a", "1.0-40.el8"), RHEL).fixed_version == "1.0-41.el8"
    assert ids(path, rpm("a", "1.0-41.el8"), system=RHEL) == []
    module = "httpd:2.4:8060:c0ffee"
    mended = rpm("httpd", "2.4-47.module+el8.6.0+15654+427eba2e.2", modularity=module)
    assert ids(path, mended, system=RHEL) == []
    holed = rpm("httpd", "2.4-47.module+el8.6.0+15654+427eba2e.1", modularity=module)
    assert ids(path, holed, system=RHEL) == ["CVE-2024-2"]


def test_almalinux_itself_is_matched_to_the_letter(tmp_path: Path) -> None:
    fixed = affected("AlmaLinux:8", "a", "introduced 0, fixed 1.0-41.el8.alma.1")
    path = build(tmp_path / "s.db", [erratum("ALSA-1", ["CVE-2024-1"], fixed)])
    assert one(path, rpm("a", "1.0-41.el8"), ALMA).fixed_version == "1.0-41.el8.alma.1"


def test_a_package_without_version_is_a_note_not_a_clean_bill(tmp_path: Path) -> None:
    records = [record(f"GO-{n}", affected("Go", "example.com/shop", "introduced 0, fixed 1.2.0")) for n in range(5)]
    told = found(build(tmp_path / "s.db", records), library("golang", "example.com/shop", ""))
    assert told.findings == ()
    [gap] = told.gaps
    assert (gap.path, gap.extractor, gap.weight) == ("app/golang.lock", "match", "note")
    assert gap.reason == (
        "example.com/shop: GO-0, GO-1, GO-2 and 2 more could not be decided: the package has no version here"
    )


def test_a_development_build_is_a_note(tmp_path: Path) -> None:
    path = build(tmp_path / "s.db", [record("GO-1", affected("Go", "example.com/shop", "introduced 0, fixed 1.2.0"))])
    [gap] = found(path, library("golang", "example.com/shop", "(devel)")).gaps
    assert "GO-1 could not be decided: '(devel)' cannot be compared" in gap.reason


def test_what_another_record_decides_is_no_open_question(tmp_path: Path) -> None:
    custom = {"custom_ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "9.0"}]}]}
    path = build(
        tmp_path / "s.db",
        [
            record("GO-1", affected("Go", "g", "introduced 0", ecosystem_specific=custom), aliases=["CVE-2024-1"]),
            record("GHSA-1", affected("Go", "g", "introduced 0, fixed 9.2.10"), aliases=["CVE-2024-1"]),
        ],
    )
    told = found(path, library("golang", "g", "v9.2.4"))
    assert [finding.id for finding in told.findings] == ["CVE-2024-1"]
    assert told.gaps == ()


def test_a_package_the_system_owns_is_matched_once_as_the_systems(tmp_path: Path) -> None:
    path = build(
        tmp_path / "s.db",
        [record("GHSA-1", affected("PyPI", "urllib3", "introduced 0, fixed 2"), aliases=["CVE-2024-1"])],
        tracker={"python-urllib3": {"CVE-2024-1": {"releases": {"bookworm": {"status": "open"}}}}},
    )
    system = deb("python3-urllib3", "1.26.12-1", source_name="python-urllib3")
    owned = library("pypi", "urllib3", "1.26.12", owned_by=system.key)
    loose = library("pypi", "urllib3", "1.26.12", path="opt/app/urllib3")
    assert [f.package.path for f in found(path, system, owned, system=DEBIAN).findings] == ["var/lib/dpkg/status"]
    assert len(found(path, system, owned, loose, system=DEBIAN).findings) == 2
    [aside] = found(path, system, owned, system=DEBIAN).set_aside
    assert (aside.kind, aside.source, aside.finding.id) == ("owned", system.key, "CVE-2024-1")


def test_what_a_package_brought_that_the_distribution_never_speaks_of_counts(tmp_path: Path) -> None:
    """A service packaged in-house: nobody at Debian has looked at what it carries."""
    path = build(
        tmp_path / "s.db",
        [record("GHSA-1", affected("PyPI", "urllib3", "introduced 0, fixed 2"), aliases=["CVE-2024-1"])],
        tracker=OPENSSL,
    )
    system = deb("acme-shop", "1.0-1")
    owned = library("pypi", "urllib3", "1.26.12", owned_by=system.key)
    told = found(path, system, owned, system=DEBIAN)
    assert [finding.id for finding in told.findings] == ["CVE-2024-1"]
    assert told.set_aside == ()


def test_the_projects_own_members_are_not_matched(tmp_path: Path) -> None:
    path = build(tmp_path / "s.db", [record("GHSA-1", affected("npm", "shop", "introduced 0"))])
    assert ids(path, library("npm", "shop", "1.0.0", relation="workspace")) == []
    assert ids(path, library("npm", "shop", "1.0.0", relation="root")) == ["GHSA-1"]


def test_a_malicious_package_is_critical_whatever_its_score(tmp_path: Path) -> None:
    score = [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"}]
    path = build(
        tmp_path / "s.db",
        [record("MAL-2024-1", affected("npm", "lodahs", versions=["1.0.0"]), severity=score, summary="Malicious code")],
    )
    finding = one(path, library("npm", "lodahs", "1.0.0"))
    assert (finding.id, str(finding.severity), finding.severity_source) == ("MAL-2024-1", "CRITICAL", "osv/npm")
    assert ids(path, library("npm", "lodahs", "1.0.1")) == []


def test_two_places_are_two_findings_in_a_stable_order(tmp_path: Path) -> None:
    severity = {"database_specific": {"severity": "LOW"}}
    path = build(
        tmp_path / "s.db",
        [
            record("GHSA-1", affected("npm", "b", "introduced 0"), **severity),
            record("GHSA-2", affected("npm", "b", "introduced 0"), database_specific={"severity": "HIGH"}),
            record("GHSA-3", affected("npm", "a", "introduced 0")),
        ],
    )
    places = [library("npm", name, "1.0.0", path=place) for name in "ba" for place in ("z", "y")]
    told = [(f.package.name, f.id, f.package.path) for f in found(path, *places).findings]
    assert told == [
        ("a", "GHSA-3", "y"), ("a", "GHSA-3", "z"),
        ("b", "GHSA-2", "y"), ("b", "GHSA-2", "z"), ("b", "GHSA-1", "y"), ("b", "GHSA-1", "z"),
    ]  # fmt: skip


def test_wolfi_is_asked_for_the_origin_and_for_the_package(tmp_path: Path) -> None:
    records = [
        record("CGA-1", affected("Wolfi", "glibc", "introduced 0, fixed 2.38-r2"), upstream=["CVE-2024-1"]),
        record("CGA-2", affected("Wolfi", "ld-linux", "introduced 0, fixed 2.38-r3"), upstream=["CVE-2024-2"]),
    ]
    package = apk("ld-linux", "2.38-r1", source_name="glibc")
    wolfi = OperatingSystem(family="wolfi", name="20230201")
    assert ids(build(tmp_path / "s.db", records), package, system=wolfi) == ["CVE-2024-1", "CVE-2024-2"]


def test_without_a_distribution_system_packages_are_not_guessed_at(tmp_path: Path) -> None:
    assert ids(build(tmp_path / "s.db", tracker=OPENSSL), deb("openssl", "1.0-1")) == []


@pytest.mark.parametrize(
    ("package", "version"),
    [
        (deb("a", "2-1", source_version="1-1"), "1-1"),
        (deb("a", "2-1"), "2-1"),
        (apk("a", "2-r1", source_version="1-r1"), "1-r1"),
        (rpm("a", "2-1", source_version="1-1"), "2-1"),
        (library("npm", "a", "2.0.0"), "2.0.0"),
    ],
)
def test_the_sources_version_counts_where_advisories_speak_of_sources(package: Package, version: str) -> None:
    assert compared_version(package) == version
