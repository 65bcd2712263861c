"""Take the inventory of whatever was opened: layers through the cache, trees in one walk."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from sekisho.errors import BoundExceeded, SourceError
from sekisho.inventory.cache import LayerCache
from sekisho.inventory.catalogue import extractors
from sekisho.inventory.collector import Collector
from sekisho.inventory.dispatch import Dispatcher
from sekisho.inventory.layer import LayerInventory
from sekisho.inventory.links import Aliases
from sekisho.inventory.merge import Skip, assemble, merge_layers
from sekisho.inventory.redirect import redirected
from sekisho.inventory.walk import layer_inventory, walk_aliases, walk_layer, walk_tree, with_finds
from sekisho.model.artifact import Artifact, Layer
from sekisho.model.digest import short_digest
from sekisho.model.inventory import Gap, Inventory
from sekisho.source.blob import LayerStream
from sekisho.source.protocol import Blob, Image, Opened, Tree

Progress = Callable[[str], None]


class Taken(msgspec.Struct, frozen=True):
    """The inventory, and the artifact with what was learned of its layers while reading."""

    artifact: Artifact
    inventory: Inventory


def dispatcher_for(*, post_build: bool) -> Dispatcher:
    """The extractors of what is installed (images, root file systems), or of what will be (source trees)."""
    chosen = (e for e in extractors() if (e.post_build if post_build else e.pre_build))
    return Dispatcher(chosen)


def take_inventory(
    opened: Opened,
    cache: LayerCache,
    *,
    post_build: bool = True,
    allow_partial: bool = False,
    max_size: int = 0,
    skip: Skip = lambda _: False,
    progress: Progress = lambda _: None,
) -> Taken:
    """Read everything once. Raises SourceError when a layer cannot be read, unless ``allow_partial``: then it is a
    gap."""
    dispatcher = dispatcher_for(post_build=post_build)
    if isinstance(opened, Tree):
        return _of_tree(opened, dispatcher, skip)
    layers: list[LayerInventory] = []
    for at, blob in enumerate(opened.blobs, 1):
        progress(f"layer {at} of {len(opened.blobs)}")
        layers.append(_of_layer(opened, blob, at, dispatcher, cache, allow_partial))
        if max_size and sum(layer.layer.uncompressed_size for layer in layers) > max_size:
            raise BoundExceeded(f"{opened.artifact.name} is larger than --max-image-size")
    _follow_symlinks(opened, layers, dispatcher, allow_partial)
    artifact = msgspec.structs.replace(opened.artifact, layers=tuple(layer.layer for layer in layers))
    return Taken(artifact, merge_layers(layers, skip))


def _of_tree(tree: Tree, dispatcher: Dispatcher, skip: Skip) -> Taken:
    collector = walk_tree((file for file in tree.walk() if not skip(file.path)), dispatcher)
    inventory = assemble(
        collector.packages, (entry.owned for entry in collector.owned), collector.systems, collector.gaps
    )
    return Taken(tree.artifact, inventory)


def _of_layer(
    image: Image, blob: Blob, at: int, dispatcher: Dispatcher, cache: LayerCache, allow_partial: bool
) -> LayerInventory:
    known = cache.get(blob.layer.diff_id, dispatcher)
    if known is not None:
        return msgspec.structs.replace(known, layer=_described(blob, known))
    try:
        read = read_layer(blob, dispatcher)
    except SourceError as error:
        return LayerInventory(layer=blob.layer, gaps=(_unreadable(image, at, error, allow_partial),))
    cache.put(read, dispatcher)
    return read


def _unreadable(image: Image, at: int, error: SourceError, allow_partial: bool) -> Gap:
    """A gap where a partial inventory will do; else raise the error, which then says where it happened."""
    where = f"layer {at} of {len(image.blobs)}"
    if not allow_partial:
        error.message = f"cannot read {image.artifact.name}: {where}: {error.message}"
        error.detail = error.detail or "the inventory would miss packages, so no verdict is given"
        error.hint = error.hint or "pull again, or pass --allow-partial to report what was read"
        raise error
    diff_id = short_digest(image.blobs[at - 1].layer.diff_id)
    return Gap(path="", extractor="layer", reason=f"{where} {diff_id}: {error.message}")


def _described(blob: Blob, known: LayerInventory) -> Layer:
    """The layer as this image names it, with the sizes known from reading it before."""
    return msgspec.structs.replace(blob.layer, uncompressed_size=known.layer.uncompressed_size)


def read_layer(blob: Blob, dispatcher: Dispatcher) -> LayerInventory:
    """Read one layer to its end and verify it; a second pass only for hard links under wanted names."""
    stream = LayerStream(blob)
    try:
        collector, hides = walk_layer(stream, dispatcher)
        layer = stream.finish()
    finally:
        stream.close()
    inventory = layer_inventory(layer, collector, hides)
    return with_finds(inventory, read_aliases(blob, dispatcher, hides.links)) if hides.links else inventory


def read_aliases(blob: Blob, dispatcher: Dispatcher, aliases: Aliases) -> Collector:
    """Read a layer again, and verify it again, for the files that are known under other names."""
    stream = LayerStream(blob)
    try:
        collector = walk_aliases(stream, dispatcher, aliases)
        stream.finish()
    finally:
        stream.close()
    return collector


def _follow_symlinks(image: Image, layers: list[LayerInventory], dispatcher: Dispatcher, allow_partial: bool) -> None:
    """Add to the layers what stands at wanted places by symbolic links only."""
    try:
        redirections = redirected(layers, dispatcher)
    except BoundExceeded as error:
        gap = Gap(path="", extractor="links", reason=error.message)
        layers[-1] = msgspec.structs.replace(layers[-1], gaps=(*layers[-1].gaps, gap))
        return
    for (source, shown), aliases in redirections.items():
        layer = layers[shown]
        try:
            layers[shown] = with_finds(layer, read_aliases(image.blobs[source], dispatcher, aliases))
        except SourceError as error:
            gap = _unreadable(image, source + 1, error, allow_partial)
            layers[shown] = msgspec.structs.replace(layer, gaps=(*layer.gaps, gap))
