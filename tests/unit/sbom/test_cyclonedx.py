from __future__ import annotations

import json
from typing import Any

import msgspec

from sekisho.model.finding import Report
from sekisho.model.severity import Severity
from sekisho.sbom.cyclonedx import write_cyclonedx
from tests.unit.sbom.examples import (
    ALPINE,
    EMPTY,
    IMAGE,
    LAYERS,
    LIBC,
    LODASH,
    NET,
    NET_AGAIN,
    NOW,
    REPOSITORY,
    SHOP,
    finding,
    package,
)


def written(report: Report) -> Any:
    return json.loads(write_cyclonedx(report, tool_version="1.2.3"))


def component(report: Report, name: str) -> Any:
    return next(entry for entry in written(report)["components"] if entry["name"] == name)


def test_the_image_is_the_subject_by_its_digest() -> None:
    root = written(SHOP)["metadata"]["component"]
    assert root["purl"] == (
        f"pkg:oci/shop@{IMAGE.manifest_digest}?arch=amd64&repository_url=registry.example.test%2Facme%2Fshop&tag=1.4"
    )
    assert root["bom-ref"] == root["purl"]
    assert root["version"] == IMAGE.manifest_digest
    diff_ids = [entry["value"] for entry in root["properties"] if entry["name"] == "sekisho:image:diffID"]
    assert diff_ids == [layer.diff_id for layer in LAYERS]


def test_the_time_and_the_tool_are_told() -> None:
    metadata = written(SHOP)["metadata"]
    assert metadata["timestamp"] == NOW
    assert metadata["tools"]["components"] == [{"type": "application", "name": "sekisho", "version": "1.2.3"}]
    assert "timestamp" not in written(msgspec.structs.replace(SHOP, created_at=""))["metadata"]


def test_one_purl_in_two_places_is_one_component_with_two_occurrences() -> None:
    found = [entry for entry in written(SHOP)["components"] if entry["name"] == NET.name]
    assert len(found) == 1
    assert found[0]["evidence"]["occurrences"] == [
        {"location": place.path, "additionalContext": f"found by gobinary; layer {place.layer}"}
        for place in (NET, NET_AGAIN)
    ]


def test_the_line_in_the_lock_file_is_told() -> None:
    assert component(SHOP, "lodash")["evidence"]["occurrences"][0]["line"] == 10


def test_groups_are_parted_as_the_ecosystem_does() -> None:
    assert component(SHOP, "log4j-core")["group"] == "org.apache.logging.log4j"
    assert component(SHOP, "core")["group"] == "@babel"
    assert "group" not in component(SHOP, "golang.org/x/net")


def test_hashes_have_their_names_and_go_sums_are_a_property() -> None:
    assert component(SHOP, "lodash")["hashes"] == [{"alg": "SHA-512", "content": "ab" * 64}]
    net = component(SHOP, "golang.org/x/net")
    assert "hashes" not in net
    assert {"name": "sekisho:checksum", "value": NET.checksums[0]} in net["properties"]


def test_licences_are_ids_names_or_one_expression() -> None:
    assert component(SHOP, "libssl3")["licenses"] == [
        {"license": {"id": "Apache-2.0"}},
        {"license": {"name": "GPL-1+"}},
    ]
    assert component(SHOP, "core")["licenses"] == [{"expression": "(MIT OR Apache-2.0)"}]
    assert component(SHOP, "Flask_Login")["licenses"][0] == {"license": {"name": "BSD or something"}}


def test_development_dependencies_are_excluded_from_the_scope() -> None:
    assert component(SHOP, "core")["scope"] == "excluded"
    assert "scope" not in component(SHOP, "lodash")


def test_the_source_of_a_system_package_is_told_as_trivy_reads_it() -> None:
    properties = {entry["name"]: entry["value"] for entry in component(SHOP, "libc6")["properties"]}
    assert properties["aquasecurity:trivy:SrcName"] == "glibc"
    assert properties["aquasecurity:trivy:SrcVersion"] == LIBC.version
    assert properties["sekisho:base"] == "true"


