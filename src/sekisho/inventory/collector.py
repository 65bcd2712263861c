"""What the extractors said of one layer or tree, and the files that wait for their siblings.

A file that an extractor cannot read becomes a gap, whatever the reason: hostile input must not be able to end a scan,
or to be missing from it in silence. Only what this machine lacks (room, memory) ends it, because trying again helps.
"""

from __future__ import annotations

import errno
import posixpath
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

import msgspec

from sekisho.errors import BoundExceeded, CorruptInput, SourceError
from sekisho.formats.limits import MAX_FILE_IN_MEMORY, MIB
from sekisho.inventory.dispatch import Dispatcher, Wanted
from sekisho.inventory.layer import Owned, path_of
from sekisho.inventory.protocol import Extractor, File, Item
from sekisho.model.inventory import Gap, OperatingSystem, Weight
from sekisho.model.package import OwnedPaths, Package

MAX_SIBLING = MAX_FILE_IN_MEMORY
"""A file kept until the end of the walk because another may want it beside itself; go.sum of Kubernetes has 0.2 MiB."""
MAX_WAITING = 256 * MIB
"""All that waits in memory for the end of the walk: siblings, and the files that want them."""
MAX_FINDS = 500_000
"""Packages and gaps of one layer or tree, each about a kilobyte; the largest images known hold some 50,000."""
MAX_OWNED_PATHS = 10_000_000
"""Paths that package managers own, each about 100 bytes until most are dropped; a full desktop has 800,000."""
_PROGRAMS = re.compile(r"(?:^|/)(?:s?bin|libexec)/")
"""Where executables lie: those are found by their content, so their names do not tell that a package may be there."""

