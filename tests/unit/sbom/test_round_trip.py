from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sekisho.model.finding import Report
from sekisho.model.inventory import OperatingSystem
from sekisho.model.package import Package
from sekisho.sbom.cyclonedx import write_cyclonedx
from sekisho.sbom.identity import unread
from sekisho.sbom.read import read_sbom
from sekisho.sbom.spdx import write_spdx
from tests.unit.sbom.examples import HOSTILE, LODASH, REPORTS, SHOP, deb

WRITERS = {"cyclonedx": write_cyclonedx, "spdx": write_spdx}
ORDINARY = {name: report for name, report in REPORTS.items() if report is not HOSTILE}


def changed(package: Package, **fields: Any) -> Package:
    return msgspec.structs.replace(package, **fields)


def again(report: Report, kind: str) -> tuple[str, Any, str]:
    return read_sbom(WRITERS[kind](report, tool_version="1"))


def identity(package: Package) -> tuple[str, ...]:
    source = package.source_name or package.name
    return (
        package.type, package.name, package.version, package.arch, source,
        package.source_version or package.version, package.path, package.layer, package.found_by, package.owned_by,
        package.relation, str(package.dev), str(package.base), package.modularity,
    )  # fmt: skip


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("name", ORDINARY)
def test_what_is_written_is_read_again(name: str, kind: str) -> None:
    read_kind, inventory, subject = again(ORDINARY[name], kind)
    assert read_kind == kind
    assert subject == ORDINARY[name].artifact.name
    expected = sorted(identity(package) for package in ORDINARY[name].inventory.packages)
    assert sorted(identity(package) for package in inventory.packages) == expected
    assert inventory.complete == ORDINARY[name].inventory.complete
    assert [gap.reason for gap in inventory.gaps] == unread(ORDINARY[name].inventory)


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("name", ORDINARY)
def test_the_system_survives(name: str, kind: str) -> None:
    system, wanted = again(ORDINARY[name], kind)[1].system, ORDINARY[name].inventory.system
    assert (system.family, system.name) == (wanted.family, wanted.name) if wanted else system is None


@pytest.mark.parametrize("kind", WRITERS)
def test_a_release_without_a_number_keeps_its_codename(kind: str) -> None:
    """Advisories for Debian's testing release are found by it."""
    testing = OperatingSystem(
        family="debian", id="debian", codename="trixie", pretty_name="Debian GNU/Linux trixie/sid", eol="2031-01-01"
    )
    inventory = msgspec.structs.replace(SHOP.inventory, system=testing)
    assert again(msgspec.structs.replace(SHOP, inventory=inventory), kind)[1].system == testing


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


def holding(*packages: Package) -> Report:
    inventory = msgspec.structs.replace(SHOP.inventory, packages=packages)
    return msgspec.structs.replace(SHOP, findings=(), inventory=inventory)


@pytest.mark.parametrize("kind", WRITERS)
def test_what_is_true_of_one_place_is_not_said_of_another(kind: str) -> None:
    """Otherwise a package that the system owns here would hide the same one lying around there."""
    places = (
        changed(LODASH, path="a", owned_by="node-lodash@4.17.20", dev=True, relation="workspace"),
        changed(LODASH, path="b", owned_by="", dev=False, relation=""),
        changed(LODASH, path="c", owned_by="", dev=False, relation="direct", base=True),
        changed(LODASH, path="", layer="", found_by="", relation=""),
    )
    _, inventory, _ = again(holding(*places), kind)
    found = {p.path: (p.owned_by, p.dev, p.relation, p.base) for p in inventory.packages}
    assert found == {
        "": ("", False, "", False),
        "a": ("node-lodash@4.17.20", True, "workspace", False),
        "b": ("", False, "", False),
        "c": ("", False, "direct", True),
    }


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("path", ["app; owned by bash@5", "a; development", "x; found by y; layer z", "; base image"])
def test_a_path_cannot_speak_for_its_package(path: str, kind: str) -> None:
    for found_by in ("npm", ""):
        (found,) = again(holding(changed(LODASH, path=path, found_by=found_by, layer="")), kind)[1].packages
        assert (found.path, found.found_by, found.owned_by, found.layer) == (path, found_by, "", "")
        assert not found.dev
        assert not found.base


@pytest.mark.parametrize("kind", WRITERS)
def test_a_package_of_another_repository_stays_one(kind: str) -> None:
    (found,) = again(holding(deb("docker-ce", "5:24.0.1-1", facts={"repository": "third-party"})), kind)[1].packages
    assert found.facts["repository"] == "third-party"


@pytest.mark.parametrize("kind", WRITERS)
def test_development_dependencies_stay_marked(kind: str) -> None:
    found = {package.key: package for package in again(SHOP, kind)[1].packages}
    assert found["@babel/core@7.1.0"].dev
    assert found["@babel/core@7.1.0"].relation == "indirect"
    assert not found["lodash@4.17.20"].dev
