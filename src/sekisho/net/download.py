"""Fetch one file of a feed, only if it changed: ETag, Last-Modified, a bound, and resumption.

``If-None-Match`` outranks ``If-Modified-Since`` (RFC 9110 §13.2.2); both are sent so that either kind of server can
answer 304. A broken download goes on only while the server's strong ETag stays the same.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from sekisho.errors import BoundExceeded, CorruptInput, SourceError
from sekisho.net.http import Transport
from sekisho.net.response import CHUNK, Response, without_secrets
from sekisho.net.resume import ResumingStream
from sekisho.net.status import failure

_PACKED = (".gz", ".zip", ".xz", ".zst", ".bz2", ".tgz")
"""Files that are compressed already; asking for gzip around them makes some servers unpack them."""


class Downloaded(msgspec.Struct, frozen=True):
    """What came of one request; keep ``etag`` and ``last_modified`` for the next one."""

    body: bytes | None
    """None: not modified."""
    etag: str = ""
    last_modified: str = ""
    status: int = 200


def download(transport: Transport, url: str, *, etag: str = "", last_modified: str = "", max_size: int) -> Downloaded:
    """Fetch ``url`` unless it is still the one named by ``etag`` or ``last_modified``.

    Raises NotFound (404), Unauthorized, Unreachable, or BoundExceeded when the file is larger than ``max_size``, packed
    or unpacked.
    """
    headers = {"accept-encoding": "identity" if urlsplit(url).path.endswith(_PACKED) else "gzip"}
    conditions = {"if-none-match": etag, "if-modified-since": last_modified}
    response = transport.request("GET", url, headers | {name: value for name, value in conditions.items() if value})
    etag, last_modified = response.header("etag") or etag, response.header("last-modified") or last_modified
    if response.status == 304 and any(conditions.values()):
        response.close()
        return Downloaded(None, etag, last_modified, 304)
    if response.status != 200:
        raise failure(response, without_secrets(url))
    packed = headers["accept-encoding"] == "gzip" and response.header("content-encoding").lower() == "gzip"
    body = _whole(transport, url, headers, response, max_size)
    body = _unpacked(body, url, max_size) if packed else body
    return Downloaded(body, response.header("etag"), response.header("last-modified"), 200)


def _whole(transport: Transport, url: str, headers: dict[str, str], first: Response, max_size: int) -> bytes:
    """Read the body to its end, going on after a break when a strong ETag makes that safe."""
    etag = first.header("etag")
    if not etag.startswith('"'):
        with first:
            return first.body(max_size)

    def ask(offset: int) -> Response:
        response = transport.request("GET", url, headers | {"range": f"bytes={offset}-", "if-range": etag})
        if response.status not in (200, 206):
            raise failure(response, without_secrets(url))
        if response.header("etag") != etag:
            response.close()
            raise SourceError(f"{response.where} changed while it was being downloaded", hint="run the command again")
        return response

    size = -1 if first.length is None else first.length
    if size > max_size:
        first.close()
        raise BoundExceeded(f"{first.where} announces {size:,} bytes, more than the {max_size:,} allowed")
    stream = ResumingStream(ask, size=size, first=first)
    parts: list[bytes] = []
    received = 0
    try:
        while data := stream.read(CHUNK):
            parts.append(data)
            received += len(data)
            if received > max_size:
                raise BoundExceeded(f"{first.where} is larger than the {max_size:,} bytes allowed")
    finally:
        stream.close()
    return b"".join(parts)


def _unpacked(body: bytes, url: str, max_size: int) -> bytes:
    """Undo the gzip content coding, never past ``max_size``; it has to end where the body ends."""
    import zlib

    decoder = zlib.decompressobj(wbits=31)
    try:
        whole = decoder.decompress(body, max_size + 1)
    except zlib.error as error:
        raise CorruptInput(f"{without_secrets(url)}: damaged gzip coding", detail=str(error)) from None
    if len(whole) > max_size:
        raise BoundExceeded(f"{without_secrets(url)} unpacks to more than the {max_size:,} bytes allowed")
    if not decoder.eof or decoder.unused_data:
        raise CorruptInput(f"{without_secrets(url)}: the gzip coding does not end where the body does")
    return whole
