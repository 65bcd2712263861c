from __future__ import annotations

from io import BytesIO

import pytest

from sekisho.formats.go_buildinfo import BuildInfo, GoModule, parse_modules
from sekisho.formats.program import open_executable
from sekisho.inventory.binary.go import go_packages, ldflags_version, main_version, stored_version
from sekisho.model.package import Package
from tests.unit.inventory.binary.programs import elf

COMMIT = {"vcs.revision": "5e16e5031a13f8a11057feb8544decebfc43b4ed", "vcs.time": "2024-12-13T18:30:11Z"}


def packages(text: str, toolchain: str = "go1.23.4") -> dict[str, Package]:
    return {package.name: package for package in go_packages(parse_modules(toolchain, text), "usr/bin/app")}


def version_of(version: str, **settings: str) -> tuple[str, str]:
    settings = {key.replace("ldflags", "-ldflags").replace("vcs_", "vcs."): value for key, value in settings.items()}
    module = GoModule("a.test/app", version)
    return main_version(BuildInfo("go1.23.4", main=module, settings=settings), module)


def test_main_module_standard_library_and_dependencies_are_listed() -> None:
    found = packages("path\ta.test/app/cmd/x\nmod\ta.test/app\tv1.2.3\th1:m=\ndep\tb.test/b\tv0.1.0\th1:b=\n")
    assert {(package.key, package.relation, package.checksums) for package in found.values()} == {
        ("a.test/app@v1.2.3", "root", ("h1:m=",)),
        ("stdlib@v1.23.4", "direct", ()),
        ("b.test/b@v0.1.0", "", ("h1:b=",)),
    }
    assert {(package.type, package.found_by, package.path) for package in found.values()} == {
        ("golang", "gobinary", "usr/bin/app")
    }


def test_settings_stay_with_the_main_module_and_the_platform_with_the_library() -> None:
    found = packages(
        "path\tp\nmod\ta\tv1.0.0\t\ndep\tb\tv1.0.0\th1:b=\nbuild\t-tags=x\nbuild\tGOOS=linux\nbuild\tvcs.revision=12\n"
    )
    assert found["a"].facts == {
        "goversion": "go1.23.4",
        "main": "p",
        "version.from": "buildinfo",
        "build.-tags": "x",
        "build.GOOS": "linux",
        "vcs.revision": "12",
    }
    assert found["stdlib"].facts == {"goversion": "go1.23.4", "main": "p", "build.GOOS": "linux"}
    assert found["b"].facts == {}


def test_a_replaced_module_is_what_replaced_it() -> None:
    found = packages("mod\ta\tv1.0.0\t\ndep\tb.test/b\tv1.0.0\n=>\tc.test/fork\tv1.0.1\th1:c=\n")
    assert found["c.test/fork"].version == "v1.0.1"
    assert found["c.test/fork"].checksums == ("h1:c=",)
    assert found["c.test/fork"].facts == {"replaces": "b.test/b@v1.0.0"}
    assert "b.test/b" not in found


def test_a_module_replaced_by_a_directory_keeps_its_name_and_loses_its_version() -> None:
    found = packages("mod\ta\tv1.0.0\t\ndep\tb.test/b\tv1.0.0\n=>\t../b\t(devel)\t\n")
    assert found["b.test/b"].version == ""
    assert found["b.test/b"].facts == {"replaces": "b.test/b@v1.0.0", "replaced_by": "../b"}


def test_a_dependency_of_a_workspace_has_no_version() -> None:
    assert packages("mod\ta\tv1.0.0\t\ndep\tb\t(devel)\t\n")["b"].version == ""


def test_modules_without_path_and_repetitions_are_left_out() -> None:
    info = parse_modules("go1.15", "mod\ta\t(devel)\t\ndep\t\t(devel)\t\ndep\tb\tv1.0.0\t\ndep\tb\tv1.0.0\t\n")
    assert [package.name for package in go_packages(info, "x")] == ["a", "stdlib", "b"]


def test_a_program_built_outside_of_modules_goes_by_its_main_package() -> None:
    found = packages("path\ta.test/app/cmd/app\nbuild\t-ldflags=-X=a.test/app/version.Version=1.2.3\n")
    assert [(package.key, package.relation) for package in found.values()] == [
        ("a.test/app/cmd/app@v1.2.3", "root"),
        ("stdlib@v1.23.4", "direct"),
    ]
    assert list(packages("path\tcommand-line-arguments\n")) == ["stdlib"]


