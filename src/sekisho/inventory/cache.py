"""What layers said before, by (diffID, extractor set): a second scan of the same base reads nothing.

One file a layer, written aside and renamed, so that two scans at once never see half of one, and sealed with a digest,
so that a disk that forgets a bit never makes an image look cleaner. What has not been used for longest goes first when
there is too much. A cache that cannot be written or read is no cache; it never ends a scan.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

import msgspec

from sekisho import __version__
from sekisho.formats.limits import GIB
from sekisho.inventory.dispatch import Dispatcher
from sekisho.inventory.layer import LayerInventory

FORMAT = 3
"""Raise it when LayerInventory changes its shape."""
MAX_CACHE = GIB
"""Bytes kept. A large layer takes 5 MiB, an ordinary one some kilobytes."""
SEAL = hashlib.sha256().digest_size
"""Bytes before the body."""

_DECODER = msgspec.msgpack.Decoder(LayerInventory)


class LayerCache:
    """Layer inventories in a directory; with ``None`` it holds nothing."""

    def __init__(self, directory: Path | None, max_size: int = MAX_CACHE) -> None:
        self._directory = directory
        self._max_size = max_size
        self.problem = ""
        """Why nothing could be written, once that has happened."""

    def get(self, diff_id: str, dispatcher: Dispatcher) -> LayerInventory | None:
        """The stored inventory, or None when there is none that can be read."""
        if self._directory is None or not diff_id:
            return None
        try:
            path = self._path(diff_id, dispatcher)
            stored = path.read_bytes()
            body = memoryview(stored)[SEAL:]
            if hashlib.sha256(body).digest() != stored[:SEAL]:
                return None
            found = _DECODER.decode(body)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
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
            self._trim(self._directory)
        except OSError as error:
            self.problem = f"the layer cache cannot be written: {error.strerror}"
            with contextlib.suppress(OSError):
                aside.unlink(missing_ok=True)

    def _trim(self, directory: Path) -> None:
        """Remove the longest unused files beyond the bound; what another scan removes meanwhile is no error."""
        files: list[tuple[float, int, Path]] = []
        for path in directory.glob("*/*"):
            with contextlib.suppress(OSError):
                status = path.stat()
                files.append((status.st_mtime, status.st_size, path))
        excess = sum(size for _, size, _ in files) - self._max_size
        for _, size, path in sorted(files):
            if excess <= 0:
                return
            with contextlib.suppress(OSError):
                path.unlink()
            excess -= size

    def _path(self, diff_id: str, dispatcher: Dispatcher) -> Path:
        assert self._directory is not None  # noqa: S101 - callers return early without one
        said = f"{FORMAT}\n{__version__}\n{diff_id}\n{dispatcher.signature}"
        key = hashlib.sha256(said.encode()).hexdigest()
        return self._directory / key[:2] / key[2:]
