from __future__ import annotations

import re

import msgspec
import pytest

from sekisho.model.finding import Report, StoreInfo, Suppressed
from sekisho.model.inventory import Gap, OperatingSystem
from sekisho.model.severity import Severity
from sekisho.report.options import RenderOptions
from sekisho.report.table import render
from tests.unit.sbom.examples import ALMA, ALPINE, EMPTY, HOSTILE, LODASH, REPORTS, REPOSITORY, SHOP, finding, package

SGR = re.compile(r"\x1b\[[0-9;]*m")
LINK = re.compile(r"\x1b\]8;;[^\x1b]*\x1b\\")
URGENT = frozenset({Severity.CRITICAL, Severity.HIGH})


def table(report: Report, **options: object) -> str:
    return render(report, options=msgspec.structs.replace(RenderOptions(), **options))


def changed(report: Report, **fields: object) -> Report:
    return msgspec.structs.replace(report, **fields)


def test_findings_are_grouped_by_the_fix_that_closes_them() -> None:
    assert (
        table(SHOP, width=110)
        == """\
registry.example.test/acme/shop:1.4  linux/amd64  sha256:9f2c…9f2c  debian 12.8 · 12 packages · 3 layers
advisories 2026-11-23 04:10 UTC (9 h old)   scanned in 2.1 s

  1 library package installed by the operating system, judged as part of it where its advisories know them

  fix                                                    closes               where
  openssl          3.0.14-1~deb12u2 → 3.0.15-1~deb12u1   1 critical  1 high
      layer 1  apt  (base image)  libssl3, openssl
      CRITICAL  CVE-2024-5535
      HIGH      CVE-2024-4741
  lodash           4.17.20 → 4.17.21                     1 high  1 medium     /app/package-lock.json
      HIGH      CVE-2021-23337
      MEDIUM    CVE-2020-28500
  golang.org/x/net v0.17.0 → v0.23.0                     1 high  KEV          /app/shop, /app/worker
      HIGH      CVE-2023-45288 KEV
  glibc            2.36-9+deb12u8  will not be fixed     1 low
      layer 1  apt  (base image)  libc6
      LOW       CVE-2010-4756

CRITICAL 1   HIGH 3   MEDIUM 1   LOW 1
✗ 6 findings (8 counting every package): 3 upgrades close 5; 1 without a fix
hint: why, and where:  sekisho explain CVE-2024-5535 registry.example.test/acme/shop:1.4
"""
    )


@pytest.mark.parametrize("name", REPORTS)
def test_the_words_are_the_same_without_colour(name: str) -> None:
    assert SGR.sub("", table(REPORTS[name], colour=True)) == table(REPORTS[name])


def test_severities_are_coloured_when_asked_for() -> None:
    assert "\x1b[1;35mCRITICAL\x1b[0m  CVE-2024-5535" in table(SHOP, colour=True)


def test_links_lead_to_the_page_of_each_vulnerability() -> None:
    linked = table(SHOP, links=True)
    assert "\x1b]8;;https://avd.aquasec.com/nvd/cve-2024-5535\x1b\\CVE-2024-5535\x1b]8;;\x1b\\" in linked
    assert LINK.sub("", linked) == table(SHOP)


@pytest.mark.parametrize("width", [50, 64, 80, 100, 140])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    *lines, hint = table(SHOP, width=width).splitlines()
    assert max(map(len, lines)) <= width
    assert hint.startswith("hint:")


def test_a_long_list_of_vulnerabilities_is_shown_whole() -> None:
    names = [f"CVE-2024-{number}" for number in range(1000, 1100)]
    report = changed(SHOP, findings=tuple(finding(LODASH, name, Severity.HIGH, "5.0.0") for name in reversed(names)))
    *lines, _ = table(report, width=80).splitlines()
    shown = [word for line in lines for word in line.split() if word.startswith("CVE-")]
    assert shown[: len(names)] == names
    assert max(len(line) for line in lines) <= 80


def test_severities_that_were_not_asked_for_are_not_counted() -> None:
    kept = tuple(found for found in SHOP.findings if found.severity in URGENT)
    aside = tuple(
        Suppressed(finding=found, kind="severity", source="--severity") for found in SHOP.findings if found not in kept
    )
    text = table(changed(SHOP, findings=kept, suppressed=aside), severities=URGENT)
    assert not re.search(r"\b(LOW|MEDIUM) *[1-9]", text)
    assert "CRITICAL 1   HIGH 3" in text
    assert "hidden: 2 by severity" in text


