from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.model.inventory import Inventory
from sekisho.model.package import Package
from sekisho.sbom import described
from sekisho.sbom.read import read_sbom


def cyclonedx(*components: Any, **more: Any) -> Any:
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": list(components), **more}


def spdx(*packages: Any, **more: Any) -> Any:
    return {"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "packages": list(packages), **more}


def inventory(document: Any) -> Inventory:
    return read_sbom(json.dumps(document).encode())[1]


def package(document: Any) -> Package:
    (found,) = inventory(document).packages
    return found


def purled(purl: str, **more: Any) -> Any:
    return {"type": "library", "name": "x", "purl": purl, **more}


def ref(purl: str) -> Any:
    return [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}]


def properties(**named: str) -> Any:
    return [{"name": name.replace("__", ":"), "value": value} for name, value in named.items()]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "JSON"),
        (b"[]", "not an object"),
        (b"{}", "an empty object"),
        (b'{"a": 1}', "an object with a"),
        (b"<bom/>", "XML"),
        (b"SPDXVersion: SPDX-2.3\n", "tag-value"),
        (b'{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": []}', "SPDX 3"),
        (b'{"artifacts": [], "schema": {}}', "syft"),
        (b'{"spdxVersion": 2.3}', "an object with spdxVersion"),
        (b'{"payloadType": "x", "payload": "%%%"}', "base64"),
        (b"[" * 100_000, "JSON"),
    ],
)
def test_what_is_no_bill_of_materials_is_named(data: bytes, said: str) -> None:
    with pytest.raises(CorruptInput) as refused:
        read_sbom(data)
    assert said in refused.value.message


def test_an_empty_bill_of_materials_is_one() -> None:
    assert read_sbom(b'{"bomFormat":"CycloneDX","specVersion":"1.6"}') == ("cyclonedx", Inventory(), "")


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert read_sbom(b"\xef\xbb\xbf" + json.dumps(cyclonedx()).encode())[0] == "cyclonedx"


@pytest.mark.parametrize("wrap", [lambda d: {"predicate": d}, lambda d: {"predicate": {"Data": d}}])
def test_an_attestation_is_opened(wrap: Any) -> None:
    statement = json.dumps(wrap(cyclonedx(purled("pkg:npm/a@1")))).encode()
    envelope = {"payloadType": "application/vnd.in-toto+json", "payload": base64.b64encode(statement).decode()}
    assert package(envelope).key == "a@1"


@pytest.mark.parametrize(
    ("purl", "kind", "name", "version"),
    [
        ("pkg:maven/org.slf4j/slf4j-api@2.0", "maven", "org.slf4j:slf4j-api", "2.0"),
        ("pkg:npm/%40babel/core@7", "npm", "@babel/core", "7"),
        ("pkg:golang/golang.org/x/net@v0.1.0", "golang", "golang.org/x/net", "v0.1.0"),
        ("pkg:deb/debian/bash@5.1?epoch=1&arch=amd64", "deb", "bash", "1:5.1"),
        ("pkg:rpm/redhat/bash@5.1-2?epoch=0", "rpm", "bash", "5.1-2"),
        ("pkg:ebuild/gentoo/bash@5.1", "portage", "bash", "5.1"),
        ("pkg:cocoapods/GoogleUtilities@7.5#NSData", "cocoapods", "GoogleUtilities/NSData", "7.5"),
    ],
)
def test_the_purl_decides_type_name_and_version(purl: str, kind: str, name: str, version: str) -> None:
    for document in (cyclonedx(purled(purl)), spdx({"SPDXID": "SPDXRef-x", "name": "x", "externalRefs": ref(purl)})):
        found = package(document)
        assert (found.type, found.name, found.version, found.purl) == (kind, name, version, purl)


def test_the_documents_writing_of_a_name_is_kept() -> None:
    assert package(cyclonedx(purled("pkg:pypi/flask-login@1", name="Flask_Login"))).name == "Flask_Login"
    assert package(cyclonedx(purled("pkg:pypi/flask-login@1", name="something else"))).name == "flask-login"


def test_a_version_beside_the_purl_is_used_when_the_purl_has_none() -> None:
    assert package(cyclonedx(purled("pkg:npm/a", version="2"))).version == "2"


