"""One writer at a time: an advisory lock on a file beside the store, released by the system when its holder dies."""

from __future__ import annotations

import contextlib
import fcntl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sekisho.errors import AdvisoryError

POLL = 0.2
"""Seconds between two attempts."""


@contextlib.contextmanager
def writing(
    directory: Path,
    patience: float,
    waiting: Callable[[], None] = lambda: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Hold the store's lock; ``waiting`` is called once when somebody else has it.

    Raises AdvisoryError when it is not free within ``patience`` seconds, or when the directory cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        handle = (directory / "update.lock").open("ab")
    except OSError as error:
        raise AdvisoryError(
            f"the advisory store's directory {directory} cannot be written",
            detail=str(error),
            hint="choose another place with --cache-dir DIR",
        ) from None
    with handle:
        _acquire(handle.fileno(), directory, patience, waiting, sleep)
        yield


def _acquire(
    descriptor: int, directory: Path, patience: float, waiting: Callable[[], None], sleep: Callable[[float], None]
) -> None:
    waited = 0.0
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waited >= patience:
                raise AdvisoryError(
                    f"another update of {directory} is still running", hint="wait for it, then run the command again"
                ) from None
            if not waited:
                waiting()
            sleep(POLL)
            waited += POLL
        else:
            return