def test_what_filters_took_away_is_counted_by_reason() -> None:
    kinds = ("ignored", "ignored", "unfixed", "dev", "disputed", "something new")
    aside = tuple(Suppressed(finding=SHOP.findings[0], kind=kind, source="x") for kind in kinds)
    text = table(changed(SHOP, suppressed=aside), width=200)
    assert (
        "hidden: 2 by an ignore file, 1 by something new, 1 contradicted by the ecosystem's own database, "
        "1 in development dependencies, 1 without a fix"
    ) in text


def test_a_clean_result_says_what_was_checked() -> None:
    text = table(changed(SHOP, findings=()))
    assert "✓ no known vulnerabilities: 12 packages checked against debian, osv/Go, osv/npm" in text
    asked = table(changed(SHOP, findings=()), severities=URGENT)
    assert "✓ no critical or high known vulnerabilities: 12 packages" in asked


@pytest.mark.parametrize("report", [ALPINE, changed(SHOP, findings=(), undecided=("no data for Debian:12",))])
def test_doubt_is_no_clean_result(report: Report) -> None:
    text = table(report)
    assert "? could not tell: " in text
    assert "? no verdict" in text
    assert "✓" not in text


def test_doubt_beside_findings_is_said_too() -> None:
    text = table(changed(SHOP, undecided=("layer 2 is truncated",)))
    assert "? could not tell: layer 2 is truncated" in text
    assert "✗ 6 findings" in text
    assert "? and there may be more" in text


def test_many_doubts_are_counted_beyond_the_first() -> None:
    report = changed(SHOP, undecided=tuple(f"reason {number}" for number in range(50)))
    text = table(report)
    assert text.count("? could not tell") == 20
    assert "and 30 more reasons" in text


def test_nothing_to_check_is_no_clean_result() -> None:
    text = table(EMPTY)
    assert "? nothing was checked: no packages were found" in text
    assert "✓" not in text


def test_packages_without_advisories_are_not_called_checked() -> None:
    odd = package("generic", "firmware", "1")
    alone = changed(SHOP, findings=(), inventory=changed(SHOP.inventory, packages=(odd,)))
    assert "? nothing was checked: none of the packages is of a kind with advisories" in table(alone)
    beside = changed(SHOP, findings=(), inventory=changed(SHOP.inventory, packages=(odd, *SHOP.inventory.packages)))
    assert ": 12 packages checked against" in table(beside)


def test_starter_advisories_are_called_what_they_are() -> None:
    text = table(changed(SHOP, store=StoreInfo(built_at="2026-11-01T00:00:00Z", starter=True)))
    assert "! starter advisories" in text
    assert "sekisho db update" in text


def test_a_distribution_out_of_support_is_pointed_out() -> None:
    old = changed(SHOP.inventory, system=OperatingSystem(family="debian", name="9.9", eol="2022-06-30"))
    text = table(changed(SHOP, inventory=old))
    assert "! debian 9.9 is out of support since 2022-06-30" in text
    assert "out of support" not in table(SHOP)


def test_files_that_are_not_what_they_seem_are_a_note() -> None:
    gaps = (Gap(path="a/package.json", extractor="node-pkg", reason="empty", weight="note"),)
    text = table(changed(SHOP, findings=(), inventory=changed(SHOP.inventory, gaps=gaps)))
    assert "1 file not what the name says, passed over" in text
    assert "✓ no known vulnerabilities" in text


def test_without_advisories_the_packages_are_counted() -> None:
    text = table(ALMA)
    assert "advisories not asked for" in text
    assert "rpm 2" in text
    assert "✓" not in text


def test_a_repository_is_shown_by_its_commit() -> None:
    assert table(REPOSITORY).startswith(
        "https://example.test/acme/shop  5ae342eb5ae3  no operating system · 2 packages"
    )


def test_many_places_are_counted_beyond_the_third() -> None:
    places = [changed(LODASH, path=f"app{number}/package-lock.json") for number in range(5)]
    report = changed(
        SHOP, findings=tuple(finding(place, "CVE-2021-23337", Severity.HIGH, "4.17.21") for place in places)
    )
    text = table(report, width=160)
    assert "/app0/package-lock.json, /app1/package-lock.json, /app2/package-lock.json and 2 more" in text
    assert text.count("CVE-2021-23337") == 2  # the group and the hint
    assert "✗ 1 finding (5 counting every package): 1 upgrade closes 1" in text