@pytest.mark.parametrize(
    ("upstream", "name", "version"),
    [
        ("glibc", "glibc", ""),
        ("glibc%402.36-9", "glibc", "2.36-9"),
        ("glibc-2.34-60.el9.src.rpm", "glibc", "2.34-60.el9"),
        ("libc6", "", ""),
    ],
)
def test_syfts_upstream_is_the_source(upstream: str, name: str, version: str) -> None:
    found = package(cyclonedx(purled(f"pkg:deb/debian/libc6@2.36-9%2Bdeb12u8?upstream={upstream}")))
    assert (found.source_name, found.source_version) == (name, version)


def test_trivys_properties_are_understood() -> None:
    found = package(cyclonedx(purled("pkg:deb/debian/libcrypt1@4.4-1?epoch=1", properties=properties(
        aquasecurity__trivy__SrcName="libxcrypt", aquasecurity__trivy__SrcVersion="4.3",
        aquasecurity__trivy__SrcRelease="2", aquasecurity__trivy__SrcEpoch="1",
        aquasecurity__trivy__LayerDiffID="sha256:aa", aquasecurity__trivy__PkgType="debian",
    ))))  # fmt: skip
    assert (found.source_name, found.source_version) == ("libxcrypt", "1:4.3-2")
    assert (found.layer, found.found_by) == ("sha256:aa", "")


def test_syfts_location_is_the_path() -> None:
    found = package(cyclonedx(purled("pkg:pypi/a@1", properties=properties(
        syft__location__0__path="/usr/lib/a/METADATA", syft__location__0__layerID="sha256:bb",
    ))))  # fmt: skip
    assert (found.path, found.layer) == ("usr/lib/a/METADATA", "sha256:bb")
    source = "acquired package info from installed python package manifest file: /usr/lib/a/METADATA"
    entry = {"SPDXID": "SPDXRef-x", "name": "a", "sourceInfo": source, "externalRefs": ref("pkg:pypi/a@1")}
    assert package(spdx(entry)).path == "usr/lib/a/METADATA"


@pytest.mark.parametrize(
    ("purl", "family", "release"),
    [
        ("pkg:deb/debian/a@1?distro=debian-12.8", "debian", "12.8"),
        ("pkg:apk/alpine/a@1?distro=3.19.1", "alpine", "3.19.1"),
        ("pkg:apk/alpine/a@1?distro=alpine-3.19.1", "alpine", "3.19.1"),
        ("pkg:rpm/rhel/a@1?distro=rhel-9.4", "redhat", "9.4"),
        ("pkg:rpm/opensuse/a@1?distro=opensuse-leap-15.5", "opensuse-leap", "15.5"),
        ("pkg:deb/debian/a@1", "debian", ""),
        ("pkg:deb/debian/a@1?distro=jessie", "debian", "jessie"),
        ("pkg:deb/debian/a@1?distro=debian-trixie/sid", "debian", "trixie/sid"),
    ],
)
def test_without_a_system_the_purls_tell_it(purl: str, family: str, release: str) -> None:
    system = inventory(cyclonedx(purled(purl), purled("pkg:npm/b@1"))).system
    assert system
    assert (system.family, system.name) == (family, release)


def test_the_system_knows_its_end() -> None:
    system = inventory(cyclonedx({"type": "operating-system", "name": "debian", "version": "9"})).system
    assert system
    assert system.eol == "2022-06-30"


def test_components_inside_components_are_found() -> None:
    nested: Any = purled("pkg:npm/deep@1")
    for _ in range(200):
        nested = {"type": "application", "name": "box", "components": [nested]}
    assert package(cyclonedx(nested)).name == "deep"


def test_what_cannot_be_a_package_is_passed_over() -> None:
    document = cyclonedx(
        {"type": "file", "name": "a", "version": "1"}, {"type": "library", "name": "no version"}, 7, None, ["x"]
    )
    found = inventory(document)
    assert found.packages == ()
    assert [(gap.reason, gap.weight) for gap in found.gaps] == [
        ("3 of the entries of 'components' cannot be understood", "incomplete"),
        ("components with neither a purl nor a version, not checked: 1", "note"),
    ]


@pytest.mark.parametrize("document", [cyclonedx() | {"components": {"a": 1}}, spdx() | {"packages": "none"}])
def test_a_list_of_packages_that_is_none_is_no_empty_one(document: Any) -> None:
    assert not inventory(document).complete


