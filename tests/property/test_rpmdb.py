"""Readers of rpm databases on damaged input: an answer or CorruptInput, never more bytes than the file has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from struct import pack_into
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.errors import CorruptInput
from sekisho.formats import bdb, ndb, rpm_header, rpm_sqlite
from sekisho.formats.rpm_header import RpmHeader
from sekisho.inventory.os import rpm
from sekisho.inventory.protocol import File
from sekisho.model.package import OwnedPaths, Package
from tests.unit.inventory.os.rpm_samples import bdb_database, ndb_database, package, sqlite_database

BLOBS = [
    package(
        name,
        EPOCH=1,
        ARCH="x86_64",
        SOURCE_RPM="src-1-1.src.rpm",
        PROVIDE_NAME=[name, "libx.so"],
        REQUIRE_NAME=["libx.so", "other"],
        BASE_NAMES=["one", "two"],
        DIR_INDEXES=[0, 1],
        DIR_NAMES=["/usr/bin/", "/etc/"],
    )
    for name in ("first", "second", "third")
]
DATABASES: dict[str, tuple[bytes, Callable[[BinaryIO], Iterator[bytes]]]] = {
    "bdb": (bdb_database(BLOBS), bdb.read_blobs),
    "ndb": (ndb_database(BLOBS), ndb.read_blobs),
    "sqlite": (sqlite_database(BLOBS), rpm_sqlite.read_blobs),
}
NUMBERS = st.one_of(
    st.sampled_from([0, 1, 2, 7, 13, 255, 512, 4096, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF]),
    st.integers(0, 0xFFFF_FFFF),
)


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """Numbers overwritten anywhere, in either byte order, then perhaps the end cut off."""
    changed = bytearray(data)
    for _ in range(draw(st.integers(1, 6))):
        order = draw(st.sampled_from("<>"))
        code, size = draw(st.sampled_from([("B", 1), ("H", 2), ("I", 4)]))
        place = draw(st.integers(0, len(data) - size))
        pack_into(order + code, changed, place, draw(NUMBERS) & ((1 << 8 * size) - 1))
    return bytes(changed[: draw(st.one_of(st.just(len(data)), st.integers(0, len(data))))])


@pytest.mark.parametrize("name", DATABASES)
@given(data=st.data())
@settings(max_examples=150, deadline=2000)
def test_a_damaged_database_gives_blobs_or_corrupt_input(name: str, data: st.DataObject) -> None:
    sample, read = DATABASES[name]
    hostile = data.draw(damaged(sample))
    total = 0
    try:
        for blob in read(BytesIO(hostile)):
            total += len(blob)
    except CorruptInput:
        pass
    assert total <= len(hostile)


@pytest.mark.parametrize("name", DATABASES)
@given(data=st.data())
@settings(max_examples=80, deadline=2000)
def test_the_extractor_gives_packages_or_corrupt_input(name: str, data: st.DataObject) -> None:
    hostile = data.draw(damaged(DATABASES[name][0]))
    try:
        items = list(rpm.extract(File("var/lib/rpm/Packages", hostile)))
    except CorruptInput:
        return
    for item in items:
        if isinstance(item, Package):
            assert item.name and item.version
        if isinstance(item, OwnedPaths):
            assert item.paths


@given(damaged(BLOBS[0]))
@settings(max_examples=200, deadline=2000)
def test_a_damaged_header_gives_values_or_corrupt_input(blob: bytes) -> None:
    try:
        header = RpmHeader(blob)
    except CorruptInput:
        return
    for tag in (rpm_header.NAME, rpm_header.EPOCH, rpm_header.BASE_NAMES, rpm_header.DIR_INDEXES):
        for read in (header.text, header.texts, header.numbers, header.binary):
            try:
                assert len(read(tag)) <= len(blob)
            except CorruptInput:
                continue


@given(st.binary(max_size=600))
def test_arbitrary_bytes_are_no_database(data: bytes) -> None:
    for _, read in DATABASES.values():
        with pytest.raises(CorruptInput):
            list(read(BytesIO(data)))


@given(st.binary(max_size=3000))
@settings(max_examples=100)
def test_an_arbitrary_log_never_breaks_a_good_database(log: bytes) -> None:
    try:
        found = list(rpm_sqlite.read_blobs(BytesIO(DATABASES["sqlite"][0]), log))
    except CorruptInput:
        return
    assert found == BLOBS


@given(st.lists(st.binary(min_size=1, max_size=900), min_size=1, max_size=12))
@settings(max_examples=100)
def test_every_format_gives_back_what_was_written(blobs: list[bytes]) -> None:
    for write, read in (
        (bdb_database, bdb.read_blobs),
        (ndb_database, ndb.read_blobs),
        (sqlite_database, rpm_sqlite.read_blobs),
    ):
        assert list(read(BytesIO(write(blobs)))) == blobs
