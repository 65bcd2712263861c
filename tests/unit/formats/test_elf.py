from __future__ import annotations

from io import BytesIO

import pytest

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats.executable import Executable
from sekisho.formats.program import open_executable
from tests.unit.inventory.binary.programs import BASE, BODY, elf

SHAPES = [(True, False), (True, True), (False, False), (False, True)]
SECTIONS = {".text": b"code" * 8, ".data": b"words"}


def opened(data: bytes) -> Executable:
    program = open_executable(BytesIO(data))
    assert program is not None
    return program


@pytest.mark.parametrize(("wide", "big"), SHAPES)
def test_sections_have_their_names_addresses_and_bytes(wide: bool, big: bool) -> None:
    program = opened(elf(SECTIONS, wide=wide, big=big))
    assert (program.kind, program.wide, program.big_endian) == ("elf", wide, big)
    assert [section.name for section in program.sections] == ["", ".text", ".data", ".shstrtab"]
    data = program.section(".data")
    assert data is not None
    assert (data.address, data.offset, data.size) == (BASE + 32, BODY + 32, 5)
    assert program.read_section(data, 100) == b"words"


@pytest.mark.parametrize(("wide", "big"), SHAPES)
def test_bytes_are_found_at_their_virtual_address_to_the_end_of_the_segment(wide: bool, big: bool) -> None:
    program = opened(elf(SECTIONS, wide=wide, big=big))
    assert program.read_address(BASE + 32, 3) == b"wor"
    assert program.read_address(BASE + 46, 100) == b"\0\0"
    assert program.read_address(BASE + 48, 1) == b""
    assert program.read_address(BASE - 1, 1) == b""


def test_a_program_without_section_table_keeps_its_segments() -> None:
    program = opened(elf(SECTIONS, table=False))
    assert program.sections == ()
    assert program.data_segment is not None
    assert program.data_segment.address == BASE


def test_sections_that_exist_only_in_memory_have_no_bytes() -> None:
    data = bytearray(elf({".bss": b"x" * 16}))
    table = int.from_bytes(data[0x28:0x30], "little")
    data[table + 64 + 4] = 8
    section = opened(bytes(data)).section(".bss")
    assert section is not None
    assert section.size == 0


def test_large_counts_stand_in_the_first_section() -> None:
    data = bytearray(elf(SECTIONS))
    table = int.from_bytes(data[0x28:0x30], "little")
    count, names = data[0x3C], data[0x3E]
    data[0x3C:0x40] = b"\0\0\xff\xff"
    data[table + 32] = count
    data[table + 40] = names
    assert [section.name for section in opened(bytes(data)).sections] == ["", ".text", ".data", ".shstrtab"]


@pytest.mark.parametrize("kind", [1, 4])
def test_object_files_and_core_dumps_are_no_programs(kind: int) -> None:
    assert open_executable(BytesIO(elf(SECTIONS, kind=kind))) is None


def test_a_section_larger_than_asked_for_is_refused() -> None:
    program = opened(elf(SECTIONS))
    with pytest.raises(BoundExceeded, match=r"\.data claims 5 bytes"):
        program.read_section(program.sections[2], 4)


@pytest.mark.parametrize(
    ("at", "value", "reason"),
    [
        (0x04, b"\x09", "unknown class"),
        (0x28, b"\xff\xff\xff\xff\xff", "section table at offset"),
        (0x36, b"\x10\x00", "program headers of 16 bytes"),
        (0x3A, b"\x10\x00", "section headers of 16 bytes"),
        (0x3C, b"\xff\xff", "section table at offset"),
        (0x3E, b"\x77\x00", "names are in no section"),
        (0x20, b"\xff\xff\xff\xff\xff", "program headers at offset"),
    ],
)
def test_nonsense_in_the_header_is_named(at: int, value: bytes, reason: str) -> None:
    data = bytearray(elf(SECTIONS))
    data[at : at + len(value)] = value
    with pytest.raises(CorruptInput, match=reason):
        open_executable(BytesIO(bytes(data)))


def test_a_truncated_header_is_corrupt() -> None:
    with pytest.raises(CorruptInput, match="header is truncated"):
        open_executable(BytesIO(elf(SECTIONS)[:40]))


def test_endless_section_names_are_not_read() -> None:
    program = opened(elf({"x" * 300: b"a", ".data": b"b"}))
    assert [section.name for section in program.sections] == ["", "", ".data", ".shstrtab"]
