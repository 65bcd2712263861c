from __future__ import annotations

from io import BytesIO

import pytest

from sekisho.formats.go_buildinfo import BuildInfo, GoModule, read_build_info
from sekisho.formats.program import open_executable
from sekisho.inventory.binary.executable import EXTRACTORS
from sekisho.inventory.protocol import File, Item
from sekisho.model.inventory import Gap
from sekisho.model.package import Package
from tests.unit.inventory.binary.conftest import GoBuild
from tests.unit.inventory.binary.programs import audit, elf, inline, pe

(EXECUTABLE,) = EXTRACTORS
GO_TEXT = "path\ta.test/app\nmod\ta.test/app\tv1.0.0\t\n"
VERSION = "-ldflags=-s -w -X main.version=1.2.3"
PLATFORMS = {
    ("linux", "amd64"): ("elf", True, False, (VERSION,)),
    ("linux", "mips"): ("elf", False, True, (VERSION, "-trimpath")),
    ("windows", "amd64"): ("pe", True, False, (VERSION, "-trimpath")),
    ("darwin", "arm64"): ("macho", True, False, (VERSION, "-trimpath")),
}


def extract(data: bytes) -> list[Item]:
    return list(EXECUTABLE.extract(File("opt/app", data)))


def test_one_opening_serves_go_and_rust() -> None:
    data = elf({".go.buildinfo": inline("go1.22.1", GO_TEXT), ".dep-v0": audit({"name": "c", "version": "1.0.0"})})
    found = [(item.type, item.key, item.found_by) for item in extract(data) if isinstance(item, Package)]
    assert found == [
        ("golang", "a.test/app@v1.0.0", "gobinary"),
        ("golang", "stdlib@v1.22.1", "gobinary"),
        ("cargo", "c@1.0.0", "rustbinary"),
    ]


def test_other_programs_and_files_say_nothing() -> None:
    assert extract(elf({".text": b"x" * 40})) == []
    assert extract(b"\xca\xfe\xba\xbe\0\0\0\x34 a Java class") == []
    assert extract(b"") == []


def test_a_go_program_without_build_information_leaves_a_note() -> None:
    (gap,) = extract(elf({".note.go.buildid": b"id"}))
    assert isinstance(gap, Gap)
    assert (gap.path, gap.weight) == ("opt/app", "note")
    assert "without build information" in gap.reason


@pytest.mark.parametrize(
    "data",
    [elf({"x": b"UPX!" + bytes(60)}, table=False)[:0x100] + b"UPX!" + bytes(1000), pe({"UPX0": b"", "UPX1": b"x"})],
)
def test_a_packed_program_leaves_a_note(data: bytes) -> None:
    (gap,) = extract(data)
    assert isinstance(gap, Gap)
    assert (gap.weight, gap.reason) == ("note", "packed with UPX, content not visible")


def test_a_program_that_merely_mentions_upx_is_not_packed() -> None:
    assert extract(elf({".rodata": b"UPX!"})) == []


def test_tiny_files_are_not_opened_and_broken_ones_are_ordinary() -> None:
    assert EXECUTABLE.min_size == 16 * 1024
    assert EXECUTABLE.authoritative is False
    assert {b"\x7fELF", b"MZ"} < set(EXECUTABLE.magic)


@pytest.mark.parametrize(("system", "architecture"), list(PLATFORMS))
def test_real_programs_read_as_the_toolchain_reads_them(go_build: GoBuild, system: str, architecture: str) -> None:
    kind, wide, big, flags = PLATFORMS[system, architecture]
    path = go_build.build(system, architecture, *flags)
    with path.open("rb") as stream:
        program = open_executable(stream)
        assert program is not None
        assert (program.kind, program.wide, program.big_endian) == (kind, wide, big)
        info = read_build_info(program)
    assert info is not None
    assert describe(info) == go_build.describe(path)


def describe(info: BuildInfo) -> list[str]:
    """Print as ``go version -m`` does."""
    assert info.main is not None
    lines = [info.go_version, f"path\t{info.path}", _line("mod", info.main)]
    for module in info.deps:
        lines.append(_line("dep", module))
        if module.replace:
            lines.append(_line("=>", module.replace))
    quoted = ((key, f'"{value}"' if " " in value else value) for key, value in info.settings.items())
    return lines + [f"build\t{key}={value}" for key, value in quoted]


def _line(word: str, module: GoModule) -> str:
    return (
        f"{word}\t{module.path}\t{module.version}"
        if module.replace
        else f"{word}\t{module.path}\t{module.version}\t{module.sum}"
    )


@pytest.mark.parametrize(("system", "architecture"), list(PLATFORMS))
def test_a_real_stripped_program_tells_its_packages(go_build: GoBuild, system: str, architecture: str) -> None:
    flags = PLATFORMS[system, architecture][3]
    data = go_build.build(system, architecture, *flags).read_bytes()
    items = EXECUTABLE.extract(File("app", body=BytesIO(data), size=len(data)))
    found = {item.name: item for item in items if isinstance(item, Package)}
    assert set(found) == {"example.test/app", "stdlib", "example.test/dep"}
    assert found["example.test/app"].version == "v1.2.3"
    assert found["example.test/app"].facts["version.from"] == ("linker" if "-trimpath" in flags else "ldflags")
    assert found["stdlib"].version.startswith("v1.")
    assert found["example.test/dep"].facts == {"replaces": "example.test/dep@v1.4.0", "replaced_by": "./dep"}
