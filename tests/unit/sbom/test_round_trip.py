from __future__ import annotations

from typing import Any

import pytest

from sekisho.model.finding import Report
from sekisho.model.package import Package
from sekisho.sbom.cyclonedx import write_cyclonedx
from sekisho.sbom.read import read_sbom
from sekisho.sbom.spdx import write_spdx
from tests.unit.sbom.examples import HOSTILE, REPORTS, SHOP

WRITERS = {"cyclonedx": write_cyclonedx, "spdx": write_spdx}
ORDINARY = {name: report for name, report in REPORTS.items() if report is not HOSTILE}


def again(report: Report, kind: str) -> tuple[str, Any, str]:
    return read_sbom(WRITERS[kind](report, tool_version="1"))


def identity(package: Package) -> tuple[str, ...]:
    source = package.source_name or package.name
    return (
        package.type, package.name, package.version, package.arch, source,
        package.source_version or package.version, package.path, package.layer, package.found_by, package.owned_by,
    )  # fmt: skip


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("name", ORDINARY)
def test_what_is_written_is_read_again(name: str, kind: str) -> None:
    read_kind, inventory, subject = again(ORDINARY[name], kind)
    assert read_kind == kind
    assert subject == ORDINARY[name].artifact.name
    expected = sorted(identity(package) for package in ORDINARY[name].inventory.packages)
    assert sorted(identity(package) for package in inventory.packages) == expected
    assert inventory.gaps == ()


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("name", ORDINARY)
def test_the_system_survives(name: str, kind: str) -> None:
    system, wanted = again(ORDINARY[name], kind)[1].system, ORDINARY[name].inventory.system
    assert (system.family, system.name) == (wanted.family, wanted.name) if wanted else system is None


@pytest.mark.parametrize("kind", WRITERS)
def test_dependencies_and_licences_survive(kind: str) -> None:
    found = {package.key: package for package in again(SHOP, kind)[1].packages}
    assert found["openssl@3.0.14-1~deb12u2"].depends_on == ("libc6", "libssl3")
    assert found["lodash@4.17.20"].depends_on == ("@babel/core@7.1.0",)
    assert found["Flask_Login@0.6.3"].licenses == ("BSD or something", "MIT")
    assert found["@babel/core@7.1.0"].licenses == ("(MIT OR Apache-2.0)",)


@pytest.mark.parametrize("kind", WRITERS)
def test_hostile_text_is_carried_and_never_breaks_the_document(kind: str) -> None:
    _, inventory, subject = again(HOSTILE, kind)
    assert subject == HOSTILE.artifact.name
    assert [package.purl for package in inventory.packages] == ["pkg:npm/hostile@1"]


def test_development_dependencies_stay_marked() -> None:
    found = {package.key: package for package in again(SHOP, "cyclonedx")[1].packages}
    assert found["@babel/core@7.1.0"].dev
    assert found["@babel/core@7.1.0"].relation == "indirect"
    assert not found["lodash@4.17.20"].dev
