"""Trivy's integration cases end to end: its source trees and documents, its database, and what it finds there.

The database is Trivy's own seed (see :mod:`tests.contract.trivy_db`). Compared are the findings of each target, and the
packages where the expected report lists them. FixedVersion is compared by what still lies ahead: Trivy lists every
branch's repair, we list those above what is installed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sekisho.advisories.store import Store
from sekisho.errors import CorruptInput
from sekisho.match.find import find
from sekisho.model.finding import Report
from sekisho.model.inventory import Inventory, OperatingSystem
from sekisho.model.package import Package
from sekisho.pipeline import scan
from sekisho.report.options import RenderOptions
from sekisho.report.trivy_json import render
from sekisho.versions.order import order_of_type
from tests.contract.shared import area
from tests.contract.trivy_db import UNUSED, build_trivy_db, translated, used_buckets

NOW = datetime(2026, 11, 23, tzinfo=UTC)

VEX = "VEX documents come with a later issue; without them the case is its plain sibling"
SOURCES = "the order of severity sources cannot be chosen yet"
WRITER = "a writer's case: nothing is detected, and the report tests have it"
OTHER_SCANNER = "another scanner's case: misconfigurations, secrets or licences"
FORMS = "the same run with its options given as environment or file: the command line's tests have it"

Findings = dict[str, set[tuple[str, ...]]]
"""Target → (package, version, vulnerability, severity, its source, status, fixes ahead) of every finding."""


class Case:
    """A tree, how it is scanned, the report that is expected, and where we knowingly differ."""

    def __init__(self, tree: str, golden: str = "", differs: str = "", told: str = "", **options: Any) -> None:
        self.tree = tree
        self.golden = golden or tree
        self.differs = differs
        self.told = told
        """A relationship that we read and Trivy does not."""
        self.options = options


REPOSITORY = {
    "gomod": Case("gomod"),
    "gomod with skip files": Case("gomod", "gomod-skip", skip_files=("submod2/go.mod",)),
    "gomod with skip dirs": Case("gomod", "gomod-skip", skip_dirs=("submod2",)),
    "npm": Case("npm"),
    "npm with dev deps": Case("npm", "npm-with-dev", include_dev_deps=True),
    "bun": Case("bun"),
    "pip": Case("pip"),
    "pipenv": Case("pipenv"),
    "uv": Case("uv"),
    "pylock": Case("pylock"),
    "pom": Case("pom"),
    "dotnet": Case("dotnet"),
    "packages-props": Case("packagesprops"),
    "cocoapods": Case("cocoapods", differs="no feed speaks of CocoaPods", told="direct"),
    "pubspec.lock": Case("pubspec", "pubspec.lock"),
    "multiple lockfiles": Case("trivy-ci-test", "test-repo"),
}
ELSEWHERE = {
    "gomod in series": "the same tree: we read in series anyway",
    "gomod with local VEX file": VEX,
    "gomod with VEX repository": VEX,
    "npm with severity from ubuntu": SOURCES,
    "dockerfile": OTHER_SCANNER,
    "dockerfile with custom file pattern": OTHER_SCANNER,
    "dockerfile with custom policies": OTHER_SCANNER,
    "tarball helm chart scanning with builtin policies": OTHER_SCANNER,
    "helm chart directory scanning with builtin policies": OTHER_SCANNER,
    "helm chart directory scanning with value overrides using set": OTHER_SCANNER,
    "helm chart directory scanning with value overrides using value file": OTHER_SCANNER,
    "helm chart directory scanning with builtin policies and non string Chart name": OTHER_SCANNER,
    "terraform config with remote module": OTHER_SCANNER,
    "terraform config with remote submodule": OTHER_SCANNER,
    "terraform config with remote module in child local module": OTHER_SCANNER,
    "exclude misconfigurations for remote module": OTHER_SCANNER,
    "module from Terraform registry": OTHER_SCANNER,
    "module from OpenTofu registry": OTHER_SCANNER,
    "secrets": OTHER_SCANNER,
    "conda generating CycloneDX SBOM": WRITER,
    "conda environment.yaml generating CycloneDX SBOM": WRITER,
    "pom.xml generating CycloneDX SBOM (with vulnerabilities)": "the findings are those of the case pom",
    "conda generating SPDX SBOM": WRITER,
    "gomod with fs subcommand": "the same as with skip files: trees are scanned as fs here",
    "dockerfile with fs subcommand and an alias scanner": OTHER_SCANNER,
    "minikube KBOM": "the seeds have no advisories for Kubernetes components",
    "license check cyclonedx json": OTHER_SCANNER,
    "centos7 spdx tag-value": "SPDX tag-value is refused with a hint, which a test below shows",
    "skip files": FORMS,
    "key alias": FORMS,
    "value alias": FORMS,
    "invalid value": FORMS,
}
"""Cases that are not run here, and why; ``TestTar`` is below, ``TestConvert`` detects nothing."""
DOCUMENTS = {
    "centos7 cyclonedx": "centos-7-cyclonedx.json",
    "centos7 spdx json": "centos-7-spdx.json",
    "centos7 in in-toto attestation": "centos-7-cyclonedx.intoto.jsonl",
}

SEVERITY_OF_ERRATUM = {"CVE-2018-0734": ("LOW", "MEDIUM")}
"""CVE → (Trivy's severity, ours): see :data:`ONE_WORD`."""


@cache
def goldens() -> Path:
    return area("scan") / "golden" / "trivy"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_trivy_db(goldens() / "fixtures" / "db", tmp_path_factory.mktemp("db") / "trivy.db", NOW)


def expected(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((goldens() / f"{name}.json.golden").read_text())
    return document


def scanned(target: Path, view: str, database: Path, **options: Any) -> Report:
    return scan(str(target), view=view, db=str(database), clock=lambda: NOW, layer_cache=False, offline=True, **options)


def written(report: Report, *, dev: bool = False) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(render(report, options=RenderOptions(include_dev=dev)))
    return document


def findings(document: dict[str, Any]) -> Findings:
    return {
        result["Target"]: {told(result, entry) for entry in result["Vulnerabilities"]}
        for result in document.get("Results", ())
        if result.get("Vulnerabilities")
    }


def told(result: dict[str, Any], entry: dict[str, Any]) -> tuple[str, ...]:
    keys = ("PkgName", "InstalledVersion", "VulnerabilityID", "Severity", "SeveritySource", "Status")
    kind = "rpm" if result["Class"] == "os-pkgs" else entry["PkgIdentifier"]["PURL"].partition("/")[0][4:]
    return (*(entry.get(key, "") for key in keys), ahead(kind, entry))


def ahead(kind: str, entry: dict[str, Any]) -> str:
    """The fixes above the installed version; RustSec's are requirements in Trivy's words (``>= 3.1.0, < 4``)."""
    order = order_of_type(kind)
    parts = [part.strip() for part in entry.get("FixedVersion", "").split(",") if part.strip()]
    fixes = [part.removeprefix(">= ") for part in parts if not part.startswith("< ")]
    return ", ".join(sorted((fix for fix in fixes if order.compare(fix, entry["InstalledVersion"]) > 0), key=order.key))


def packages(document: dict[str, Any], *, told: str = "") -> dict[str, set[tuple[str, ...]]]:
    """Name, version, relationship (but not the one we alone tell) and kind of need of every package of each target."""

    def relation(entry: dict[str, Any]) -> str:
        found: str = entry.get("Relationship", "")
        return "" if found == told else found

    return {
        result["Target"]: {
            (entry["Name"], entry["Version"], relation(entry), str(entry.get("Dev", False)))
            for entry in result["Packages"]
        }
        for result in document.get("Results", ())
        if result.get("Packages")
    }


@pytest.mark.parametrize("name", REPOSITORY)
def test_a_source_tree_has_the_findings_trivy_has(name: str, database: Path) -> None:
    case = REPOSITORY[name]
    report = scanned(goldens() / "fixtures" / "repo" / case.tree, "fs", database, **case.options)
    document, wanted = written(report, dev="include_dev_deps" in case.options), expected(case.golden)
    if case.differs:
        assert findings(document) == {}, f"the exception is over: {case.differs}"
        assert findings(wanted)
    else:
        assert findings(document) == findings(wanted)
        assert report.undecided == ()
    if listed := packages(wanted):
        assert packages(document, told=case.told) == listed
        assert not case.told or packages(document) != listed, "the exception is over"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_bill_of_materials_has_the_findings_the_image_has(name: str, database: Path) -> None:
    """CentOS 7 as an image, as CycloneDX and as SPDX is one and the same."""
    report = scanned(goldens() / "fixtures" / "sbom" / DOCUMENTS[name], "sbom", database)
    [got] = findings(written(report)).values()
    [wanted] = findings(expected("centos-7")).values()
    assert got == set(map(as_erratum, wanted))
    vendors = {entry["VulnerabilityID"]: entry.get("VendorIDs") for entry in vulnerabilities(written(report))}
    assert vendors == {
        entry["VulnerabilityID"]: entry.get("VendorIDs") for entry in vulnerabilities(expected("centos-7"))
    }


def as_erratum(finding: tuple[str, ...]) -> tuple[str, ...]:
    theirs, ours = SEVERITY_OF_ERRATUM.get(finding[2], ("", ""))
    assert not theirs or finding[3] == theirs
    return (*finding[:3], ours or finding[3], *finding[4:])


def vulnerabilities(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for result in document["Results"]:
        yield from result.get("Vulnerabilities", ())


def test_tag_value_is_refused_by_name(database: Path) -> None:
    with pytest.raises(CorruptInput, match="SPDX tag-value") as refused:
        scanned(goldens() / "fixtures" / "sbom" / "centos-7-spdx.txt", "sbom", database)
    assert "JSON" in refused.value.hint


def test_every_case_of_trivys_is_run_or_accounted_for() -> None:
    cases = json.loads((goldens() / "CASES.json").read_text())
    names = {
        case["name"]
        for table, entries in cases.items()
        for case in entries
        if not table.startswith(("standalone_tar_test", "convert_test"))
    }
    assert names == REPOSITORY.keys() | DOCUMENTS.keys() | ELSEWHERE.keys()
    assert not (REPOSITORY.keys() | DOCUMENTS.keys()) & ELSEWHERE.keys()


def test_every_bucket_of_the_seeds_is_read_or_accounted_for() -> None:
    buckets = used_buckets(goldens() / "fixtures" / "db")
    assert {bucket for bucket in buckets if not translated(bucket)} == {
        bucket for bucket in buckets if bucket.startswith(tuple(UNUSED))
    }
    assert {start for start in UNUSED if not any(bucket.startswith(start) for bucket in buckets)} == set()


# Images: their tarballs are not in the data, so the packages that Trivy found something in stand for them.

TYPES = {"alma": "rpm", "alpine": "apk", "centos": "rpm", "debian": "deb", "opensuse-leap": "rpm",
         "opensuse-tumbleweed": "rpm", "redhat": "rpm"}  # fmt: skip
BUILT_FROM = {
    "libcrypto1.1": "openssl",
    "libidn2-0": "libidn2",
    "libssl1.1": "openssl",
}
"""Binary package → its source, which expected reports do not tell."""
IMAGES = ("almalinux-8", "alpine-310", "busybox-with-lockfile", "centos-7", "debian-buster", "distroless-base",
          "distroless-python27", "fluentd-gems", "opensuse-leap-151", "opensuse-tumbleweed", "spring4shell-jre11",
          "ubi-7", "ubi-7-comprehensive")  # fmt: skip
NOT_REBUILT = {
    "alpine-distroless": "Alpine 3.16 has no bucket of its own; Trivy falls back to edge, we do not guess a release",
    "amazon-1": "we have no feed for Amazon Linux",
    "amazonlinux2-gp2-x86-vm": "a virtual machine's disk, of Amazon Linux",
    "centos-7-ignore-unfixed": "a filter over centos-7",
    "centos-7-medium": "a filter over centos-7",
    "debian-buster-ignore-unfixed": "a filter over debian-buster",
    "oraclelinux-8": "we have no feed for Oracle Linux",
    "sl-micro-rancher5.4": "nothing is found in it",
    "spring4shell-jre8": "a WASM module lowers the severity; otherwise the same as spring4shell-jre11",
    "ubuntu-gp2-x86-vm": "a virtual machine's disk",
}


def rebuilt(document: dict[str, Any]) -> Inventory:
    """The packages of an expected report's findings, on its system."""
    held = document["Metadata"].get("OS")
    system = OperatingSystem(family=held["Family"], name=held["Name"]) if held else None
    found: dict[tuple[str, ...], Package] = {}
    for result in document["Results"]:
        for entry in result.get("Vulnerabilities", ()):
            package = implicated(result, entry, system)
            found[package.type, package.key, package.path] = package
    return Inventory(packages=tuple(found.values()), system=system)


def implicated(result: dict[str, Any], entry: dict[str, Any], system: OperatingSystem | None) -> Package:
    name = entry["PkgName"]
    of_system = result["Class"] == "os-pkgs" and system is not None
    return Package(
        type=TYPES[system.family] if of_system and system else entry["PkgIdentifier"]["PURL"].partition("/")[0][4:],
        name=name,
        version=entry["InstalledVersion"],
        arch="x86_64" if of_system else "",
        source_name=BUILT_FROM.get(name, "") if of_system else "",
        path=entry.get("PkgPath", "" if of_system else result["Target"]),
    )


@pytest.mark.parametrize("name", IMAGES)
def test_the_packages_of_an_image_have_the_findings_trivy_has(name: str, database: Path) -> None:
    document = expected(name)
    with Store.open(database) as store:
        found = find(rebuilt(document), store)
    got = {(f.package.name, f.package.version, f.id, str(f.severity), f.state, f.fixed_version) for f in found.findings}
    wanted = {
        (*finding[:3], finding[3], finding[5], finding[6])
        for finding in map(as_erratum, (told(r, e) for r in document["Results"] for e in r.get("Vulnerabilities", ())))
    }
    assert got == wanted
    assert found.gaps == ()


def test_every_image_of_trivys_is_rebuilt_or_accounted_for() -> None:
    images = {
        path.name.removesuffix(".json.golden")
        for path in goldens().glob("*.json.golden")
        if "fixtures/images/" in (head := path.read_text()[:2000]) or '"disk.img"' in head
    }
    assert images == set(IMAGES) | NOT_REBUILT.keys()
