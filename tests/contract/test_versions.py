"""Version orders against what the ecosystems' own tools and our peers say, line by line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cmp_to_key
from importlib import import_module
from typing import Any

import pytest

from sekisho.errors import CorruptInput
from sekisho.versions import rpm
from sekisho.versions.constraint import parse_constraint, satisfies
from sekisho.versions.order import order_named
from sekisho.versions.vers import SCHEMES, from_native, is_canonical, parse_vers
from tests.contract.peer_tables import NO_CLAIM, Claim, claims
from tests.contract.shared import area

SIGNS = {"<": -1, "=": 0, "==": 0, ">": 1}

# ---- osv-scalibr: one comparison a line

SCALIBR = {
    "alpine": "apk",
    "cran": "dotted",
    "debian": "deb",
    "hackage": "dotted",
    "maven": "maven",
    "nuget": "nuget",
    "packagist": "packagist",
    "pub": "pub",
    "pypi": "pep440",
    "redhat": "rpm",
    "rubygems": "gem",
    "semver": "semver",
}
SCALIBR_LINES = 50_262
NOT_IN_AN_ORDER = {
    "maven": {
        "2.9.0-1 < 2.9.0.RC1": "with 2.9.0.RC1 < 2.9.0 < 2.9.0-1, which Maven says too, this is a circle",
    },
}
COMPOSER_KNOWS_BETTER = {
    "1.0.0 > 1.0": "Composer fills up to 1.0.0.0 before it asks PHP, so both are the same",
    "v3.0 < v3.0.0-beta": "3.0 is 3.0.0.0, which its beta announces",
    "v3.4 < v3.4.0-alpha": "3.4 is 3.4.0.0, which its alpha announces",
    "v4.4 < v4.4.0-beta": "4.4 is 4.4.0.0, which its beta announces",
    "v6.5 < v6.5.0-beta-0": "6.5 is 6.5.0.0, which its beta announces",
    "v6.6 < v6.6.0-beta": "6.6 is 6.6.0.0, which its beta announces",
    "v1.9.0-BETA.1 < v1.9.0-ALPHA.2": "PHP does not know words in capitals, Composer writes them small first",
    "5.1.0-stable < 5.1.0-beta2": "PHP does not know the word stable, Composer drops it",
    "3.0.0b2 < 3.0.0b2.post1": "PHP does not know the word post; neither does Composer, who compares numbers before it",
}


def scalibr_lines(ecosystem: str) -> Iterator[str]:
    for path in sorted((area("scan") / "version" / "scalibr").glob(f"{ecosystem}-versions*.txt")):
        for line in path.read_text().splitlines():
            if line.strip() and not line.startswith("//"):
                yield line.strip()


def disagreements(lines: Iterator[str], compare: Callable[[str, str], int]) -> set[str]:
    found = set()
    for line in lines:
        a, sign, b = line.split(" ")
        if compare(a, b) != SIGNS[sign]:
            found.add(line)
    return found


def test_all_lines_of_scalibr_are_read() -> None:
    paths = (area("scan") / "version" / "scalibr").glob("*.txt")
    assert sum(len(path.read_text().splitlines()) for path in paths) == SCALIBR_LINES


@pytest.mark.parametrize("ecosystem", sorted(SCALIBR))
def test_scalibr_lines(ecosystem: str) -> None:
    compare = import_module(f"sekisho.versions.{SCALIBR[ecosystem]}").compare
    assert disagreements(scalibr_lines(ecosystem), compare) == set(NOT_IN_AN_ORDER.get(ecosystem, {}))


def test_composer_differs_from_php_only_where_it_reads_versions_first() -> None:
    assert disagreements(scalibr_lines("packagist"), order_named("packagist").compare) == set(COMPOSER_KNOWS_BETTER)


# ---- vers-spec

VERS_TESTS = 1_914
UNIVERS_NOT_NODE = {
    ">= 0.2.0 <= 0.9.6 || ~0.8.0-pre": "node-semver: ~1.2.3-beta.2 is >=1.2.3-beta.2 <1.3.0-0, all of 0.8 here",
    "<=2.1 >=1.1": "node-semver: <=2.1 is <2.2.0-0, all of 2.1",
}


def vers_tests() -> Iterator[dict[str, Any]]:
    for path in sorted((area("scan") / "version" / "vers-spec").glob("*.json")):
        yield from json.loads(path.read_text())["tests"]


def vers_answer(case: dict[str, Any]) -> object:
    given, kind = case["input"], case["test_type"]
    if kind in ("comparison", "equality"):
        scheme = given["input_scheme"]
        order = order_named(SCHEMES.get(scheme, "generic"))
        compare = import_module(f"sekisho.versions.{order.name}").compare
        if kind == "equality":
            return compare(*given["versions"]) == 0
        ordered = sorted(given["versions"], key=cmp_to_key(compare))
        return [order.key(version) for version in ordered]
    if kind == "from_native":
        return str(from_native(given["scheme"], given["native_range"]))
    if kind == "containment":
        return given["version"] in parse_vers(given["vers"])
    if kind == "validate":
        return str(parse_vers(given))
    if not is_canonical(given):
        return None
    parsed = parse_vers(given)
    return {
        "scheme": parsed.scheme,
        "version_constraints": [[bound.operator, bound.version] for bound in parsed.bounds],
    }


def test_vers_spec() -> None:
    cases = list(vers_tests())
    differing = set()
    for case in cases:
        wanted = case.get("expected_output")
        if case["test_type"] == "comparison":
            order = order_named(SCHEMES.get(case["input"]["input_scheme"], "generic"))
            wanted = [order.key(version) for version in wanted]
        if vers_answer(case) != wanted:
            differing.add(case["input"].get("native_range", str(case["input"])))
    assert len(cases) == VERS_TESTS
    assert differing == set(UNIVERS_NOT_NODE)


# ---- the tables of grype's and Trivy's own tests

PEER_ROWS = 905
ROWS_WITHOUT_CLAIM = 126
NO_EPOCH_IS_ZERO = "grype guesses a missing epoch from the other side; dpkg and rpm take it as zero, and so do we"
GRYPE_ALONE = {
    "deb: 2.0.0 | 1:1.5.0": NO_EPOCH_IS_ZERO,
    "deb: 1.0.0 | 999:0.5.0": NO_EPOCH_IS_ZERO,
    "deb: 1.0-1ubuntu1 | 1:1.0-1ubuntu1": NO_EPOCH_IS_ZERO,
    "deb: 8.2p1-4ubuntu0.13+esm1 | 1:8.2p1-4ubuntu0.13+esm1": NO_EPOCH_IS_ZERO,
    "rpm: 1:0 | 1": NO_EPOCH_IS_ZERO,
    "rpm: 1:0 | < 1": NO_EPOCH_IS_ZERO,
    "rpm: 1.0 | < 2:1.0": NO_EPOCH_IS_ZERO,
    "rpm: 2:4.19.01-1.el7_5 | 4.19.1-1.el7_5": NO_EPOCH_IS_ZERO,
    "rpm: 2:4.19.01-1.el7_5 | <= 4.19.1-1.el7_5": NO_EPOCH_IS_ZERO,
    "rpm: 4.19.01-1.el7_5 | 2:4.19.1-1.el7_5": NO_EPOCH_IS_ZERO,
    "rpm: 4.19.01-1.el7_5 | < 2:4.19.1-1.el7_5": NO_EPOCH_IS_ZERO,
    "rpm: 4.19.0-1.el7_5 | < 12:4.19.0-1.el7": NO_EPOCH_IS_ZERO,
    "rpm: 4.19.0-1.el7_5 | <= 12:4.19.0-1.el7": NO_EPOCH_IS_ZERO,
    "rpm: 3:4.19.0-1.el7_5 | 4.21.0-1.el7": NO_EPOCH_IS_ZERO,
    "rpm: 3:4.19.0-1.el7_5 | < 4.21.0-1.el7": NO_EPOCH_IS_ZERO,
    "rpm: 2.0.0 | 1:1.5.0": NO_EPOCH_IS_ZERO,
    "rpm: 1.2.3 | 1:1.2.3": NO_EPOCH_IS_ZERO,
    "rpm: 1.0.0 | 999:0.5.0": NO_EPOCH_IS_ZERO,
    "rpm: 5.14.0-427.68.1.el9_4 | 1:5.14.0-427.68.1.el9_4": NO_EPOCH_IS_ZERO,
    "rpm: 8.3.1-5.el8 | < 0:8.3.1-5.el8.0.0": "rpm itself: 5.el8 < 5.el8.0.0",
    "rpm: 8.3.1-5.el8.0.0 | > 0:8.3.1-5.el8": "rpm itself: 5.el8 < 5.el8.0.0",
    "semver: 1 | > 1.0.0 < 2.0.0": "a space joins comparisons in npm's and Trivy's tables, so it does here",
    "semver: 1.0.0.alpha.beta | = 1.0.0-alpha-beta": "a hyphen within a pre-release does not separate its parts",
    "semver: 1.0.0.rc.alpha | = 1.0.0-rc-alpha": "a hyphen within a pre-release does not separate its parts",
    "semver: 3.e": "read leniently, as every text that begins with a number",
    "pep440: 1.2.3 | not/valid/python-format": "versions from before PEP 440 sort first, as pip had them",
    "generic:  | ": "an empty constraint is always satisfied, of whatever",
    "generic: 1.0|2.0": "a single bar is refused where the notation does not know it",
}


def peer_claims() -> list[Claim | None]:
    tables = json.loads((area("scan") / "version" / "grype-trivy-tables.json").read_text())
    return [claim for _, claim in claims(tables)]


def applies(order: str, version: str, advisory: dict[str, Any], local: bool) -> bool:
    """Trivy's reading of an advisory of GitLab's or GitHub's shape: vulnerable, and neither patched nor unaffected."""
    version = version if local else version.partition("+")[0]
    vulnerable, patched = advisory.get("VulnerableVersions") or [], advisory.get("PatchedVersions") or []
    safe = patched + (advisory.get("UnaffectedVersions") or [])
    if "" in vulnerable + patched:
        return True
    try:
        if vulnerable and not satisfies(order, version, " || ".join(vulnerable)):
            return False
        return not satisfies(order, version, " || ".join(safe)) if safe else bool(vulnerable)
    except CorruptInput:
        return False


