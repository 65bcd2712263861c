from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from sekisho.model.advisory import Score
from sekisho.model.finding import Match, Report, Suppressed
from sekisho.model.inventory import Gap, OperatingSystem
from sekisho.model.severity import Severity
from sekisho.report.options import RenderOptions
from sekisho.report.trivy_json import render
from sekisho.report.trivy_package import split_version
from tests.unit.sbom.examples import EMPTY, HOSTILE, LIBSSL, LODASH, LOG4J, SHOP, deb, finding


def written(report: Report, **options: Any) -> Any:
    return json.loads(render(report, options=RenderOptions(**options)))


def changed(report: Report, **fields: Any) -> Report:
    return msgspec.structs.replace(report, **fields)


def packages(document: Any) -> dict[str, Any]:
    return {entry["Name"]: entry for result in document["Results"] for entry in result.get("Packages", ())}


def only(report: Report, **options: Any) -> Any:
    (found,) = (v for result in written(report, **options)["Results"] for v in result.get("Vulnerabilities", ()))
    return found


def test_targets_stand_in_trivys_order() -> None:
    results = written(SHOP)["Results"]
    assert [(result["Target"], result["Class"], result["Type"]) for result in results] == [
        ("registry.example.test/acme/shop:1.4 (debian 12.8)", "os-pkgs", "debian"),
        ("Java", "lang-pkgs", "jar"),
        ("Python", "lang-pkgs", "python-pkg"),
        ("app/package-lock.json", "lang-pkgs", "npm"),
        ("app/shop", "lang-pkgs", "gobinary"),
        ("app/worker", "lang-pkgs", "gobinary"),
        ("go.mod", "lang-pkgs", "gomod"),
    ]


def test_findings_are_ordered_by_package_then_worst_first() -> None:
    found = written(SHOP)["Results"][0]["Vulnerabilities"]
    assert [(entry["PkgName"], entry["VulnerabilityID"]) for entry in found] == [
        ("libc6", "CVE-2010-4756"),
        ("libssl3", "CVE-2024-5535"),
        ("libssl3", "CVE-2024-4741"),
        ("openssl", "CVE-2024-5535"),
    ]


@pytest.mark.parametrize(
    ("version", "parts"),
    [
        ("1.2.3-4", (0, "1.2.3", "4")),
        ("1:2.3-4-5", (1, "2.3-4", "5")),
        ("2.36", (0, "2.36", "")),
        ("x:1-2", (0, "x:1", "2")),
        ("", (0, "", "")),
        ("9" * 5000 + ":1-2", (0, "9" * 5000 + ":1", "2")),
    ],
)
def test_versions_of_deb_and_rpm_come_apart(version: str, parts: tuple[int, str, str]) -> None:
    assert split_version(version) == parts


def test_system_packages_tell_version_release_epoch_and_source() -> None:
    entry = packages(written(SHOP))["bind9"]
    assert (entry["Epoch"], entry["Version"], entry["Release"]) == (1, "9.18.28", "1~deb12u2")
    assert (entry["SrcEpoch"], entry["SrcName"], entry["SrcVersion"], entry["SrcRelease"]) == (
        1,
        "bind9",
        "9.18.28",
        "1",
    )
    assert entry["ID"] == "bind9@1:9.18.28-1~deb12u2"


def test_a_package_of_a_vendors_own_repository_says_so() -> None:
    docker = deb("docker-ce", "5:24.0.1-1", facts={"repository": "third-party"})
    report = changed(SHOP, findings=(), inventory=changed(SHOP.inventory, packages=(docker, LIBSSL)))
    found = packages(written(report))
    assert found["docker-ce"]["Repository"] == {"Class": "third-party"}
    assert "Repository" not in found["libssl3"]


def test_dependencies_are_trivys_ids() -> None:
    found = packages(written(SHOP, include_dev=True))
    assert found["openssl"]["DependsOn"] == ["libc6@2.36-9+deb12u8", "libssl3@3.0.14-1~deb12u2"]
    assert found["lodash"]["DependsOn"] == ["@babel/core@7.1.0"]


def test_development_dependencies_are_listed_only_when_asked_for() -> None:
    assert "@babel/core" not in packages(written(SHOP))
    assert packages(written(SHOP, include_dev=True))["@babel/core"]["Dev"] is True


def test_packages_are_left_out_when_only_findings_are_wanted() -> None:
    document = written(SHOP, list_all_packages=False)
    assert packages(document) == {}
    assert len(document["Results"]) == 7


