"""The main job: an image goes in; a table, reports and an exit code come out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.command import EXAMPLE, STARTER, CommandLine, Outcome
from tests.e2e.images import APP, BASE, FOUND, ids, vulnerabilities
from tests.simulators.images import Layout, docker_archive

Scan = Callable[..., Outcome]
TABLE = """\
  fix                            closes       where
  lodash  4.17.20 → 4.17.21      1 critical   /srv/node_modules/lodash/package.json
      CRITICAL  CVE-2021-23337
  openssl 3.0.9-1 → 3.0.11-1     1 low        layer 1  apt  libssl3
      LOW       CVE-2023-5363
  zlib    1:1.2.13  no fix yet   1 low        layer 1  apt  zlib1g
      LOW       CVE-2023-9999

CRITICAL 1   HIGH 0   MEDIUM 0   LOW 2
✗ 3 findings: 2 upgrades close 2; 1 without a fix
"""


def test_the_demonstration_of_the_readme(sekisho: CommandLine, tmp_path: Path) -> None:
    place = ("--cache-dir", tmp_path / "cache", "--offline")
    built = sekisho("db", "build", "--starter", STARTER, *place)
    assert (built.code, built.raw, built.err) == (0, b"", "built a demonstration store of 104 records\n")
    severe = ("image", "--input", EXAMPLE, "--severity", "CRITICAL,HIGH", *place)
    found = sekisho(*severe, "--exit-code", "1")
    assert (found.code, "error" in found.err) == (1, False)
    assert found.out.startswith(f"{EXAMPLE}")
    # Where the line breaks depends on how long this checkout's path is.
    assert "debian 12.0 · 47 packages · 2 layers" in found.out
    assert "! starter advisories" in found.out
    assert "CRITICAL 16   HIGH 24" in found.out
    assert sekisho(*severe).code == 0


def test_the_table_groups_by_what_mends_and_ends_with_the_verdict(scan: Scan, shop: Path) -> None:
    shown = scan()
    head, table = shown.out.split("\n\n", 1)
    assert head.startswith(str(shop)) and "debian 12 · 4 packages · 2 layers" in head
    assert table == TABLE + f"hint: why, and where:  sekisho explain CVE-2021-23337 {shop}\n"
    assert (shown.code, shown.err) == (0, "")


def test_findings_decide_the_exit_code_only_when_asked_to(scan: Scan) -> None:
    assert scan().code == 0
    assert scan("--exit-code", "1").code == 1
    assert scan("--exit-code", "42").code == 42
    assert scan("--exit-code", "1", "--severity", "HIGH").code == 0


def test_json_is_a_trivy_report(scan: Scan, shop: Path) -> None:
    report = scan("--format", "json").report
    assert (report["SchemaVersion"], report["ArtifactName"], report["ArtifactType"]) == (
        2,
        str(shop),
        "container_image",
    )
    assert report["Metadata"]["OS"] == {"Family": "debian", "Name": "12"}
    assert [result["Class"] for result in report["Results"]] == ["os-pkgs", "lang-pkgs"]
    assert ids(report) == FOUND
    lodash = next(entry for entry in vulnerabilities(report) if entry["PkgName"] == "lodash")
    assert (lodash["InstalledVersion"], lodash["FixedVersion"], lodash["Status"]) == ("4.17.20", "4.17.21", "fixed")
    assert lodash["Layer"]["DiffID"] == report["Metadata"]["DiffIDs"][1]


def test_bills_of_materials_need_no_advisories(sekisho: CommandLine, shop: Path, tmp_path: Path) -> None:
    nothing = ("--offline", "--cache-dir", tmp_path / "nothing", shop)
    bill = sekisho("image", "--format", "cyclonedx", *nothing)
    assert (bill.code, bill.report["bomFormat"], bill.report["specVersion"]) == (0, "CycloneDX", "1.6")
    assert {"libssl3", "lodash", "ws", "zlib1g"} <= {component["name"] for component in bill.report["components"]}
    assert bill.err == "note: a bill of materials lists packages; --scanners vuln adds their vulnerabilities\n"
    document = sekisho("image", "-q", "-f", "spdx-json", *nothing)
    assert (document.code, document.report["spdxVersion"], document.err) == (0, "SPDX-2.3", "")
    assert sekisho("image", "-q", "-f", "json", *nothing).code == 3


def test_a_bill_with_a_threshold_is_a_verdict(scan: Scan) -> None:
    judged = scan("--format", "cyclonedx", "--exit-code", "1")
    assert judged.code == 1
    assert {entry["id"] for entry in judged.report["vulnerabilities"]} == set(FOUND)
    assert {entry["id"] for entry in scan("-f", "cyclonedx", "--scanners", "vuln").report["vulnerabilities"]} == set(
        FOUND
    )


def test_one_read_writes_many_reports(scan: Scan) -> None:
    written = scan(
        "-o", "json=report.json", "-o", "cyclonedx=bom.json", "-o", "spdx-json=bom.spdx.json", "-o", "table=-"
    )
    assert "✗ 3 findings" in written.out
    assert ids(json.loads(Path("report.json").read_bytes())) == FOUND
    assert json.loads(Path("bom.json").read_bytes())["bomFormat"] == "CycloneDX"
    assert json.loads(Path("bom.spdx.json").read_bytes())["spdxVersion"] == "SPDX-2.3"
    assert sorted(path.name for path in Path().iterdir()) == ["bom.json", "bom.spdx.json", "report.json"]


def test_an_output_file_leaves_standard_output_empty(scan: Scan) -> None:
    written = scan("--format", "json", "--output", "a,b.json")
    assert (written.raw, written.err) == (b"", "")
    assert ids(json.loads(Path("a,b.json").read_bytes())) == FOUND
    assert scan("-f", "table", "-o", "./x=y.txt").raw == b""
    assert "✗ 3 findings" in Path("x=y.txt").read_text()


@pytest.mark.parametrize("spelling", ["cyclonedx-json=bom.json", "cyclonedx=bom.json"])
def test_other_tools_names_of_formats_are_understood(scan: Scan, spelling: str) -> None:
    assert scan("-o", spelling).code == 0
    assert json.loads(Path("bom.json").read_bytes())["bomFormat"] == "CycloneDX"


def test_a_mistyped_format_is_no_file_name(scan: Scan) -> None:
    refused = scan("-o", "sarrif=report.sarif")
    assert refused.code == 2 and "no such format: 'sarrif'" in refused.err
    assert list(Path().iterdir()) == []


def test_an_unwritable_output_is_an_error_and_no_verdict(scan: Scan, tmp_path: Path) -> None:
    refused = scan("-o", str(tmp_path))
    assert refused.code == 3 and f"cannot write the report to {tmp_path}: Is a directory" in refused.err


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (("--severity", "CRITICAL"), ["CVE-2021-23337"]),
        (("-s", "low,medium"), ["CVE-2023-5363", "CVE-2023-9999"]),
        (("--ignore-unfixed",), ["CVE-2021-23337", "CVE-2023-5363"]),
        (("--ignore-status", "fixed"), ["CVE-2023-9999"]),
        (("--ignore-status", "fixed,affected"), []),
        (("--pkg-types", "library"), ["CVE-2021-23337"]),
        (("--vuln-type", "os"), ["CVE-2023-5363", "CVE-2023-9999"]),
        (("--skip-dirs", "srv/node_modules/lodash"), ["CVE-2023-5363", "CVE-2023-9999"]),
        (("--skip-dirs", "**/lodash", "--severity", "CRITICAL"), []),
        (("--skip-files", "srv/node_modules/lodash/package.json"), ["CVE-2023-5363", "CVE-2023-9999"]),
        (("--scanners", "none"), []),
    ],
)
def test_filters_keep_what_they_say(scan: Scan, words: tuple[str, ...], kept: list[str]) -> None:
    assert ids(scan("-f", "json", *words).report) == kept


def test_what_is_hidden_is_counted(scan: Scan) -> None:
    assert "hidden: 2 by severity" in scan("--severity", "CRITICAL").out
    assert "hidden: 1 by status" in scan("--ignore-unfixed").out


def test_what_somebody_set_aside_can_be_shown(scan: Scan) -> None:
    Path(".trivyignore").write_text("CVE-2023-9999\n")
    key = "ExperimentalModifiedFindings"
    assert not any(key in result for result in scan("-f", "json").report["Results"])
    shown = scan("-f", "json", "--show-suppressed").report["Results"]
    (entry,) = [entry for result in shown for entry in result.get(key, [])]
    assert (entry["Finding"]["VulnerabilityID"], entry["Source"]) == ("CVE-2023-9999", ".trivyignore")
    assert "hidden: 1 by an ignore file" in scan().out


def test_an_ignore_file_sets_findings_aside(scan: Scan) -> None:
    Path(".trivyignore").write_text("# not reachable\nCVE-2021-23337\nGHSA-none\n")
    assert ids(scan("-f", "json").report) == ["CVE-2023-5363", "CVE-2023-9999"]
    assert scan("--exit-code", "1", "--severity", "CRITICAL").code == 0
    Path("other").write_text("CVE-2023-5363 exp:2999-01-01\n")
    assert ids(scan("-f", "json", "--ignorefile", "other").report) == ["CVE-2021-23337", "CVE-2023-9999"]


def test_an_expired_exception_no_longer_counts_and_says_so(scan: Scan) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    Path(".trivyignore").write_text(f"CVE-2021-23337 exp:{yesterday}\n")
    expired = scan("-f", "json")
    assert ids(expired.report) == FOUND
    assert expired.err == (
        f"warning: .trivyignore: the exception for CVE-2021-23337 expired on {yesterday} and no longer applies\n"
    )


def test_the_yaml_form_narrows_a_rule(scan: Scan) -> None:
    rule = "vulnerabilities:\n  - id: {id}\n    {key}: ['{value}']\n    statement: ours\n    expired_at: {day}\n"
    for key, value, kept in (
        ("paths", "srv/**", ["CVE-2023-5363", "CVE-2023-9999"]),
        ("paths", "opt/**", FOUND),
        ("purls", "pkg:npm/lodash", ["CVE-2023-5363", "CVE-2023-9999"]),
        ("purls", "pkg:npm/lodash@4.17.19", FOUND),
    ):
        day = date.today() + timedelta(days=2)
        Path(".trivyignore.yaml").write_text(rule.format(id="CVE-2021-23337", key=key, value=value, day=day))
        assert ids(scan("-f", "json").report) == kept, (key, value)
    Path(".trivyignore.yaml").write_text(
        rule.format(id="CVE-2021-23337", key="paths", value="srv/**", day="2020-01-01")
    )
    expired = scan("-f", "json")
    assert ids(expired.report) == FOUND and "expired on 2020-01-01" in expired.err


def test_an_ignore_file_that_cannot_be_understood_is_refused(scan: Scan) -> None:
    Path(".trivyignore").write_text("CVE-1 exp:soon\n")
    refused = scan()
    assert refused.code == 2 and ".trivyignore:1: not" in refused.err


def test_an_ignore_file_somebody_named_must_exist(scan: Scan) -> None:
    assert scan("--ignorefile", "nowhere").code == 2
    assert scan("--ignorefile", ".trivyignore").code == 0


def test_an_operating_system_past_its_end_can_stop_a_pipeline(
    sekisho: CommandLine, store: Path, tmp_path: Path
) -> None:
    old = Layout(tmp_path / "old")
    old.image({**BASE, "etc/os-release": b"ID=debian\nVERSION_ID=9\n"})
    words = ("image", "--offline", "--db", store, "-q", "-f", "json", old.root)
    assert sekisho(*words, "--exit-on-eol", "5").code == 5
    assert sekisho(*words).code == 3  # Debian 9 is not in the data
    assert sekisho(*words, "--exit-on-eol", "5").report["Metadata"]["OS"]["EOSL"] is True


def test_every_form_of_an_image_says_the_same(sekisho: CommandLine, store: Path, tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    digest = layout.image(BASE, APP, tag="v1")
    layout.image(APP, tag="v2")
    archive, oci = tmp_path / "docker.tar", tmp_path / "oci.tar"
    archive.write_bytes(docker_archive(BASE, APP, tags=("shop:v1",)))
    oci.write_bytes(layout.tar())
    words = ("image", "--offline", "--db", store, "-f", "json")
    targets = (
        *(f"oci:{layout.root}:v1", f"{layout.root}:v1", f"{layout.root}@{digest}"),
        *(f"oci-archive:{oci}:v1", f"docker-archive:{archive}", str(archive)),
    )
    for target in targets:
        assert ids(sekisho(*words, target).report) == FOUND, target
    for file in (archive, f"{oci}:v1"):
        assert ids(sekisho(*words, "--input", file).report) == FOUND
    unnamed = sekisho(*words, layout.root)
    assert unnamed.code == 3 and "several images" in unnamed.err and "v1, v2" in unnamed.err
