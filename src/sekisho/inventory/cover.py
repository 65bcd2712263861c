"""What layers hide of the ones below them: by a file at the same path or at a parent, a whiteout, an opaque directory.

Source: https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts
"""

from __future__ import annotations

from sekisho.inventory.layer import LayerInventory


class Cover:
    """The union of what some layers hide below themselves."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._whiteouts: set[str] = set()
        self._opaque: set[str] = set()

    def add(self, layer: LayerInventory) -> None:
        """Put one more layer over those below."""
        if layer.files:
            self._files.update(layer.files.split("\0"))
        self._whiteouts.update(layer.whiteouts)
        self._opaque.update(layer.opaque)

    def hides(self, path: str) -> bool:
        """Say whether a file at ``path`` in a lower layer cannot be seen; the artifact itself (no path) always can."""
        if not path:
            return False
        if path in self._files or path in self._whiteouts or "" in self._opaque:
            return True
        at = path.rfind("/")
        while at > 0:
            parent = path[:at]
            if parent in self._files or parent in self._whiteouts or parent in self._opaque:
                return True
            at = path.rfind("/", 0, at)
        return False