def test_hostile_names_cannot_command_the_terminal() -> None:
    text = table(HOSTILE, links=True)
    assert all(character.isprintable() or character == "\n" for character in text)


def open_question(number: int = 1) -> Gap:
    return Gap(path="app/shop", extractor="match", reason=f"x: GO-{number} could not be decided: why", weight="note")


def test_what_could_not_be_judged_is_not_called_a_file() -> None:
    inventory = changed(SHOP.inventory, gaps=(open_question(),))
    clean = table(changed(SHOP, findings=(), inventory=inventory))
    assert "? x: GO-1 could not be decided: why" in clean
    assert "not what the name says" not in clean
    assert "✓ no known vulnerabilities: 12 packages checked" in clean
    assert "? but not all could be judged: see above" in clean
    assert "? and there may be more: see above" in table(changed(SHOP, inventory=inventory))


def test_many_open_questions_are_counted_beyond_the_first() -> None:
    inventory = changed(SHOP.inventory, gaps=tuple(map(open_question, range(30))))
    text = table(changed(SHOP, inventory=inventory))
    assert text.count("could not be decided") == 5
    assert "and 25 more that were not judged, in --format json" in text


def test_a_clean_result_does_not_hide_what_was_hidden() -> None:
    aside = tuple(
        Suppressed(finding=SHOP.findings[0], kind=kind, source="x")
        for kind in ("ignored", "status", "severity", "owned", "disputed")
    )
    text = table(changed(SHOP, findings=(), suppressed=aside))
    assert "✓ no known vulnerabilities but the 2 hidden: 12 packages" in text


def test_data_that_could_not_be_renewed_are_a_warning() -> None:
    assert SHOP.store is not None
    text = table(changed(SHOP, store=msgspec.structs.replace(SHOP.store, stale=("osv/Go: 9 days old",))))
    assert "! old advisories: osv/Go: 9 days old" in text
    assert text.endswith("hint: get current advisories:  sekisho db update\n")


def test_where_nothing_helps_the_hint_is_another_release() -> None:
    system = OperatingSystem(family="debian", name="9.9", eol="2022-06-30")
    unfixed = tuple(found for found in SHOP.findings if not found.fixed_version)
    report = changed(SHOP, inventory=changed(SHOP.inventory, system=system), findings=unfixed)
    assert table(report).endswith("build on a release that is still supported\n")


def test_the_hint_can_be_pasted_into_a_shell() -> None:
    artifact = msgspec.structs.replace(SHOP.artifact, name="my image; rm -rf ~")
    assert table(changed(SHOP, artifact=artifact)).endswith("CVE-2024-5535 'my image; rm -rf ~'\n")


def test_a_dated_table_is_the_same_tomorrow() -> None:
    tomorrow = changed(SHOP, created_at="2026-11-24T13:20:00Z", elapsed=9.0)
    date = "2026-01-01T00:00:00Z"
    assert table(SHOP, date=date) == table(tomorrow, date=date) != table(SHOP)


def test_a_brief_table_cuts_only_what_nobody_rated() -> None:
    found = tuple(
        finding(LODASH, f"CVE-2024-{number}", severity, "5.0.0")
        for severity, start in ((Severity.UNKNOWN, 1000), (Severity.LOW, 2000))
        for number in range(start, start + 50)
    )
    report = changed(SHOP, findings=found)
    whole, brief = table(report), table(report, brief=True)
    assert whole.count("CVE-2024-1") == 50
    assert brief.count("CVE-2024-1") == 12
    assert "and 38 more in --format json" in " ".join(brief.split())
    assert brief.count("CVE-2024-2") == whole.count("CVE-2024-2")


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_no_line_ends_in_space(name: str, width: int) -> None:
    starter = changed(REPORTS[name], store=StoreInfo(built_at="2026-11-01T00:00:00Z", starter=True))
    for report in (REPORTS[name], starter):
        assert [line for line in table(report, width=width).splitlines() if line.endswith(" ")] == []


def test_the_last_column_is_headed_only_where_it_stands() -> None:
    for width, heading in ((140, ["fix", "closes", "where"]), (60, ["fix", "closes"])):
        assert heading in [line.split() for line in table(SHOP, width=width).splitlines()]
