"""One pass over a layer or a tree that serves every extractor.

The walk alone reads; extractors are handed what they declared, by the :class:`~sekisho.inventory.collector.Collector`.
"""

from __future__ import annotations

import functools
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import msgspec

from sekisho.errors import BoundExceeded
from sekisho.formats.limits import MAX_FILE_IN_MEMORY
from sekisho.formats.tar import BLOCK, Member, Readable, TarReader, rooted
from sekisho.inventory.collector import MAX_SIBLING, Collector, no_room
from sekisho.inventory.dispatch import MAGIC_HEAD, Dispatcher, Wanted
from sekisho.inventory.layer import OPAQUE, WHITEOUT, LayerInventory, path_of
from sekisho.inventory.links import Aliases, Resolver, moved
from sekisho.inventory.protocol import File
from sekisho.model.artifact import Layer
from sekisho.source.protocol import TreeFile


def walk_layer(stream: Readable, dispatcher: Dispatcher) -> tuple[Collector, Hides]:
    """Read one layer's tar to its end. Raises CorruptInput when the tar itself cannot be read."""
    collector = Collector(dispatcher)
    hides = Hides()
    reader = TarReader(stream)
    try:
        for member in reader:
            if member.kind == "directory":
                continue
            name = member.path.rpartition("/")[2]
            if name.startswith(WHITEOUT):
                hides.whiteout(member.path, name)
                continue
            hides.files.append(member.path)
            if member.kind == "file":
                _take(reader, member, collector)
            elif member.kind != "other":
                _note_link(reader, member, collector, hides)
        collector.finish()
    finally:
        collector.close()
    return collector, hides


def walk_aliases(stream: Readable, dispatcher: Dispatcher, aliases: Aliases) -> Collector:
    """A second pass over a layer: read the files that are known under other names, as if they stood there.

    ``aliases`` are those names, by file. A file that is not there after all is a gap under each of them.
    """
    collector = Collector(dispatcher)
    reader = TarReader(stream)
    missing = dict(aliases)
    try:
        for member in reader:
            if member.kind == "file" and member.path in aliases:
                missing.pop(member.path, None)
                offers = [(path, dispatcher.wanted(path)) for path in aliases[member.path]]
                _read(reader, member, collector, offers)
        collector.finish()
    finally:
        collector.close()
    for target, paths in missing.items():
        for path in paths:
            by = dispatcher.wanted(path)[0]
            collector.gap(path, by.name, f"a link to {target}, which is not a file of the same layer: not read", by)
    return collector


class Hides:
    """What a layer puts over the ones below it, and the links it holds."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.whiteouts: list[str] = []
        self.opaque: list[str] = []
        self.links: Aliases = {}
        """Hard links under names that somebody wants, by the file they lead to."""
        self.other_links: Aliases = {}
        """All other hard links."""
        self.symlinks: dict[str, str] = {}

    def whiteout(self, path: str, name: str) -> None:
        """Enter a whiteout marker by its path and base name."""
        directory = path[: -len(name)]
        if name == OPAQUE:
            self.opaque.append(directory.rstrip("/"))
        else:
            self.whiteouts.append(directory + name[len(WHITEOUT) :])


def _note_link(reader: TarReader, member: Member, collector: Collector, hides: Hides) -> None:
    """Links are followed when the layer is known; a sparse file has no content that could be read here."""
    wanted = collector.dispatcher.wanted(member.path)
    if member.kind == "symlink":
        hides.symlinks[member.path] = member.link
    elif member.kind == "hardlink":
        (hides.links if wanted else hides.other_links).setdefault(rooted(member.link), []).append(member.path)
    elif wanted := wanted or collector.dispatcher.by_magic(_sparse_head(reader), member.size):
        by = wanted[0]
        collector.gap(member.path, by.name, "a sparse file: its content was not expanded", by)


def _sparse_head(reader: TarReader) -> bytes:
    """The first bytes of content; GNU's newest format stores the map, which begins with a number, in a block before."""
    head = reader.head(BLOCK + MAGIC_HEAD)
    return head[BLOCK:] if head[:1].isdigit() else head[:MAGIC_HEAD]


def _take(reader: TarReader, member: Member, collector: Collector) -> None:
    dispatcher = collector.dispatcher
    path, size = member.path, member.size
    wanted = dispatcher.wanted(path)
    if size >= dispatcher.min_magic_size and (program := dispatcher.by_magic(reader.head(MAGIC_HEAD), size)):
        wanted = (*wanted, *(extractor for extractor in program if extractor not in wanted))
    sibling = bool(dispatcher.sibling_names) and path.rpartition("/")[2] in dispatcher.sibling_names
    if wanted or sibling:
        _read(reader, member, collector, [(path, wanted)], sibling)


