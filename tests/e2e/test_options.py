"""Where an option's value comes from, and what becomes of command lines written for Trivy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.command import CommandLine, Outcome
from tests.e2e.images import FOUND, ids

Scan = Callable[..., Outcome]
LOW = ["CVE-2023-5363", "CVE-2023-9999"]
CRITICAL = ["CVE-2021-23337"]


def test_the_command_line_wins_over_the_environment_over_the_file(scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("trivy.yaml").write_text("severity: [LOW]\n")
    assert ids(scan("-f", "json").report) == LOW
    monkeypatch.setenv("TRIVY_SEVERITY", "CRITICAL")
    assert ids(scan("-f", "json").report) == CRITICAL
    monkeypatch.setenv("SEKISHO_SEVERITY", "LOW,CRITICAL")
    assert ids(scan("-f", "json").report) == FOUND
    assert ids(scan("-f", "json", "--severity", "LOW").report) == LOW


def test_an_empty_variable_sets_nothing(scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEKISHO_SEVERITY", "")
    monkeypatch.setenv("TRIVY_SEVERITY", "CRITICAL")
    monkeypatch.setenv("SEKISHO_FORMAT", "")
    monkeypatch.setenv("TRIVY_QUIET", "")
    assert "CRITICAL 1" in scan().out and "LOW 2" not in scan().out


def test_trivys_own_names_of_variables_are_understood(
    sekisho: CommandLine, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIVY_OFFLINE_SCAN", "true")
    monkeypatch.setenv("TRIVY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("TRIVY_INPUT", str(shop))
    refused = sekisho("image")
    assert refused.code == 3 and "no advisory data on this machine" in refused.err
    assert list((tmp_path / "cache").iterdir()) == [tmp_path / "cache" / "layers"]


CAMEL = """\
severity:
  - LOW
skipDirs:
  - srv
ignorefile: .trivyignore
db:
  skipUpdate: true
vulnerability:
  type:
    - os
    - library
  ignoreUnfixed: true
"""
KEBAB = """\
severity: [LOW]
scan:
  skip-dirs: [srv]
db:
  skip-update: true
pkg:
  types: [os]
vulnerability:
  ignore-unfixed: true
