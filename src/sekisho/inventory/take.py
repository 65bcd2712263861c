"""Take the inventory of whatever was opened: layers through the cache, trees in one walk."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from sekisho.errors import BoundExceeded, SourceError
from sekisho.inventory.cache import LayerCache
from sekisho.inventory.catalogue import extractors
from sekisho.inventory.dispatch import Dispatcher
from sekisho.inventory.layer import LayerInventory
from sekisho.inventory.merge import Skip, assemble, merge_layers
from sekisho.inventory.walk import Collector, Hides, layer_inventory, walk_layer, walk_tree
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
        where = f"layer {at} of {len(image.blobs)}"
        if not allow_partial:
            error.message = f"cannot read {image.artifact.name}: {where}: {error.message}"
            error.detail = error.detail or "the inventory would miss packages, so no verdict is given"
            error.hint = error.hint or "pull again, or pass --allow-partial to report what was read"
            raise
        gap = Gap(path="", extractor="layer", reason=f"{where} {short_digest(blob.layer.diff_id)}: {error.message}")
        return LayerInventory(layer=blob.layer, gaps=(gap,))
    cache.put(read, dispatcher)
    return read


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
    if hides.links:
        _follow_links(blob, dispatcher, collector, hides)
    return layer_inventory(layer, collector, hides)


def _follow_links(blob: Blob, dispatcher: Dispatcher, collector: Collector, hides: Hides) -> None:
    stream = LayerStream(blob)
    try:
        linked, _ = walk_layer(stream, dispatcher, hides.links)
    finally:
        stream.close()
    collector.packages += linked.packages
    collector.owned += linked.owned
    collector.systems += linked.systems
    collector.gaps += linked.gaps
