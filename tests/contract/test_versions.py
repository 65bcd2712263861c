"""Version orders against what the ecosystems' own tools and our peers say, line by line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cmp_to_key
from pathlib import Path
from typing import Any

import pytest

from sekisho.errors import CorruptInput
from sekisho.versions import packagist, rpm
from sekisho.versions.constraint import parse_constraint, satisfies
from sekisho.versions.order import comparison, order_named
from sekisho.versions.vers import SCHEMES, from_native, is_canonical, parse_vers
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
    order = order_named(SCALIBR[ecosystem])
    compare = comparison(packagist.php_key) if ecosystem == "packagist" else order.compare
    assert disagreements(scalibr_lines(ecosystem), compare) == set(NOT_IN_AN_ORDER.get(ecosystem, {}))


def test_composer_differs_from_php_only_where_it_reads_versions_first() -> None:
    assert disagreements(scalibr_lines("packagist"), packagist.compare) == set(COMPOSER_KNOWS_BETTER)


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
        compare = __import__(f"sekisho.versions.{order.name}", fromlist=["compare"]).compare
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
