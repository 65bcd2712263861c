"""Hostile streams and archives: any bytes end in members or a SekishoError, in bounded memory and linear time."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import subprocess
import sys
import tarfile
import time
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.errors import BoundExceeded, CorruptInput, SekishoError
from sekisho.formats import compression
from sekisho.formats import tar as tar_format
from sekisho.formats.compression import Decompressed
from sekisho.formats.limits import CHUNK, MAX_PAX_HEADER
from sekisho.formats.tar import TarReader
from sekisho.source.files import ArchiveFiles

try:
    from compression import zstd  # type: ignore[import-not-found]
except ImportError:
    from backports import zstd

ROOT = Path(__file__).parents[2]
CONTENT = {
    "etc/os-release": b"ID=debian\n",
    "a/" + "long" * 40 + "/file": b"x" * 700,
    "link": "-> etc/os-release",
    "directory": None,
    "ünïcode": b"",
}


def packed(form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for path, body in CONTENT.items():
            member = tarfile.TarInfo(path)
            if body is None:
                member.type = tarfile.DIRTYPE
            elif isinstance(body, str):
                member.type, member.linkname = tarfile.SYMTYPE, body[3:]
            else:
                member.size = len(body)
            tar.addfile(member, io.BytesIO(body if isinstance(body, bytes) else b""))
    return out.getvalue()


SAMPLES = [packed(form) for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)]
COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
    "zstd": zstd.compress,
}
CHANGES = st.lists(
    st.tuples(
        st.integers(0, 1 << 20),
        st.one_of(st.binary(min_size=1, max_size=12), st.sampled_from([b"\0" * 512, b"77777777777\0", b"\xff" * 8])),
    ),
    min_size=1,
    max_size=6,
)


def changed(body: bytes, changes: list[tuple[int, bytes]], cut: int) -> bytes:
    spoiled = bytearray(body)
    for at, piece in changes:
        at %= len(spoiled)
        spoiled[at : at + len(piece)] = piece
    return bytes(spoiled[: len(spoiled) - cut % (len(spoiled) // 2)])


def members(body: bytes) -> dict[str, bytes]:
    """Every member, with what can be read of it."""
    reader = TarReader(io.BytesIO(body))
    found = {}
    for member in reader:
        head = reader.head(4)
        assert not member.path.startswith("/") and ".." not in member.path.split("/")
        if member.kind == "file" and member.size <= len(body):
            found[member.path] = reader.read()
            assert found[member.path][:4] == head
    return found


@pytest.mark.parametrize("body", SAMPLES, ids=["pax", "gnu"])
def test_what_is_whole_is_read_as_python_reads_it(body: bytes) -> None:
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        expected = {entry.name: tar.extractfile(entry).read() for entry in tar if entry.isreg()}  # type: ignore[union-attr]
    assert members(body) == expected


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(SAMPLES), CHANGES, st.integers(0, 1 << 20))
def test_a_spoiled_tar_is_read_or_refused(sample: bytes, changes: list[tuple[int, bytes]], cut: int) -> None:
    body = changed(sample, changes, cut)
    with contextlib.suppress(CorruptInput):
        members(body)
    with contextlib.suppress(CorruptInput):
        files = ArchiveFiles(io.BytesIO(body))
        for name in (*CONTENT, "../etc/os-release", ""):
            with contextlib.suppress(SekishoError):
                assert len(files.open(name).read(1 << 20)) <= len(body)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_are_a_tar_or_refused(body: bytes) -> None:
    for tried in (body, b"ustar".join([body[:257], body[262:]])):
        with contextlib.suppress(CorruptInput):
            members(tried)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(COMPRESSORS)), st.sampled_from(SAMPLES), CHANGES, st.integers(0, 1 << 20))
def test_a_spoiled_stream_gives_a_beginning_or_is_refused(
    kind: str, sample: bytes, changes: list[tuple[int, bytes]], cut: int
) -> None:
    body = changed(COMPRESSORS[kind](sample) * 2, changes, cut)
    with contextlib.suppress(CorruptInput):
        stream = Decompressed(io.BytesIO(body))
        while chunk := stream.read():
            assert len(chunk) <= CHUNK


@pytest.mark.parametrize("kind", COMPRESSORS)
def test_every_shortened_stream_is_refused(kind: str) -> None:
    whole = COMPRESSORS[kind](SAMPLES[0])
    for length in range(5, len(whole)):
        stream = Decompressed(io.BytesIO(whole[:length]))
        with pytest.raises(CorruptInput):
            while stream.read():
                pass


@pytest.mark.parametrize("kind", COMPRESSORS)
def test_a_bomb_costs_a_chunk_of_memory_and_is_refused(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "SUSPICIOUS_SIZE", 64 << 20)
    engine = zlib.compressobj(9, wbits=31)
    bomb = b"".join([*(engine.compress(bytes(1 << 20)) for _ in range(128)), engine.flush()])
    body = bomb if kind == "gzip" else zstd.compress(bytes(128 << 20), 3)
    assert len(body) < 1 << 18
    tracemalloc.start()
    try:
        stream = Decompressed(io.BytesIO(body))
        with pytest.raises(BoundExceeded, match="decompression bomb"):
            while len(stream.read()) <= CHUNK:
                pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20


@pytest.mark.parametrize("log", [28, 30])
def test_a_window_larger_than_any_ordinary_one_is_refused(log: int) -> None:
    options = {zstd.CompressionParameter.window_log: log, zstd.CompressionParameter.content_size_flag: 0}
    engine = zstd.ZstdCompressor(options=options)
    body = engine.compress(os.urandom(100_000)) + engine.flush()
    stream = Decompressed(io.BytesIO(body))
    with pytest.raises(CorruptInput, match="damaged"):
        stream.read()


def header(name: str, size: bytes = b"00000000000\0", kind: bytes = b"0") -> bytes:
    """A ustar header without a checksum, which nobody needs where the magic is right."""
    block = bytearray(512)
    block[: len(name)] = name.encode()
    block[124:136] = size
    block[156:157] = kind
    block[257:265] = b"ustar\x0000"
    return bytes(block)


TEN_GIGABYTES = b"\x80" + (10 << 30).to_bytes(11, "big")


@pytest.mark.parametrize("kind", [b"0", b"S", b"7"])
def test_a_claim_of_ten_gigabytes_costs_nothing(kind: bytes) -> None:
    body = header("var/lib/dpkg/status", TEN_GIGABYTES, kind) + bytes(1024)
    started = time.perf_counter()
    tracemalloc.start()
    try:
        with pytest.raises(CorruptInput, match="truncated"):
            for member in (reader := TarReader(io.BytesIO(body))):
                assert member.size == 10 << 30
                reader.head(4)
        with pytest.raises(CorruptInput, match="truncated"):
            ArchiveFiles(io.BytesIO(body))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20 and time.perf_counter() - started < 1


@pytest.mark.parametrize("kind", [b"x", b"L", b"K", b"g"])
def test_a_header_of_headers_is_bounded(kind: bytes) -> None:
    size = b"\x80" + (MAX_PAX_HEADER + 1).to_bytes(11, "big")
    with pytest.raises(BoundExceeded):
        list(TarReader(io.BytesIO(header("a", size, kind) + bytes(2 << 20))))


@pytest.mark.parametrize(
    "record",
    [b"", b"5", b"99999999999999999999 path=a\n", b"-1 path=a\n", b"7 path=a\n", b"11 size=-1\n", b"\0" * 30, b"8 a=b"],
)
def test_a_damaged_extension_is_refused_or_without_effect(record: bytes) -> None:
    size = f"{len(record):011o}\0".encode()
    body = header("x", size, b"x") + record.ljust(512, b"\0") + header("name") + bytes(1024)
    with contextlib.suppress(CorruptInput):
        assert [member.path for member in TarReader(io.BytesIO(body))] in (["name"], [])


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("./a//b/./c", "a/b/c"),
        ("a/../../b", "b"),
        ("..", ""),
        ("/", ""),
        ("a/..", ""),
        ("..a/b..", "..a/b.."),
    ],
)
def test_no_name_leads_out_of_the_root(name: str, path: str) -> None:
    (member,) = TarReader(io.BytesIO(header(name) + bytes(1024)))
    assert member.path == path


def test_links_within_an_archive_end(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, target in (("a", "b"), ("b", "a"), ("self", "self"), ("out", "../../etc/passwd"), ("abs", "/a")):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            tar.addfile(link)
        for number in range(100):
            link = tarfile.TarInfo(f"chain{number}")
            link.type, link.linkname = tarfile.SYMTYPE, f"chain{number + 1}"
            tar.addfile(link)
    files = ArchiveFiles(io.BytesIO(out.getvalue()))
    for name in ("a", "b", "self", "out", "abs", "chain0", "etc/passwd", "/etc/passwd", "../a"):
        assert name not in files
        with pytest.raises(SekishoError):
            files.open(name)


def test_members_without_end_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tar_format, "MAX_ENTRIES", 1000)
    with pytest.raises(BoundExceeded, match="more than 1,000 members"):
        list(TarReader(io.BytesIO(header("a") * 1001)))


MILLION = """
import resource, sys, time
from sekisho.inventory.take import dispatcher_for
from sekisho.inventory.walk import walk_layer
from tests.property.test_tar_fuzz import Endless
begun = time.process_time()
result = walk_layer(Endless(int(sys.argv[1])), dispatcher_for(post_build=True))
print(len(result[0].packages), time.process_time() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


class Endless:
    """A tar of so many empty files, each under its own name, made while it is read."""

    def __init__(self, count: int) -> None:
        self._left = count
        self._block = bytearray(header("srv/data/00000000.txt") * 2048)
        self._end = bytes(1024)

    def read(self, size: int, /) -> bytes:
        if not self._left:
            end, self._end = self._end, b""
            return end
        count = min(2048, self._left)
        for at in range(count):
            self._block[at * 512 + 9 : at * 512 + 17] = b"%08d" % (self._left - at)
        self._left -= count
        return bytes(self._block[: count * 512])


def test_a_million_members_take_seconds_and_little_memory() -> None:
    """Measured: 4 s and 130 MiB, most of it the names: each of them hides what lies below."""
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-c", MILLION, "1000000"],
        env=dict(os.environ) | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    packages, spent, memory = done.stdout.split()
    assert (packages, float(spent) < 10, int(memory) < 400_000) == ("0", True, True), done.stdout
