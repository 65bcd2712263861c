"""Python and Node: what Trivy, osv-scalibr and syft expect of their own fixtures, as facts from their test tables.

Every case passes or stands in NOT_FOLLOWED with its reason; one that starts to pass, or a new one, fails the test.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sekisho.errors import CorruptInput
from sekisho.inventory.language import (
    bun_lock,
    node_installed,
    npm_lock,
    pnpm_lock,
    python_installed,
    python_pdm,
    python_pipenv,
    python_poetry,
    python_pylock,
    python_requirements,
    python_uv,
    yarn_lock,
)
from sekisho.inventory.language.python_names import normal_name
from sekisho.inventory.language.python_pyproject import read_project
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.inventory import Gap
from sekisho.model.package import Package
from tests.contract.shared import area

Case = dict[str, Any]
Check = Callable[[Path, Case], Iterator[str]]

NOT_FOLLOWED: dict[str, dict[str, str]] = {
    "trivy/nodejs-yarn": {
        "happy v2": "a patched package (fsevents@patch:) is the package; old lock files have no other entry for it",
    },
    "trivy/python-pip": {
        "compatible versions": "guessing the least version of a range is Trivy's --detection-priority comprehensive",
    },
    "trivy/python-poetry": {
        "flask": "Trivy leaves edges to packages of category dev out of the graph; they are real",
    },
    "trivy/python-pylock": {
        "happy path": "ham 3.0.0 is locked twice with different needs; both are kept, not the last one only",
    },
    "trivy/python-uv": {
        "lockfile without root": "the packages are locked all the same; nothing is direct or indirect then",
        "multiple roots": "the packages are locked all the same; each root is listed as one",
    },
    "syft/javascript": {
        "TestParsePackageJSON 3": "licenses as a list of plain names is not malformed but common; it is read",
    },
    "scalibr/python-requirements": {
        "no_version": "a requirement without a version names no package that could be looked up",
        "pip_example": "ranges and bare names are left out, and files named by -r are read for themselves",
        "per_requirement_options": "text behind the version is not part of the version (foo7)",
    },
}
NOT_OURS: dict[str, dict[str, str]] = {
    "syft/javascript": {
        "v2 (berry) include dev dependencies": "the expectation is code, not data",
        "v2 (berry) exclude dev dependencies": "the expectation is code, not data",
    },
    "syft/python": {
        "TestGetLicenseFromPypiRegistry certifi": "licences are not asked from the network",
        "TestGetLicenseFromPypiRegistry package": "licences are not asked from the network",
        "TestParseSetupFileWithLicenseEnrichment": "setup.py is a program, not data",
        "TestParseWheelEggRecord 0": "RECORD is not read: the merge takes ownership from the distribution's packages",
        "TestParseWheelEggRecord 1": "RECORD is not read: the merge takes ownership from the distribution's packages",
        "TestParseInstalledFiles": "installed-files.txt is not read, for the same reason",
        "Test_parsePyvenvCfgReader parse basic pyenv file": "virtual environments need no reading: each is a directory",
        "Test_parsePyvenvCfgReader trixy config cases": "virtual environments need no reading: each is a directory",
    },
}


def cases(directory: Path) -> Iterator[tuple[str, Case]]:
    """Each case of a set with a name that is unique in it."""
    for test, listed in json.loads((directory / "EXPECTED.json").read_text()).items():
        for at, case in enumerate(listed):
            yield f"{test.partition('::')[2]}|{at}|{case.get('name') or case.get('Name') or ''}", case


def label(name: str, known: Iterable[str]) -> str:
    """The way the tables above call a case: by its own name, by its test, or by its test and place."""
    test, at, own = name.split("|")
    spellings = (own, test, f"{test} {at}", f"{test} {own}")
    return next((spelling for spelling in spellings if spelling in known), name)


def fixture(directory: Path, case: Case) -> Path:
    config = case.get("InputConfig") or case.get("inputConfig") or {}
    keys = ("file", "filePath", "inputFile", "input", "path", "fixture", "Fixture", "MetadataFixture")
    named = next((case[key] for key in keys if key in case), config.get("Path"))
    return directory / named.partition("/")[2]


def run(extractors: tuple[Extractor, ...], path: Path) -> list[Any]:
    """What the extractor that takes a file of this name says about it."""
    chosen = next((e for e in extractors if path.suffix in e.suffixes), extractors[0])
    beside = {name: path.parent / name for name in chosen.siblings}
    siblings = {name: place.read_bytes() for name, place in beside.items() if place.exists()}
    return list(chosen.extract(File(path.name, path.read_bytes(), siblings=siblings)))


def packages(extractors: tuple[Extractor, ...], path: Path) -> list[Package]:
    return [item for item in run(extractors, path) if isinstance(item, Package)]


def refuses(extractors: tuple[Extractor, ...], path: Path) -> bool:
    """Whether the file is called broken, as a whole or in part."""
    try:
        return any(isinstance(item, Gap) for item in run(extractors, path))
    except CorruptInput:
        return True


def difference(what: str, got: Any, wanted: Any) -> Iterator[str]:
    if got != wanted:
        yield f"{what}: got {got!r}, wanted {wanted!r}"


def listed(found: Iterable[Package]) -> set[tuple[str, str]]:
    return {(package.name, package.version) for package in found}


def trivy(extractors: tuple[Extractor, ...], *, keeps_development: bool = True) -> Check:
    def check(directory: Path, case: Case) -> Iterator[str]:
        path = fixture(directory, case)
        if case.get("wantErr") not in (None, "NoError"):
            yield from difference("refused", refuses(extractors, path), True)
            return
        found = packages(extractors, path)
        if not keeps_development and "v9" not in path.name:
            found = [package for package in found if not package.dev]
        want = case.get("want", case.get("wantPkgs")) or []
        if isinstance(want, dict):
            want = [want["Package"]] if want["Package"].get("Version") else []
        wanted = {(entry["Name"], entry.get("Version", "")): entry for entry in want}
        yield from difference("packages", listed(found), set(wanted))
        for package in found:
            yield from compared(package, wanted.get((package.name, package.version), {}))
        if isinstance(case.get("wantDeps"), list):
            yield from difference("edges", edges(found), wanted_edges(case["wantDeps"], want))

    return check


def compared(package: Package, entry: Case) -> Iterator[str]:
    if "Relationship" in entry:
        relation = entry["Relationship"].removeprefix("Relationship").lower()
        yield from difference(f"relation of {package.key}", package.relation, relation)
    if entry:
        yield from difference(f"dev of {package.key}", package.dev, entry.get("Dev", False))
    if entry.get("Locations"):
        first = entry["Locations"][0]
        yield from difference(f"lines of {package.key}", package.lines, (first["StartLine"], first["EndLine"]))


def edges(found: Iterable[Package]) -> dict[str, set[str]]:
    return {package.key: set(package.depends_on) for package in found if package.depends_on}


def wanted_edges(deps: list[Case], want: list[Case]) -> dict[str, set[str]]:
    """Trivy's identifiers carry peers; ours are name@version."""
    keys = {entry["ID"]: f"{entry['Name']}@{entry.get('Version', '')}" for entry in want}
    wanted: dict[str, set[str]] = {}
    for edge in deps:
        wanted.setdefault(keys[edge["ID"]], set()).update(keys[target] for target in edge["DependsOn"])
    return wanted


