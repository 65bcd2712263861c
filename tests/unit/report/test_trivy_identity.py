from __future__ import annotations

import msgspec
import pytest

from sekisho.model.package import Package
from sekisho.report import trivy_schema as schema
from sekisho.report.trivy_identity import artifact_id, fingerprint, package_id
from sekisho.report.trivy_uid import language_uid, system_uid
from tests.unit.sbom.examples import EMPTY, IMAGE, REPOSITORY


@pytest.mark.parametrize(
    ("kind", "version", "ident"),
    [
        ("gomod", "1.2.3", "x@v1.2.3"),
        ("gobinary", "v1.2.3", "x@v1.2.3"),
        ("jar", "1.2", ""),
        ("pom", "1.2", "x:1.2"),
        ("conan", "1.2", "x/1.2"),
        ("npm", "1.2", "x@1.2"),
        ("npm", "", "x"),
        ("python-pkg", "1.2", ""),
    ],
)
def test_each_ecosystem_has_its_own_ids(kind: str, version: str, ident: str) -> None:
    assert package_id(Package(type="x", name="x", version=version), kind) == ident


def test_an_rpm_is_named_without_its_epoch_and_with_its_architecture() -> None:
    rpm = Package(type="rpm", name="openssl-libs", version="1:3.0.7-27.el9", arch="x86_64")
    assert package_id(rpm, "alma") == "openssl-libs@3.0.7-27.el9.x86_64"


def test_packages_of_a_bill_of_materials_always_have_an_id() -> None:
    assert package_id(Package(type="maven", name="a:b", version="1"), "jar", from_sbom=True) == "a:b:1"


def test_an_image_is_identified_within_its_repository_not_by_its_tag() -> None:
    other_tag = msgspec.structs.replace(IMAGE, reference="registry.example.test/acme/shop:2.0")
    other_home = msgspec.structs.replace(IMAGE, reference="elsewhere.example.test/acme/shop:1.4")
    assert artifact_id(IMAGE) == artifact_id(other_tag) != artifact_id(other_home)
    assert artifact_id(msgspec.structs.replace(IMAGE, reference="")) == IMAGE.image_id


def test_a_repository_is_identified_by_its_commit_and_a_directory_not_at_all() -> None:
    assert artifact_id(REPOSITORY.artifact).startswith("sha256:")
    assert artifact_id(EMPTY.artifact) == ""


def test_a_reference_that_is_none_stands_for_itself() -> None:
    odd = msgspec.structs.replace(IMAGE, reference="Not A Reference")
    assert artifact_id(odd).startswith("sha256:")
    assert artifact_id(odd) != artifact_id(IMAGE)


def test_fingerprints_tell_targets_apart() -> None:
    first = fingerprint("a", "go.mod", "x@v1", "CVE-1")
    assert first == fingerprint("a", "go.mod", "x@v1", "CVE-1")
    assert first != fingerprint("a", "sub/go.mod", "x@v1", "CVE-1")


def test_the_uid_of_a_library_is_trivys() -> None:
    entry = schema.Package(
        ID="click@8.1.3", Name="click", Identifier=schema.IdentifierEntry(), Version="8.1.3", Relationship="direct",
        DependsOn=("colorama@0.4.6",), AnalyzedBy="uv",
    )  # fmt: skip
    assert language_uid("uv.lock", entry) == "f6767aead12b99cf"
    assert language_uid("sub/uv.lock", entry) != "f6767aead12b99cf"


def test_the_uid_of_a_system_package_tells_places_apart() -> None:
    first = system_uid("bash", "5.1", "amd64", "var/lib/dpkg/status")
    assert len(first) == 16
    assert first != system_uid("bash", "5.1", "arm64", "var/lib/dpkg/status")
