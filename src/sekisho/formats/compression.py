"""Compressed streams, recognised by their first bytes and inflated in bounded steps.

gzip goes through isal where its wheel exists (2.4 times zlib's speed) and zlib elsewhere; zstd through the standard
library's module or its backport. One call never yields more than CHUNK bytes, whatever the input claims.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Callable
from typing import Any, Protocol

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats.limits import CHUNK, GIB, MAX_LAYER_SIZE, MIB
from sekisho.formats.tar import Readable

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
ZSTD_SKIPPABLE = tuple(bytes((low, 0x2A, 0x4D, 0x18)) for low in range(0x50, 0x60))
"""Frames without content, which decoders pass over: zstd:chunked layers keep their table of contents in them."""
INPUT_CHUNK = CHUNK >> 2
"""Compressed bytes read at once; at a ratio of four they fill one CHUNK."""
SUSPICIOUS_SIZE = 4 * GIB
"""Up to here any ratio is tolerated: preallocated database files of zeros do occur."""
SUSPICIOUS_RATIO = 200
"""Beyond SUSPICIOUS_SIZE; ordinary layers stay under 20:1."""
DAMAGED = "the bytes are damaged at their origin: pull or build the image again"
ZSTD_WINDOW_LOG = 27
"""Largest zstd window accepted, 128 MiB: the default of the reference decoder."""


class _Inflater(Protocol):
    eof: bool
    """The compressed stream (one gzip member, one zstd frame) is complete."""
    unused_data: bytes
    """Stored bytes after its end."""
    hungry: bool
    """Nothing more comes out without more input."""

    def inflate(self, data: bytes) -> bytes: ...


class _Gzip:
    def __init__(self) -> None:
        engine: Any = zlib
        with contextlib.suppress(ImportError):
            from isal import isal_zlib as engine
        self._engine = engine.decompressobj(wbits=31)
        self._errors = (engine.error, zlib.error)
        self._tail = b""
        self.eof = False
        self.unused_data = b""
        self.hungry = True

    def inflate(self, data: bytes) -> bytes:
        try:
            out: bytes = self._engine.decompress(self._tail + data if self._tail else data, CHUNK)
        except self._errors as error:
            raise CorruptInput(f"the gzip stream is damaged: {error}", hint=DAMAGED) from None
        self._tail = self._engine.unconsumed_tail
        self.eof = self._engine.eof
        self.unused_data = self._engine.unused_data
        self.hungry = not self._tail and len(out) < CHUNK
        return out


class _Zstd:
    def __init__(self) -> None:
        try:
            from compression import zstd
        except ImportError:
            from backports import zstd
        options = {zstd.DecompressionParameter.window_log_max: ZSTD_WINDOW_LOG}
        self._engine = zstd.ZstdDecompressor(options=options)
        self._error: type[Exception] = zstd.ZstdError
        self.eof = False
        self.unused_data = b""
        self.hungry = True

    def inflate(self, data: bytes) -> bytes:
        try:
            out: bytes = self._engine.decompress(data, CHUNK)
        except self._error as error:
            raise CorruptInput(f"the zstd stream is damaged: {error}", hint=DAMAGED) from None
        self.eof = self._engine.eof
        self.unused_data = self._engine.unused_data if self.eof else b""
        self.hungry = not self.eof and self._engine.needs_input
        return out


_ENGINES: tuple[tuple[tuple[bytes, ...], Callable[[], _Inflater]], ...] = (
    ((GZIP_MAGIC,), _Gzip),
    ((ZSTD_MAGIC, *ZSTD_SKIPPABLE), _Zstd),
)


def inflated(stream: Readable, max_size: int, what: str) -> bytes:
    """A small file whole, inflated when it is compressed; ``what`` it is says the BoundExceeded beyond ``max_size``."""
    source = Decompressed(stream)
    parts: list[bytes] = []
    while part := source.read():
        parts.append(part)
        if source.size > max_size:
            raise BoundExceeded(f"{what} is larger than {max_size // MIB} MiB")
    return b"".join(parts)


class Decompressed:
    """The bytes behind a stream, inflated when it is gzip or zstd and passed through when it is neither."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._pending = b""
        self.stored = 0
        """Stored bytes read so far."""
        self.size = 0
        """Bytes handed out so far."""
        while len(self._pending) < len(ZSTD_MAGIC) and (chunk := self._read()):
            self._pending += chunk
        self._engine = self._engine_ahead()

    @property
    def compressed(self) -> bool:
        """Say whether the stored bytes differ from the ones handed out."""
        return self._engine is not None

    def read(self, size: int = CHUNK, /) -> bytes:
        """The next bytes, at most CHUNK of them whatever ``size`` says; empty at the end."""
        out = self._more() if self._engine is None else self._inflated(self._engine)
        self.size += len(out)
        if self.size > MAX_LAYER_SIZE:
            raise BoundExceeded(f"more than {MAX_LAYER_SIZE // GIB} GiB in one stream")
        if self.size > SUSPICIOUS_SIZE and self.size > SUSPICIOUS_RATIO * self.stored:
            raise BoundExceeded(f"a stream expands more than {SUSPICIOUS_RATIO} times: a decompression bomb")
        return out

    def _inflated(self, engine: _Inflater) -> bytes:
        while True:
            if engine.eof:
                following = self._following(engine)
                if following is None:
                    return b""
                engine = self._engine = following
            data = self._more() if engine.hungry else b""
            if engine.hungry and not data:
                raise CorruptInput("the compressed stream is truncated", hint=DAMAGED)
            if out := engine.inflate(data):
                return out

    def _following(self, engine: _Inflater) -> _Inflater | None:
        """The next member or frame, when several are concatenated; zero padding is the end."""
        self._pending = engine.unused_data + self._pending
        engine.unused_data = b""
        while len(self._pending) < len(ZSTD_MAGIC) and (chunk := self._read()):
            self._pending += chunk
        if not self._pending.strip(b"\0"):
            self._pending = b""
            while chunk := self._read():
                if chunk.strip(b"\0"):
                    raise CorruptInput("bytes follow the end of the compressed stream", hint=DAMAGED)
            return None
        following = self._engine_ahead()
        if following is None:
            raise CorruptInput("bytes follow the end of the compressed stream", hint=DAMAGED)
        return following

    def _engine_ahead(self) -> _Inflater | None:
        for magics, make in _ENGINES:
            if self._pending.startswith(magics):
                return make()
        return None

    def _more(self) -> bytes:
        if self._pending:
            pending, self._pending = self._pending, b""
            return pending
        return self._read()

    def _read(self) -> bytes:
        chunk = self._stream.read(INPUT_CHUNK)
        self.stored += len(chunk)
        return chunk