def trivy_project(directory: Path, case: Case) -> Iterator[str]:
    """pyproject.toml: which names are asked for; Trivy's lists of sets are given as their elements."""

    def names(tree: Any, *, below: str = "") -> set[str]:
        if not isinstance(tree, dict):
            return set()
        own = {name for name in tree.get("$list", ())[1:] if name and name != "python"}
        return own.union(*(names(value) for key, value in tree.items() if key != below))

    project = read_project(fixture(directory, case).read_bytes())
    if case["want"] == "New":
        yield from difference("production", project.production, names(case))
        return
    groups = case["want"].get("Tool", {}).get("Poetry", {}).get("Groups", {})
    development = names(groups)
    production = names(case["want"].get("Project")) | names(case["want"].get("Tool", {}).get("Poetry"), below="Groups")
    yield from difference("development", project.development, development)
    yield from difference("production", project.production, production)


def scalibr(extractors: tuple[Extractor, ...]) -> Check:
    """Names, versions, the line it begins at, and the group dev; the project itself is not listed there."""

    def check(directory: Path, case: Case) -> Iterator[str]:
        path = fixture(directory, case)
        want = case.get("WantPackages", case.get("wantPackages")) or []
        fails = case.get("WantErr") or case.get("wantErr") or "Error" in case.get("wantResultMetric", "")
        if fails:
            yield from difference("refused", refuses(extractors, path), True)
            if not want:
                return
        want = [spelled(entry) for entry in ([want] if isinstance(want, dict) else want)]
        found = [package for package in packages(extractors, path) if package.relation not in ("root", "workspace")]
        wanted = {(entry["Name"], entry.get("Version", "")): entry for entry in want}
        yield from difference("packages", listed(found), set(wanted))
        for package in found:
            groups = (wanted.get((package.name, package.version), {}).get("Metadata") or {}).get("DepGroupVals")
            if groups is not None and not without_groups(path):
                yield from difference(f"dev of {package.key}", package.dev, bool({"dev", "test"} & set(groups)))

    return check


