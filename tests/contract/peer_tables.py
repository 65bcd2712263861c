"""Reads the version tables of grype's and Trivy's own tests: each row becomes one claim that can be checked.

Every table was extracted from another Go test, so each has its own columns; what they claim is one of four things: a
comparison, a constraint that holds or not, a text that is (or is not) a version, or an advisory that applies.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

ORDERS = {
    "apk": "apk",
    "bitnami": "bitnami",
    "deb": "deb",
    "fuzzy": "generic",
    "gem": "gem",
    "generic_constraint": "semver",
    "golang": "golang",
    "jvm": "jvm",
    "kb": "generic",
    "maven": "maven",
    "pacman": "alpm",
    "pep440": "pep440",
    "portage": "portage",
    "range": "generic",
    "rpm": "rpm",
    "semantic": "semver",
    "version_test": "semver",
    "compare/bitnami": "bitnami",
    "compare/compare": "semver",
    "compare/maven": "maven",
    "compare/npm": "npm",
    "compare/pep440": "pep440",
    "compare/rubygems": "gem",
}
FORMATS = {
    "ApkFormat": "apk",
    "DebFormat": "deb",
    "GolangFormat": "golang",
    "MavenFormat": "maven",
    "RpmFormat": "rpm",
    "SemanticFormat": "semver",
    "UnknownFormat": "generic",
}
OPERATORS = {"": "=", "EQ": "=", "GT": ">", "GTE": ">=", "LT": "<", "LTE": "<="}
WORDS = {"less": -1, "equal": 0, "greater": 1}

NO_CLAIM = {
    "about Go values": (
        "EdgeCases",
        "ErrorCases",
        "NilScenarios",
        "NilVersion",
        "set_test.go",
        "CombineConstraints",
        "CombinedConstraint_Satisfied_WithErrors",
        "ConsistencyWithCompare",
        "VersionCompareSameFormat",
    ),
    "about how grype prints or names things": (
        "Constraint_String",
        "Version_String",
        "PacmanVersionString",
        "ParseFormat",
        "ExtractDebEpoch",
        "PseudoSemverPattern",
    ),
    "about grype's guess of a format it was not told": ("Satisfied_UnknownFormatComparison", "Compare_Formats"),
}
"""Tables without a claim about versions, by a part of their name."""


class Claim(NamedTuple):
    """``kind`` is order, holds, parses, valid or applies; ``wanted`` is the answer to ``given`` (None: refused)."""

    kind: str
    order: str
    given: tuple[Any, ...]
    wanted: Any

    def __str__(self) -> str:
        return f"{self.order}: {' | '.join(map(str, self.given))}"


def order_of_table(table: str) -> str:
    file = table.partition("::")[0].removeprefix("trivy/pkg/detector/library/")
    matching = [order for start, order in ORDERS.items() if file.startswith(start)]
    assert matching, table
    return matching[-1] if file.startswith("compare/") else matching[0]


def claims(tables: dict[str, list[Any]]) -> Iterator[tuple[str, Claim | None]]:
    """Every row of every table, None where it claims nothing about versions."""
    for table, rows in tables.items():
        silent = any(part in table for parts in NO_CLAIM.values() for part in parts)
        for row in rows:
            yield table, None if silent else claim(table, row)


def claim(table: str, row: Any) -> Claim | None:
    """The claim of one row."""
    order = order_of_table(table) if "combined" not in table and "cache" not in table else "semver"
    if isinstance(row, list):
        return list_claim(table, order, row)
    if "args" in row:
        advisory = row["args"]["advisory"]
        version = row["args"].get("currentVersion") or row["args"]["ver"]
        return Claim("applies", order, (version, advisory, row.get("allowLocalSpec", True)), row.get("want", False))
    if "operator" in row or "OrOperands" in row.get("constraint", ()):
        return go_claim(order, row)
    if "constraint" in row:
        wanted = None if row.get("wantError") or "Invalid" in table else row.get("satisfied", False)
        return Claim("holds", order, (row.get("version", "1"), row["constraint"]), wanted)
    if "phrase" in row or "err" in row:
        return Claim("parses", order, (row.get("phrase", row.get("input")),), bounds_of(row))
    if "trimmed" in row or ("want" in row and "input" in row):
        return Claim("order", order, (row["input"], row.get("trimmed", row.get("want"))), 0)
    for first, second, wanted in (
        ("v1", "v2", "want"),
        ("v1", "v2", "expectedResult"),
        ("version1", "version2", "expected"),
        ("version", "other", "want"),
        ("pkg", "other", "wantCmp"),
    ):
        if first in row and second in row and wanted in row:
            order = FORMATS.get(row.get("format", ""), order)
            return Claim("order", order, (row[first], row[second]), None if row.get("expectErr") else row[wanted])
    if "thisVersion" in row:
        wanted = row.get("expectResult", {}).get("args", [...])[0]
        return Claim(
            "order", order, (row["thisVersion"], row["otherVersion"]), None if row.get("expectError") else wanted
        )
    text = row.get("version", row.get("input"))
    if isinstance(text, str):
        return Claim("valid", order, (text,), not (row.get("wantErr") or row.get("wantError") or row.get("err")))
    return None


def bounds_of(row: dict[str, Any]) -> list[list[str]] | None:
    """What a text is parsed into, as alternatives of ``operator version``; None when it is refused."""
    if row.get("wantErr") or row.get("wantError") or row.get("err"):
        return None
    expected = row.get("expected") or [[]]
    if isinstance(expected, dict):
        return [[OPERATORS[expected["Operator"]] + expected["Version"]]]
    if isinstance(expected, str):
        return [["=" + expected]]
    return [[bound if bound[0] in "<>=" else "=" + bound for bound in bounds] for bounds in expected]


def list_claim(table: str, order: str, row: list[Any]) -> Claim | None:
    """Rows without column names."""
    if "InvalidInputs" in table:
        return Claim("valid", order, (row[1],), False)
    if "ValidInputs" in table:
        return Claim("valid", order, (row[0],), True)
    if "canonical" in table:
        return Claim("order", order, (row[1], ".".join(map(str, row[2]))), 0)
    if "Cache" in table:
        return Claim("valid", order, (row[2],), False)
    if "AllOperators" in table:
        versions = {"v1": "1.0.0", "v1dup": "1.0.0", "v2": "2.0.0"}
        return Claim("holds", order, (versions[row[1]], f"{OPERATORS[row[2]]} {versions[row[3]]}"), row[4])
    if "Epochs" in table:
        return Claim("order", order, (row[1], row[2]), WORDS[row[3]])
    if "StripLeadingV" in table:
        return Claim("order", order, (row[0], row[1]), 0)
    return Claim("order", order, tuple(row[:2]), row[2])


def go_claim(order: str, row: dict[str, Any]) -> Claim | None:
    """Rows that build Go values: ``New(version, format)``."""
    if "operator" not in row:
        calls = [operand["args"][0] for operand in row["constraint"]["OrOperands"]]
        order = FORMATS[row["constraint"]["OrOperands"][0]["args"][1]]
        if row["version"] is None:
            return None
        return Claim("holds", order, (row["version"]["args"][0], " || ".join(calls)), row["wantSatisfied"])
    if row["other"] is None or row["operator"] not in OPERATORS:
        return None
    constraint = f"{OPERATORS[row['operator']]} {row['other']['args'][0]}"
    return Claim(
        "holds", order, (row["version"]["args"][0], constraint), None if row.get("wantErr") else row["expected"]
    )
