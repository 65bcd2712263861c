"""One pass over a layer or a tree that serves every extractor.

The walk alone reads; extractors are handed what they declared. A file that an extractor cannot read becomes a gap,
whatever the reason: hostile input must not be able to end a scan, or to be missing from it in silence.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from sekisho.errors import CorruptInput
from sekisho.formats.limits import MAX_FILE_IN_MEMORY, MIB
from sekisho.formats.tar import Member, Readable, TarReader, rooted
from sekisho.inventory.dispatch import MAGIC_HEAD, Dispatcher, Wanted
from sekisho.inventory.layer import OPAQUE, WHITEOUT, LayerInventory, Owned
from sekisho.inventory.protocol import Extractor, File, Item
from sekisho.model.artifact import Layer
from sekisho.model.inventory import Gap, OperatingSystem, Weight
from sekisho.model.package import OwnedPaths, Package
from sekisho.source.protocol import TreeFile

MAX_SIBLING = 16 * MIB
"""A file kept until the end of the walk because another may want it beside itself; go.sum of Kubernetes has 0.2 MiB."""
MAX_SIBLINGS = 256 * MIB
"""All of them together: the memory a tree full of manifests may take."""

Aliases = dict[str, list[str]]


class _Deferred(msgspec.Struct):
    extractor: Extractor
    path: str
    data: bytes
    mode: int


class Collector:
    """What the extractors said so far, and the files that wait for their siblings."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self.dispatcher = dispatcher
        self.packages: list[Package] = []
        self.owned: list[Owned] = []
        self.systems: list[OperatingSystem] = []
        self.gaps: list[Gap] = []
        self._deferred: list[_Deferred] = []
        self._siblings: dict[str, bytes] = {}
        self._sibling_bytes = 0

    def keep_sibling(self, path: str, data: bytes) -> None:
        """Keep a small file that may be wanted as a sibling."""
        self._sibling_bytes += len(data)
        if self._sibling_bytes > MAX_SIBLINGS:
            self.gap(path, "siblings", f"more than {MAX_SIBLINGS // MIB} MiB of manifests: this one was not kept")
            return
        self._siblings[path] = data

    def offer(self, wanted: Wanted, path: str, size: int, mode: int, data: bytes | None, body: BinaryIO | None) -> None:
        """Hand one file to the extractors that want it; those with siblings wait for :meth:`finish`."""
        for extractor in wanted:
            if size > extractor.max_size:
                limit = extractor.max_size // MIB
                self.gap(path, extractor.name, f"larger than {limit} MiB: not read", extractor)
            elif extractor.siblings:
                file = File(path, data, body=body, size=size, mode=mode)
                self._deferred.append(_Deferred(extractor, path, file.data, mode))
            else:
                self._run(extractor, File(path, data, body=body, size=size, mode=mode))

    def finish(self) -> None:
        """Run the deferred extractors with their siblings, and drop owned paths that no package lies at."""
        for waiting in self._deferred:
            directory = posixpath.dirname(waiting.path)
            siblings = {
                name: self._siblings[at]
                for name in waiting.extractor.siblings
                if (at := posixpath.normpath(posixpath.join(directory, name))) in self._siblings
            }
            self._run(waiting.extractor, File(waiting.path, waiting.data, mode=waiting.mode, siblings=siblings))
        self._deferred.clear()
        self._siblings.clear()
        self.owned = list(self._relevant_owned())

    def gap(self, path: str, extractor: str, reason: str, by: Extractor | None = None) -> None:
        """Note something that could not be read."""
        weight: Weight = "incomplete" if by is None or by.authoritative else "note"
        self.gaps.append(Gap(path=path, extractor=extractor, reason=reason, weight=weight))

    def _run(self, extractor: Extractor, file: File) -> None:
        try:
            for item in extractor.extract(file):
                self._take(item, file.path)
        except CorruptInput as error:
            self.gap(file.path, extractor.name, error.message, extractor)
        except Exception as error:  # noqa: BLE001 - hostile bytes must not end the scan; said as a gap
            self.gap(file.path, extractor.name, f"not understood: {type(error).__name__}: {error}", extractor)

    def _take(self, item: Item, path: str) -> None:
        if isinstance(item, Package):
            self.packages.append(item)
        elif isinstance(item, OwnedPaths):
            self.owned.append(Owned(path, item))
        elif isinstance(item, OperatingSystem):
            self.systems.append(item)
        else:
            self.gaps.append(item)

    def _relevant_owned(self) -> Iterator[Owned]:
        # A base image owns tens of thousands of paths; only those a package may be found at decide anything.
        found = {package.path.partition("!/")[0] for package in self.packages}
        wanted = self.dispatcher.wanted
        for entry in self.owned:
            kept = [path for path in entry.owned.paths if path in found or f"usr/{path}" in found or wanted(path)]
            if kept:
                yield Owned(entry.path, OwnedPaths(entry.owned.package, kept))


