"""Java, Ruby, PHP, .NET and the small ecosystems against the shared cases of trivy, osv-scalibr and syft."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from posixpath import normpath
from typing import Any, NamedTuple

import pytest

from sekisho.errors import CorruptInput
from sekisho.inventory.language import (
    conan,
    conda,
    dart,
    dotnet,
    dotnet_nuget,
    elixir,
    gradle,
    haskell,
    java,
    julia,
    maven_pom,
    php,
    r_language,
    ruby,
    ruby_gemspec,
    swift,
)
from sekisho.inventory.language.java_manifest import Manifest
from sekisho.inventory.protocol import File, Item
from sekisho.model.package import Package
from tests.contract.shared import area

Extract = Callable[[File], Iterable[Item]]

SETS: dict[str, tuple[Extract, tuple[str, ...]]] = {
    "trivy/c-conan": (conan.extract_conan_lock, ()),
    "trivy/conda-environment": (conda.extract_environment, ()),
    "trivy/conda-meta": (conda.extract_installed, ()),
    "trivy/dart-pub": (dart.extract_pubspec_lock, ()),
    "trivy/dotnet-core_deps": (dotnet.extract_deps, ()),
    "trivy/gradle-lockfile": (gradle.extract_gradle_lock, ()),
    "trivy/hex-mix": (elixir.extract_mix_lock, ()),
    "trivy/java-pom": (maven_pom.extract_pom, maven_pom.PARENTS),
    "trivy/julia-manifest": (julia.extract_manifest, ()),
    "trivy/nuget-config": (dotnet_nuget.extract_config, ()),
    "trivy/nuget-lock": (dotnet_nuget.extract_lock, ()),
    "trivy/nuget-packagesprops": (dotnet_nuget.extract_props, ()),
    "trivy/php-composer": (php.extract_composer_lock, ("composer.json",)),
    "trivy/ruby-bundler": (ruby.extract_gemfile_lock, ()),
    "trivy/ruby-gemspec": (ruby_gemspec.extract_gemspec, ()),
    "trivy/sbt-lockfile": (gradle.extract_sbt_lock, ()),
    "trivy/swift-cocoapods": (swift.extract_podfile_lock, ()),
    "trivy/swift-swift": (swift.extract_package_resolved, ()),
    "scalibr/cpp-conanlock": (conan.extract_conan_lock, ()),
    "scalibr/dart-pubspec": (dart.extract_pubspec_lock, ()),
    "scalibr/dotnet-depsjson": (dotnet.extract_deps, ()),
    "scalibr/dotnet-packagesconfig": (dotnet_nuget.extract_config, ()),
    "scalibr/dotnet-packageslockjson": (dotnet_nuget.extract_lock, ()),
    "scalibr/elixir-mixlock": (elixir.extract_mix_lock, ()),
    "scalibr/erlang-mixlock": (elixir.extract_mix_lock, ()),
    "scalibr/haskell-stacklock": (haskell.extract_stack_lock, ()),
    "scalibr/java-gradlelockfile": (gradle.extract_gradle_lock, ()),
    "scalibr/java-gradleverificationmetadataxml": (gradle.extract_verification_metadata, ()),
    "scalibr/java-pomxml": (maven_pom.extract_pom, maven_pom.PARENTS),
    "scalibr/julia-manifesttoml": (julia.extract_manifest, ()),
    "scalibr/php-composerlock": (php.extract_composer_lock, ()),
    "scalibr/r-renvlock": (r_language.extract_renv_lock, ()),
    "scalibr/ruby-gemfilelock": (ruby.extract_gemfile_lock, ()),
    "scalibr/ruby-gemspec": (ruby_gemspec.extract_gemspec, ()),
    "scalibr/swift-packageresolved": (swift.extract_package_resolved, ()),
    "scalibr/swift-podfilelock": (swift.extract_podfile_lock, ()),
    "syft/erlang": (elixir.extract_rebar_lock, ()),
}

SETTINGS = "Maven's settings.xml chooses repositories; nothing is fetched here"
CONSTANT = "the version is a constant of another file: a specification of a source tree, not an installed one"
AMBIGUOUS = "the packages are known all the same; only the edge nobody can tell is left out"
COMMIT = "a dependency from git has a commit, kept as a fact; it has no version to compare"
NOT_FOLLOWED: dict[str, dict[str, str]] = {
    "trivy/hex-mix": {"TestParser_Parse: happy path": "dependencies from git are listed, as in osv-scalibr"},
    "trivy/java-pom": dict.fromkeys(
        (
            "Test_ReadSettings: global settings mirrors",
            "Test_ReadSettings: global settings proxy",
            "Test_ReadSettings: happy path with global and user settings",
            "Test_ReadSettings: happy path with only global settings",
            "Test_ReadSettings: happy path with only user settings",
            "Test_ReadSettings: user and global mirrors - user takes precedence on duplicate ID",
            "Test_ReadSettings: user and global proxies - user takes precedence on duplicate ID",
            "Test_ReadSettings: user settings mirrors",
            "Test_ReadSettings: user settings proxy",
        ),
        SETTINGS,
    ),
    "trivy/julia-manifest": {
        "TestParse: Manifest file contains multiple dependencies with same name": AMBIGUOUS,
        "TestParse: Manifest file doesn't contain child dependency of another dependency": AMBIGUOUS,
    },
    "trivy/php-composer": {"TestParse: happy path": "licences stay as declared: 'MIT or BSD-2-Clause' is not split"},
    "scalibr/julia-manifesttoml": {
        "TestExtractor_Extract: no version dependency - should be filtered out": (
            "the standard library is listed, as in trivy; without a version when the manifest tells none"
        )
    },
    "scalibr/ruby-gemspec": dict.fromkeys(
        (
            "TestExtract: version constant different casing",
            "TestExtract: version constant gemspec",
            "TestExtract: version constant via File.dirname",
            "TestExtract: version constant via File.expand_path",
            "TestExtract: version constant via File.join",
            "TestExtract: version constant via require",
        ),
        CONSTANT,
    )
    | {"TestExtract: invalid gemspec": "the stub comment still tells name and version, and RubyGems itself reads it"},
    "syft/erlang": {
        "TestParseOTPApplication: rabbitmq.app": "applications of an Erlang release are not packages of hex.pm",
        "TestParseRebarLock: rebar-2.lock": COMMIT,
    },
}
"""Cases whose expectation is deliberately another one, with the reason."""

LISTED_BY_SYFT: dict[str, tuple[Extract, int, str]] = {
    "cpp/conanlock-v2/conan.lock": (conan.extract_conan_lock, 2, "matrix@1.1"),
    "dart/pubspec_locks/pubspec.lock": (dart.extract_pubspec_lock, 7, "ansicolor@1.1.1"),
    "dart/invalid-sdk/pubspec.lock": (dart.extract_pubspec_lock, 2, "args@1.6.0"),
    "dotnet/dir-example-1/TestLibrary.deps.json": (dotnet.extract_deps, 14, "Serilog@2.10.0"),
    "elixir/mix.lock": (elixir.extract_mix_lock, 16, "cowboy@2.9.0"),
    "haskell/stack.yaml.lock": (haskell.extract_stack_lock, 9, "HTTP@4000.3.16"),
    "haskell/cabal.project.freeze": (haskell.extract_cabal_freeze, 11, "Cabal@3.2.1.0"),
    "php/vendor/composer_1/installed.json": (php.extract_installed, 2, "behat/mink@v1.8.1"),
    "php/vendor/composer_2/installed.json": (php.extract_installed, 2, "asm89/stack-cors@1.3.0"),
    "r/installed/base/DESCRIPTION": (r_language.extract_description, 1, "base@4.3.0"),
    "ruby/bundler.gemspec": (ruby_gemspec.extract_gemspec, 1, "bundler@2.1.4"),
    "ruby/formatador.gemspec": (ruby_gemspec.extract_gemspec, 1, "formatador@1.1.0"),
    "swift/Package.resolved": (swift.extract_package_resolved, 5, "github.com/apple/swift-numerics@1.0.2"),
    "swift/bad-version-packages.resolved": (swift.extract_package_resolved, 0, ""),
    "swift/empty-packages.resolved": (swift.extract_package_resolved, 0, ""),
}
"""Fixtures without a table upstream: how many packages syft 1.18.1 lists (mix.lock: without a local path), and one."""
REFUSED_BY_SYFT: dict[str, Extract] = {
    "dart/corrupt/pubspec.lock": dart.extract_pubspec_lock,
    "haskell/corrupt/stack.yaml.lock": haskell.extract_stack_lock,
    "java/corrupt/example.jar": java.extract_archive,
    "java/corrupt/pom.xml": maven_pom.extract_pom,
}


class Case(NamedTuple):
    name: str
    file: Path
    want: list[dict[str, Any]] | None
    deps: list[dict[str, Any]] | None
    error: bool


def cases(folder: Path) -> Iterator[Case]:
    """Every entry of the tables in EXPECTED.json; the three projects name their fields differently."""
    for table, entries in json.loads((folder / "EXPECTED.json").read_text()).items():
        if table.endswith("FileRequired"):
            continue  # about names of files, not about what is in them
        for entry in entries:
            said = {key.lower(): value for key, value in entry.items()}
            config = said.get("inputconfig")
            path = config["Path"] if isinstance(config, dict) else None
            path = path or next(
                (said[key] for key in ("inputfile", "file", "input", "path", "fixture") if key in said), ""
            )
            want = next((said[key] for key in ("wantpackages", "wantpkgs", "want", "expected") if key in said), None)
            deps = said.get("wantdeps")
            error = said.get("wanterr", "NoError") not in ("", "NoError", None)
            name = said.get("name") or Path(path).name
            yield Case(
                f"{table.partition('::')[2]}: {name}",
                folder / path.removeprefix("testdata/"),
                want if isinstance(want, list) else None,
                deps if isinstance(deps, list) else None,
                error,
            )


def extracted(extract: Extract, file: Path, siblings: tuple[str, ...]) -> list[Package]:
    places = {name: Path(normpath(file.parent / name)) for name in siblings}
    beside = {name: place.read_bytes() for name, place in places.items() if place.is_file()}
    items = extract(File(file.name, file.read_bytes(), siblings=beside))
    return [item for item in items if isinstance(item, Package)]


def difference(case: Case, extract: Extract, siblings: tuple[str, ...]) -> str:
    """What differs from the expectation; empty when nothing does."""
    if not case.file.is_file():
        return "no such file"
    try:
        packages = extracted(extract, case.file, siblings)
    except CorruptInput as error:
        return "" if case.error else f"refused: {error}"
    if case.error:
        return "not refused"
    differences = [*listing(case, packages), *details(case, packages), *edges(case, packages)]
    return "; ".join(differences)


def listing(case: Case, packages: list[Package]) -> Iterator[str]:
    want = {(one["Name"], version(one)) for one in case.want or ()}
    roots = {(one.name, one.version) for one in packages if one.relation == "root"}
    ours = {(one.name, one.version) for one in packages if not one.dev} - (roots - want)
    dev = {(one.name, one.version) for one in packages if one.dev}
    if missing := want - ours - dev:
        yield f"missing {sorted(missing)}"
    if extra := ours - want:
        yield f"extra {sorted(extra)}"


def details(case: Case, packages: list[Package]) -> Iterator[str]:
    """Relation, development, licences and lines, where the case gives them."""
    ours: dict[tuple[str, str], list[Package]] = {}
    for package in packages:
        ours.setdefault((package.name, package.version), []).append(package)
    for one in case.want or ():
        group = ours.get((one["Name"], version(one)))
        if not group:
            continue
        package = group.pop(0) if len(group) > 1 else group[0]
        relation = str(one.get("Relationship", "")).removeprefix("Relationship").lower()
        if relation and relation != package.relation:
            yield f"{package.key} is {package.relation!r}, not {relation!r}"
        if "Dev" in one and one["Dev"] != package.dev:
            yield f"{package.key} dev is {package.dev}"
        if isinstance(one.get("Licenses"), list) and tuple(one["Licenses"]) != package.licenses:
            yield f"{package.key} licences are {package.licenses}"
        for place in one.get("Locations") or ():
            if isinstance(place, dict) and (place["StartLine"], place["EndLine"]) != package.lines:
                yield f"{package.key} stands at {package.lines}"
        location = one.get("Location")
        if isinstance(location, dict) and location.get("call") == "LocationFromPathAndLine":
            first = package.lines[0] if package.lines else 0
            if not first <= location["args"][1] <= (package.lines or (0, 0))[1]:
                yield f"{package.key} stands at {package.lines}, not around {location['args'][1]}"


def edges(case: Case, packages: list[Package]) -> Iterator[str]:
    """Dependencies by identifier; identifiers become keys as the case's own packages define them."""
    if case.deps is None:
        return
    keys = {one["ID"]: f"{one['Name']}@{version(one)}" for one in case.want or () if "ID" in one}
    want: dict[str, set[str]] = {}
    for one in case.deps:
        want.setdefault(keys[one["ID"]], set()).update(keys[need] for need in one["DependsOn"])
    ours: dict[str, set[str]] = {}
    for package in packages:
        if package.depends_on:
            ours.setdefault(package.key, set()).update(package.depends_on)
    if want != ours:
        yield f"edges {ours} instead of {want}"


