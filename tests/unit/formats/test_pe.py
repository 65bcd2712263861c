from __future__ import annotations

from io import BytesIO

import pytest

from sekisho.errors import CorruptInput
from sekisho.formats.program import open_executable
from tests.unit.inventory.binary.programs import BASE, BODY, pe

SECTIONS = {".text": b"code", ".dep-v0": b"crates"}


@pytest.mark.parametrize("wide", [True, False])
def test_sections_are_mapped_at_the_image_base(wide: bool) -> None:
    program = open_executable(BytesIO(pe(SECTIONS, wide=wide)))
    assert program is not None
    assert (program.kind, program.wide, program.big_endian) == ("pe", wide, False)
    section = program.section(".dep-v0")
    assert section is not None
    assert (section.address, program.read_section(section, 10)) == (BASE + BODY + 16, b"crates")
    assert program.read_address(BASE + BODY + 16, 5) == b"crate"


def test_padding_of_a_section_in_the_file_is_not_part_of_it() -> None:
    data = bytearray(pe({".data": b"abcdef"}))
    table = data.index(b".data")
    data[table + 8] = 4
    program = open_executable(BytesIO(bytes(data)))
    assert program is not None
    assert program.sections[0].size == 4


def test_a_dos_program_is_no_windows_program() -> None:
    assert open_executable(BytesIO(b"MZ" + b"\xff" * 2000)) is None


def test_a_section_table_beyond_the_end_is_corrupt() -> None:
    data = pe(SECTIONS)
    with pytest.raises(CorruptInput, match="section table"):
        open_executable(BytesIO(data[: data.index(b".dep-v0") + 8]))


def test_a_header_without_its_optional_part_is_corrupt() -> None:
    data = pe(SECTIONS)
    with pytest.raises(CorruptInput, match="header is truncated"):
        open_executable(BytesIO(data[:0x60]))
