from __future__ import annotations

from io import BytesIO

import pytest

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats.executable import Executable
from sekisho.formats.go_buildinfo import (
    BuildInfo,
    GoModule,
    is_built_by_go,
    parse_modules,
    read_build_info,
    release_version,
)
from sekisho.formats.program import open_executable
from tests.unit.inventory.binary.programs import BASE, BODY, MAGIC, elf, inline, macho, pe, pointed

TEXT = "path\texample.test/app/cmd/app\nmod\texample.test/app\tv1.2.3\t\ndep\texample.test/dep\tv0.1.0\th1:abc=\n"
WANTED = BuildInfo(
    "go1.16.5",
    "example.test/app/cmd/app",
    GoModule("example.test/app", "v1.2.3"),
    (GoModule("example.test/dep", "v0.1.0", "h1:abc="),),
)
SHAPES = [(True, False), (True, True), (False, False), (False, True)]


def opened(data: bytes) -> Executable:
    program = open_executable(BytesIO(data))
    assert program is not None
    return program


def read(data: bytes) -> BuildInfo | None:
    return read_build_info(opened(data))


@pytest.mark.parametrize(("wide", "big"), SHAPES)
def test_pointers_of_old_toolchains_are_followed(wide: bool, big: bool) -> None:
    blob = pointed("go1.16.5", TEXT, wide=wide, big=big)
    assert read(elf({".go.buildinfo": blob}, wide=wide, big=big)) == WANTED


@pytest.mark.parametrize(("wide", "big"), SHAPES)
def test_inline_strings_of_new_toolchains_are_read(wide: bool, big: bool) -> None:
    blob = inline("go1.16.5", TEXT, big=big)
    assert read(elf({".text": b"x" * 99, ".go.buildinfo": blob}, wide=wide, big=big)) == WANTED
    assert read(macho({"__go_buildinfo": blob}, wide=wide, big=big)) == WANTED


def test_windows_programs_keep_it_in_their_data() -> None:
    assert read(pe({".data": bytes(160) + inline("go1.16.5", TEXT)})) == WANTED
    assert read(pe({".data": pointed("go1.16.5", TEXT, wide=False, at=BASE + BODY)}, wide=False)) == WANTED


def test_windows_programs_may_have_more_data_before_it() -> None:
    assert read(pe({".data": bytes(200_000) + inline("go1.16.5", TEXT)})) == WANTED


def test_it_is_found_where_two_searched_blocks_meet() -> None:
    assert read(pe({".data": bytes(0x10000 - 16) + inline("go1.16.5", TEXT)})) == WANTED


def test_a_program_without_section_table_is_searched() -> None:
    assert read(elf({".data": inline("go1.16.5", TEXT)}, table=False)) == WANTED


def test_a_program_that_only_mentions_the_magic_is_not_go() -> None:
    assert read(pe({".data": bytes(8) + MAGIC + bytes(50)})) is None
    assert read(pe({".data": MAGIC + b"and more text that is no header" + bytes(16)})) is None
    assert read(pe({".data": MAGIC + b"and more text that is.." + bytes(27) + inline("go1.16.5", TEXT)})) == WANTED


def test_a_program_with_other_sections_is_not_searched() -> None:
    assert read(elf({".data": inline("go1.16.5", TEXT)})) is None


def test_a_long_module_text_is_read_whole() -> None:
    text = "path\tp\n" + "".join(f"dep\texample.test/{number}\tv1.0.0\th1:x=\n" for number in range(5000))
    info = read(elf({".go.buildinfo": inline("go1.20", text)}))
    assert info is not None
    assert (len(info.deps), info.deps[-1].path) == (5000, "example.test/4999")


def test_a_build_without_modules_still_names_its_toolchain() -> None:
    assert read(elf({".go.buildinfo": pointed("go1.13", "")})) == BuildInfo("go1.13")


