"""Bills of materials that other tools wrote, read as Trivy and osv-scalibr read them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sekisho.errors import CorruptInput
from sekisho.model.inventory import Inventory
from sekisho.model.package import Package
from sekisho.sbom.read import read_sbom
from tests.contract.shared import area

Row = tuple[str, ...]

TRIVY_KINDS = {"cyclonedx": 15, "spdx": 9}
NO_OPERATING_SYSTEM = "third-party-bom-no-os.json"
"""Trivy names no system here; the purl of the apk does, so we do."""
SCALIBR = {"cdx": 5, "spdx": 15}
SCALIBR_REFUSED = {
    "sbom.cdx.xml": "XML",
    "sbom.cdx.json.foo.ext": "not JSON",
    "sbom.spdx": "tag-value",
    "sbom.spdx.yml": "YAML",
    "sbom.spdx.foo.ext": "not JSON",
}
SCALIBR_DIFFERENT = {
    "sbom.spdx.json": "a name made of a CPE, without a version to judge: left out",
    "external_refs.spdx.json": "a package without purl and version cannot be judged: left out",
    ".spdx.dhi-pkg-python.json": "an image is no package: it becomes a note",
    ".spdx.dhi-python.json": "an image is no package: it becomes a note",
}


def shared(*parts: str) -> Path:
    return area("scan").joinpath(*parts)


def read(path: Path) -> tuple[str, Inventory, str]:
    return read_sbom(path.read_bytes())


def version_of(entry: dict[str, Any], prefix: str = "") -> str:
    epoch = entry.get(f"{prefix}Epoch")
    release = entry.get(f"{prefix}Release")
    text = entry.get(f"{prefix}Version", "")
    return (f"{epoch}:" if epoch else "") + text + (f"-{release}" if release else "")


def wanted_rows(want: Any) -> set[Row]:
    """Name, version, path, layer, source and licences of every package Trivy's reader finds."""
    if not isinstance(want, dict):
        return set()
    rows = set()
    for group in (*want.get("Packages", ()), *want.get("Applications", ())):
        for entry in group.get("Packages", ()):
            rows.add(
                (
                    entry["Name"],
                    version_of(entry),
                    entry.get("FilePath") or group.get("FilePath", ""),
                    entry.get("Layer", {}).get("DiffID", ""),
                    entry.get("SrcName") or entry["Name"],
                    version_of(entry, "Src") or version_of(entry),
                    *entry.get("Licenses", ()),
                )
            )
    return rows


def row(package: Package) -> Row:
    return (
        package.name,
        package.version,
        package.path,
        package.layer,
        package.source_name or package.name,
        package.source_version or package.version,
        *package.licenses,
    )


def trivy_cases(kind: str) -> list[dict[str, Any]]:
    (cases,) = json.loads(shared("sbom", f"trivy-{kind}", "EXPECTED.json").read_text()).values()
    return list(cases)


@pytest.mark.parametrize("kind", TRIVY_KINDS)
def test_documents_are_read_as_trivy_reads_them(kind: str) -> None:
    cases = trivy_cases(kind)
    assert len(cases) == TRIVY_KINDS[kind]
    differing = {}
    for case in cases:
        name = Path(case["inputFile"]).name
        read_kind, inventory, _ = read(shared("sbom", f"trivy-{kind}", "happy", name))
        assert read_kind == kind
        found = {row(package) for package in inventory.packages if package.type != "generic"}
        if found != wanted_rows(case["want"]):
            differing[name] = found ^ wanted_rows(case["want"])
    assert differing == {}


@pytest.mark.parametrize("kind", TRIVY_KINDS)
def test_the_system_is_the_one_trivy_names(kind: str) -> None:
    differing = set()
    for case in trivy_cases(kind):
        name = Path(case["inputFile"]).name
        _, inventory, _ = read(shared("sbom", f"trivy-{kind}", "happy", name))
        want = case["want"] if isinstance(case["want"], dict) else {}
        system = want.get("Metadata", {}).get("OS", {})
        found = (inventory.system.family, inventory.system.name) if inventory.system else (None, None)
        if found != (system.get("Family"), system.get("Name")):
            differing.add(name)
    assert differing == ({NO_OPERATING_SYSTEM} if kind == "cyclonedx" else set())


def test_what_is_no_purl_becomes_a_gap() -> None:
    _, inventory, _ = read(shared("sbom", "trivy-cyclonedx", "happy", "invalid-purl.json"))
    assert [gap.weight for gap in inventory.gaps] == ["incomplete"]
    assert "invalid-purl-format" in inventory.gaps[0].reason


@pytest.mark.parametrize("kind", SCALIBR)
def test_documents_are_read_as_scalibr_reads_them(kind: str) -> None:
    cases = json.loads(shared("sbom", f"scalibr-{kind}", "EXPECTED.json").read_text())[f"{kind}_test.go::TestExtract"]
    refused, different = set(), set()
    for case in cases:
        path = shared("sbom", f"scalibr-{kind}", *Path(case["path"]).parts[1:])
        try:
            _, inventory, _ = read(path)
        except CorruptInput:
            if "wantErr" not in case or path.name in SCALIBR_REFUSED:
                refused.add(path.name)
            continue
        assert "wantErr" not in case
        wanted = {(entry["Name"].lower(), entry.get("Version", "")) for entry in case["wantPackages"]}
        found = {(re.split("[:/]", package.name.lower())[-1], package.version) for package in inventory.packages}
        if found != wanted:
            different.add(path.name)
    assert len(cases) == SCALIBR[kind]
    assert refused == {name for name in SCALIBR_REFUSED if kind in name}
    assert different == {name for name in SCALIBR_DIFFERENT if f".{kind}." in name}


def test_documents_of_syft_and_other_producers_are_recognised() -> None:
    directory = shared("sbom", "syft-cyclonedxjson", "identify")
    found = {path.name: read(path)[1].packages[0] for path in sorted(directory.iterdir())}
    assert len(found) == 9
    assert {package.name for name, package in found.items() if not name.startswith("micronaut")} == {
        "github.com/wagoodman/go-partybus"
    }
    assert found["1.6.json"].path == "go.mod"


def test_what_is_no_bill_of_materials_is_refused() -> None:
    for parts in (
        ("syft-cyclonedxjson", "bad-sbom"),
        ("syft-syftjson", "identify", "11.0.0.json"),
        ("syft-spdxtagvalue", "tag-value.spdx"),
    ):
        with pytest.raises(CorruptInput):
            read(shared("sbom", *parts))


def test_an_attestation_is_opened() -> None:
    fixtures = shared("golden", "trivy", "fixtures", "sbom")
    _, attested, _ = read(fixtures / "centos-7-cyclonedx.intoto.jsonl")
    _, plain, _ = read(fixtures / "centos-7-cyclonedx.json")
    assert [package.key for package in attested.packages] == [package.key for package in plain.packages]
    assert attested.system == plain.system


def test_trivys_own_documents_lead_back_to_the_lock_file() -> None:
    _, inventory, name = read(shared("golden", "trivy", "npm-cyclonedx.json.golden"))
    assert name == "testdata/fixtures/repo/npm"
    assert len(inventory.packages) == 12
    assert {(package.path, package.found_by) for package in inventory.packages} == {("package-lock.json", "npm")}
    envify = next(package for package in inventory.packages if package.name == "loose-envify")
    assert envify.depends_on == ("js-tokens@4.0.0",)
