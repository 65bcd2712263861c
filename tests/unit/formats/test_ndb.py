from __future__ import annotations

from io import BytesIO
from struct import pack_into

import pytest

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats import ndb
from tests.unit.inventory.os.rpm_samples import ndb_database

BLOBS = [b"first header", b"second header " * 50]


def test_blobs_are_read_in_the_order_of_their_slots() -> None:
    assert list(ndb.read_blobs(BytesIO(ndb_database(BLOBS)))) == BLOBS


def test_free_slots_are_passed_over() -> None:
    data = bytearray(ndb_database(BLOBS))
    pack_into("<I", data, 32 + 4, 0)
    assert list(ndb.read_blobs(BytesIO(bytes(data)))) == BLOBS[1:]


def _damage(place: int, layout: str, *values: int | bytes) -> bytes:
    data = bytearray(ndb_database(BLOBS))
    pack_into(layout, data, place, *values)
    return bytes(data)


@pytest.mark.parametrize(
    ("defect", "data", "message"),
    [
        ("other magic", _damage(0, "<4s", b"RpmX"), "not an rpm ndb"),
        ("empty", b"", "not an rpm ndb"),
        ("no slots", _damage(12, "<I", 0), "0 pages of slots"),
        ("more slots than bytes", _damage(12, "<I", 4000), "4000 pages of slots"),
        ("slot without its magic", _damage(48, "<4s", b"slot"), "damaged slot"),
        ("blob outside the file", _damage(40, "<I", 1 << 30), "outside the file"),
        ("blob of another package", _damage(4096 + 4, "<I", 77), "does not agree"),
        ("blob longer than its slot", _damage(4096 + 12, "<I", 5000), "does not agree"),
        ("one byte changed", _damage(4096 + 16, "<B", 255), "checksum"),
        ("slot of one block", _damage(44, "<I", 1), "cut short"),
        ("cut in the last blob", ndb_database(BLOBS)[:-20], "outside the file"),
    ],
)
def test_a_damaged_database_is_refused_by_name_of_its_damage(defect: str, data: bytes, message: str) -> None:
    with pytest.raises(CorruptInput, match=message):
        list(ndb.read_blobs(BytesIO(data)))


def test_many_slots_on_one_large_blob_do_not_multiply_the_work() -> None:
    data = bytearray(ndb_database([b"x" * 10_000]))
    for slot in range(2, 256):
        data[slot * 16 : slot * 16 + 16] = data[32:48]
    with pytest.raises(CorruptInput, match="over another"):
        list(ndb.read_blobs(BytesIO(bytes(data))))


def test_a_slot_table_beyond_any_system_is_refused() -> None:
    with pytest.raises(BoundExceeded, match="1000000 pages"):
        list(ndb.read_blobs(BytesIO(_damage(12, "<I", 1_000_000))))
