from __future__ import annotations

import pytest

from sekisho.model.severity import Severity
from sekisho.report.fixes import fixes
from tests.unit.sbom.examples import LIBC, LIBSSL, LODASH, NET, OPENSSL, SHOP, finding, package


@pytest.mark.parametrize(
    ("fixed", "target"),
    [
        (("4.17.21",), "4.17.21"),
        (("4.17.5", "4.17.21", "4.17.19"), "4.17.21"),
        (("3.10.2, 4.17.21, 5.0.0",), "4.17.21"),
        (("4.17.21, 5.0.0", "4.18.1"), "4.18.1"),
        (("4.2.0",), "4.2.0"),
        (("not a version",), "not a version"),
    ],
)
def test_the_nearest_version_that_closes_everything_is_named(fixed: tuple[str, ...], target: str) -> None:
    (group,) = fixes(finding(LODASH, f"CVE-2024-{at}", Severity.HIGH, text) for at, text in enumerate(fixed, 1000))
    assert group.target == target


def test_the_order_of_versions_is_the_ecosystems_own() -> None:
    texts = ("3.0.14-1~deb12u10", "3.0.14-1~deb12u9")
    (group,) = fixes(finding(LIBSSL, f"CVE-2024-{at}", Severity.LOW, text) for at, text in enumerate(texts, 1000))
    assert group.target == "3.0.14-1~deb12u10"


def test_a_go_module_is_upgraded_to_a_version_that_go_get_takes() -> None:
    (group,) = fixes([finding(NET, "CVE-2023-45288", Severity.HIGH, "0.23.0")])
    assert group.target == "v0.23.0"


def test_binary_packages_of_one_source_are_one_fix() -> None:
    found = fixes([finding(LIBSSL, "CVE-1", Severity.LOW, "4"), finding(OPENSSL, "CVE-1", Severity.HIGH, "4")])
    assert [group.name for group in found] == ["openssl"]
    assert found[0].worst == {"CVE-1": Severity.HIGH}
    assert [touched.name for touched in found[0].packages] == ["libssl3", "openssl"]


def test_the_worst_comes_first_and_what_has_no_fix_last() -> None:
    groups = fixes(reversed(SHOP.findings))
    assert [(group.name, bool(group.target)) for group in groups] == [
        ("openssl", True), ("lodash", True), ("golang.org/x/net", True), ("glibc", False),
    ]  # fmt: skip


def test_why_there_is_no_fix_is_said() -> None:
    states = {"affected": "no fix yet", "will_not_fix": "will not be fixed", "fix_deferred": "fix deferred"}
    groups = fixes(finding(LIBC, f"CVE-{state}", Severity.LOW, state=state) for state in states)
    assert {group.state for group in groups} == set(states.values())


def test_vulnerabilities_are_ordered_by_number() -> None:
    endless = "CVE-2021-" + "9" * 5000
    names = ["CVE-2021-9", "CVE-2021-10", "CVE-2020-99999", "GHSA-x", endless]
    (group,) = fixes(finding(LODASH, name, Severity.LOW, "9") for name in names)
    assert list(group.worst) == [endless, "CVE-2020-99999", "CVE-2021-9", "CVE-2021-10", "GHSA-x"]


def test_two_versions_of_a_library_are_two_fixes() -> None:
    other = package("npm", "lodash", "3.0.0", path="b/package-lock.json")
    groups = fixes(finding(place, "CVE-1", Severity.LOW, "4.17.21") for place in (LODASH, other))
    assert sorted(group.installed for group in groups) == ["3.0.0", "4.17.20"]