@pytest.mark.parametrize(
    ("compositions", "complete"),
    [
        ([{"aggregate": "incomplete", "assemblies": ["x"]}], False),
        ([{"aggregate": "incomplete_third_party_only"}], False),
        ([{"aggregate": "incomplete", "dependencies": ["x"]}], True),
        ([{"aggregate": "complete"}, {"aggregate": "unknown"}, {"aggregate": 7}], True),
    ],
)
def test_a_document_that_calls_itself_incomplete_is_taken_at_its_word(compositions: Any, complete: bool) -> None:
    assert inventory(cyclonedx(compositions=compositions)).complete == complete


@pytest.mark.parametrize(
    ("purl", "declared", "name"),
    [
        (
            "pkg:golang/github.com/go-git/go-git@v5.12.0#v5",
            "github.com/go-git/go-git/v5",
            "github.com/go-git/go-git/v5",
        ),
        ("pkg:golang/github.com/go-git/go-git@v5.12.0#v5", "x", "github.com/go-git/go-git/v5"),
        ("pkg:golang/github.com/a/b@v1#api", "github.com/a/b/api", "github.com/a/b/api"),
        ("pkg:golang/github.com/a/b@v1#api", "github.com/a/b", "github.com/a/b"),
    ],
)
def test_a_go_module_keeps_the_end_of_its_path(purl: str, declared: str, name: str) -> None:
    for document in (
        cyclonedx(purled(purl, name=declared)),
        spdx({"SPDXID": "SPDXRef-x", "name": declared, "externalRefs": ref(purl)}),
    ):
        assert package(document).name == name


@pytest.mark.parametrize("word", ["(devel)", "UNKNOWN", "NOASSERTION"])
def test_a_word_for_no_version_is_none(word: str) -> None:
    assert package(cyclonedx(purled(f"pkg:golang/example.test/app@{word}", version=word))).version == ""
    assert package(cyclonedx(purled("pkg:npm/a", version=word))).version == ""


def test_gos_own_library_is_versioned_as_the_modules_are() -> None:
    assert package(cyclonedx(purled("pkg:golang/stdlib@1.19.4", version="go1.19.4"))).version == "v1.19.4"


DEBIAN_12 = {"type": "operating-system", "name": "debian", "version": "12"}


@pytest.mark.parametrize(
    ("purl", "judged"),
    [
        ("pkg:deb/debian/a@1?distro=debian-12.8", True),
        ("pkg:deb/debian/a@1", True),
        ("pkg:deb/debian/a@1?distro=bookworm", True),
        ("pkg:deb/debian/a@1?distro=debian-11.9", False),
        ("pkg:deb/ubuntu/a@1?distro=ubuntu-22.04", False),
        ("pkg:apk/alpine/a@1?distro=3.19.1", False),
    ],
)
def test_packages_of_another_distribution_are_not_judged_in_silence(purl: str, judged: bool) -> None:
    assert inventory(cyclonedx(DEBIAN_12, purled(purl))).complete == judged


def test_the_second_number_tells_some_releases_apart() -> None:
    system = {"type": "operating-system", "name": "alpine", "version": "3.19.1"}
    assert inventory(cyclonedx(system, purled("pkg:apk/alpine/a@1?distro=3.19.4"))).complete
    assert not inventory(cyclonedx(system, purled("pkg:apk/alpine/a@1?distro=3.18.4"))).complete


def test_an_image_in_the_document_is_a_note_not_a_package() -> None:
    found = inventory(cyclonedx(purled("pkg:oci/etcd@sha256%3Aaa")))
    assert found.packages == ()
    assert [gap.weight for gap in found.gaps] == ["note"]


def test_a_broken_purl_makes_the_inventory_incomplete() -> None:
    found = inventory(cyclonedx(purled("no purl"), purled("pkg:npm/a@1")))
    assert not found.complete
    assert [held.name for held in found.packages] == ["a"]


def test_the_subject_counts_when_it_is_a_package() -> None:
    subject = {"type": "application", "name": "app", "purl": "pkg:npm/app@1", "components": [purled("pkg:npm/b@1")]}
    found = inventory(cyclonedx(metadata={"component": subject}))
    assert [held.name for held in found.packages] == ["app", "b"]


