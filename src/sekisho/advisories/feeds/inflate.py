"""Feeds that come as one gzip file, inflated within a bound."""

from __future__ import annotations

from io import BytesIO

from sekisho.errors import BoundExceeded
from sekisho.formats.compression import Decompressed
from sekisho.formats.limits import MIB


def gunzip(body: bytes, max_size: int) -> bytes:
    """The bytes behind a gzip or zstd file, or the file itself; raises CorruptInput or BoundExceeded."""
    stream = Decompressed(BytesIO(body))
    if not stream.compressed:
        return body
    parts: list[bytes] = []
    while data := stream.read():
        parts.append(data)
        if stream.size > max_size:
            raise BoundExceeded(f"a feed's file inflates to more than {max_size // MIB} MiB")
    return b"".join(parts)
