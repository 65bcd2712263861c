from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from sekisho.errors import CorruptInput
from sekisho.inventory.dispatch import Dispatcher
from sekisho.inventory.language import dotnet, dotnet_nuget
from sekisho.inventory.protocol import File
from sekisho.model.package import Package

DIGEST = base64.b64encode(bytes(range(64))).decode()
HEX = "sha512:" + bytes(range(64)).hex()
RUNS = {"runtime": {"x.dll": {}}}


def deps(libraries: dict[str, Any], target: dict[str, Any] | None, name: str = "net8.0") -> dict[str, Package]:
    document = {"runtimeTarget": {"name": "net8.0"}, "targets": {name: target or {}}, "libraries": libraries}
    found = dotnet.extract_deps(File("app.deps.json", json.dumps(document, indent=1).encode()))
    return {one.name: one for one in found}


def library(kind: str = "package", digest: str = "") -> dict[str, str]:
    return {"type": kind, "sha512": digest}


def test_the_application_its_projects_and_its_packages_are_told_apart() -> None:
    found = deps(
        {"Web/1.0": library("project"), "Api/1.0": library("project"), "Json/13": library(), "Deep/2": library()},
        {
            "Web/1.0": {"dependencies": {"Api": "1.0", "json": "13"}},
            "Api/1.0": {},
            "Json/13": {"dependencies": {"Deep": "2"}, **RUNS},
            "Deep/2": RUNS,
        },
    )
    assert {name: one.relation for name, one in found.items()} == {
        "Web": "root",
        "Api": "workspace",
        "Json": "direct",
        "Deep": "indirect",
    }
    assert found["Web"].depends_on == ("Api@1.0", "Json@13")


def test_two_applications_in_one_file_leave_relations_unknown() -> None:
    found = deps({"A/1": library("project"), "B/1": library("project"), "J/1": library()}, {"A/1": {}, "B/1": {}})
    assert {one.relation for one in found.values()} == {""}


def test_a_package_that_brings_nothing_to_run_time_is_for_development() -> None:
    found = deps({"Used/1": library(), "Analyser/2": library()}, {"Used/1": RUNS, "Analyser/2": {"compile": {"a": {}}}})
    assert {name: one.dev for name, one in found.items()} == {"Used": False, "Analyser": True}


def test_without_the_target_every_library_is_listed_as_used() -> None:
    found = deps({"A/1": library()}, {"A/1": {}}, name="net5.0")
    assert [(one.key, one.dev) for one in found.values()] == [("A@1", False)]


def test_the_runtime_a_self_contained_application_carries_loses_its_prefix() -> None:
    name = "Microsoft.NETCore.App.Runtime.linux-x64"
    found = deps(
        {"App/1": library("project"), f"runtimepack.{name}/8.0.0": library("runtimepack")},
        {"App/1": {"dependencies": {f"runtimepack.{name}": "8.0.0"}}, f"runtimepack.{name}/8.0.0": RUNS},
    )
    assert found["App"].depends_on == (f"{name}@8.0.0",)
    assert (found[name].relation, found[name].dev) == ("direct", False)


def test_checksums_are_hex_and_lines_those_of_the_library() -> None:
    package = deps({"A/1": library(digest=f"sha512-{DIGEST}")}, None)["A"]
    assert package.checksums == (HEX,)
    assert package.lines is not None
    assert package.lines[1] - package.lines[0] == 3


def test_libraries_without_version_are_skipped() -> None:
    assert deps({"Nameless": library(), "/1": library(), "A/1": library()}, None).keys() == {"A"}


def test_locked_packages_of_all_frameworks_are_listed_once() -> None:
    entry = {"type": "Direct", "resolved": "13.0.1", "contentHash": DIGEST, "dependencies": {"two": "0.1"}}
    document = {
        "version": 1,
        "dependencies": {
            "net6.0": {"Json": entry, "Two": {"type": "Transitive", "resolved": "2.0"}, "app": {"type": "Project"}},
            "net8.0": {"Json": entry, "Two": {"type": "CentralTransitive", "resolved": "3.0"}},
        },
    }
    data = json.dumps(document, indent=1).encode()
    found = list(dotnet_nuget.extract_lock(File("packages.lock.json", data)))
    assert [(one.key, one.relation, one.depends_on) for one in found] == [
        ("Json@13.0.1", "direct", ("Two@2.0",)),
        ("Two@2.0", "indirect", ()),
        ("Two@3.0", "indirect", ()),
    ]
    assert found[0].checksums == (HEX,)
    assert [one.lines for one in found] == [(5, 12), (13, 16), (30, 33)]


def test_packages_config_tells_development_dependencies() -> None:
    body = b"""<packages>
      <package id="Json" version="8.0.3"/>
      <package id="Compilers" version="1.0" developmentDependency="true"/>
      <package id="NoVersion"/>
    </packages>"""
    found = list(dotnet_nuget.extract_config(File("packages.config", body)))
    assert [(one.key, one.dev, one.lines) for one in found] == [
        ("Json@8.0.3", False, (2, 2)),
        ("Compilers@1.0", True, (3, 3)),
    ]


def test_central_versions_are_filled_in_from_properties_of_the_same_file() -> None:
    body = b"""<Project>
      <PropertyGroup><JsonVersion>13.0.1</JsonVersion></PropertyGroup>
      <ItemGroup>
        <PackageVersion Include=" Json " Version="$(jsonversion)"/>
        <PackageReference Update="Two"><Version>2.0</Version></PackageReference>
        <PackageVersion Include="Unknown" Version="$(Elsewhere)"/>
        <Compile Include="a.cs" Version="1"/>
      </ItemGroup>
    </Project>"""
    found = list(dotnet_nuget.extract_props(File("Directory.Packages.props", body)))
    assert [one.key for one in found] == ["Json@13.0.1", "Two@2.0"]


@pytest.mark.parametrize(
    ("extract", "data"),
    [
        (dotnet.extract_deps, b"[]"),
        (dotnet.extract_deps, b'{"libraries": []}'),
        (dotnet_nuget.extract_lock, b'{"dependencies": {"net6.0": []}}'),
        (dotnet_nuget.extract_config, b"<configuration/>"),
        (dotnet_nuget.extract_props, b"<ItemGroup/>"),
    ],
)
def test_other_documents_are_refused(extract: Any, data: bytes) -> None:
    with pytest.raises(CorruptInput):
        list(extract(File("x", data)))


@pytest.mark.parametrize("digest", ["", "abc", "!" * 88, DIGEST[:-1] + "A"])
def test_a_digest_that_is_none_is_dropped(digest: str) -> None:
    assert dotnet_nuget.base64_checksum(digest) == ""


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("app/web.deps.json", "dotnet-core"),
        ("deps.json", ""),
        ("packages.lock.json", "nuget"),
        ("packages.config", "nuget-config"),
        ("Directory.Packages.props", "packages-props"),
        ("src/packages.props", "packages-props"),
        ("Directory.Build.props", ""),
    ],
)
def test_files_are_wanted_by_name(path: str, name: str) -> None:
    assert [one.name for one in Dispatcher(dotnet.EXTRACTORS + dotnet_nuget.EXTRACTORS).wanted(path)] == (
        [name] if name else []
    )
