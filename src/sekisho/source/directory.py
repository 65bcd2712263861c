"""A directory on this machine, walked in a stable order and without following links.

Virtual file systems at the root of a running machine are passed over: they hold no installed software and reading them
can block. Directories this user may not read are reported as entries, so that the inventory says it is incomplete.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from sekisho.errors import NotFound, SourceError
from sekisho.model.artifact import Artifact, Kind
from sekisho.source.protocol import Tree, TreeFile

VIRTUAL = frozenset({"proc", "sys", "dev"})
"""Directly under ``/`` only."""

Skip = Callable[[str], bool]


def open_directory(path: Path, kind: Kind = "filesystem", *, name: str = "", skip: Skip = lambda _: False) -> Tree:
    """A tree over ``path``; ``skip`` says of a directory (relative path) that it shall not be entered."""
    if not path.exists():
        raise NotFound(f"no such directory: {path}")
    if not path.is_dir():
        raise SourceError(f"not a directory: {path}")
    return Tree(Artifact(name=name or str(path), kind=kind), lambda: _walk(path, skip))


def _walk(root: Path, skip: Skip) -> Iterator[TreeFile]:
    virtual = VIRTUAL if root.resolve() == Path("/") else frozenset()
    pending = [("", str(root))]
    while pending:
        prefix, location = pending.pop()
        try:
            entries = sorted(os.scandir(location), key=lambda entry: entry.name)
        except OSError:
            yield TreeFile(prefix.rstrip("/"), location, "unreadable", 0, 0)
            continue
        deeper: list[tuple[str, str]] = []
        for entry in entries:
            path = prefix + _readable(entry.name)
            if entry.is_dir(follow_symlinks=False):
                if path not in virtual and not skip(path):
                    deeper.append((path + "/", entry.path))
            elif (found := _file(entry, path)) is not None:
                yield found
        pending += reversed(deeper)


def _readable(name: str) -> str:
    """The name as text that can be written down: bytes that are not UTF-8 are shown escaped, as in archives."""
    return name if name.isascii() else os.fsencode(name).decode("utf-8", "backslashreplace")


def _file(entry: os.DirEntry[str], path: str) -> TreeFile | None:
    if entry.is_symlink():
        return TreeFile(path, entry.path, "symlink", 0, 0)
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return TreeFile(path, entry.path, "unreadable", 0, 0)
    if not stat.S_ISREG(status.st_mode):
        return None
    return TreeFile(path, entry.path, "file", status.st_size, stat.S_IMODE(status.st_mode))
