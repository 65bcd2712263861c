from __future__ import annotations

from struct import pack

import pytest

from sekisho.errors import CorruptInput
from sekisho.formats import rpm_header
from sekisho.formats.rpm_header import RpmHeader
from tests.unit.inventory.os.rpm_samples import header


def test_each_type_is_read_as_what_it_is() -> None:
    blob = header({1000: "bash", 1003: 2, 1117: ["sh", "bash"], 1116: [0, 7], 261: b"\x01\x02"})
    found = RpmHeader(blob)
    assert found.text(rpm_header.NAME) == "bash"
    assert found.numbers(rpm_header.EPOCH) == (2,)
    assert found.texts(rpm_header.BASE_NAMES) == ["sh", "bash"]
    assert found.numbers(rpm_header.DIR_INDEXES) == (0, 7)
    assert found.binary(rpm_header.SIGNATURE_MD5) == b"\x01\x02"


def test_an_absent_tag_is_empty() -> None:
    found = RpmHeader(header({1000: "bash"}))
    assert (found.text(1014), found.texts(1117), found.numbers(1003), found.binary(261)) == ("", [], (), b"")


def test_an_entry_behind_the_signed_region_replaces_it() -> None:
    index = pack(">IIII", 1000, 6, 0, 1) + pack(">IIII", 1000, 6, 4, 1)
    assert RpmHeader(pack(">II", 2, 8) + index + b"old\0new\0").text(1000) == "new"


def test_bytes_that_are_not_utf8_keep_their_place_in_a_list() -> None:
    index = pack(">IIII", 1117, 8, 0, 3)
    assert RpmHeader(pack(">II", 1, 7) + index + b"a\xc3\0\xff\0b\0").texts(1117) == ["a\ufffd", "\ufffd", "b"]


@pytest.mark.parametrize(
    ("defect", "blob"),
    [
        ("shorter than its preamble", b"\0\0\0"),
        ("more tags than bytes", pack(">II", 9, 0)),
        ("store longer than the blob", pack(">II", 0, 5) + b"abc"),
        ("bytes behind the store", pack(">II", 0, 1) + b"abc"),
        ("more tags than rpm allows", pack(">II", 1 << 24, 0) + bytes(16 << 10)),
    ],
)
def test_a_header_whose_sizes_disagree_is_refused(defect: str, blob: bytes) -> None:
    with pytest.raises(CorruptInput, match="rpm header"):
        RpmHeader(blob)


@pytest.mark.parametrize(
    ("defect", "entry", "store"),
    [
        ("string without end", (1000, 6, 0, 1), b"bash"),
        ("offset outside", (1000, 6, 99, 1), b"bash\0"),
        ("a number where a name belongs", (1000, 4, 0, 1), b"\0\0\0\0"),
    ],
)
def test_a_damaged_value_is_refused_when_it_is_read(defect: str, entry: tuple[int, ...], store: bytes) -> None:
    found = RpmHeader(pack(">II", 1, len(store)) + pack(">IIII", *entry) + store)
    with pytest.raises(CorruptInput, match="tag 1000"):
        found.text(1000)


def test_counts_beyond_the_store_are_refused_before_memory_is_spent() -> None:
    entries = ((1117, 8, 0, 0xFFFF_FFFF), (1116, 4, 0, 0x4000_0000), (261, 7, 0, 0xFFFF_FFFF), (1118, 8, 0, 3))
    found = RpmHeader(pack(">II", 4, 8) + b"".join(pack(">IIII", *entry) for entry in entries) + b"a\0b\0cdef")
    for read in (lambda: found.texts(1117), lambda: found.numbers(1116), lambda: found.binary(261)):
        with pytest.raises(CorruptInput):
            read()
    with pytest.raises(CorruptInput, match="promises 3 strings and holds 2"):
        found.texts(1118)