SCARCE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""What this machine lacks, which says nothing about the artifact: no gap, and nothing to remember."""

Load = Callable[[], bytes]


def no_room(what: str, error: OSError) -> SourceError:
    """The error for a temporary file that could not be written."""
    return SourceError(
        f"{what}: {error.strerror}", hint="make room, or point TMPDIR at a file system that has some, and try again"
    )


class _TooMuch(BoundExceeded):
    """All extractors together found more than any artifact holds: that is no matter of one file."""


class _Waiting(msgspec.Struct):
    extractor: Extractor
    file: File
    body: BinaryIO | None


class Collector:
    """Takes files, hands them to the extractors that want them, and keeps what those say."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self.dispatcher = dispatcher
        self.packages: list[Package] = []
        self.owned: list[Owned] = []
        self.systems: list[OperatingSystem] = []
        self.gaps: list[Gap] = []
        self._waiting: list[_Waiting] = []
        self._siblings: dict[str, Load] = {}
        self._too_large: set[str] = set()
        self._waiting_bytes = 0
        self._owned_paths = 0

    def keep_sibling(self, path: str, size: int, load: Load, *, in_memory: int = 0) -> None:
        """Remember a small file that may be wanted as a sibling; ``in_memory`` bytes of it are held until then."""
        if size > MAX_SIBLING or not self._room(in_memory):
            self._too_large.add(path)
        else:
            self._siblings[path] = load

    def offer(self, wanted: Wanted, file: File, load: Load | None = None, body: BinaryIO | None = None) -> bool:
        """Hand one file to the extractors that want it; those with siblings wait for :meth:`finish`.

        ``load`` reads the file again later, where that is possible; else its data is kept, or ``body`` is kept open.
        True when ``body`` is still needed: then :meth:`finish` closes it.
        """
        kept = False
        for extractor in wanted:
            if file.size > extractor.max_size:
                limit = extractor.max_size // MIB
                self.gap(file.path, extractor.name, f"larger than {limit} MiB: not read", extractor)
            elif extractor.siblings:
                kept |= self._wait(extractor, file, load, body)
            else:
                self._run(extractor, file)
        return kept

    def _wait(self, extractor: Extractor, file: File, load: Load | None, body: BinaryIO | None) -> bool:
        if load is None and body is None and not self._room(file.size):
            limit = MAX_WAITING // MIB
            self.gap(file.path, extractor.name, f"more than {limit} MiB wait for other files: not read", extractor)
            return False
        if load is not None:
            file = File(file.path, size=file.size, mode=file.mode, load=load)
        self._waiting.append(_Waiting(extractor, file, body))
        return body is not None

    def _room(self, size: int) -> bool:
        self._waiting_bytes += size
        return self._waiting_bytes <= MAX_WAITING

    def finish(self) -> None:
        """Run the extractors that waited, with their siblings, and drop owned paths that no package lies at."""
        for waiting in self._waiting:
            extractor, file = waiting.extractor, waiting.file
            self._run(extractor, file.beside(dict(self._beside(extractor, file))))
        self.close()
        self.owned = list(self._relevant_owned())

    def close(self) -> None:
        """Let go of all that waits."""
        for waiting in self._waiting:
            if waiting.body is not None:
                waiting.body.close()
        self._waiting.clear()
        self._siblings.clear()

    def _beside(self, extractor: Extractor, file: File) -> Iterator[tuple[str, bytes]]:
        for name in extractor.siblings:
            at = posixpath.normpath(posixpath.join(file.directory, name))
            if at in self._too_large:
                self.gap(at, extractor.name, f"larger than {MAX_SIBLING // MIB} MiB: not read", extractor)
            elif at in self._siblings:
                try:
                    yield name, self._siblings[at]()
                except OSError as error:
                    self.gap(at, extractor.name, error.strerror or "cannot be read", extractor)

    def gap(self, path: str, extractor: str, reason: str, by: Extractor | None = None) -> None:
        """Note something that could not be read."""
        weight: Weight = "incomplete" if by is None or by.authoritative else "note"
        self.gaps.append(Gap(path=path, extractor=extractor, reason=reason, weight=weight))

    def _run(self, extractor: Extractor, file: File) -> None:
        try:
            for item in extractor.extract(file):
                self._take(item, file.path)
        except _TooMuch as error:
            raise BoundExceeded(error.message) from None
        except BoundExceeded as error:
            # whoever exceeds a bound may want to hide something behind it: never a mere note
            self.gap(file.path, extractor.name, error.message)
        except CorruptInput as error:
            self.gap(file.path, extractor.name, error.message, extractor)
        except MemoryError:
            raise SourceError(f"cannot read {file.path}: no memory left") from None
        except OSError as error:
            if error.errno in SCARCE:
                raise no_room(f"cannot read {file.path}", error) from None
            self.gap(file.path, extractor.name, error.strerror or "cannot be read", extractor)
        except Exception as error:  # noqa: BLE001 - hostile bytes must not end the scan; said as a gap
            self.gap(file.path, extractor.name, f"not understood: {type(error).__name__}: {error}", extractor)

    def _take(self, item: Item, path: str) -> None:
        if len(self.packages) + len(self.gaps) > MAX_FINDS or self._owned_paths > MAX_OWNED_PATHS:
            raise _TooMuch(f"more than {MAX_FINDS:,} packages or {MAX_OWNED_PATHS:,} paths they own")
        if isinstance(item, Package):
            self.packages.append(item)
        elif isinstance(item, OwnedPaths):
            self._owned_paths += len(item.paths)
            self.owned.append(Owned(path, item))
        elif isinstance(item, OperatingSystem):
            self.systems.append(item)
        else:
            self.gaps.append(item)

    def _relevant_owned(self) -> Iterator[Owned]:
        # A base image owns tens of thousands of paths; only those a package may be found at, in this layer or in one
        # below, decide anything.
        found = {path_of(package.path) for package in self.packages}
        wanted = self.dispatcher.wanted
        for entry in self.owned:
            kept = [
                path
                for path in entry.owned.paths
                if path in found or f"usr/{path}" in found or _PROGRAMS.search(path) or wanted(path)
            ]
            if kept:
                yield Owned(entry.path, OwnedPaths(entry.owned.package, kept))