exit-code: 1
"""


@pytest.mark.parametrize(("body", "code"), [(CAMEL, 0), (KEBAB, 1)])
def test_trivys_configuration_is_read_in_both_spellings(scan: Scan, body: str, code: int) -> None:
    Path("trivy.yaml").write_text(body)
    read = scan("-f", "json")
    assert (ids(read.report), read.code, read.err) == (["CVE-2023-5363"], code, "")


def test_our_own_configuration_comes_first(scan: Scan) -> None:
    Path("trivy.yaml").write_text("severity: CRITICAL\n")
    Path("sekisho.yaml").write_text("severity: LOW\n")
    assert ids(scan("-f", "json").report) == LOW
    assert ids(scan("-f", "json", "--config", "trivy.yaml").report) == CRITICAL


def test_a_key_nobody_knows_is_a_warning(scan: Scan) -> None:
    Path("trivy.yaml").write_text("severty: [LOW]\nrepository:\n  branch: main\ndb:\nscan:\n  slow: true\n")
    warned = scan("-f", "json")
    assert ids(warned.report) == FOUND
    assert [line.partition("yaml: ")[2] for line in warned.err.splitlines()] == [
        "the key scan.slow is not known here and changes nothing",
        "the key severty is not known here and changes nothing",
    ]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("severity: [LOUD]", "not a severity: 'LOUD'"),
        ("exit-code: [1]", "configuration key exit-code: one value is expected"),
        ("exit-code: 1.5", "configuration key exit-code: a whole number is expected, not 1.5"),
        ("skip-dirs: [{a: b}]", "configuration key scan.skip-dirs: a list of words is expected"),
        ("quiet: perhaps", "configuration key quiet: true or false expected, not 'perhaps'"),
        ("format: verse", "no such format: 'verse'"),
        ("pkg: {types: [lib]}", "configuration key pkg.types: not one of os, library: 'lib'"),
        ("[]", "a mapping is expected"),
        ("a: [", "not YAML"),
    ],
)
def test_a_configuration_that_makes_no_sense_is_refused(scan: Scan, body: str, words: str) -> None:
    Path("trivy.yaml").write_text(body)
    refused = scan()
    assert refused.code == 2 and words in refused.err


def test_a_configuration_somebody_named_must_exist(scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    assert scan("--config", "nowhere.yaml").code == 2
    monkeypatch.setenv("TRIVY_CONFIG", "nowhere.yaml")
    refused = scan()
    assert (refused.code, refused.err) == (2, "error: no such configuration file: nowhere.yaml\n")


def test_the_target_may_come_from_the_environment(
    sekisho: CommandLine, shop: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCAN_IMAGE", str(shop))
    words = ("--offline", "--db", store, "-f", "json")
    assert ids(sekisho("image", *words).report) == FOUND
    assert sekisho("explain", "CVE-2021-23337", *words[:3]).code == 0
    refused = sekisho("fs", *words)
    assert refused.code == 2 and "nothing to scan was named" in refused.err


def test_a_typed_target_wins_over_a_configured_one(scan: Scan, shop: Path) -> None:
    Path("trivy.yaml").write_text("image:\n  input: /nowhere\n")
    assert ids(scan("-f", "json").report) == FOUND
    refused = scan("--input", "elsewhere")
    assert refused.code == 2 and f"two things to scan: --input elsewhere and {shop}" in refused.err


def test_options_stand_where_one_likes(sekisho: CommandLine, shop: Path, store: Path) -> None:
    data = ("--offline", "--db", store)
    for words in (
        (shop, *data, "-f", "json", "-s", "CRITICAL"),
        (*data, "--quiet", shop, "--format=json", "--severity=CRITICAL"),
        ("-q", shop, *data, "-fjson", "-sCRITICAL"),
        (*data, "--quiet=true", "--ignore-unfixed=false", "--format", "json", "--severity", "CRITICAL", shop),
        (*data, "-f=json", "--severity", "CRITICAL", "--no-progress", "--", shop),
    ):
        assert ids(sekisho("image", *words).report) == CRITICAL, words


def test_a_switch_can_be_turned_off_as_in_go(scan: Scan) -> None:
    assert ids(scan("-f", "json", "--ignore-unfixed=false").report) == FOUND
    assert "Packages" not in scan("-f", "json", "--list-all-pkgs=false").report["Results"][0]
    refused = scan("--quiet=perhaps")
    assert refused.code == 2 and "true or false expected, not 'perhaps'" in refused.err


@pytest.mark.parametrize(
    "words",
    [
        ("--vuln-type", "os,library"),
        ("--security-checks", "vuln"),
        ("--skip-update",),
        ("--skip-db-update",),
        ("--offline-scan",),
        ("--scanners", "vuln", "--timeout", "10m0s", "--no-progress", "--cache-backend", "memory"),
        ("--image-src", "docker,containerd,podman,remote"),
        ("--pkg-types", "os", "--pkg-types", "library"),
    ],
)
def test_old_names_keep_working_without_a_word(scan: Scan, words: tuple[str, ...]) -> None:
    scanned = scan("-f", "json", *words)
    assert (ids(scanned.report), scanned.code, scanned.err) == (FOUND, 0, "")


def test_options_that_change_nothing_here_are_told_once(scan: Scan) -> None:
    ignored = ("--skip-java-db-update", "--disable-telemetry", "--light", "--db-repository", "ghcr.io/a/b:2")
    scanned = scan("-f", "json", *ignored)
    assert ids(scanned.report) == FOUND
    named = "--skip-java-db-update, --disable-telemetry, --db-repository, --light"
    assert scanned.err == f"note: {named}: understood, without effect here\n"
    assert scan("-q", "-f", "json", *ignored).err == ""


@pytest.mark.parametrize(
    "words",
    [
        *(("--vex", "a.json"), ("--server", "http://127.0.0.1:1"), ("--ignore-policy", "a.rego")),
        *(("--compliance", "docker-cis"), ("--template", "@a.tpl"), ("--image-config-scanners", "secret")),
    ],
)
def test_what_would_change_the_answer_is_refused(scan: Scan, words: tuple[str, ...]) -> None:
    refused = scan(*words)
    assert refused.code == 2 and refused.raw == b""
    assert f"{words[0]} is not supported in this version" in refused.err and "\nhint: " in refused.err


def test_other_scanners_are_named_not_left_out_in_silence(scan: Scan) -> None:
    partly = scan("--scanners", "vuln,secret,misconfig")
    assert partly.code == 0 and partly.err == "warning: this version does not scan for: misconfig, secret\n"
    refused = scan("--scanners", "secret")
    assert refused.code == 2 and "no such scanner in this version: secret" in refused.err


@pytest.mark.parametrize(
    ("words", "complaint", "hint"),
    [
        (("--severty", "LOW"), "unrecognized arguments: --severty", "did you mean --severity?"),
        (("--xyz",), "unrecognized arguments: --xyz", "`sekisho image --help` lists the options"),
        (("more",), "unrecognized arguments: ", "`sekisho image --help` lists the options"),
        (("--severity", "HIGHER"), "not a severity: 'HIGHER'", "known severities: UNKNOWN, LOW"),
        (("--format", "verse"), "no such format: 'verse'", "table, json, cyclonedx, spdx-json"),
        (("--exit-code", "one"), "invalid int value: 'one'", "`sekisho image --help` lists the options"),
        (("--exit-code", "256"), "an exit code is between 0 and 255, not 256", ""),
        (("--exit-on-eol", "-1"), "an exit code is between 0 and 255, not -1", ""),
        (("--timeout", "soon"), "not a duration: 'soon'", "write it as 90s, 5m or 1h30m"),
        (("--max-image-size", "big"), "not a size: 'big'", "write it as 500MB or 10GB"),
        (("--platform", "a/b/c/d"), "not a platform", ""),
        (("--pkg-types", "lib"), "--pkg-types: not one of os, library: 'lib'", ""),
        (("--ignore-status", "open"), "--ignore-status: not one of unknown, not_affected", ""),
        (("--image-src", "ether"), "--image-src: not one of docker, containerd, podman, remote: 'ether'", ""),
        (("--registry-mirror", "a"), "--registry-mirror: HOST=MIRROR is expected, not 'a'", ""),
        (("--color", "red"), "invalid choice: 'red'", ""),
    ],
)
def test_a_wrong_command_line_is_refused_before_any_work(
    scan: Scan, words: tuple[str, ...], complaint: str, hint: str
) -> None:
    refused = scan(*words)
    assert (refused.code, refused.raw) == (2, b"")
    assert refused.err.startswith("error: ") and complaint in refused.err and hint in refused.err


def test_a_limit_on_size_is_kept(scan: Scan) -> None:
    assert scan("--max-image-size", "1GB").code == 0
    assert scan("--max-image-size", "1MiB").code == 0
    refused = scan("--max-image-size", "10kb")
    assert refused.code == 3 and "is larger than --max-image-size" in refused.err


def test_what_would_change_the_answer_is_refused_and_its_default_is_not(
    sekisho: CommandLine, store: Path, shop: Path
) -> None:
    common = ("image", "--offline", "--db", store, "-f", "json")
    refused = sekisho(*common, "--detection-priority", "comprehensive", shop)
    assert refused.code == 2 and "would change the answer" in refused.err
    assert sekisho(*common, "--detection-priority", "precise", "--vuln-severity-source", "auto", shop).code == 0
