"""A layer's bytes, verified while they flow: stored bytes against the digest, inflated bytes against the diffID.

Nothing read from a stream counts until :meth:`LayerStream.finish` has returned: only then is it known that the bytes
were the promised ones. Source: https://github.com/opencontainers/image-spec/blob/main/config.md (layer diffID).
"""

from __future__ import annotations

import hashlib

from sekisho.errors import CorruptInput, DigestMismatch
from sekisho.formats.compression import Decompressed
from sekisho.formats.limits import CHUNK
from sekisho.model.artifact import Layer
from sekisho.model.digest import parse_digest
from sekisho.source.ahead import ReadAhead
from sekisho.source.protocol import Blob, ByteStream


class _Hashed:
    """Counts and hashes what passes."""

    def __init__(self, stream: ByteStream, digest: str) -> None:
        self._stream = stream
        self.hash = hashlib.new(digest.partition(":")[0]) if digest else None
        self.count = 0

    def read(self, size: int, /) -> bytes:
        chunk = self._stream.read(size)
        self.count += len(chunk)
        if self.hash is not None:
            self.hash.update(chunk)
        return chunk


class LayerStream:
    """Uncompressed bytes of one layer, in order, inflated ahead of the reader."""

    def __init__(self, blob: Blob) -> None:
        self.layer = blob.layer
        self._stream = blob.open()
        try:
            # One hash serves both promises when the layer is stored uncompressed under its own diffID.
            digest = blob.layer.digest if blob.layer.digest != blob.layer.diff_id else ""
            self._stored = _Hashed(self._stream, parse_digest(digest) if digest else "")
            self._plain = Decompressed(self._stored)
        except BaseException:
            self._stream.close()
            raise
        self._hash = hashlib.new((blob.layer.diff_id or "sha256:").partition(":")[0])
        self._size = 0
        self._ahead = ReadAhead(self._plain.read)

    def read(self, size: int = CHUNK, /) -> bytes:
        """The next chunk, whatever ``size`` says; empty at the end."""
        try:
            chunk = self._ahead.read()
        except CorruptInput as error:
            raise self._truncated() or error from None
        self._hash.update(chunk)
        self._size += len(chunk)
        return chunk

    def finish(self) -> Layer:
        """Read what is left, verify both digests, and return the layer with its sizes; raise DigestMismatch."""
        while self.read():
            pass
        while self._stored.read(CHUNK):
            pass
        layer = self.layer
        if truncated := self._truncated():
            raise truncated
        if self._stored.hash is not None:
            _same("digest", layer.digest, self._stored.hash.hexdigest())
        _same("diffID", layer.diff_id, self._hash.hexdigest())
        diff_id = layer.diff_id or f"{self._hash.name}:{self._hash.hexdigest()}"
        return Layer(
            diff_id=diff_id,
            digest=layer.digest,
            media_type=layer.media_type,
            size=self._stored.count,
            uncompressed_size=self._size,
            created_by=layer.created_by,
            base=layer.base,
        )

    def _truncated(self) -> CorruptInput | None:
        """What to say when the stored bytes end before their declared size; None when they do not."""
        if self.layer.size <= 0 or self._stored.count >= self.layer.size or self._stored.read(1):
            return None
        return CorruptInput(
            f"the layer is truncated (got {self._stored.count:,} of {self.layer.size:,} bytes)",
            hint="pull the image again",
        )

    def close(self) -> None:
        """Release the source; may be called at any point."""
        # A stream that another thread still waits for cannot be closed: it ends with its own time-out.
        if self._ahead.close():
            self._stream.close()


def _same(word: str, wanted: str, got: str) -> None:
    if wanted and wanted.partition(":")[2] != got:
        raise DigestMismatch(
            f"a layer's {word} does not match its content",
            detail=f"want {wanted}\ngot  {wanted.partition(':')[0]}:{got}",
            hint="the image was altered or damaged on the way; pull it again",
        )
