"""Package URLs against the tests of purl-spec, and against the names Trivy gives."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from sekisho.errors import CorruptInput
from sekisho.model.purl import Purl, make_purl, parse_purl
from tests.contract.shared import area

TESTS = 399
CONTRADICTIONS = {
    "parse pkg:gem/jruby-launcher@1.1.2?Platform=java": (
        "refused here, but accepted by the round trip of the same purl, and by the maven tests for other types"
    ),
}
PARTS = ("type", "namespace", "name", "version", "qualifiers", "subpath")


def cases() -> Iterator[dict[str, Any]]:
    for path in sorted((area("scan") / "purl").glob("*.json")):
        yield from json.loads(path.read_text())["tests"]


def parts(purl: Purl) -> dict[str, Any]:
    values = (purl.type, purl.namespace, purl.name, purl.version, dict(purl.qualifiers), purl.subpath)
    return {part: value or None for part, value in zip(PARTS, values, strict=True)}


def built(given: dict[str, Any]) -> str:
    known = {part: given.get(part) or "" for part in PARTS if part != "qualifiers"}
    return str(
        make_purl(known.pop("type"), known.pop("name"), qualifiers=(given.get("qualifiers") or {}).items(), **known)
    )


def answer(case: dict[str, Any]) -> object:
    try:
        if case["test_type"] == "build":
            return built(case["input"])
        purl = parse_purl(case["input"])
        return parts(purl) if case["test_type"] == "parse" else str(purl)
    except CorruptInput:
        return None


def wanted(case: dict[str, Any]) -> object:
    if case.get("expected_failure"):
        return None
    expected = case["expected_output"]
    return {part: expected.get(part) or None for part in PARTS} if case["test_type"] == "parse" else expected


def test_purl_spec() -> None:
    found = list(cases())
    assert len(found) == TESTS
    differing = {f"{case['test_type']} {case['input']}" for case in found if answer(case) != wanted(case)}
    assert differing == set(CONTRADICTIONS)


def test_the_purls_of_trivy_are_in_normal_form() -> None:
    found: set[str] = set()
    for path in (area("scan") / "golden" / "trivy").glob("*.json.golden"):
        found |= set(re.findall(r'"PURL": "(pkg:[^"]+)"', path.read_text()))
    assert len(found) > 50
    assert [purl for purl in map(_unescaped, sorted(found)) if str(parse_purl(purl)) != purl] == []


def _unescaped(text: str) -> str:
    return text.replace("\\u0026", "&")