def version(one: dict[str, Any]) -> str:
    """Julia's trivy cases write "unknown" for what is no version here."""
    return "" if one.get("Version") in (None, "unknown") else str(one["Version"])


@pytest.mark.parametrize("name", SETS)
def test_every_shared_case_passes_or_is_listed(name: str) -> None:
    extract, siblings = SETS[name]
    found = {}
    for case in cases(area("scan") / "lock" / name):
        if text := difference(case, extract, siblings):
            found[case.name] = text
    assert found.keys() == NOT_FOLLOWED.get(name, {}).keys(), found


@pytest.mark.parametrize("name", LISTED_BY_SYFT)
def test_what_syft_lists_is_listed(name: str) -> None:
    extract, count, example = LISTED_BY_SYFT[name]
    packages = extracted(extract, area("scan") / "lock" / "syft" / name, ())
    assert len({package.key for package in packages}) == count
    assert not example or example in {package.key for package in packages}


@pytest.mark.parametrize("name", REFUSED_BY_SYFT)
def test_what_syft_refuses_is_refused(name: str) -> None:
    with pytest.raises(CorruptInput):
        extracted(REFUSED_BY_SYFT[name], area("scan") / "lock" / "syft" / name, ())


def test_every_pom_of_the_shared_data_can_be_read() -> None:
    folder = area("scan") / "lock" / "trivy" / "java-pom"
    names = [*folder.glob("*/**/pom.xml")]
    assert len(names) > 50
    read = [extracted(maven_pom.extract_pom, name, maven_pom.PARENTS) for name in names]
    assert all(len({package.key for package in packages}) == len(packages) for packages in read)
    assert sum(any(package.relation == "root" for package in packages) for packages in read) == len(names)


def test_manifests_are_split_as_syft_splits_them() -> None:
    folder = area("scan") / "lock" / "syft" / "java" / "manifest"
    told = Manifest((folder / "standard-info").read_bytes())
    assert told.main("Implementation-Version") == "the-impl-version"
    assert Manifest((folder / "continuation").read_bytes()).main("Plugin-ScmUrl") == (
        "https://github.com/jenkinsci/plugin-pom/example-jenkins-plugin"
    )
    assert Manifest((folder / "version-with-date").read_bytes()).main("Implementation-Version") == (
        "1.3 2244 October 5 2005"
    )
    told = Manifest((folder / "extra-info").read_bytes())
    assert told.main("Build-Jdk") == ""
    assert told.field("Build-Jdk") == "14.0.1"
