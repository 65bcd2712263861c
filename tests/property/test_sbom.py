"""Bills of materials of any content: ours keep to the schema and are read again, those of others never do harm."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.errors import CorruptInput
from sekisho.model.artifact import Artifact
from sekisho.model.finding import Report
from sekisho.model.inventory import Inventory
from sekisho.sbom.cyclonedx import write_cyclonedx
from sekisho.sbom.licence import is_expression
from sekisho.sbom.read import read_sbom
from sekisho.sbom.spdx import write_spdx
from tests.contract.test_sbom_schema import cyclonedx_validator
from tests.unit.sbom.examples import DEBIAN, package

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
SOME = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)
NAME = st.from_regex(r"[a-z0-9][a-z0-9.+-]{0,10}", fullmatch=True)
"""As the purl has it: two names that a purl cannot tell apart are one component."""
NAMES = {
    "deb": NAME,
    "rpm": NAME,
    "maven": st.builds("{}:{}".format, NAME, NAME),
    "npm": st.one_of(NAME, st.builds("@{}/{}".format, NAME, NAME)),
    "golang": st.builds("example.test/{}/{}".format, NAME, NAME),
    "pypi": NAME,
    "gem": NAME,
}


@st.composite
def packages(draw: st.DrawFn) -> Any:
    kind = draw(st.sampled_from(sorted(NAMES)))
    system = DEBIAN if kind in ("deb", "rpm") else None
    epoch = draw(st.sampled_from(["", "1:", "12:"])) if system else ""
    return package(
        kind,
        draw(NAMES[kind]),
        epoch + draw(st.from_regex(r"[0-9][0-9a-z.+~]{0,8}(-[0-9]{1,3})?", fullmatch=True)),
        system,
        arch=draw(st.sampled_from(["", "amd64"])) if system else "",
        source_name=draw(st.sampled_from(["", "source"])) if system else "",
        source_version=draw(st.sampled_from(["", "1:2-3"])) if system else "",
        modularity=draw(st.sampled_from(["", "nodejs:18:820230:abc"])) if kind == "rpm" else "",
        path="var/lib/dpkg/status" if system else draw(SOME),
        layer=draw(st.sampled_from(["", "sha256:" + "0" * 64])),
        found_by=draw(st.sampled_from(["", "npm", "jar"])),
        licenses=tuple(draw(st.lists(st.one_of(TEXT, st.sampled_from(["MIT", "MIT OR ISC"])), max_size=3))),
        supplier=draw(TEXT),
        homepage=draw(TEXT),
        description=draw(TEXT),
        dev=draw(st.booleans()),
        relation=draw(st.sampled_from(["", "direct", "indirect", "workspace"])),
        owned_by=draw(st.sampled_from(["", "bash@5"])),
    )


def matched(found: Any) -> tuple[Any, ...]:
    """All that decides what a package is matched with, and whether it is."""
    source = found.source_name or found.name, found.source_version or found.version
    identity = found.type, found.name, found.version, found.arch, found.modularity, *source
    return *identity, found.path.removeprefix("/"), found.dev, found.relation, found.owned_by


def place(found: Any) -> tuple[str, ...]:
    return found.purl, found.path.removeprefix("/")


def report(found: list[Any]) -> Report:
    return Report(
        artifact=Artifact(name="x", kind="filesystem"),
        inventory=Inventory(packages=tuple(found), system=DEBIAN),
        created_at="2026-11-23T13:20:00Z",
    )


@given(st.lists(packages(), max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_found_gives_a_valid_document(found: list[Any]) -> None:
    document = json.loads(write_cyclonedx(report(found), tool_version="1"))
    assert [error.message for error in cyclonedx_validator().iter_errors(document)] == []


@given(st.lists(packages(), max_size=6, unique_by=place))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_written_is_read_again_and_matched_alike(found: list[Any]) -> None:
    for write in (write_cyclonedx, write_spdx):
        _, inventory, _ = read_sbom(write(report(found), tool_version="1"))
        assert {matched(p) for p in inventory.packages} == {matched(p) for p in found}


_KEYS = """
bom-ref type name version group purl components licenses license id expression hashes alg content properties
value  evidence occurrences location additionalContext dependencies ref dependsOn metadata component supplier
SPDXID versionInfo externalRefs referenceType referenceLocator annotations comment attributionTexts sourceInfo
relationships spdxElementId relatedSpdxElement relationshipType files fileName hasFiles checksums
licenseDeclared hasExtractedLicensingInfos documentDescribes packages
"""
KEYS = st.sampled_from(_KEYS.split())
WORDS = st.sampled_from(
    [
        "pkg:npm/a@1",
        "pkg:deb/debian/b@1?distro=debian-12",
        "pkg:oci/x@1",
        "purl",
        "operating-system",
        "library",
        "CONTAINS",
    ]
)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXT, WORDS
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=6)),
    max_leaves=30,
)
HEADS = st.sampled_from(
    [{"bomFormat": "CycloneDX"}, {"spdxVersion": "SPDX-2.3"}, {"predicate": {"spdxVersion": "SPDX-2.2"}}]
)


@given(HEADS, st.dictionaries(KEYS, TREES, max_size=8))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_document_does_harm(head: dict[str, Any], body: dict[str, Any]) -> None:
    try:
        kind, inventory, name = read_sbom(json.dumps(body | head).encode())
    except CorruptInput:
        return
    assert kind in ("cyclonedx", "spdx")
    assert isinstance(name, str)
    assert all(isinstance(held.name, str) and isinstance(held.path, str) for held in inventory.packages)


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_no_bytes_do_harm(data: bytes) -> None:
    try:
        read_sbom(data)
    except CorruptInput:
        return
    raise AssertionError("random bytes were taken for a bill of materials")


@given(st.lists(st.sampled_from(["MIT", " ", "(", ")", "AND", "OR", "WITH", "LLVM-exception", "+"])).map("".join))
@settings(max_examples=200, deadline=None)
def test_expressions_are_judged_without_failing(text: str) -> None:
    assert is_expression(text) in (True, False)
