"""Read ahead: a second thread reads, hashes and inflates while the first one hashes the result and walks it.

All of that releases the interpreter's lock, so on two processors a layer takes as long as its slower half. The queue is
short: what waits in it is all the memory this costs. Measured in docs/decisions/0002.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import Queue

AHEAD = 4
"""Chunks that may wait; each is at most CHUNK bytes."""
GRACE = 0.5
"""Seconds a reader that is no longer wanted may take to stop: a registry that stalls must not hold up Ctrl-C."""

Produced = bytes | BaseException


class ReadAhead:
    """Calls ``read`` in a thread of its own until it returns nothing, and hands the chunks out in order."""

    def __init__(self, read: Callable[[], bytes]) -> None:
        self._queue: Queue[Produced] = Queue(AHEAD)
        self._read = read
        self._stopped = False
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="sekisho-read-ahead", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopped:
            try:
                chunk: Produced = self._read()
            except BaseException as error:  # noqa: BLE001 - raised again where the chunk is asked for
                chunk = error
            self._queue.put(chunk)
            if not chunk or isinstance(chunk, BaseException):
                return

    def read(self) -> bytes:
        """The next chunk; empty at the end; raises what ``read`` raised."""
        if self._ended:
            return b""
        chunk = self._queue.get()
        if isinstance(chunk, BaseException):
            self._ended = True
            raise chunk
        self._ended = not chunk
        return chunk

    def close(self) -> bool:
        """Stop reading; say whether the thread has let go of the source, so that it may be closed."""
        self._stopped = True
        patience = time.monotonic() + GRACE
        while self._thread.is_alive() and time.monotonic() < patience:
            while not self._queue.empty():
                self._queue.get_nowait()
            self._thread.join(0.01)
        return not self._thread.is_alive()
