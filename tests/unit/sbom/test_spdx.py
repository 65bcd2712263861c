from __future__ import annotations

import json
from typing import Any

import msgspec

from sekisho.model.finding import Report
from sekisho.sbom.spdx import write_spdx
from tests.unit.sbom.examples import IMAGE, LODASH, NET, NET_AGAIN, REPOSITORY, SHOP, package


def written(report: Report) -> Any:
    return json.loads(write_spdx(report, tool_version="1.2.3"))


def entry(report: Report, name: str) -> Any:
    return next(held for held in written(report)["packages"] if held["name"] == name)


def related(document: Any, kind: str) -> list[tuple[str, str]]:
    names = {held["SPDXID"]: held["name"] for held in document["packages"]} | {"SPDXRef-DOCUMENT": "document"}
    return [
        (names[found["spdxElementId"]], names[found["relatedSpdxElement"]])
        for found in document["relationships"]
        if found["relationshipType"] == kind
    ]


def test_the_document_describes_the_image() -> None:
    document = written(SHOP)
    assert related(document, "DESCRIBES") == [("document", IMAGE.name)]
    root = entry(SHOP, IMAGE.name)
    assert root["primaryPackagePurpose"] == "CONTAINER"
    assert root["checksums"] == [{"algorithm": "SHA256", "checksumValue": "9f2c" * 16}]
    assert root["externalRefs"][0]["referenceLocator"].startswith("pkg:oci/shop@sha256:")


def test_the_system_contains_its_packages_and_the_image_the_rest() -> None:
    contained = related(written(SHOP), "CONTAINS")
    assert (IMAGE.name, "debian") in contained
    assert ("debian", "libssl3") in contained
    assert (IMAGE.name, "lodash") in contained


def test_dependencies_are_relationships() -> None:
    assert sorted(related(written(SHOP), "DEPENDS_ON")) == [
        ("libssl3", "libc6"), ("lodash", "@babel/core"), ("openssl", "libc6"), ("openssl", "libssl3"),
    ]  # fmt: skip


def test_one_purl_in_two_places_is_one_package_with_two_annotations() -> None:
    notes = [note["comment"] for note in entry(SHOP, NET.name)["annotations"]]
    assert notes == [f"FilePath: {place.path}; found by gobinary; layer {place.layer}" for place in (NET, NET_AGAIN)]


def test_an_unlisted_licence_is_defined_in_the_document() -> None:
    document = written(SHOP)
    assert entry(SHOP, "libssl3")["licenseDeclared"] == "Apache-2.0 AND LicenseRef-GPL-1"
    assert entry(SHOP, "Flask_Login")["licenseDeclared"] == "LicenseRef-BSD-or-something AND MIT"
    assert {"licenseId": "LicenseRef-GPL-1", "extractedText": "GPL-1+", "name": "GPL-1+"} in document[
        "hasExtractedLicensingInfos"
    ]


def test_two_licences_that_differ_in_punctuation_have_two_references() -> None:
    pair = package("npm", "pair", "1", licenses=("My (own)", "My own!", "MIT OR ISC"))
    report = msgspec.structs.replace(
        REPOSITORY, inventory=msgspec.structs.replace(REPOSITORY.inventory, packages=(pair,))
    )
    document = written(report)
    texts = {held["licenseId"]: held["extractedText"] for held in document["hasExtractedLicensingInfos"]}
    first, second, third = entry(report, "pair")["licenseDeclared"].split(" AND ")
    assert (texts[first], texts[second], third) == ("My (own)", "My own!", "(MIT OR ISC)")


def test_a_supplier_with_an_address_is_a_person() -> None:
    assert entry(SHOP, "libssl3")["supplier"] == "Person: Debian OpenSSL Team (team@example.test)"
    vendor = package("rpm", "x", "1-1", supplier="AlmaLinux")
    report = msgspec.structs.replace(SHOP, inventory=msgspec.structs.replace(SHOP.inventory, packages=(vendor,)))
    assert entry(report, "x")["supplier"] == "Organization: AlmaLinux"


def test_checksums_of_the_wrong_length_are_left_out() -> None:
    odd = package("npm", "odd", "1", checksums=("sha1:" + "0" * 39, "sha256:" + "A" * 64, "h1:abc"))
    report = msgspec.structs.replace(SHOP, inventory=msgspec.structs.replace(SHOP.inventory, packages=(odd,)))
    assert entry(report, "odd")["checksums"] == [{"algorithm": "SHA256", "checksumValue": "a" * 64}]


def test_the_source_of_a_system_package_is_told_as_trivy_reads_it() -> None:
    assert entry(SHOP, "libc6")["sourceInfo"] == "built package from: glibc 2.36-9+deb12u8"
    assert "sourceInfo" not in entry(SHOP, LODASH.name)


def test_the_time_has_whole_seconds() -> None:
    report = msgspec.structs.replace(SHOP, created_at="2026-11-23T13:20:00.123456789Z")
    assert written(report)["creationInfo"]["created"] == "2026-11-23T13:20:00Z"
    assert written(msgspec.structs.replace(SHOP, created_at=""))["creationInfo"]["created"] == "1970-01-01T00:00:00Z"