def _read(
    reader: TarReader,
    member: Member,
    collector: Collector,
    offers: list[tuple[str, Wanted]],
    sibling: bool = False,
) -> None:
    """Read the current member once, for everybody who wants it under one of its names."""
    size = member.size
    readable = (sibling and size <= MAX_SIBLING) or any(
        size <= extractor.max_size for _, wanted in offers for extractor in wanted
    )
    data: bytes | None = None
    body: BinaryIO | None = None
    kept = False
    if readable and size <= MAX_FILE_IN_MEMORY:
        data = reader.read()
    elif readable:
        try:
            body = reader.spool()
        except OSError as error:
            raise no_room(f"cannot keep {member.path} in a temporary file", error) from None
    try:
        for path, wanted in offers:
            kept |= collector.offer(wanted, File(path, data, body=body, size=size, mode=member.mode), body=body)
    finally:
        if body is not None and not kept:
            body.close()
    if sibling:
        collector.keep_sibling(member.path, size, functools.partial(bytes, data or b""), in_memory=len(data or b""))


def walk_tree(files: Iterable[TreeFile], dispatcher: Dispatcher) -> Collector:
    """Read a directory tree; what this user may not read becomes a gap. Links are followed within the tree."""
    collector = Collector(dispatcher)
    symlinks: dict[str, TreeFile] = {}
    try:
        for file in files:
            if file.kind == "file":
                _take_tree_file(file, collector)
            elif file.kind == "symlink":
                symlinks[file.path] = file
            else:
                collector.gap(file.path, "directory", "cannot be read: permission denied")
        _follow_tree_links(symlinks, collector)
        collector.finish()
    finally:
        collector.close()
    return collector


def _take_tree_file(file: TreeFile, collector: Collector, wanted: Wanted = ()) -> None:
    dispatcher = collector.dispatcher
    wanted = wanted or dispatcher.wanted(file.path)
    load = functools.partial(_load, file.location)
    if file.path.rpartition("/")[2] in dispatcher.sibling_names:
        collector.keep_sibling(file.path, file.size, load)
    if not wanted and file.size < dispatcher.min_magic_size:
        return
    try:
        with _opened(file.location) as body:
            if file.size >= dispatcher.min_magic_size:
                program = dispatcher.by_magic(body.read(MAGIC_HEAD), file.size)
                wanted = (*wanted, *(extractor for extractor in program if extractor not in wanted))
            collector.offer(wanted, File(file.path, body=body, size=file.size, mode=file.mode), load)
    except OSError as error:
        # Nobody knows what is in it: that is never an ordinary broken file.
        name = wanted[0].name if wanted else "directory"
        collector.gap(file.path, name, error.strerror or "cannot be read")


def _opened(location: str) -> BinaryIO:
    """Open a file of the tree; what has meanwhile become a link or a pipe is an OSError, not an adventure."""
    handle = os.open(location, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    return os.fdopen(handle, "rb")


def _load(location: str) -> bytes:
    with _opened(location) as body:
        return body.read()


def _follow_tree_links(symlinks: dict[str, TreeFile], collector: Collector) -> None:
    def read_link(path: str) -> str | None:
        link = symlinks.get(path)
        try:
            return str(Path(link.location).readlink()) if link else None
        except OSError:
            return None

    ends = (link.location.removesuffix(path) for path, link in symlinks.items() if link.location.endswith(path))
    root = next(ends, "")
    try:
        for path, target, is_directory in moved(Resolver(read_link), symlinks, collector.dispatcher):
            names = _children(root + target) if is_directory else [""]
            for name in names:
                found = _regular(f"{path}/{name}" if name else path, f"{root}{target}/{name}".rstrip("/"))
                if found is not None:
                    _take_tree_file(found, collector)
    except BoundExceeded as error:
        collector.gap("", "links", error.message)


def _children(location: str) -> list[str]:
    try:
        return sorted(entry.name for entry in Path(location).iterdir())
    except OSError:
        return []


def _regular(path: str, location: str) -> TreeFile | None:
    """The file there; None when nothing or something else is, as behind a dangling link."""
    try:
        status = os.lstat(location)
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return TreeFile(path, location, "file", status.st_size, stat.S_IMODE(status.st_mode))


def layer_inventory(layer: Layer, collector: Collector, hides: Hides) -> LayerInventory:
    """Freeze what a walk collected."""
    found = {path_of(package.path) for package in collector.packages} if hides.other_links else set()
    return LayerInventory(
        layer=layer,
        packages=tuple(collector.packages),
        owned=tuple(collector.owned),
        systems=tuple(collector.systems),
        gaps=tuple(collector.gaps),
        files="\0".join(hides.files),
        whiteouts=tuple(hides.whiteouts),
        opaque=tuple(hides.opaque),
        links={target: tuple(paths) for target, paths in hides.other_links.items() if target in found},
        symlinks=hides.symlinks,
    )


def with_finds(layer: LayerInventory, collector: Collector) -> LayerInventory:
    """The layer with what another walk found in addition."""
    return msgspec.structs.replace(
        layer,
        packages=(*layer.packages, *collector.packages),
        owned=(*layer.owned, *collector.owned),
        systems=(*layer.systems, *collector.systems),
        gaps=(*layer.gaps, *collector.gaps),
    )
