from __future__ import annotations

import gzip
import io
import sys

import pytest

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats import compression
from sekisho.formats.compression import Decompressed
from sekisho.formats.limits import CHUNK

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PAYLOAD = bytes(range(256)) * 20_000


def inflate(body: bytes) -> bytes:
    stream = Decompressed(io.BytesIO(body))
    parts = []
    while part := stream.read():
        assert len(part) <= CHUNK
        parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("engine", ["isal", "zlib"])
@pytest.mark.parametrize("payload", [PAYLOAD, b"", b"x", bytes(5 * CHUNK)], ids=["bytes", "empty", "one", "zeros"])
def test_gzip_is_inflated_whole(payload: bytes, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if engine == "zlib":
        monkeypatch.setitem(sys.modules, "isal", None)
    assert inflate(gzip.compress(payload)) == payload


@pytest.mark.parametrize("payload", [PAYLOAD, b"", bytes(5 * CHUNK)], ids=["bytes", "empty", "zeros"])
def test_zstd_is_inflated_whole(payload: bytes) -> None:
    assert inflate(zstd.compress(payload)) == payload


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress])
def test_concatenated_members_are_one_stream(pack: object) -> None:
    assert callable(pack)
    assert inflate(pack(b"first ") + pack(b"second")) == b"first second"


def test_plain_bytes_pass_through() -> None:
    assert inflate(b"plain") == b"plain"
    assert inflate(b"") == b""


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress])
def test_a_truncated_stream_is_an_error_and_not_an_end(pack: object) -> None:
    assert callable(pack)
    with pytest.raises(CorruptInput, match="truncated"):
        inflate(pack(PAYLOAD)[:-20])


def test_zero_padding_after_the_end_is_tolerated() -> None:
    assert inflate(gzip.compress(b"data") + bytes(1000)) == b"data"


def test_other_bytes_after_the_end_are_refused() -> None:
    with pytest.raises(CorruptInput, match="follow the end"):
        inflate(gzip.compress(b"data") + b"\0\0\0\0garbage")
    with pytest.raises(CorruptInput, match="follow the end"):
        inflate(gzip.compress(b"data") + b"garbage")


def test_a_flipped_bit_is_noticed() -> None:
    body = bytearray(gzip.compress(PAYLOAD))
    body[len(body) // 2] ^= 0xFF
    with pytest.raises(CorruptInput, match=r"damaged|truncated"):
        inflate(bytes(body))


def test_a_bomb_is_stopped_at_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "MAX_LAYER_SIZE", 3 * CHUNK)
    with pytest.raises(BoundExceeded):
        inflate(gzip.compress(bytes(10 * CHUNK)))


def test_a_suspicious_ratio_is_refused_only_when_large(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = gzip.compress(bytes(10 * CHUNK))
    assert len(inflate(bomb)) == 10 * CHUNK
    monkeypatch.setattr(compression, "SUSPICIOUS_SIZE", 2 * CHUNK)
    with pytest.raises(BoundExceeded, match="bomb"):
        inflate(bomb)


def test_frames_without_content_are_passed_over() -> None:
    frame = b"\x5e\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"table"
    body = frame + zstd.compress(b"one ") + frame + zstd.compress(b"two") + frame
    assert inflate(body) == b"one two"