def test_the_graph_leads_from_the_artifact_to_everything() -> None:
    document = written(SHOP)
    graph = {entry["ref"]: entry["dependsOn"] for entry in document["dependencies"]}
    root = document["metadata"]["component"]["bom-ref"]
    refs = {entry["bom-ref"] for entry in document["components"]}
    seen, waiting = set(), [root]
    while waiting:
        ref = waiting.pop()
        if ref not in seen:
            seen.add(ref)
            waiting += graph.get(ref, ())
    assert seen == refs | {root}
    assert graph["os:debian@12.8"] == sorted(ref for ref in refs if ref.startswith("pkg:deb/"))


def test_an_incomplete_inventory_is_called_incomplete() -> None:
    document = written(ALPINE)
    assert document["compositions"] == [
        {"aggregate": "incomplete", "assemblies": [document["metadata"]["component"]["bom-ref"]]}
    ]
    assert "compositions" not in written(SHOP)


def test_findings_are_vulnerabilities_with_all_they_affect() -> None:
    found = {entry["id"]: entry for entry in written(SHOP)["vulnerabilities"]}
    assert len(found) == 6
    entry = found["CVE-2024-5535"]
    assert len(entry["affects"]) == 2
    assert entry["cwes"] == [79]
    assert entry["ratings"] == [
        {"source": {"name": "nvd"}, "severity": "critical"},
        {
            "source": {"name": "nvd"},
            "score": 9.8,
            "method": "CVSSv31",
            "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        },
    ]
    assert entry["recommendation"] == "Upgrade libssl3 to 3.0.15-1~deb12u1; openssl to 3.0.15-1~deb12u1"
    assert (entry["published"], entry["updated"]) == ("2024-01-02T03:04:05Z", "2024-02-03T00:00:00Z")
    assert found["CVE-2024-4741"]["references"] == [{"id": "DSA-5764-1", "source": {"name": "DSA"}}]
    assert "vulnerabilities" not in written(EMPTY)


def test_what_has_no_purl_still_has_a_ref() -> None:
    entry = component(SHOP, "./internal")
    assert entry["bom-ref"] == "golang:./internal@"
    assert {"name": "sekisho:type", "value": "golang"} in entry["properties"]


def test_a_directory_is_an_application_without_purl() -> None:
    root = written(REPOSITORY)["metadata"]["component"]
    assert (root["bom-ref"], root["type"]) == ("artifact", "application")
    assert {"name": "sekisho:git:commit", "value": "5ae342eb" * 5} in root["properties"]


def test_addresses_that_are_none_are_left_out() -> None:
    odd = package("npm", "odd", "1", homepage="javascript:x")
    report = msgspec.structs.replace(
        REPOSITORY, inventory=msgspec.structs.replace(REPOSITORY.inventory, packages=(odd,)), findings=()
    )
    assert "externalReferences" not in component(report, "odd")
    assert component(SHOP, "libssl3")["externalReferences"] == [{"type": "website", "url": "https://www.openssl.org/"}]


def test_times_that_are_none_are_left_out() -> None:
    report = msgspec.structs.replace(
        REPOSITORY, findings=(finding(LODASH, "CVE-1", Severity.LOW, published="soon", modified="2024"),)
    )
    (entry,) = written(report)["vulnerabilities"]
    assert "published" not in entry
    assert "updated" not in entry


def test_a_verdict_that_could_not_be_given_is_told_beside_the_findings() -> None:
    report = msgspec.structs.replace(SHOP, findings=(), undecided=("the advisory data do not cover npm",))
    told = [{"name": "sekisho:undecided", "value": "the advisory data do not cover npm"}]
    assert written(report)["metadata"]["properties"] == told
    assert "properties" not in written(SHOP)["metadata"]
