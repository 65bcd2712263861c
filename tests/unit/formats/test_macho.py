from __future__ import annotations

from io import BytesIO

import pytest

from sekisho.errors import CorruptInput
from sekisho.formats.executable import Executable
from sekisho.formats.program import open_executable
from tests.unit.inventory.binary.programs import BASE, macho, universal

SHAPES = [(True, False), (True, True), (False, False), (False, True)]
SECTIONS = {"__go_buildinfo": b"first", "__data": b"second"}


def opened(data: bytes) -> Executable:
    program = open_executable(BytesIO(data))
    assert program is not None
    return program


@pytest.mark.parametrize(("wide", "big"), SHAPES)
def test_sections_and_addresses_are_read_in_both_sizes_and_byte_orders(wide: bool, big: bool) -> None:
    program = opened(macho(SECTIONS, wide=wide, big=big))
    assert (program.kind, program.wide, program.big_endian) == ("macho", wide, big)
    section = program.section("__data")
    assert section is not None
    assert (section.address, program.read_section(section, 10)) == (BASE + 16, b"second")
    assert program.read_address(BASE + 17, 5) == b"econd"
    assert program.data_segment is not None


def test_of_a_universal_file_the_first_architecture_is_read() -> None:
    program = opened(universal(macho({"__a": b"arm"}), macho({"__a": b"intel"})))
    assert program.read_section(program.sections[0], 10) == b"arm"
    assert program.read_address(BASE, 100)[:3] == b"arm"


def test_a_java_class_is_no_universal_program() -> None:
    assert open_executable(BytesIO(b"\xca\xfe\xba\xbe\0\0\0\x41" + bytes(2000))) is None


def test_a_universal_archive_is_no_program() -> None:
    assert open_executable(BytesIO(universal(b"!<arch>\n"))) is None


def test_object_files_are_no_programs() -> None:
    assert open_executable(BytesIO(macho(SECTIONS, kind=1))) is None


@pytest.mark.parametrize(
    ("at", "value", "reason"),
    [
        (0x10, b"\x09\0\0\0", "load commands end too early"),
        (0x14, b"\xff\xff\x0f\0", "load commands at offset"),
        (0x24, b"\x04\0\0\0", "load command of 4 bytes"),
        (0x60, b"\xff\0\0\0", "claims 255 sections"),
    ],
)
def test_nonsense_in_the_commands_is_named(at: int, value: bytes, reason: str) -> None:
    data = bytearray(macho(SECTIONS))
    data[at : at + len(value)] = value
    with pytest.raises(CorruptInput, match=reason):
        open_executable(BytesIO(bytes(data)))


def test_an_architecture_beyond_the_end_is_corrupt() -> None:
    with pytest.raises(CorruptInput, match="beyond the end"):
        open_executable(BytesIO(universal(macho(SECTIONS))[:-1]))
