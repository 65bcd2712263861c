"""Hostile archives: whatever the bytes, reading them ends in values or CorruptInput, in bounded memory."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.errors import CorruptInput
from sekisho.formats.zip import Archive
from sekisho.inventory.language import java
from sekisho.inventory.protocol import File
from sekisho.model.inventory import Gap

LIMIT = 1 << 20


def packed(contents: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", method) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    return body.getvalue()


LIBRARY = packed({"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\nBundle-SymbolicName: a.b\n\nName: c\nX: y\n"})
JAR = packed(
    {
        "META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\nImplementation-Version: 1\n",
        "META-INF/maven/g/a/pom.properties": b"groupId=g\nartifactId=a\nversion=1\n",
        "lib/b-1.0.jar": LIBRARY,
        "a.class": bytes(300),
    }
)
FLAT = packed({"lib/b-1.0.jar": LIBRARY, "META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\n"}, zipfile.ZIP_STORED)
CHANGES = st.lists(st.tuples(st.integers(min_value=0), st.integers(0, 255)), min_size=1, max_size=8)
NUMBERS = st.sampled_from([0, 1, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF])


def read_all(body: bytes) -> dict[str, bytes]:
    archive = Archive(io.BytesIO(body))
    found = {}
    for member in archive.members:
        try:
            found[member.name] = archive.read(member, LIMIT)
        except CorruptInput:
            continue
    return found


def survives(body: bytes) -> None:
    """Neither the reader nor the extractor raises anything but CorruptInput."""
    for read in (read_all, lambda data: list(java.extract_archive(File("app-1.jar", data)))):
        try:
            read(body)
        except CorruptInput:
            continue


@given(st.dictionaries(st.text(min_size=1, max_size=30), st.binary(max_size=2000), max_size=8), st.booleans())
@settings(deadline=None, max_examples=150)
def test_what_zipfile_writes_is_read_back(contents: dict[str, bytes], stored: bool) -> None:
    clean = {name.replace("\0", "") or "x": data for name, data in contents.items()}
    body = packed(clean, zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(io.BytesIO(body)) as reference:
        expected = {info.filename: reference.read(info) for info in reference.infolist()}
    assert read_all(body) == expected


@given(st.sampled_from([JAR, FLAT]), CHANGES)
@settings(deadline=None, max_examples=400)
def test_changed_bytes_are_values_or_corrupt_input(body: bytes, changes: list[tuple[int, int]]) -> None:
    data = bytearray(body)
    for place, value in changes:
        data[place % len(data)] = value
    survives(bytes(data))


@given(st.sampled_from([JAR, FLAT]), st.integers(min_value=0, max_value=120), NUMBERS, st.sampled_from([2, 4]))
@settings(deadline=None, max_examples=400)
def test_changed_numbers_of_the_directory_are_survived(body: bytes, back: int, value: int, width: int) -> None:
    data = bytearray(body)
    place = len(data) - width - back
    data[place : place + width] = (value & (256**width - 1)).to_bytes(width, "little")
    survives(bytes(data))


@given(st.sampled_from([JAR, FLAT]), st.integers(min_value=0), st.integers(min_value=0))
@settings(deadline=None, max_examples=200)
def test_missing_stretches_are_survived(body: bytes, start: int, length: int) -> None:
    start %= len(body)
    survives(body[:start] + body[start + length % 200 :])


@given(st.binary(max_size=500))
@settings(deadline=None, max_examples=200)
def test_arbitrary_bytes_before_and_after_are_survived(noise: bytes) -> None:
    survives(noise)
    assert read_all(noise + JAR).keys() == read_all(JAR).keys()
    survives(JAR + noise)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_nested_bomb_stays_bounded(method: int) -> None:
    """Three archives of three archives … each of zeros: twelve gigabytes, were anybody to unpack it."""
    body = packed({"zeros.bin": bytes(50_000_000)})
    for level in range(5):
        body = packed({f"lib/{level}-{number}-1.0.jar": body for number in range(3)}, method)
    tracemalloc.start()
    items = list(java.extract_archive(File("bomb-1.jar", body)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 48 << 20
    assert any(isinstance(item, Gap) and "deep" in item.reason for item in items)


def test_a_manifest_of_zeros_is_refused_before_it_is_inflated() -> None:
    body = packed({"META-INF/MANIFEST.MF": bytes(100_000_000)})
    tracemalloc.start()
    with pytest.raises(CorruptInput):
        list(java.extract_archive(File("a-1.jar", body)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20