def without_groups(path: Path) -> bool:
    """scalibr tells no groups from bun.lock and from version 9 of pnpm-lock.yaml."""
    return path.suffix == ".json5" or ".v9" in path.name


def spelled(entry: Case) -> Case:
    """A package that the test table builds with a helper function: (t, name, version, path, line)."""
    return entry if "Name" in entry else {"Name": entry["args"][1], "Version": entry["args"][2]}


def syft_javascript(directory: Path, case: Case) -> Iterator[str]:
    if "wantNames" in case:
        found = packages(bun_lock.EXTRACTORS, fixture(directory, case))
        yield from difference("names", sorted(package.name for package in found), case["wantNames"])
    elif "ExpectedPkg" in case:
        yield from syft_manifest(packages(node_installed.EXTRACTORS, fixture(directory, case)), case["ExpectedPkg"])
    else:
        response = case["requestHandlers"][0]["handler"]["args"][0].split("/")[1]
        extractors = yarn_lock.EXTRACTORS if "yarn" in response else pnpm_lock.EXTRACTORS
        name = "yarn.lock" if "yarn" in response else "pnpm-lock.yaml"
        wanted = {(entry["Name"], entry["Version"]) for entry in case["expectedPackages"]}
        yield from difference("packages", listed(packages(extractors, directory / response / name)), wanted)


def syft_manifest(found: list[Package], want: Case) -> Iterator[str]:
    licenses = (want.get("Licenses") or {}).get("args", [])
    (package,) = found
    metadata = want["Metadata"]
    yield from difference("package", package.key, f"{want['Name']}@{want['Version']}")
    yield from difference("licences", list(package.licenses), [entry["args"][1] for entry in licenses])
    yield from difference("homepage", package.homepage, metadata["Homepage"])
    yield from difference("description", package.description, metadata["Description"])
    yield from difference("repository", package.facts["repository"], metadata["URL"])


SYFT_LOCKS = {
    "TestParsePdmLockWithLicenseEnrichment": (python_pdm.EXTRACTORS, "pdm.lock"),
    "TestParsePipfileLockWithLicenseEnrichment": (python_pipenv.EXTRACTORS, "Pipfile.lock"),
    "TestParsePoetryLockWithLicenseEnrichment": (python_poetry.EXTRACTORS, "poetry.lock"),
    "TestParseRequirementsTxtWithLicenseEnrichment": (python_requirements.EXTRACTORS, "requirements.txt"),
    "TestParseUvLockWithLicenseEnrichment": (python_uv.EXTRACTORS, "uv.lock"),
}


def syft_python(directory: Path, case: Case) -> Iterator[str]:
    test = case["test"]
    if test in SYFT_LOCKS:
        extractors, name = SYFT_LOCKS[test]
        found = packages(extractors, directory / "pypi-remote" / name)
        yield from difference("packages", listed(found), {(p["Name"], p["Version"]) for p in case["expectedPackages"]})
    elif test == "Test_InstalledPackageCataloger":
        places = sorted(fixture(directory, case).rglob("METADATA"))
        found = [package for place in places for package in packages(python_installed.EXTRACTORS, place)]
        wanted = [(entry["Name"], entry["Version"]) for entry in case["expectedPackages"]]
        yield from difference("packages", [(normal_name(p.name), p.version) for p in found], wanted)
    elif test == "Test_PackageCataloger_IgnorePackage":
        yield from difference("packages", packages(python_installed.EXTRACTORS, fixture(directory, case)), [])
    elif "ExpectedMetadata" in case:
        (package,) = packages(python_installed.EXTRACTORS, fixture(directory, case))
        want = case["ExpectedMetadata"]
        wanted_key = f"{want['PythonPackage']['Name']}@{want['PythonPackage']['Version']}"
        yield from difference("package", package.key, wanted_key)
        yield from difference("licences", "".join(package.licenses), want["Licenses"])
    elif "expectedRelationships" in case:
        yield from syft_relationships(packages(python_pdm.EXTRACTORS, fixture(directory, case) / "pdm.lock"), case)
    else:
        yield from syft_requires(packages(python_poetry.EXTRACTORS, fixture(directory, case)), case)


