from __future__ import annotations

import subprocess
from io import BytesIO
from pathlib import Path
from struct import pack_into

import pytest

from sekisho.errors import CorruptInput
from sekisho.formats import bdb
from tests.unit.inventory.os.rpm_samples import PAGE, bdb_database

BLOBS = [b"a" * 700, b"b" * 100, b"c" * 1500]


@pytest.mark.parametrize("order", ["<", ">"])
def test_values_are_read_in_either_byte_order_without_the_counter(order: str) -> None:
    assert list(bdb.read_blobs(BytesIO(bdb_database(BLOBS, order)))) == BLOBS


def test_a_short_value_may_lie_in_the_page_itself() -> None:
    data = bytearray(bdb_database([b"x" * 20]))
    value = PAGE + int.from_bytes(data[PAGE + 26 + 6 : PAGE + 26 + 8], "little")
    data[value : value + 12] = b"\x01" + b"short value"
    assert list(bdb.read_blobs(BytesIO(bytes(data)))) == [b"short value"]


WRITER = """
use DB_File; use Fcntl;
my $info = new DB_File::HASHINFO; $info->{bsize} = 512;
tie my %h, 'DB_File', $ARGV[0], O_RDWR | O_CREAT, 0644, $info or die;
$h{pack 'V', 0} = pack 'V', 99;
for my $n (1 .. 300) { $h{pack 'V', $n} = (pack 'V', $n) x (1 + $n * 37 % 800) }
for my $n (1 .. 300) { delete $h{pack 'V', $n} if $n % 7 == 0; $h{pack 'V', $n} = pack 'V', $n if $n % 11 == 0 }
"""


def test_what_berkeleydb_itself_wrote_is_read_whole(tmp_path: Path) -> None:
    done = subprocess.run(["perl", "-e", WRITER, tmp_path / "Packages"], check=False, capture_output=True)
    if done.returncode:
        pytest.skip("perl with DB_File is not installed")
    expected = {n: 1 if n % 11 == 0 else 1 + n * 37 % 800 for n in range(1, 301) if n % 7 or n % 11 == 0}
    with (tmp_path / "Packages").open("rb") as stream:
        found = sorted(bdb.read_blobs(stream))
    assert found == sorted(n.to_bytes(4, "little") * times for n, times in expected.items())


def _damage(place: int, layout: str, *values: int) -> bytes:
    data = bytearray(bdb_database(BLOBS))
    pack_into(layout, data, place, *values)
    return bytes(data)


@pytest.mark.parametrize(
    ("defect", "data", "message"),
    [
        ("other magic", _damage(12, "<I", 0x053162), "not a BerkeleyDB hash"),
        ("empty", b"", "not a BerkeleyDB hash"),
        ("page size of one", _damage(20, "<I", 1), "page size 1"),
        ("encrypted", _damage(24, "<B", 1), "encrypted"),
        ("more pages than bytes", _damage(32, "<I", 1 << 31), "truncated"),
        ("cut after the hash page", bdb_database(BLOBS)[: 3 * PAGE], "truncated"),
        ("odd number of items", _damage(PAGE + 20, "<H", 3), "3 items"),
        ("items beyond the page", _damage(PAGE + 20, "<H", 60_000), "60000 items"),
        ("items that overlap", _damage(PAGE + 26, "<HH", 100, 200), "overlap"),
        ("chain that loops", _damage(2 * PAGE + 16, "<I", 2), "leads to page 2"),
        ("chain that leaves the file", _damage(2 * PAGE + 16, "<I", 9999), "leads to page 9999"),
        ("chain that ends early", _damage(2 * PAGE + 16, "<I", 0), "bytes early"),
        ("overflow page of another type", _damage(2 * PAGE + 25, "<B", 13), "damaged overflow page"),
        ("overflow page fuller than it is", _damage(2 * PAGE + 22, "<H", 60_000), "damaged overflow page"),
    ],
)
def test_a_damaged_database_is_refused_by_name_of_its_damage(defect: str, data: bytes, message: str) -> None:
    with pytest.raises(CorruptInput, match=message):
        list(bdb.read_blobs(BytesIO(data)))


def test_two_values_cannot_share_a_chain() -> None:
    data = bytearray(bdb_database([b"a" * 100, b"b" * 100]))
    for item in (3, 5):
        value = PAGE + int.from_bytes(data[PAGE + 26 + 2 * item : PAGE + 28 + 2 * item], "little")
        pack_into("<I", data, value + 4, 2)
    with pytest.raises(CorruptInput, match="leads to page 2"):
        list(bdb.read_blobs(BytesIO(bytes(data))))
