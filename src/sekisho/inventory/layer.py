"""What one layer says by itself, independent of the layers below and above: the unit of caching."""

from __future__ import annotations

import msgspec

from sekisho.model.artifact import Layer
from sekisho.model.inventory import Gap, OperatingSystem
from sekisho.model.package import OwnedPaths, Package

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
"""Whiteout names of the image-spec: https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts"""


class Owned(msgspec.Struct, frozen=True, array_like=True):
    """A file list and the file it was read from."""

    path: str
    owned: OwnedPaths


class LayerInventory(msgspec.Struct, frozen=True, kw_only=True):
    """One layer's finds and what it hides below."""

    layer: Layer
    packages: tuple[Package, ...] = ()
    owned: tuple[Owned, ...] = ()
    systems: tuple[OperatingSystem, ...] = ()
    gaps: tuple[Gap, ...] = ()
    files: str = ""
    """Paths of everything but directories, joined by NUL: each hides the same path, and what is below it, in lower
    layers."""
    whiteouts: tuple[str, ...] = ()
    opaque: tuple[str, ...] = ()
    links: dict[str, tuple[str, ...]] = {}
    """Further names (hard links) of files that hold packages: those stay when the first name is hidden."""
    symlinks: dict[str, str] = {}
    """Every symbolic link and its target, as written."""


def path_of(place: str) -> str:
    """The file that a package's path begins with: ``outer.jar!/inner.jar`` lies in ``outer.jar``."""
    return place.partition("!/")[0]
