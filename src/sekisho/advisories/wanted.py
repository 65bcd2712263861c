"""Which ecosystems this machine's scans have needed: what ``db update`` fetches when nobody says otherwise.

Kept in a small file beside the store, because a scan may note a wish without being allowed to touch the store.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

MAX_WANTED = 500
"""Distinct ecosystems; OSV has about 50, distributions a few releases each."""
_DECODER = msgspec.json.Decoder(list[str])


def _path(directory: Path) -> Path:
    return directory / "wanted.json"


def wanted(directory: Path) -> frozenset[str]:
    """The remembered ecosystems and feeds; empty when nothing was ever noted or the note is unreadable."""
    try:
        return frozenset(_DECODER.decode(_path(directory).read_bytes())[:MAX_WANTED])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return frozenset()


def remember(directory: Path, ecosystems: Iterable[str]) -> None:
    """Add to the note; silently without effect where the directory cannot be written."""
    before = wanted(directory)
    after = before | {name for name in ecosystems if name}
    if after == before:
        return
    temporary = directory / "wanted.json.new"
    with contextlib.suppress(OSError):
        directory.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(msgspec.json.encode(sorted(after)[:MAX_WANTED]))
        temporary.replace(_path(directory))
