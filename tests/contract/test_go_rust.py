"""Go and Rust lock files of other projects give the packages those projects expect.

Where we differ on purpose, the difference stands here with its reason, and must be exactly that.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sekisho.formats.modfile import parse_modfile
from sekisho.inventory.language import golang, rust
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.inventory import Gap
from sekisho.model.package import Package
from tests.contract.shared import area

GO_MOD, _, VENDOR = golang.EXTRACTORS
(CARGO,) = rust.EXTRACTORS
NOTHING: tuple[str, set[Any], set[Any]] = ("", set(), set())
XERRORS, YAML = "golang.org/x/xerrors", "gopkg.in/yaml.v3"
OLD_GO = "a go line before 1.21 names a language, not a toolchain"
LOCAL = "a module replaced by a directory is listed under its own name without version: it is in the build"

TRIVY_GO_MOD: dict[str, tuple[str, set[Any], set[Any]]] = {
    "replaced with local path": (LOCAL, set(), {(XERRORS, "", "indirect")}),
    "replaced with local path and version": (LOCAL, set(), {(XERRORS, "", "indirect")}),
    "go 1.16": (
        "indirect requirements are taken from go.mod, where they have a line, instead of from go.sum",
        set(),
        {(YAML, "v3.0.0-20210107192922-496545a6307b", "indirect")},
    ),
}
"""Case: reason, what only Trivy lists, what only we list."""
TRIVY_GO_SUM = {"gomod_emptyline.sum": (0, 0), "gomod_trivy.sum": (335, 0)}
"""How many versions only Trivy lists, and how many only we list instead."""
SCALIBR_GO_MOD: dict[str, tuple[str, set[Any], set[Any]]] = {
    "two packages": (OLD_GO, {("stdlib", "1.17")}, set()),
    "indirect packages": (OLD_GO, {("stdlib", "1.17")}, set()),
    "test extractor for go <=1.16": (OLD_GO, {("stdlib", "1.16")}, set()),
    "exclude indirect": (OLD_GO, {("stdlib", "1.17")}, set()),
    "exclude indirect with go.sum": (OLD_GO, {("stdlib", "1.16")}, set()),
    "replacements_ local": (LOCAL, {("./fork/net", "")}, {("golang.org/x/net", "")}),
}
SCALIBR_VENDOR: dict[str, tuple[str, set[Any], set[Any]]] = {
    "valid_modules": (LOCAL, {("example.com/local", "1.0.0")}, {("example.com/local", "")}),
}


def expected(folder: str, test: str) -> list[dict[str, Any]]:
    tables = msgspec.json.decode((area("scan") / "lock" / folder / "EXPECTED.json").read_bytes())
    found: list[dict[str, Any]] = tables[test]
    return found


def packages(extractor: Extractor, path: Path, siblings: dict[str, Path]) -> list[Package]:
    given = {name: sibling.read_bytes() for name, sibling in siblings.items() if sibling.exists()}
    return [
        item
        for item in extractor.extract(File(path.name, path.read_bytes(), siblings=given))
        if isinstance(item, Package)
    ]


def difference(theirs: set[Any], ours: set[Any]) -> tuple[set[Any], set[Any]]:
    return theirs - ours, ours - theirs


def relation(word: str) -> str:
    return word.removeprefix("Relationship").lower()


def bare(found: list[Package]) -> set[tuple[str, str]]:
    """As scalibr lists Go modules: without the module itself, and without the v."""
    return {(package.name, package.version.removeprefix("v")) for package in found if package.relation != "root"}


def test_trivy_go_mod() -> None:
    folder = area("scan") / "lock/trivy/golang-mod"
    cases = [case for case in expected("trivy/golang-mod", "parse_test.go::TestParse") if case["replace"]]
    assert len(cases) == 7
    for case in cases:
        found = packages(GO_MOD, folder / case["file"].removeprefix("testdata/"), {})
        _, only_theirs, only_ours = TRIVY_GO_MOD.get(case["name"], NOTHING)
        theirs = {
            (entry["Name"], entry.get("Version", ""), relation(entry["Relationship"])) for entry in case["wantPkgs"]
        }
        ours = {(package.name, package.version, package.relation) for package in found}
        assert difference(theirs, ours) == (only_theirs, only_ours), case["name"]
        (root,) = (package for package in found if package.relation == "root")
        assert [{"ID": root.name, "DependsOn": list(root.depends_on)}] == case["wantDeps"], case["name"]


def test_trivy_go_mod_before_replacement() -> None:
    (case,) = (case for case in expected("trivy/golang-mod", "parse_test.go::TestParse") if not case["replace"])
    path = area("scan") / "lock/trivy/golang-mod" / case["file"].removeprefix("testdata/")
    mod = parse_modfile(path.read_text())
    theirs = {
        (entry["Name"], entry["Version"], relation(entry["Relationship"]))
        for entry in case["wantPkgs"]
        if entry["Relationship"] != "RelationshipRoot"
    }
    assert {(entry.path, entry.version, "indirect" if entry.indirect else "direct") for entry in mod.require} == theirs


def test_trivy_go_sum() -> None:
    cases = expected("trivy/golang-sum", "parse_test.go::TestParse")
    assert len(cases) == 2
    for case in cases:
        path = area("scan") / "lock/trivy/golang-sum" / case["file"].removeprefix("testdata/")
        file = File("go.mod", b"go 1.16\n", siblings={"go.sum": path.read_bytes()})
        ours = {(item.name, item.version) for item in GO_MOD.extract(file) if isinstance(item, Package)}
        only_theirs, only_ours = difference({(entry["Name"], entry["Version"]) for entry in case["want"]}, ours)
        # Trivy also counts versions of which only go.mod was ever verified: no code of theirs was in the build.
        archives = {tuple(line.split()[:2]) for line in path.read_text().splitlines()}
        assert not only_theirs & archives, case["file"]
        assert (len(only_theirs), len(only_ours)) == TRIVY_GO_SUM[path.name], case["file"]


@pytest.mark.parametrize(
    ("test", "count"), [("TestExtractor_Extract", 9), ("TestExtractor_Extract_WithExcludeIndirectConfig", 2)]
)
def test_scalibr_go_mod(test: str, count: int) -> None:
    folder = area("scan") / "lock/scalibr/golang-gomod"
    cases = expected("scalibr/golang-gomod", f"gomod_test.go::{test}")
    assert len(cases) == count
    for case in cases:
        name = case.get("Name") or case["name"]
        path = folder / Path(case.get("inputPath") or case["InputConfig"]["Path"]).name
        found = packages(GO_MOD, path, {"go.sum": path.with_suffix(".sum")})
        if case.get("excludeIndirect"):
            found = [package for package in found if package.relation == "direct"]
        theirs = {(entry["Name"], entry["Version"]) for entry in case.get("WantPackages") or case["wantPackages"]}
        _, only_theirs, only_ours = SCALIBR_GO_MOD.get(name, NOTHING)
        assert difference(theirs, bare(found)) == (only_theirs, only_ours), name


def test_scalibr_vendor() -> None:
    cases = expected("scalibr/golang-vendor", "vendormodules_test.go::TestExtractor_Extract")
    assert len(cases) == 2
    for case in cases:
        path = area("scan") / "lock/scalibr/golang-vendor" / case["InputConfig"]["Path"].removeprefix("testdata/")
        theirs = {(entry["Name"], entry["Version"]) for entry in case["WantPackages"] or ()}
        _, only_theirs, only_ours = SCALIBR_VENDOR.get(case["Name"], NOTHING)
        assert difference(theirs, bare(packages(VENDOR, path, {}))) == (only_theirs, only_ours), case["Name"]


def test_syft_go_sum_hashes() -> None:
    (case,) = expected("syft/golang", "parse_go_mod_test.go::Test_GoSumHashes")
    folder = area("scan") / "lock/syft/golang/go-sum-hashes"
    found = packages(GO_MOD, folder / "go.mod", {"go.sum": folder / "go.sum"})
    theirs = {
        (entry["Name"], entry["Version"], entry["Metadata"]["H1Digest"] if entry["Metadata"] else "")
        for entry in case["expected"]
    }
    ours = {
        (package.name, package.version, "".join(package.checksums)) for package in found if package.relation != "root"
    }
    assert ours == theirs


def test_syft_go_replacements() -> None:
    path = area("scan") / "lock/syft/golang/go-source-replacements/go.mod"
    found = {package.key: package.facts.get("replaces") for package in packages(GO_MOD, path, {})}
    assert found == {
        "example.com/repro@": None,
        "rsc.io/quote@v1.5.2": "rsc.io/quote@v1.5.1",
        "golang.org/x/text@v0.0.0-20170915032832-14c0d48ead0c": None,
        "rsc.io/sampler@v1.3.1": "rsc.io/sampler@v1.3.0",
        "stdlib@v1.23.0": None,
    }


def test_syft_go_corrupt() -> None:
    folder = area("scan") / "lock/syft/golang/corrupt"
    file = File("go.mod", (folder / "go.mod").read_bytes(), siblings={"go.sum": (folder / "go.sum").read_bytes()})
    (gap,) = (item for item in GO_MOD.extract(file) if isinstance(item, Gap))
    assert (gap.weight, gap.reason) == ("incomplete", "line 6: unknown directive 'ruire'")


def test_trivy_cargo() -> None:
    cases = expected("trivy/rust-cargo", "parse_test.go::TestParse")
    assert len(cases) == 2
    for case in cases:
        path = area("scan") / "lock/trivy/rust-cargo" / case["file"].removeprefix("testdata/")
        found = packages(CARGO, path, {})
        theirs = {
            (entry["ID"], *((place["StartLine"], place["EndLine"]) for place in entry["Locations"]))
            for entry in case["wantPkgs"]
        }
        assert {(package.key, package.lines) for package in found} == theirs
        edges = {package.key: list(package.depends_on) for package in found if package.depends_on}
        assert edges == {entry["ID"]: entry["DependsOn"] for entry in case["wantDeps"]}
        assert not any(package.dev for package in found)


def test_scalibr_cargo() -> None:
    cases = expected("scalibr/rust-cargolock", "cargolock_test.go::TestExtractor_Extract")
    assert len(cases) == 6
    for case in cases:
        path = area("scan") / "lock/scalibr/rust-cargolock" / Path(case["InputConfig"]["Path"]).name
        ours = [(package.name, package.version) for package in packages(CARGO, path, {})]
        assert ours == [(entry["Name"], entry["Version"]) for entry in case["WantPackages"]], case["Name"]


def test_syft_cargo_git_dependencies() -> None:
    path = area("scan") / "lock/syft/rust/Cargo.lock-with-git-deps"
    found = packages(CARGO, path, {})
    assert len(found) == len(re.findall(r"^\[\[package\]\]", path.read_text(), re.MULTILINE)) == 12
    root = next(package for package in found if package.relation == "root")
    assert (root.key, root.depends_on) == ("hello_world@0.1.0", ("nom-regex@0.2.0", "regex@1.11.1"))
    direct = {(package.name, package.facts.get("source", "")[:4]) for package in found if package.relation == "direct"}
    assert direct == {("nom-regex", ""), ("regex", "git+")}


def test_syft_cargo_path_dependencies() -> None:
    found = packages(CARGO, area("scan") / "lock/syft/rust/path-deps/Cargo.lock", {})
    assert {(package.key, package.relation) for package in found} == {
        ("app@1.0.0", "workspace"),
        ("memchr@2.7.4", "direct"),
        ("telemetry@0.1.0", "workspace"),
    }


def test_every_stated_difference_names_a_case() -> None:
    go_mod = {case["name"] for case in expected("trivy/golang-mod", "parse_test.go::TestParse")}
    scalibr = {case["Name"] for case in expected("scalibr/golang-gomod", "gomod_test.go::TestExtractor_Extract")}
    scalibr |= {
        case["name"]
        for case in expected("scalibr/golang-gomod", "gomod_test.go::TestExtractor_Extract_WithExcludeIndirectConfig")
    }
    assert set(TRIVY_GO_MOD) <= go_mod
    assert set(SCALIBR_GO_MOD) <= scalibr
