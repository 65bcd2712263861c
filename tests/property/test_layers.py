"""Layers merged by our rules show what a container runtime shows: compared with a file system made the slow way."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.inventory.cache import LayerCache
from sekisho.inventory.take import take_inventory
from sekisho.model.artifact import Artifact, Layer
from sekisho.source.protocol import Blob, Image
from tests.simulators.images import sha256

Tree = dict[str, Any]
"""Name → a subtree, or what lies there: bytes of a file, text of a link."""
Entries = list[tuple[str, Any]]
"""(path, bytes of a file, ``-> target`` of a link, or None for a directory), in the order of the tar."""
PACKAGE = "package.json"
NAMES = ("a", "b", "c")


def package(number: int) -> bytes:
    return json.dumps({"name": f"p{number}", "version": "1.0.0"}).encode()


numbers = st.integers(0, 10**6)
leaves = st.one_of(
    numbers.map(package), st.just(b"x"), st.sampled_from(["-> missing", "-> ../nowhere", "-> /no/where"])
)
trees = st.recursive(
    st.fixed_dictionaries({}, optional={PACKAGE: numbers.map(package)}),
    lambda inner: st.dictionaries(st.sampled_from((*NAMES, PACKAGE)), st.one_of(inner, leaves), max_size=3),
    max_leaves=8,
)


@st.composite
def layers(draw: st.DrawFn) -> tuple[Tree, set[str], set[str], Entries]:
    """A tree as one layer: the tree, its whiteouts, its opaque directories, and the tar's entries in some order."""
    tree = draw(trees)
    paths = [path for path, _ in walked(tree)]
    directories = ["", *(path for path, node in walked(tree) if isinstance(node, dict))]
    gone = {
        f"{directory}/{name}".lstrip("/")
        for directory, name in draw(
            st.lists(st.tuples(st.sampled_from(directories), st.sampled_from((*NAMES, PACKAGE))), max_size=3)
        )
    }
    opaque = set(draw(st.lists(st.sampled_from(directories), max_size=1)))
    entries: Entries = [(path, None if isinstance(node, dict) else node) for path, node in walked(tree)]
    spoken = draw(st.booleans())
    entries = [(path, body) for path, body in entries if spoken or body is not None or not implied(path, entries)]
    entries += [(marker(path, ".wh." + path.rpartition("/")[2]), b"") for path in sorted(gone)]
    entries += [(f"{directory}/.wh..wh..opq".lstrip("/"), b"") for directory in sorted(opaque)]
    spelled = draw(st.sampled_from(["{}", "./{}", "/{}"]))
    assert len(paths) == len(set(paths))
    ordered = draw(st.permutations(entries))
    return tree, gone, opaque, [(spelled.format(path), body) for path, body in ordered]


def implied(directory: str, entries: Entries) -> bool:
    """Say whether a directory needs no entry of its own, because a file below it has one."""
    return any(body is not None and path.startswith(f"{directory}/") for path, body in entries)


def marker(path: str, name: str) -> str:
    directory, slash, _ = path.rpartition("/")
    return f"{directory}{slash}{name}"


def walked(tree: Tree, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, node in tree.items():
        yield prefix + name, node
        if isinstance(node, dict):
            yield from walked(node, f"{prefix}{name}/")


def laid_over(lower: Tree, upper: Tree, gone: set[str], opaque: set[str], prefix: str = "") -> Tree:
    """One layer over what is below, as overlayfs merges directories and the image-spec defines whiteouts."""
    merged = {
        name: node for name, node in lower.items() if f"{prefix}{name}" not in gone and prefix.rstrip("/") not in opaque
    }
    for name, node in upper.items():
        below = merged.get(name)
        if isinstance(node, dict):
            below = below if isinstance(below, dict) else {}
            merged[name] = laid_over(below, node, gone, opaque, f"{prefix}{name}/")
        else:
            merged[name] = node
    return merged


def as_tar(entries: Entries) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for path, body in entries:
            member = tarfile.TarInfo(path)
            if body is None:
                member.type = tarfile.DIRTYPE
                tar.addfile(member)
            elif isinstance(body, str):
                member.type, member.linkname = tarfile.SYMTYPE, body[3:]
                tar.addfile(member)
            else:
                member.size = len(body)
                tar.addfile(member, io.BytesIO(body))
    return out.getvalue()


def seen(tars: list[bytes]) -> set[tuple[str, str]]:
    """(path, name) of every package our inventory shows."""
    blobs = tuple(Blob(Layer(diff_id=sha256(tar)), lambda tar=tar: io.BytesIO(tar)) for tar in tars)
    artifact = Artifact(name="test", kind="container_image", layers=tuple(blob.layer for blob in blobs))
    taken = take_inventory(Image(artifact, blobs), LayerCache(None))
    return {(found.path, found.name) for found in taken.inventory.packages}


def visible(tree: Tree) -> set[tuple[str, str]]:
    return {
        (path, json.loads(node)["name"])
        for path, node in walked(tree)
        if isinstance(node, bytes) and node != b"x" and path.rpartition("/")[2] == PACKAGE
    }


@settings(max_examples=400, deadline=None)
@given(st.lists(layers(), min_size=1, max_size=4))
def test_what_is_visible_is_what_a_runtime_shows(stack: list[tuple[Tree, set[str], set[str], Entries]]) -> None:
    expected: Tree = {}
    turned: set[str] = set()
    for tree, gone, opaque, _ in stack:
        turned |= turned_into_directories(expected, tree)
        expected = laid_over(expected, tree, gone, opaque)
    shown = seen([as_tar(entries) for *_, entries in stack])
    assert visible(expected) - shown == set()
    assert {path for path, _ in shown - visible(expected)} <= turned


def turned_into_directories(lower: Tree, upper: Tree, prefix: str = "") -> set[str]:
    """Files that a layer above replaces by directories of the same name: we go on showing them, which misses nothing.

    No build does that to a package's file, and remembering every directory of every layer would cost each scan.
    """
    found: set[str] = set()
    for name, node in upper.items():
        below = lower.get(name)
        if isinstance(node, dict) and isinstance(below, dict):
            found |= turned_into_directories(below, node, f"{prefix}{name}/")
        elif isinstance(node, dict) and below is not None:
            found.add(f"{prefix}{name}")
    return found