@pytest.mark.parametrize("odd", [None, 7, "text", [], [[]], {"a": {}}, [{"name": 1, "value": []}], [None]])
def test_parts_of_the_wrong_kind_do_no_harm(odd: Any) -> None:
    keys = (
        "name",
        "version",
        "group",
        "licenses",
        "hashes",
        "properties",
        "evidence",
        "supplier",
        "bom-ref",
        "externalReferences",
    )
    document = cyclonedx(
        {"type": "library", "purl": "pkg:npm/a@1", **dict.fromkeys(keys, odd)},
        odd,
        metadata={"component": odd},
        dependencies=[{"ref": odd, "dependsOn": odd}, odd],
    )
    assert [held.key for held in inventory(document).packages] == ["a@1"]
    spdx_keys = [
        *("name", "versionInfo", "sourceInfo", "annotations", "checksums"),
        *("supplier", "homepage", "licenseDeclared", "hasFiles"),
    ]
    more = dict.fromkeys(("files", "relationships", "documentDescribes", "hasExtractedLicensingInfos", "name"), odd)
    entry = {"externalRefs": ref("pkg:npm/a@1"), **dict.fromkeys(spdx_keys, odd)}
    assert [held.key for held in inventory(spdx(entry, odd, **more)).packages] == ["a@1"]


def test_loops_end() -> None:
    lock = {
        "type": "application",
        "bom-ref": "lock",
        "name": "a/package-lock.json",
        "properties": properties(aquasecurity__trivy__Type="npm"),
    }
    members = [purled(f"pkg:npm/{name}@1", **{"bom-ref": name}) for name in "abc"]
    graph = [{"ref": "lock", "dependsOn": ["a"]}, *({"ref": a, "dependsOn": [b, a]} for a, b in ("ab", "bc", "ca"))]
    found = inventory(cyclonedx(lock, *members, dependencies=graph))
    assert {held.path for held in found.packages} == {"a/package-lock.json"}
    assert {held.name: held.depends_on for held in found.packages} == {
        "a": ("a@1", "b@1"), "b": ("b@1", "c@1"), "c": ("a@1", "c@1"),
    }  # fmt: skip


def test_a_crafted_graph_is_refused_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(described, "MAX_EDGES", 10_000)
    same = [
        purled("pkg:npm/a@1", **{"bom-ref": "x", "evidence": {"occurrences": [{"location": f"p{at}"}]}})
        for at in range(500)
    ]
    graph = [{"ref": "x", "dependsOn": [f"r{at}" for at in range(500)]}]
    start = time.process_time()
    with pytest.raises(BoundExceeded):
        inventory(cyclonedx(*same, dependencies=graph))
    assert time.process_time() - start < 2


def test_a_lock_file_of_an_spdx_document_is_the_path_of_its_packages() -> None:
    lock = {"SPDXID": "SPDXRef-Application-1", "name": "composer", "sourceInfo": "app/composer.lock"}
    member = {"SPDXID": "SPDXRef-Package-1", "name": "pear/log", "externalRefs": ref("pkg:composer/pear/log@1")}
    edge = {
        "spdxElementId": "SPDXRef-Application-1",
        "relationshipType": "CONTAINS",
        "relatedSpdxElement": "SPDXRef-Package-1",
    }
    found = package(spdx(lock, member, relationships=[edge]))
    assert (found.path, found.found_by) == ("app/composer.lock", "composer")


def test_a_package_that_spdx_describes_is_still_one() -> None:
    entry = {"SPDXID": "SPDXRef-x", "name": "x", "externalRefs": ref("pkg:npm/x@1")}
    assert package(spdx(entry, documentDescribes=["SPDXRef-x"])).name == "x"


def test_licences_of_spdx_come_back_as_declared() -> None:
    entry = {
        "SPDXID": "SPDXRef-x", "name": "x", "externalRefs": ref("pkg:npm/x@1"), "licenseDeclared": "NOASSERTION",
        "licenseConcluded": "MIT AND LicenseRef-own",
    }  # fmt: skip
    infos = [{"licenseId": "LicenseRef-own", "extractedText": "Do what you like"}]
    assert package(spdx(entry, hasExtractedLicensingInfos=infos)).licenses == ("MIT", "Do what you like")


def test_suppliers_of_spdx_come_back_as_declared() -> None:
    entry = {"SPDXID": "SPDXRef-x", "name": "x", "externalRefs": ref("pkg:npm/x@1")}
    for written, declared in (
        ("Person: A B (a@example.test)", "A B <a@example.test>"),
        ("Organization: ACME", "ACME"),
        ("NOASSERTION", ""),
        ("ACME", "ACME"),
    ):
        assert package(spdx(entry | {"supplier": written})).supplier == declared
