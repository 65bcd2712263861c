from __future__ import annotations

import io
import tarfile

import pytest

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats.tar import Member, TarReader, rooted
from tests.simulators.images import layer_tar

LONG = "/".join(["a-rather-long-directory-name"] * 8) + "/file.txt"


def members(body: bytes) -> list[tuple[str, str]]:
    return [(member.path, member.kind) for member in TarReader(io.BytesIO(body))]


@pytest.mark.parametrize("tar_format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_names_sizes_and_kinds_agree_with_tarfile(tar_format: int) -> None:
    body = layer_tar(
        {"dir": None, "dir/a": b"x" * 1000, LONG: b"y", "link": "-> dir/a", "hard": "=> dir/a", "ünï/ö": b""},
        tar_format,
    )
    with tarfile.open(fileobj=io.BytesIO(body)) as reference:
        expected = [(entry.name, entry.size, entry.linkname) for entry in reference]
    assert [(m.path, m.size, m.link) for m in TarReader(io.BytesIO(body))] == expected


def test_a_body_can_be_read_peeked_and_left() -> None:
    body = layer_tar({"a": b"0123456789", "b": b"z" * 3_000_000, "c": b"end"})
    reader = TarReader(io.BytesIO(body))
    seen = {}
    for member in reader:
        if member.path == "a":
            seen["head"] = reader.head(4)
            seen["a"] = reader.read()
        if member.path == "c":
            seen["c"] = reader.read()
    assert seen == {"head": b"0123", "a": b"0123456789", "c": b"end"}


def test_a_large_body_is_spooled_to_a_file() -> None:
    reader = TarReader(io.BytesIO(layer_tar({"big": b"ab" * 2_000_000, "next": b"n"})))
    steps = iter(reader)
    assert next(steps).path == "big"
    with reader.spool(in_memory=1000) as body:
        assert body.read() == b"ab" * 2_000_000
    assert next(steps).path == "next"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("./etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("../../etc/passwd", "etc/passwd"),
        ("a/../../b", "b"),
        ("a//b/./c", "a/b/c"),
        ("a/..b", "a/..b"),
        ("dir/", "dir"),
        (".", ""),
        ("./", ""),
        (".hidden", ".hidden"),
    ],
)
def test_names_are_resolved_against_the_root(name: str, path: str) -> None:
    assert rooted(name) == path


def test_a_truncated_body_is_an_error_and_not_an_end() -> None:
    body = layer_tar({"a": b"x" * 5000})
    with pytest.raises(CorruptInput, match="truncated"):
        members(body[:3000])


def test_a_truncated_header_is_an_error_and_not_an_end() -> None:
    body = layer_tar({"a": b"x" * 512, "b": b"y"})
    with pytest.raises(CorruptInput, match="truncated"):
        members(body[: 1024 + 300])


def test_an_archive_on_disk_that_ends_within_a_skipped_body_is_truncated() -> None:
    body = layer_tar({"a": b"x" * 5_000_000, "b": b""})[:3_000_000]
    file = io.BytesIO(body)
    with pytest.raises(CorruptInput, match="truncated"):
        list(TarReader(file, seekable=file))


def test_random_bytes_are_no_tar() -> None:
    with pytest.raises(CorruptInput, match="not a tar header"):
        members(b"\x01\x02" * 512)


def test_a_ten_gigabyte_sparse_claim_costs_nothing() -> None:
    header = bytearray(layer_tar({"sparse": b""}, tarfile.GNU_FORMAT)[:512])
    header[156:157] = b"S"
    header[124:136] = b"00000000000\0"
    header[483:495] = b"\x80" + (10 << 30).to_bytes(11, "big")
    assert members(bytes(header) + bytes(1024)) == [("sparse", "sparse")]


def test_a_negative_size_is_refused() -> None:
    header = bytearray(layer_tar({"a": b""})[:512])
    header[124:136] = b"\xff" * 12
    with pytest.raises(CorruptInput, match="negative or absurd"):
        members(bytes(header))


def test_a_huge_extended_header_is_refused() -> None:
    header = bytearray(layer_tar({"a": b""})[:512])
    header[156:157] = b"x"
    header[124:136] = b"77777777777\0"
    with pytest.raises(BoundExceeded, match="extended tar header"):
        members(bytes(header))


def test_a_pax_record_without_length_is_refused() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        entry = tarfile.TarInfo("pax")
        entry.type, entry.size = tarfile.XHDTYPE, 10
        tar.addfile(entry, io.BytesIO(b"path=evil\n"))
    with pytest.raises(CorruptInput, match="PAX"):
        members(out.getvalue())


def test_names_that_are_not_utf8_stay_printable_and_distinct() -> None:
    body = bytearray(layer_tar({"AA": b"", "BB": b""}, tarfile.USTAR_FORMAT))
    body[0:2], body[512:514] = b"\xff\xfe", b"\xff\xfd"
    assert members(bytes(body)) == [(r"\xff\xfe", "file"), (r"\xff\xfd", "file")]


def test_offsets_point_at_the_bodies() -> None:
    body = layer_tar({"a": b"first", LONG: b"second", "c": b"third"})
    file = io.BytesIO(body)
    reader = TarReader(file, seekable=file)
    found: list[tuple[Member, int]] = [(member, reader.offset) for member in reader]
    assert [body[at : at + m.size] for m, at in found] == [b"first", b"second", b"third"]


def test_the_body_of_an_unknown_kind_is_no_header() -> None:
    hidden = layer_tar({"hidden": b"1"})
    body = bytearray(layer_tar({"odd": hidden, "after": b"2"}, tarfile.GNU_FORMAT))
    body[156:157] = b"Z"
    body[148:156] = b"        "
    body[148:156] = b"%06o\0 " % sum(body[:512])
    assert [(member.path, member.kind) for member in TarReader(io.BytesIO(bytes(body)))] == [
        ("odd", "other"),
        ("after", "file"),
    ]