def test_a_nested_archive_has_trivys_kind_of_path() -> None:
    report = changed(SHOP, findings=(finding(LOG4J, "CVE-2021-44228", Severity.CRITICAL, "2.17.1"),))
    assert only(report)["PkgPath"] == "app/shop.jar/BOOT-INF/lib/log4j-core-2.14.1.jar"


def test_text_is_escaped_as_go_does() -> None:
    raw = render(SHOP, options=RenderOptions())
    assert rb"Somebody could get in \u003cthrough\u003e \u0026 out." in raw
    assert b"<" not in raw
    assert b"&" not in raw
    assert rb"\u2028" in render(HOSTILE, options=RenderOptions())


def test_whole_scores_are_written_without_a_fraction() -> None:
    vectors = {
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H": b"10\n",
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H": b"7.5\n",
    }
    for vector, shown in vectors.items():
        found = finding(LODASH, "CVE-1", Severity.HIGH, scores=(Score("nvd", "CVSS_V3", vector),))
        assert b'"V3Score": ' + shown in render(changed(SHOP, findings=(found,)), options=RenderOptions())


def test_every_generation_of_cvss_has_its_field() -> None:
    scores = (
        Score("nvd", "CVSS_V2", "AV:N/AC:L/Au:N/C:P/I:P/A:P"),
        Score("osv/npm", "CVSS_V4", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"),
        Score("nvd", "CVSS_V3", "broken"),
        Score("nvd", "CVSS_V3", "never looked at"),
        Score("ubuntu", "word", "medium"),
    )
    found = only(changed(SHOP, findings=(finding(LODASH, "CVE-1", Severity.HIGH, scores=scores),)))["CVSS"]
    assert found == {
        "ghsa": {"V40Vector": scores[1].value, "V40Score": 9.3},
        "nvd": {"V2Vector": scores[0].value, "V3Vector": "broken", "V2Score": 7.5},
    }
    assert list(found) == ["ghsa", "nvd"]


def test_the_report_is_named_by_its_content() -> None:
    first, again = written(SHOP)["ReportID"], written(SHOP)["ReportID"]
    assert first == again
    assert first != written(changed(SHOP, findings=()))["ReportID"]
    assert written(SHOP, report_id="chosen")["ReportID"] == "chosen"


def test_a_chosen_date_is_written_but_judges_nothing() -> None:
    over = OperatingSystem(family="debian", name="9.9", eol="2022-06-30")
    report = changed(SHOP, inventory=changed(SHOP.inventory, system=over))
    document = written(report, date="2020-01-01T00:00:00Z")
    assert document["CreatedAt"] == "2020-01-01T00:00:00Z"
    assert document["Metadata"]["OS"]["EOSL"] is True
    tomorrow = changed(report, created_at="2026-11-24T13:20:00Z")
    assert document == written(tomorrow, date="2020-01-01T00:00:00Z")


def test_what_only_we_know_comes_last_and_can_be_left_out() -> None:
    gaps = (Gap(path="a.jar", extractor="jar", reason="truncated"),)
    report = changed(SHOP, undecided=("a reason",), inventory=changed(SHOP.inventory, gaps=gaps))
    document = written(report)
    assert list(document)[-1] == "Sekisho"
    ours = document["Sekisho"]
    assert ours["Undecided"] == ["a reason"]
    assert ours["Gaps"] == [{"Path": "a.jar", "Extractor": "jar", "Reason": "truncated", "Weight": "incomplete"}]
    assert ours["Advisories"] == {"BuiltAt": "2026-11-23T04:10:00Z", "Sources": ["debian", "osv/Go", "osv/npm"]}
    assert [entry["Name"] for entry in ours["Owned"]] == ["Flask_Login"]
    kev = next(entry for entry in ours["Explanations"] if "Exploitation" in entry)
    assert kev["VulnerabilityID"] == "CVE-2023-45288"
    assert kev["Exploitation"] == {"KEVAdded": "2024-05-01"}
    assert kev["Matches"][0]["CoveredBy"] == ">=0, <9"
    assert "Sekisho" not in written(report, extras=False)


def test_starter_data_are_marked() -> None:
    assert SHOP.store is not None
    store = msgspec.structs.replace(SHOP.store, starter=True)
    assert written(changed(SHOP, store=store))["Sekisho"]["Advisories"]["Starter"] is True


def test_suppressed_findings_need_asking_and_a_judgement() -> None:
    kinds = {"ignored": "ignored", "disputed": "not_affected", "not_affected": "not_affected"}
    aside = tuple(
        Suppressed(finding=SHOP.findings[6], kind=kind, source=".trivyignore", statement="accepted")
        for kind in (*kinds, "severity", "status", "unfixed", "dev")
    )
    report = changed(SHOP, findings=(), suppressed=aside)
    assert all("ExperimentalModifiedFindings" not in result for result in written(report)["Results"])
    shown = [
        entry for result in written(report, show_suppressed=True)["Results"]
        for entry in result.get("ExperimentalModifiedFindings", ())
    ]  # fmt: skip
    assert [entry["Status"] for entry in shown] == list(kinds.values())
    assert shown[0]["Statement"] == "accepted"
    assert shown[0]["Finding"]["VulnerabilityID"] == "CVE-2021-23337"


def test_an_erratum_is_a_vendor_id() -> None:
    found = written(SHOP)["Results"][0]["Vulnerabilities"]
    assert {entry["VulnerabilityID"]: entry.get("VendorIDs") for entry in found}["CVE-2024-4741"] == ["DSA-5764-1"]


def test_a_system_out_of_support_is_marked() -> None:
    systems = {"2020-01-01": True, "2030-01-01": None, "": None}
    for eol, marked in systems.items():
        inventory = changed(SHOP.inventory, system=OperatingSystem(family="debian", name="12.8", eol=eol))
        assert written(changed(SHOP, inventory=inventory))["Metadata"]["OS"].get("EOSL") is marked


def test_nothing_found_is_a_small_document() -> None:
    document = written(EMPTY, extras=False)
    assert set(document) == {"SchemaVersion", "Trivy", "ReportID", "CreatedAt", "ArtifactName", "ArtifactType"}


def test_system_packages_without_a_known_system_are_kept() -> None:
    report = changed(SHOP, inventory=changed(SHOP.inventory, packages=(LIBSSL,), system=None), findings=())
    (result,) = written(report)["Results"]
    assert (result["Target"], result["Type"]) == ("registry.example.test/acme/shop:1.4 (none)", "none")


@pytest.mark.parametrize(
    ("match", "ident", "name"),
    [
        (Match(advisory="GHSA-x", source="osv/npm", ecosystem="npm"), "ghsa", "GitHub Security Advisory npm"),
        (Match(advisory="GHSA-x", source="osv/crates.io"), "ghsa", "GitHub Security Advisory Rust"),
        (Match(advisory="GO-2024-1", source="go"), "govulndb", "The Go Vulnerability Database"),
        (Match(advisory="PYSEC-2024-1", source="osv/PyPI"), "osv", "Python Packaging Advisory Database"),
        (Match(advisory="MAL-2024-1", source="osv/npm"), "osv", "Open Source Vulnerability"),
        (Match(advisory="CVE-2024-1", source="debian"), "debian", "Debian Security Tracker"),
        (Match(advisory="CVE-2024-1", source="alpine/v3.19"), "alpine", "Alpine Secdb"),
        (Match(advisory="ALSA-2024:1", source="osv/AlmaLinux"), "alma", "AlmaLinux Product Errata"),
        (Match(advisory="UBUNTU-CVE-2024-1", source="osv/Ubuntu:22.04"), "ubuntu", "Ubuntu CVE Tracker"),
    ],
)
def test_sources_have_trivys_names(match: Match, ident: str, name: str) -> None:
    source = only(changed(SHOP, findings=(finding(LODASH, "CVE-1", Severity.HIGH, matches=(match,)),)))["DataSource"]
    assert (source["ID"], source["Name"]) == (ident, name)


def test_a_source_trivy_does_not_know_is_left_out() -> None:
    found = finding(
        LODASH, "CVE-1", Severity.HIGH, matches=(Match(advisory="X-1", source="ours"),), severity_source="ours"
    )
    entry = only(changed(SHOP, findings=(found,)))
    assert "DataSource" not in entry
    assert entry["SeveritySource"] == "ours"


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("CVE-2024-1", "https://avd.aquasec.com/nvd/cve-2024-1"),
        ("GHSA-x", "https://github.com/advisories/GHSA-x"),
        ("RUSTSEC-2024-1", "https://osv.dev/vulnerability/RUSTSEC-2024-1"),
        ("TEMP-0-1", "https://security-tracker.debian.org/tracker/TEMP-0-1"),
        ("GO-2024-1", "https://pkg.go.dev/vuln/GO-2024-1"),
    ],
)
def test_every_vulnerability_has_a_page(name: str, page: str) -> None:
    found = finding(LODASH, name, Severity.HIGH, url="https://pkg.go.dev/vuln/GO-2024-1")
    assert only(changed(SHOP, findings=(found,)))["PrimaryURL"] == page