def test_a_program_of_the_toolchain_itself_has_only_the_library() -> None:
    found = packages("path\tcmd/gofmt\n", "devel go1.24-abc")
    assert [(package.key, package.facts["goversion"]) for package in found.values()] == [
        ("stdlib@", "devel go1.24-abc")
    ]


def test_a_stamped_release_is_believed_first() -> None:
    assert version_of("v1.2.3", ldflags="-X main.version=9.9.9", **COMMIT) == ("v1.2.3", "buildinfo")


def test_what_the_build_wrote_comes_before_a_stamped_pseudo_version() -> None:
    pseudo = "v1.2.4-0.20241213183011-5e16e5031a13+dirty"
    assert version_of(pseudo, ldflags="-X main.version=1.2.3") == ("v1.2.3", "ldflags")
    assert version_of(pseudo) == (pseudo, "buildinfo")


def test_a_prerelease_is_no_pseudo_version() -> None:
    assert version_of("v1.2.4-rc.1", ldflags="-X main.version=1.2.3") == ("v1.2.4-rc.1", "buildinfo")


def test_without_any_other_answer_the_commit_makes_the_version() -> None:
    assert version_of("(devel)", **COMMIT) == ("v0.0.0-20241213183011-5e16e5031a13", "vcs")
    assert version_of("(devel)") == ("", "")


@pytest.mark.parametrize(
    ("constants", "version"),
    [
        (b"Go's own v9.9.9 text\0v1.2.3\0more", "v1.2.3"),
        (b"\x001.2.3-dev\0\0v1.2.3-dev\0", "v1.2.3-dev"),
        (b"\0v1.2.3\0\0v1.2.4\0", ""),
        (b"v1.2.3\0", ""),
        (b"\0v1.2\0 \0 1.2.3\0 \x0010.1.2.3\0", ""),
        (bytes(4 << 20) + b"\0v1.2.3+meta\0", "v1.2.3+meta"),
        (b"x" * ((4 << 20) - 3) + b"\0v1.2.3\0", "v1.2.3"),
    ],
)
def test_strings_the_linker_stored_are_told_from_the_programs_own(constants: bytes, version: str) -> None:
    program = open_executable(BytesIO(elf({".rodata": constants})))
    assert program is not None
    assert stored_version(program) == version


def test_stored_strings_count_only_where_the_flags_are_not_recorded() -> None:
    program = open_executable(BytesIO(elf({".rodata": b"\0v1.2.3\0"})))
    module = GoModule("a.test/app", "(devel)")
    assert main_version(BuildInfo("go1.23.4"), module, program) == ("v1.2.3", "linker")
    assert main_version(BuildInfo("go1.23.4", settings=COMMIT), module, program) == ("v1.2.3", "linker")
    assert main_version(BuildInfo("go1.23.4", settings={"-ldflags": "-s"}), module, program) == ("", "")


@pytest.mark.parametrize(
    ("flags", "version"),
    [
        ("-s -w -X main.version=1.18.1 -X main.gitCommit=abc", "v1.18.1"),
        ("-X 'main.Version=v2.0.0-rc.1'", "v2.0.0-rc.1"),
        ('-X "main.version=2.0.0+meta"', "v2.0.0+meta"),
        ("-X=main.version=1.4", "v1.4"),
        ("'-X=main.version=1.4.1'", "v1.4.1"),
        ("-X main.version='1.2.3'", "v1.2.3"),
        ("-X a.test/app/internal/build.ver=3.1.4", "v3.1.4"),
        ("-X a.test/app/cmd/tool/info.version=1.0.1 -X main.version=2.0.0", "v1.0.1"),
        ("-X b.test/lib/build.version=9.9.9 -X main.version=2.0.0", "v2.0.0"),
        ("-X main.version=2.0.0 -X b.test/common/version.Version=2.0.0", "v2.0.0"),
        ("-X main.version=2.0.0 -X b.test/common/version.Version=3.0.0", ""),
        ("-X main.appVersion=1.2.3", ""),
        ("-X main.version=dev", ""),
        ("-X main.version=", ""),
        ("-extldflags=-X", ""),
        ("", ""),
    ],
)
def test_variables_named_version_tell_the_version(flags: str, version: str) -> None:
    assert ldflags_version(flags, "a.test/app") == version