def walk_layer(stream: Readable, dispatcher: Dispatcher, aliases: Aliases | None = None) -> tuple[Collector, Hides]:
    """Read one layer's tar to its end.

    ``aliases`` is for a second pass: hard-linked files by target, to be read as if they stood under the linking paths.
    Raises CorruptInput when the tar itself cannot be read.
    """
    collector = Collector(dispatcher)
    hides = Hides()
    reader = TarReader(stream)
    take = _alias_taker(aliases) if aliases else _taker
    for member in reader:
        if member.kind == "directory":
            continue
        name = member.path.rpartition("/")[2]
        if name.startswith(WHITEOUT):
            hides.whiteout(member.path, name)
            continue
        hides.files.append(member.path)
        if member.kind == "file":
            take(reader, member, collector, aliases or {})
        elif member.kind == "hardlink" and dispatcher.wanted(member.path):
            hides.links.setdefault(rooted(member.link), []).append(member.path)
        elif member.kind == "sparse" and (wanted := dispatcher.wanted(member.path)):
            collector.gap(member.path, wanted[0].name, "a sparse file: its content was not expanded", wanted[0])
    collector.finish()
    return collector, hides


class Hides:
    """What a layer puts over the ones below it, and its hard links to files under names nobody asked for."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.whiteouts: list[str] = []
        self.opaque: list[str] = []
        self.links: Aliases = {}

    def whiteout(self, path: str, name: str) -> None:
        """Enter a whiteout marker by its path and base name."""
        directory = path[: -len(name)]
        if name == OPAQUE:
            self.opaque.append(directory.rstrip("/"))
        else:
            self.whiteouts.append(directory + name[len(WHITEOUT) :])


def _taker(reader: TarReader, member: Member, collector: Collector, _: Aliases) -> None:
    dispatcher = collector.dispatcher
    path, size = member.path, member.size
    wanted = dispatcher.wanted(path)
    sibling = dispatcher.sibling_names and path.rpartition("/")[2] in dispatcher.sibling_names and size <= MAX_SIBLING
    if not wanted and not sibling:
        if size < dispatcher.min_magic_size:
            return
        wanted = dispatcher.by_magic(reader.head(MAGIC_HEAD), size)
        if not wanted:
            return
    _read(reader, member, collector, wanted, [path], bool(sibling))


def _alias_taker(aliases: Aliases) -> Callable[[TarReader, Member, Collector, Aliases], None]:
    def take(reader: TarReader, member: Member, collector: Collector, _: Aliases) -> None:
        paths = aliases.get(member.path)
        if paths:
            wanted = {e.name: e for path in paths for e in collector.dispatcher.wanted(path)}
            _read(reader, member, collector, tuple(wanted.values()), paths, sibling=False)

    return take


def _read(
    reader: TarReader, member: Member, collector: Collector, wanted: Wanted, paths: Iterable[str], sibling: bool
) -> None:
    readable = any(member.size <= extractor.max_size for extractor in wanted) or sibling
    data: bytes | None = None
    body: BinaryIO | None = None
    if readable and member.size <= MAX_FILE_IN_MEMORY:
        data = reader.read()
    elif readable:
        body = reader.spool()
    try:
        for path in paths:
            if sibling and data is not None:
                collector.keep_sibling(path, data)
            collector.offer(wanted, path, member.size, member.mode, data, body)
    finally:
        if body is not None:
            body.close()


def walk_tree(files: Iterable[TreeFile], dispatcher: Dispatcher) -> Collector:
    """Read a directory tree; what this user may not read becomes a gap."""
    collector = Collector(dispatcher)
    for file in files:
        if file.kind == "file":
            _read_tree_file(file, collector)
        elif file.kind == "unreadable":
            collector.gap(file.path, "directory", "permission denied")
    collector.finish()
    return collector


def _read_tree_file(file: TreeFile, collector: Collector) -> None:
    dispatcher = collector.dispatcher
    wanted = dispatcher.wanted(file.path)
    sibling = file.path.rpartition("/")[2] in dispatcher.sibling_names and file.size <= MAX_SIBLING
    if not wanted and not sibling and file.size < dispatcher.min_magic_size:
        return
    try:
        with Path(file.location).open("rb") as body:
            wanted = wanted or (() if sibling else dispatcher.by_magic(body.read(MAGIC_HEAD), file.size))
            if sibling:
                body.seek(0)
                collector.keep_sibling(file.path, body.read(MAX_SIBLING))
            collector.offer(wanted, file.path, file.size, file.mode, None, body)
    except OSError as error:
        by = wanted[0] if wanted else None
        collector.gap(file.path, by.name if by else "directory", error.strerror or "cannot be read", by)


def layer_inventory(layer: Layer, collector: Collector, hides: Hides) -> LayerInventory:
    """Freeze what a walk collected."""
    return LayerInventory(
        layer=layer,
        packages=tuple(collector.packages),
        owned=tuple(collector.owned),
        systems=tuple(collector.systems),
        gaps=tuple(collector.gaps),
        files="\0".join(hides.files),
        whiteouts=tuple(hides.whiteouts),
        opaque=tuple(hides.opaque),
    )
