"""What layers said before, by (diffID, extractor set): a second scan of the same base reads nothing.

One file a layer, written aside and renamed, so that two scans at once never see half of one, and sealed with a digest,
so that a disk that forgets a bit never makes an image look cleaner. A cache that cannot be written or read is no cache;
it never ends a scan.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

import msgspec

from sekisho.inventory.dispatch import Dispatcher
from sekisho.inventory.layer import LayerInventory

FORMAT = 3
"""Raise it when LayerInventory changes its shape."""
SEAL = hashlib.sha256().digest_size
"""Bytes before the body."""

_DECODER = msgspec.msgpack.Decoder(LayerInventory)


class LayerCache:
    """Layer inventories in a directory; with ``None`` it holds nothing."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self.problem = ""
        """Why nothing could be written, once that has happened."""

    def get(self, diff_id: str, dispatcher: Dispatcher) -> LayerInventory | None:
        """The stored inventory, or None when there is none that can be read."""
        if self._directory is None or not diff_id:
            return None
        try:
            stored = self._path(diff_id, dispatcher).read_bytes()
            body = memoryview(stored)[SEAL:]
            if hashlib.sha256(body).digest() != stored[:SEAL]:
                return None
            found = _DECODER.decode(body)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None
        return found if found.layer.diff_id == diff_id else None

    def put(self, inventory: LayerInventory, dispatcher: Dispatcher) -> None:
        """Store a layer whose digests have been verified."""
        if self._directory is None:
            return
        path = self._path(inventory.layer.diff_id, dispatcher)
        body = msgspec.msgpack.encode(inventory)
        aside = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            aside.write_bytes(hashlib.sha256(body).digest() + body)
            aside.replace(path)
        except OSError as error:
            self.problem = f"the layer cache cannot be written: {error.strerror}"
            with contextlib.suppress(OSError):
                aside.unlink(missing_ok=True)

    def _path(self, diff_id: str, dispatcher: Dispatcher) -> Path:
        assert self._directory is not None  # noqa: S101 - callers return early without one
        key = hashlib.sha256(f"{FORMAT}\n{diff_id}\n{dispatcher.signature}".encode()).hexdigest()
        return self._directory / key[:2] / key[2:]
