from __future__ import annotations

import io
import struct
import time
import zipfile
import zlib

import pytest

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats import zip as zip_format
from sekisho.formats.zip import Archive, Member

LIMIT = 1 << 20
CONTENTS = {"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\n", "a/b.class": bytes(range(256)) * 40, "empty": b""}


def packed(contents: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", method) as archive:
        archive.comment = comment
        for name, data in contents.items():
            archive.writestr(name, data)
    return body.getvalue()


def unpacked(body: bytes) -> dict[str, bytes]:
    archive = Archive(io.BytesIO(body))
    return {member.name: archive.read(member, LIMIT) for member in archive.members}


def patched(body: bytes, place: int, fmt: str, value: int) -> bytes:
    data = bytearray(body)
    struct.pack_into(fmt, data, place, value)
    return bytes(data)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_and_contents_agree_with_zipfile(method: int) -> None:
    body = packed(CONTENTS, method)
    with zipfile.ZipFile(io.BytesIO(body)) as reference:
        expected = [(i.filename, i.file_size, i.compress_size, i.compress_type) for i in reference.infolist()]
    assert [(m.name, m.size, m.packed, m.method) for m in Archive(io.BytesIO(body)).members] == expected
    assert unpacked(body) == CONTENTS


def test_an_archive_without_members_is_empty() -> None:
    assert unpacked(packed({})) == {}


def test_a_launch_script_before_the_archive_shifts_the_offsets() -> None:
    script = b"#!/bin/sh\nexec java -jar $0\n" * 50
    assert unpacked(script + packed(CONTENTS)) == CONTENTS


def test_offsets_that_already_count_the_launch_script_are_understood() -> None:
    body = io.BytesIO(b"#!/bin/sh\n" * 9)
    with zipfile.ZipFile(body, "a") as archive:
        archive.writestr("one", b"1")
    assert unpacked(body.getvalue()) == {"one": b"1"}


@pytest.mark.parametrize("comment", [b"short", b"PK\x05\x06 looks like an end record" + b"x" * 30, b"c" * 0xFFFF])
def test_the_end_record_is_found_before_a_comment(comment: bytes) -> None:
    assert unpacked(packed(CONTENTS, comment=comment)) == CONTENTS


def test_zip64_sizes_and_offsets_are_read_from_the_extra_field() -> None:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive, archive.open("big", "w", force_zip64=True) as member:
        member.write(b"0123456789")
    assert unpacked(body.getvalue()) == {"big": b"0123456789"}


def test_a_zip64_end_record_replaces_what_does_not_fit() -> None:
    body = packed({"a": b"1", "b": b"22"})
    end = body.rindex(b"PK\x05\x06")
    count, size, offset = struct.unpack_from("<HLL", body, end + 10)
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    assert unpacked(body[:end] + record + locator + tail) == {"a": b"1", "b": b"22"}
    assert unpacked(b"prefix" + body[:end] + record + locator + tail) == {"a": b"1", "b": b"22"}


def test_names_are_utf8_when_flagged_and_cp437_otherwise() -> None:
    body = packed({"ünï": b"1", "plain": b"2"})
    assert set(unpacked(body)) == {"ünï", "plain"}
    flag = body.rindex(b"PK\x01\x02", 0, body.rindex("ünï".encode())) + 8
    assert "ünï".encode().decode("cp437") in unpacked(patched(body, flag, "<H", 0))


def test_sizes_of_local_headers_are_not_believed() -> None:
    body = patched(packed({"a": b"data"}), 18, "<L", 0xFFFFFFFF)
    assert unpacked(body) == {"a": b"data"}


def test_a_member_larger_than_the_limit_is_refused_before_it_is_read() -> None:
    archive = Archive(io.BytesIO(packed({"bomb": b"\0" * 10_000_000})))
    with pytest.raises(BoundExceeded, match="10,000,000 bytes, more than 1,048,576"):
        archive.read(archive.members[0], LIMIT)


def lying_size(size: int) -> bytes:
    """A megabyte of zeros whose directory claims another size."""
    body = packed({"bomb": b"\0" * LIMIT})
    return patched(body, body.rindex(b"PK\x01\x02") + 24, "<L", size)


@pytest.mark.parametrize("size", [0, 1000, LIMIT - 1])
def test_inflating_stops_at_the_size_the_directory_claims(size: int) -> None:
    archive = Archive(io.BytesIO(lying_size(size)))
    with pytest.raises(CorruptInput, match="does not inflate to the size"):
        archive.read(archive.members[0], LIMIT)


def test_a_claim_no_deflate_stream_can_hold_is_refused() -> None:
    archive = Archive(io.BytesIO(lying_size(0xFFFFFFF0)))
    with pytest.raises(CorruptInput, match="claims the impossible"):
        archive.read(archive.members[0], 1 << 40)


def test_a_wrong_checksum_is_told() -> None:
    body = packed({"a": b"data"})
    wrong = patched(body, body.rindex(b"PK\x01\x02") + 16, "<L", zlib.crc32(b"data") ^ 1)
    with pytest.raises(CorruptInput, match="checksum"):
        unpacked(wrong)


@pytest.mark.parametrize(("method", "told"), [(12, "method 12"), (93, "method 93")])
def test_other_compression_methods_are_refused_by_name(method: int, told: str) -> None:
    body = packed({"a": b"data" * 9})
    with pytest.raises(CorruptInput, match=told):
        unpacked(patched(body, body.rindex(b"PK\x01\x02") + 10, "<H", method))


def test_an_encrypted_member_is_refused() -> None:
    body = packed({"a": b"data"})
    with pytest.raises(CorruptInput, match="encrypted"):
        unpacked(patched(body, body.rindex(b"PK\x01\x02") + 8, "<H", 1))


def test_members_that_share_bytes_are_refused() -> None:
    body = packed({"a": b"x" * 50, "b": b"y" * 50}, zipfile.ZIP_STORED)
    second = body.rindex(b"PK\x01\x02")
    with pytest.raises(CorruptInput, match="overlaps another"):
        Archive(io.BytesIO(patched(body, second + 42, "<L", 0)))


def test_a_member_inside_the_directory_is_refused() -> None:
    body = packed({"a": b"x"}, zipfile.ZIP_STORED)
    with pytest.raises(CorruptInput, match="overlaps the directory"):
        Archive(io.BytesIO(patched(body, body.rindex(b"PK\x01\x02") + 42, "<L", 60)))


def test_a_directory_of_another_length_than_claimed_is_refused() -> None:
    body = packed({"a": b"x", "b": b"y"})
    with pytest.raises(CorruptInput, match="2 members, not 7"):
        Archive(io.BytesIO(patched(body, body.rindex(b"PK\x05\x06") + 10, "<H", 7)))


@pytest.mark.parametrize("body", [b"", b"PK", b"not a zip" * 10_000, b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_zip_is_refused(body: bytes) -> None:
    with pytest.raises(CorruptInput):
        Archive(io.BytesIO(body))


def test_truncation_anywhere_is_told() -> None:
    body = packed(CONTENTS)
    for length in range(0, len(body), 7):
        with pytest.raises(CorruptInput):
            Archive(io.BytesIO(body[:length]))


def test_too_many_members_are_refused() -> None:
    with pytest.raises(BoundExceeded, match="3 members"):
        Archive(io.BytesIO(packed({"a": b"", "b": b"", "c": b""})), max_entries=2)


def test_a_stored_member_opens_as_a_window_without_copying() -> None:
    inner = packed({"deep": b"down"})
    archive = Archive(io.BytesIO(b"#!/bin/sh\n" + packed({"x": b"1", "inner.jar": inner}, zipfile.ZIP_STORED)))
    with archive.open(archive.members[1], LIMIT) as window:
        assert window.read() == inner
        assert window.seek(-4, io.SEEK_END) == len(inner) - 4
        assert window.read(100) == inner[-4:]
        nested = Archive(window)
        assert nested.read(nested.members[0], LIMIT) == b"down"
    assert archive.read(archive.members[0], LIMIT) == b"1"


def test_a_large_deflated_member_goes_through_a_temporary_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_format, "MAX_FILE_IN_MEMORY", 10)
    archive = Archive(io.BytesIO(packed({"big": b"0123456789" * 300_000})))
    with archive.open(archive.members[0], 1 << 23) as body:
        assert not isinstance(body, io.BytesIO)
        assert body.seek(0, io.SEEK_END) == 3_000_000
        body.seek(-5, io.SEEK_END)
        assert body.read() == b"56789"


def test_five_thousand_members_are_listed_in_milliseconds() -> None:
    body = packed({f"org/example/some/package/Class{i}$Inner.class": b"" for i in range(5000)})
    best = min(_listing(body) for _ in range(5))
    assert best < 0.040  # 4 ms on an idle machine; the margin is for a busy one


def _listing(body: bytes) -> float:
    start = time.process_time()
    assert len(Archive(io.BytesIO(body)).members) == 5000
    return time.process_time() - start


def test_a_member_is_a_value() -> None:
    body = packed({"a": b"1"}, zipfile.ZIP_STORED)
    assert Archive(io.BytesIO(body)).members == [Member("a", 1, 1, 0, 0, zlib.crc32(b"1"))]