def syft_relationships(found: list[Package], case: Case) -> Iterator[str]:
    keys = {text: "@".join(text.split(" (")[0].split(" @ ")) for text in case["expectedPackages"]}
    wanted: dict[str, set[str]] = {}
    for edge in case["expectedRelationships"]:
        needed, user = edge.split(" [dependency-of] ")
        wanted.setdefault(keys[user], set()).add(keys[needed])
    yield from difference("packages", {package.key for package in found}, set(keys.values()))
    yield from difference("edges", edges(found), wanted)


def syft_requires(found: list[Package], case: Case) -> Iterator[str]:
    """Each package needs what syft says it requires, as far as that is locked, and no more than its extras add."""
    names = {package.name for package in found}
    needs = {package.name: {key.rpartition("@")[0] for key in package.depends_on} for package in found}
    for want in case["want"]:
        (provided,) = want["ProvidesRequires"]["Provides"]
        required = set(want["ProvidesRequires"].get("Requires", ()))
        extra = {name for variant in want.get("Variants", ()) for name in variant["Requires"]}
        yield from difference(f"required by {provided}", required & names - needs[provided], set())
        yield from difference(f"needless for {provided}", needs[provided] - required - extra, set())


SETS: dict[str, Check] = {
    "trivy/nodejs-bun": trivy(bun_lock.EXTRACTORS),
    "trivy/nodejs-npm": trivy(npm_lock.EXTRACTORS),
    "trivy/nodejs-packagejson": trivy(node_installed.EXTRACTORS),
    "trivy/nodejs-pnpm": trivy(pnpm_lock.EXTRACTORS, keeps_development=False),
    "trivy/nodejs-yarn": trivy(yarn_lock.EXTRACTORS),
    "trivy/python-packaging": trivy(python_installed.EXTRACTORS),
    "trivy/python-pip": trivy(python_requirements.EXTRACTORS),
    "trivy/python-pipenv": trivy(python_pipenv.EXTRACTORS),
    "trivy/python-poetry": trivy(python_poetry.EXTRACTORS),
    "trivy/python-pylock": trivy(python_pylock.EXTRACTORS),
    "trivy/python-pyproject": trivy_project,
    "trivy/python-uv": trivy(python_uv.EXTRACTORS),
    "scalibr/javascript-bunlock": scalibr(bun_lock.EXTRACTORS),
    "scalibr/javascript-packagelockjson": scalibr(npm_lock.EXTRACTORS),
    "scalibr/javascript-pnpmlock": scalibr(pnpm_lock.EXTRACTORS),
    "scalibr/javascript-yarnlock": scalibr(yarn_lock.EXTRACTORS),
    "scalibr/python-pdmlock": scalibr(python_pdm.EXTRACTORS),
    "scalibr/python-pipfilelock": scalibr(python_pipenv.EXTRACTORS),
    "scalibr/python-poetrylock": scalibr(python_poetry.EXTRACTORS),
    "scalibr/python-pylock": scalibr(python_pylock.EXTRACTORS),
    "scalibr/python-requirements": scalibr(python_requirements.EXTRACTORS),
    "scalibr/python-uvlock": scalibr(python_uv.EXTRACTORS),
    "scalibr/python-wheelegg": scalibr(python_installed.EXTRACTORS),
    "syft/javascript": syft_javascript,
    "syft/python": syft_python,
}


@pytest.mark.parametrize("name", SETS)
def test_every_case_passes_or_is_listed_with_its_reason(name: str) -> None:
    directory = area("scan") / "lock" / name
    exceptions = NOT_FOLLOWED.get(name, {})
    elsewhere = NOT_OURS.get(name, {})
    failed: dict[str, list[str]] = {}
    for case_name, case in cases(directory):
        called = label(case_name, {*exceptions, *elsewhere})
        if called in elsewhere:
            continue
        problems = list(SETS[name](directory, {**case, "test": case_name.split("|")[0]}))
        if problems:
            failed[called] = problems
    assert {case: problems for case, problems in failed.items() if case not in exceptions} == {}
    assert set(exceptions) - set(failed) == set(), "these cases pass now: take them off the list"


def test_the_listed_cases_exist() -> None:
    for table in (NOT_FOLLOWED, NOT_OURS):
        for name, exceptions in table.items():
            present = {label(case_name, exceptions) for case_name, _ in cases(area("scan") / "lock" / name)}
            assert set(exceptions) <= present
