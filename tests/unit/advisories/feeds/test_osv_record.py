"""One OSV record."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from sekisho.advisories.feeds.osv_record import read_osv
from sekisho.advisories.feeds.protocol import Defect, Record
from sekisho.model.advisory import Advisory, Interval, Score
from tests.simulators.feeds import osv


def read(record: dict[str, Any], only: tuple[str, ...] = ()) -> Advisory:
    body = json.dumps(record).encode()
    found = read_osv(body, "osv/Test", only)
    assert isinstance(found, Record), found
    assert found.sha256 == hashlib.sha256(body).digest()
    return found.advisory


def reason(body: bytes) -> str:
    found = read_osv(body, "osv/Test", (), "bad.json")
    assert isinstance(found, Defect), found
    return found.reason


def test_every_field_a_finding_needs_is_taken_over() -> None:
    record = osv("GHSA-1", "PyPI", "Zope.Interface", fixed="1.2", aliases=["CVE-2024-1"], summary="s", details="d")
    record |= {
        "published": "2023-01-01T00:00:00Z",
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}],
        "references": [
            {"type": "WEB", "url": "https://example.test/a"},
            {"type": "WEB", "url": "https://example.test/a"},
        ],
        "database_specific": {"severity": "HIGH", "cwe_ids": ["CWE-1"]},
    }
    advisory = read(record)
    assert advisory.affected[0].name == "zope-interface"
    assert advisory.affected[0].intervals == (Interval(fixed="1.2"),)
    assert advisory.aliases == ("CVE-2024-1",)
    assert advisory.scores == (Score("ghsa", "CVSS_V3", "CVSS:3.1/AV:N"),)
    assert (advisory.severity, advisory.cwes) == ("HIGH", ("CWE-1",))
    assert advisory.references == ("https://example.test/a",)
    assert advisory.url == "https://github.com/advisories/GHSA-1"
    assert (advisory.summary, advisory.details, advisory.source) == ("s", "d", "osv/Test")


def test_a_bucket_keeps_only_its_own_ecosystem() -> None:
    record = osv("GHSA-1", "npm", "a", fixed="1")
    record["affected"] += osv("", "PyPI", "b", fixed="1")["affected"]
    assert [one.name for one in read(record, ("npm",)).affected] == ["a"]
    assert [one.name for one in read(record).affected] == ["a", "b"]


def test_git_ranges_are_not_versions_of_packages() -> None:
    record = osv("OSV-1", "OSS-Fuzz", "a")
    record["affected"][0] |= {"ranges": [{"type": "GIT", "events": [{"introduced": "abc"}]}], "versions": ["v1"]}
    affected = read(record).affected[0]
    assert (affected.intervals, affected.versions, affected.undecidable) == ((), ("v1",), "")


def test_a_record_that_names_no_versions_cannot_be_decided() -> None:
    record = osv("X-1", "npm", "a")
    record["affected"][0]["ranges"] = []
    assert "does not say" in read(record).affected[0].undecidable


def test_custom_ranges_of_go_are_never_decided() -> None:
    record = osv("GO-1", "Go", "k8s.io/ingress-nginx")
    record["affected"][0]["ecosystem_specific"] = {"custom_ranges": [{"type": "ECOSYSTEM", "events": []}]}
    assert "semantic version tags" in read(record).affected[0].undecidable


def test_go_keeps_the_symbols_that_reachability_asks_for() -> None:
    record = osv("GO-1", "Go", "m", fixed="1.2.3")
    record["affected"][0]["ecosystem_specific"] = {
        "imports": [{"path": "m/p", "symbols": ["F", "T.M"]}, {"path": "m/q"}]
    }
    assert read(record).affected[0].imports == (("m/p", ("F", "T.M")), ("m/q", ()))


def test_semver_ranges_are_told_from_the_ecosystems_own() -> None:
    record = osv("GO-1", "Go", "m", fixed="1.2.3")
    record["affected"][0]["ranges"][0]["type"] = "SEMVER"
    assert read(record).affected[0].intervals == (Interval(fixed="1.2.3", comparator="SEMVER"),)


def test_rustsec_informational_records_say_so() -> None:
    record = osv("RUSTSEC-1", "crates.io", "a")
    record["affected"][0]["database_specific"] = {"informational": "unmaintained"}
    assert read(record).informational == "unmaintained"


def test_a_scale_that_is_not_cvss_is_a_word() -> None:
    record = osv("UBUNTU-CVE-1", "Ubuntu:22.04:LTS", "a", severity=[{"type": "Ubuntu", "score": "medium"}])
    assert read(record).scores == (Score("ubuntu", "word", "medium"),)


def test_an_umbrella_record_is_about_its_cves_and_not_their_synonym() -> None:
    advisory = read(osv("GO-1", "Go", "m", aliases=["CVE-2020-2", "CVE-2020-1", "GHSA-x"]))
    assert advisory.upstream == ("CVE-2020-2", "CVE-2020-1")


def test_an_erratum_is_about_its_related_cves() -> None:
    advisory = read(
        osv("ALSA-2024:1", "AlmaLinux:9", "bash", related=["CVE-2024-1", "CVE-2024-2"], summary="Important: x")
    )
    assert advisory.upstream == ("CVE-2024-1", "CVE-2024-2")
    assert advisory.severity == "Important"
    assert read(osv("GHSA-1", "npm", "a", related=["CVE-2024-1"])).upstream == ()


def test_a_bugfix_erratum_without_a_cve_is_no_vulnerability() -> None:
    assert read(osv("ALBA-2024:1", "AlmaLinux:9", "bash")).informational == "bugfix"
    assert read(osv("ALBA-2024:1", "AlmaLinux:9", "bash", related=["CVE-2024-1"])).informational == ""


def test_modular_builds_know_their_stream() -> None:
    record = osv(
        "ALSA-1",
        "AlmaLinux:8",
        "nodejs",
        fixed="18.1-1.module_el8.7.0+1+ab",
        summary="Moderate: nodejs:18 security update",
    )
    record["affected"] += osv("", "AlmaLinux:8", "bash", fixed="5.1-2.el8")["affected"]
    assert [one.modularity for one in read(record).affected] == ["nodejs:18", ""]


def test_of_several_rebuilds_the_first_one_mends() -> None:
    record = osv("ALSA-1", "AlmaLinux:8", "koan", fixed="2.0-6.module_el8.5.0+94", summary="x:1.0 bug fix")
    record["affected"] += osv("", "AlmaLinux:8", "koan", fixed="2.0-6.module_el8.3.0+2041")["affected"]
    assert [one.intervals[0].fixed for one in read(record).affected] == ["2.0-6.module_el8.3.0+2041"]


def test_a_drupal_package_is_kept_as_a_composer_package() -> None:
    affected = read(osv("DRUPAL-1", "Packagist:https://packages.drupal.org/8", "drupal/X", fixed="1")).affected[0]
    assert (affected.ecosystem, affected.name) == ("Packagist", "drupal/x")


def test_a_records_own_address_is_preferred() -> None:
    assert read(osv("GO-1", "Go", "m", database_specific={"url": "https://pkg.go.dev/vuln/GO-1"})).url.endswith("/GO-1")
    alsa = osv("ALSA-2024:1", "AlmaLinux:9", "a")
    alsa["references"] = [{"type": "ADVISORY", "url": "https://errata.almalinux.org/9/ALSA-2024-1.html"}]
    assert read(alsa).url == "https://errata.almalinux.org/9/ALSA-2024-1.html"
    assert read(osv("PYSEC-1", "PyPI", "a")).url == "https://osv.dev/vulnerability/PYSEC-1"


def test_withdrawn_records_are_kept_with_their_date() -> None:
    assert read(osv("GHSA-1", "npm", "a", withdrawn="2024-02-01T00:00:00Z")).withdrawn == "2024-02-01T00:00:00Z"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"id": 7}',
        b'{"id": ""}',
        b'{"id": "X", "affected": {"package": 1}}',
        b'{"id": "X", "aliases": [["CVE-1"]]}',
        b'{"id": "' + b"x" * 300 + b'"}',
        b'{"id": "X\\u0000"}',
        b'{"id": "X", "details": ' + b"[" * 100_000,
        b'{"id": "X", "database_specific": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
        b'{"id": "X\xff"}',
    ],
)
def test_a_record_of_another_shape_is_a_defect_with_a_reason(body: bytes) -> None:
    assert reason(body)


def test_what_nobody_promised_is_read_leniently() -> None:
    record = osv("X-1", "npm", "a", fixed="1", database_specific=["odd"], references=None, aliases=None, severity=None)
    record["affected"][0] |= {
        "ecosystem_specific": {"imports": {"not": "a list"}},
        "database_specific": {"informational": 3},
    }
    advisory = read(record)
    assert (advisory.affected[0].imports, advisory.informational, advisory.references) == ((), "", ())
