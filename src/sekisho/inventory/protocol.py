"""What an extractor is: a declaration of the files it wants, and a pure function from a file to what it says.

An extractor never walks, opens paths or touches the network. The walk hands it one file at a time; ``extract`` yields

* :class:`~sekisho.model.package.Package` — leave ``layer``, ``purl``, ``owned_by`` and ``base`` unset, the merge knows
them;
* :class:`~sekisho.model.package.OwnedPaths` — files that belong to an operating-system package;
* :class:`~sekisho.model.inventory.OperatingSystem`;
* :class:`~sekisho.model.inventory.Gap` — a part of the file that could not be read while the rest could.

It raises :class:`~sekisho.errors.CorruptInput` when the file as a whole cannot be read; the collector turns that, and
any other exception, into a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import BinaryIO

import msgspec

from sekisho.formats.limits import MAX_TEXT_FILE
from sekisho.model.inventory import Gap, OperatingSystem
from sekisho.model.package import OwnedPaths, Package

Item = Package | OwnedPaths | OperatingSystem | Gap


class File:
    """One regular file of the artifact: its path, size, mode, and its bytes.

    ``path`` is relative to the artifact's root, with ``/`` and without a leading slash. The bytes come either from
    memory, from an open binary file or from ``load``; all are valid only while the extractor runs.
    """

    __slots__ = ("_body", "_data", "_load", "_siblings", "mode", "path", "size")

    def __init__(
        self,
        path: str,
        data: bytes | None = None,
        *,
        body: BinaryIO | None = None,
        load: Callable[[], bytes] | None = None,
        size: int = -1,
        mode: int = 0o644,
        siblings: dict[str, bytes] | None = None,
    ) -> None:
        self.path = path
        self.mode = mode
        self._data = data
        self._body = body
        self._load = load
        self._siblings = siblings or {}
        self.size = len(data) if data is not None else size

    @property
    def data(self) -> bytes:
        """The whole content; its length is within the extractor's ``max_size``."""
        if self._data is None and self._body is not None:
            self._body.seek(0)
            self._data = self._body.read()
        elif self._data is None:
            assert self._load is not None  # noqa: S101 - one of the three is always given
            self._data = self._load()
        return self._data

    @property
    def text(self) -> str:
        """The content as UTF-8; a byte-order mark is dropped and bytes that are not UTF-8 become U+FFFD."""
        return self.data.decode("utf-8-sig", "replace")

    def open(self) -> BinaryIO:
        """A seekable binary stream over the content, at its start. The walk closes it."""
        if self._body is None:
            return BytesIO(self.data)
        self._body.seek(0)
        return self._body

    @property
    def name(self) -> str:
        """The last component of the path."""
        return self.path.rpartition("/")[2]

    @property
    def directory(self) -> str:
        """The path without its last component, without a trailing slash; empty at the root."""
        return self.path.rpartition("/")[0]

    def beside(self, siblings: dict[str, bytes]) -> File:
        """The same file with its siblings at hand."""
        return File(
            self.path,
            self._data,
            body=self._body,
            load=self._load,
            size=self.size,
            mode=self.mode,
            siblings=siblings,
        )

    def sibling(self, name: str) -> bytes | None:
        """Content of a declared sibling; ``name`` as declared, relative to this file's directory. None when absent."""
        return self._siblings.get(name)


class Extractor(msgspec.Struct, frozen=True, kw_only=True):
    """The declaration. ``names``, ``suffixes``, ``paths``, ``pattern`` and ``magic`` are alternatives: any one
    suffices."""

    name: str
    """Trivy's word for it (gobinary, node-pkg, dpkg, …); also Package.found_by. Two extractors may share it."""
    version: int = 1
    """Raise it when the output changes: it is part of the layer cache's key."""
    extract: Callable[[File], Iterable[Item]]
    names: tuple[str, ...] = ()
    """Exact base names, case-sensitive."""
    suffixes: tuple[str, ...] = ()
    """Ends of the base name beginning with a dot, lower case; compared without regard to case (``.jar``)."""
    paths: tuple[str, ...] = ()
    """Exact paths from the artifact's root."""
    directories: tuple[str, ...] = ()
    """Exact directories from the root whose direct children are wanted (``var/lib/dpkg/status.d``)."""
    pattern: str = ""
    """A regular expression on the path, tried only for the base names or suffixes above: it narrows them
    (re.search)."""
    magic: tuple[bytes, ...] = ()
    """First bytes of a regular file of at least ``min_size``; reads every candidate's head, so for executables only."""
    min_size: int = 0
    max_size: int = MAX_TEXT_FILE
    """A wanted file larger than this becomes a gap instead of being read."""
    siblings: tuple[str, ...] = ()
    """Files (relative to the wanted file's directory, e.g. ``go.sum``, ``../pyproject.toml``) to be handed over with
    it."""
    authoritative: bool = True
    """Whether an unreadable file makes the inventory incomplete. False where broken files of the name are ordinary; one
    that exceeds a bound while it is read (BoundExceeded) makes it incomplete all the same."""
    post_build: bool = True
    """Part of image and rootfs scans (what is installed)."""
    pre_build: bool = True
    """Part of fs and repo scans (what will be installed)."""