def answer(claim: Claim) -> object:
    if claim.kind == "applies":
        return applies(claim.order, *claim.given)
    try:
        if claim.kind == "order":
            compared = order_named(claim.order).compare(*claim.given)
            return compared if claim.wanted is not ... else ...
        if claim.kind == "holds":
            return satisfies(claim.order, *claim.given)
        if claim.kind == "valid":
            return bool(order_named(claim.order).key(*claim.given))
        alternatives = parse_constraint(claim.order, *claim.given)
        return [[bound.operator + bound.version for bound in bounds] for bounds in alternatives]
    except CorruptInput:
        return False if claim.kind == "valid" else None


def test_peer_tables() -> None:
    found = peer_claims()
    assert len(found) == PEER_ROWS
    assert {str(claim) for claim in found if claim and answer(claim) != claim.wanted} == set(GRYPE_ALONE)


def test_rows_without_a_claim_about_versions_are_counted() -> None:
    assert len([claim for claim in peer_claims() if claim is None]) == ROWS_WITHOUT_CLAIM
    assert len(NO_CLAIM) == 3


# ---- claircore: rpm


def rpm_lines(name: str) -> Iterator[list[str]]:
    for line in (area("scan") / "version" / "claircore-rpmver" / name).read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.split()


def test_rpmvercmp() -> None:
    lines = list(rpm_lines("rpmvercmp"))
    assert len(lines) == 113
    assert [line for line in lines if rpm.compare(line[0], line[2]) != SIGNS[line[1]]] == []


def test_full_names_of_rpm_packages_are_split() -> None:
    for text, *wanted in rpm_lines("parse"):
        assert rpm.parse_nevra(text) == tuple(part.strip("'\"") for part in wanted)


def test_full_names_of_rpm_packages_are_ordered() -> None:
    def place(text: str) -> tuple[str, str, str]:
        name, epoch, version, release, arch = rpm.parse_nevra(text)
        return name, rpm.key(f"{epoch or 0}:{version}-{release}"), arch

    for a, sign, b in rpm_lines("compare"):
        assert (place(a) > place(b)) - (place(a) < place(b)) == SIGNS[sign], (a, sign, b)