def test_the_go_linkers_hand_is_seen_without_build_information() -> None:
    program = opened(elf({".note.go.buildid": b"x"}))
    assert read_build_info(program) is None
    assert is_built_by_go(program)
    assert not is_built_by_go(opened(elf({".text": b"x"})))


def test_strings_outside_the_program_are_corrupt() -> None:
    blob = bytearray(pointed("go1.16.5", TEXT))
    blob[32:36] = b"\xff\xff\xff\xff"
    with pytest.raises(CorruptInput, match="points outside"):
        read(elf({".go.buildinfo": bytes(blob)}))


def test_a_string_longer_than_any_real_one_is_refused() -> None:
    blob = inline("go1.20", "")[:32] + b"\xff\xff\xff\xff\x7f"
    with pytest.raises(BoundExceeded, match="string of"):
        read(elf({".go.buildinfo": blob}))


def test_a_length_that_never_ends_is_corrupt() -> None:
    blob = inline("go1.20", "")[:32] + b"\xff" * 16
    with pytest.raises(CorruptInput, match="ends too early"):
        read(elf({".go.buildinfo": blob}))


def test_no_toolchain_is_corrupt() -> None:
    with pytest.raises(CorruptInput, match="names no toolchain"):
        read(elf({".go.buildinfo": inline("", TEXT)}))


def test_a_replacement_belongs_to_the_module_above_it() -> None:
    info = parse_modules("go1.20", "dep\ta\tv1.0.0\n=>\tb\tv2.0.0\th1:b=\ndep\tc\tv3.0.0\th1:c=\n")
    assert info.deps == (
        GoModule("a", "v1.0.0", replace=GoModule("b", "v2.0.0", "h1:b=")),
        GoModule("c", "v3.0.0", "h1:c="),
    )


def test_settings_may_be_go_string_literals() -> None:
    info = parse_modules(
        "go1.20",
        'build\t-ldflags="-X \\"main.v=1\\" \\t\\x41\\u00e9\\U0001F600\\101"\n'
        "build\t-tags=a,b\nbuild\t`odd=key`=`raw\\n`\nbuild\tempty=\n",
    )
    assert info.settings == {
        "-ldflags": '-X "main.v=1" \tAé😀A',
        "-tags": "a,b",
        "odd=key": "raw\\n",
        "empty": "",
    }


def test_literals_cannot_smuggle_in_halves_of_characters() -> None:
    assert parse_modules("go1.20", 'build\tk="\\ud800\\UFFFFFFFF"').settings == {"k": "\ufffd\ufffd"}


def test_lines_nobody_knows_are_skipped() -> None:
    assert parse_modules("go1.20", "=>\tx\tv1\nnews\tx\ndep\n") == BuildInfo("go1.20", deps=(GoModule(""),))


@pytest.mark.parametrize(
    ("toolchain", "version"),
    [
        ("go1.23.4", "v1.23.4"),
        ("go1.20", "v1.20.0"),
        ("1.21.3", "v1.21.3"),
        ("go1.22rc1", "v1.22.0-rc.1"),
        ("go1.22beta2", "v1.22.0-beta.2"),
        ("go1.22.3 X:boringcrypto", "v1.22.3"),
        ("go1.22.3-X:rangefunc", "v1.22.3"),
        ("go1.22-X:rangefunc", "v1.22.0"),
        ("go1.19.8 (Red Hat 1.19.8-1.el9)", "v1.19.8"),
        ("go1.21.5-acme", "v1.21.5"),
        ("go1.23-20240626-RC01 cl/646990413 +5a18e79687", ""),
        ("devel go1.23-abcdef Thu Jan 1", ""),
        ("devel +abcdef", ""),
        ("go1.2.3.4", ""),
        ("", ""),
    ],
)
def test_a_toolchain_is_a_version_of_the_standard_library(toolchain: str, version: str) -> None:
    assert release_version(toolchain) == version
