"""Our documents against the official schemas: CycloneDX by its JSON schema, SPDX by the rules of its specification."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import cyclonedx.schema
import jsonschema_rs
import pytest

from sekisho.report.catalogue import render
from sekisho.report.options import RenderOptions
from tests.unit.sbom.examples import REPORTS

SCHEMAS = Path(cyclonedx.schema.__file__).parent / "_res"
BASE = "http://cyclonedx.org/schema/"
PARTS = ("spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json")
SPDX_ID = re.compile(r"SPDXRef-[A-Za-z0-9.-]+\Z")
SPDX_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")
SPDX_ACTOR = re.compile(r"(Person|Organization): .+|NOASSERTION", re.DOTALL)
LENGTHS = {"MD5": 32, "SHA1": 40, "SHA256": 64, "SHA384": 96, "SHA512": 128}


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / name).read_text())


@cache
def cyclonedx_validator() -> Any:
    registry = jsonschema_rs.Registry([(BASE + part, schema(part)) for part in PARTS])
    return jsonschema_rs.validator_for(
        schema("bom-1.6.SNAPSHOT.schema.json"), registry=registry, validate_formats=True, ignore_unknown_formats=True
    )


def written(name: str, kind: str) -> Any:
    return json.loads(render(kind, REPORTS[name], RenderOptions(tool_version="1.2.3")))


@pytest.mark.parametrize("name", REPORTS)
def test_cyclonedx_keeps_to_its_schema(name: str) -> None:
    faults = [
        f"{'/'.join(map(str, e.instance_path))}: {e.message}"
        for e in cyclonedx_validator().iter_errors(written(name, "cyclonedx"))
    ]
    assert faults == []


def test_the_validator_would_see_a_fault() -> None:
    document = written("shop", "cyclonedx")
    document["components"][1]["licenses"] = [{"license": {"id": "no such licence"}}]
    assert not cyclonedx_validator().is_valid(document)


@pytest.mark.parametrize("name", REPORTS)
def test_cyclonedx_refs_lead_somewhere(name: str) -> None:
    document = written(name, "cyclonedx")
    refs = [document["metadata"]["component"]["bom-ref"], *(entry["bom-ref"] for entry in document["components"])]
    assert len(refs) == len(set(refs))
    graph = [entry["ref"] for entry in document["dependencies"]]
    assert len(graph) == len(set(graph))
    named = {ref for entry in document["dependencies"] for ref in (entry["ref"], *entry["dependsOn"])}
    named |= {
        entry["ref"] for vulnerability in document.get("vulnerabilities", ()) for entry in vulnerability["affects"]
    }
    assert named <= set(refs)


@pytest.mark.parametrize("name", REPORTS)
def test_spdx_document_has_what_clause_6_demands(name: str) -> None:
    document = written(name, "spdx-json")
    assert document["spdxVersion"] == "SPDX-2.3"
    assert document["dataLicense"] == "CC0-1.0"
    assert document["SPDXID"] == "SPDXRef-DOCUMENT"
    assert re.fullmatch(r"https://[^\s#]+", document["documentNamespace"])
    assert SPDX_MOMENT.match(document["creationInfo"]["created"])
    assert document["creationInfo"]["creators"] == ["Tool: sekisho-1.2.3"]


@pytest.mark.parametrize("name", REPORTS)
def test_spdx_packages_have_what_clause_7_demands(name: str) -> None:
    document = written(name, "spdx-json")
    ids = [entry["SPDXID"] for entry in document["packages"]]
    assert len(ids) == len(set(ids))
    extracted = {entry["licenseId"] for entry in document.get("hasExtractedLicensingInfos", ())}
    for entry in document["packages"]:
        assert SPDX_ID.match(entry["SPDXID"])
        assert entry["name"]
        assert entry["downloadLocation"] == "NOASSERTION"
        assert entry["filesAnalyzed"] is False
        assert SPDX_ACTOR.fullmatch(entry.get("supplier", "NOASSERTION"))
        assert set(re.findall(r"LicenseRef-[A-Za-z0-9.-]+", entry["licenseDeclared"])) <= extracted
        assert all(len(sum_["checksumValue"]) == LENGTHS[sum_["algorithm"]] for sum_ in entry.get("checksums", ()))
        assert all(SPDX_MOMENT.match(note["annotationDate"]) for note in entry.get("annotations", ()))
    assert all(re.fullmatch(r"LicenseRef-[A-Za-z0-9.-]+", ident) for ident in extracted)


def test_spdx_licences_are_expressions_of_listed_identifiers() -> None:
    """Every identifier outside LicenseRef- is on the list that CycloneDX publishes of SPDX's."""
    listed = set(schema(PARTS[0])["enum"])
    for name in REPORTS:
        for entry in written(name, "spdx-json")["packages"]:
            words = re.findall(r"[^\s()]+", entry["licenseDeclared"])
            plain = {word.removesuffix("+") for word in words if not word.startswith("LicenseRef-")}
            assert plain - listed <= {"AND", "OR", "WITH", "NOASSERTION"}


@pytest.mark.parametrize("name", REPORTS)
def test_spdx_relationships_lead_somewhere(name: str) -> None:
    document = written(name, "spdx-json")
    ids = {"SPDXRef-DOCUMENT", *(entry["SPDXID"] for entry in document["packages"])}
    found = [(r["spdxElementId"], r["relationshipType"], r["relatedSpdxElement"]) for r in document["relationships"]]
    assert {end for element, _, related in found for end in (element, related)} == ids
    assert [kind for _, kind, _ in found].count("DESCRIBES") == 1
    assert {kind for _, kind, _ in found} <= {"DESCRIBES", "CONTAINS", "DEPENDS_ON"}


@pytest.mark.parametrize("kind", ["cyclonedx", "spdx-json", "json", "table"])
@pytest.mark.parametrize("name", REPORTS)
def test_the_same_report_gives_the_same_bytes(name: str, kind: str) -> None:
    options = RenderOptions()
    assert render(kind, REPORTS[name], options) == render(kind, REPORTS[name], options)


def test_another_content_gives_another_name() -> None:
    names = {written(name, "cyclonedx")["serialNumber"] for name in REPORTS}
    names |= {written(name, "spdx-json")["documentNamespace"] for name in REPORTS}
    assert len(names) == 2 * len(REPORTS)
