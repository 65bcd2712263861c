"""What every place that bytes come from hands over.

An :class:`Image` is a description plus one :class:`Blob` a layer; a :class:`Tree` is a directory on this machine.
Nothing is read until a blob is opened or the tree is walked, so a layer that the cache knows costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, Protocol

import msgspec

from sekisho.model.artifact import Artifact, Layer


class ByteStream(Protocol):
    """Bytes in order, once."""

    def read(self, size: int, /) -> bytes:
        """Up to ``size`` bytes; empty only at the end. Raises a SourceError when the source fails."""
        ...

    def close(self) -> None:
        """Release the connection or file; may be called at any point."""
        ...


class Blob(msgspec.Struct, frozen=True):
    """One layer: its description, and how to open its stored (possibly compressed) bytes from the start."""

    layer: Layer
    open: Callable[[], ByteStream]


class Image(msgspec.Struct, frozen=True):
    """An image that can be read: layers from the base upwards."""

    artifact: Artifact
    blobs: tuple[Blob, ...]
    close: Callable[[], None] = lambda: None


class TreeFile(msgspec.Struct, frozen=True):
    """One entry of a directory tree; ``path`` relative to its root, ``location`` where this machine has it."""

    path: str
    location: str
    kind: Literal["file", "symlink", "unreadable"]
    size: int
    mode: int


class Tree(msgspec.Struct, frozen=True):
    """A directory that can be walked, in a stable order, without following links out of it."""

    artifact: Artifact
    walk: Callable[[], Iterator[TreeFile]]
    close: Callable[[], None] = lambda: None


Opened = Image | Tree
