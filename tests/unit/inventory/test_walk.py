from __future__ import annotations

import errno
import io
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from sekisho.errors import BoundExceeded, CorruptInput, SourceError
from sekisho.inventory import collector, walk
from sekisho.inventory.collector import Collector
from sekisho.inventory.dispatch import Dispatcher
from sekisho.inventory.protocol import Extractor, File, Item
from sekisho.inventory.walk import walk_aliases, walk_layer, walk_tree
from sekisho.model.package import OwnedPaths, Package
from sekisho.source.directory import open_directory
from tests.simulators.images import Content, layer_tar


def lines(file: File) -> Iterator[Item]:
    """One package a line; `!` is damage, `?` a defect."""
    for line in file.text.split():
        if line == "!":
            raise CorruptInput("damaged")
        if line == "?":
            raise KeyError("defect")
        yield Package(type="generic", name=line, found_by="lines", path=file.path)


def with_sibling(file: File) -> Iterator[Item]:
    beside = file.sibling("beside.txt")
    above = file.sibling("../above.txt")
    name = (beside or b"none").decode() + "+" + (above or b"none").decode()
    yield Package(type="generic", name=name, path=file.path)


def owns(file: File) -> Iterator[Item]:
    yield OwnedPaths(file.name, file.text.split())


LINES = Extractor(name="lines", extract=lines, names=("list",), suffixes=(".list",), max_size=1 << 20)
NOTES = Extractor(name="notes", extract=lines, names=("loose",), authoritative=False)
PLACED = Extractor(name="placed", extract=lines, paths=("var/db",), directories=("var/db.d",))
NARROW = Extractor(name="narrow", extract=lines, names=("METADATA",), pattern=r"\.dist-info/METADATA$")
MAGIC = Extractor(name="magic", extract=lines, magic=(b"\x7fELF",), min_size=8)
SIBLING = Extractor(name="sibling", extract=with_sibling, names=("main",), siblings=("beside.txt", "../above.txt"))
OWNED = Extractor(name="owned", extract=owns, suffixes=(".owned",))
EVERYTHING = Dispatcher((LINES, NOTES, PLACED, NARROW, MAGIC, SIBLING, OWNED))


def walked(content: Content, dispatcher: Dispatcher = EVERYTHING) -> Collector:
    return walk_layer(io.BytesIO(layer_tar(content)), dispatcher)[0]


def found(content: Content) -> list[tuple[str, str]]:
    return [(package.path, package.name) for package in walked(content).packages]


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("a/list", ["lines"]),
        ("a/x.LIST", ["lines"]),
        ("list/a", []),
        ("var/db", ["placed"]),
        ("srv/var/db", []),
        ("var/db.d/any", ["placed"]),
        ("var/db.d/deep/er", []),
        ("x.dist-info/METADATA", ["narrow"]),
        ("doc/METADATA", []),
        ("nothing", []),
    ],
)
def test_a_path_is_wanted_by_name_suffix_place_or_pattern(path: str, names: list[str]) -> None:
    assert [extractor.name for extractor in EVERYTHING.wanted(path)] == names


def test_every_wanted_file_is_extracted_once() -> None:
    assert found({"a/list": b"one two", "b.list": b"three", "c": b"four"}) == [
        ("a/list", "one"),
        ("a/list", "two"),
        ("b.list", "three"),
    ]


def test_executables_are_wanted_by_their_first_bytes() -> None:
    content = {"bin/x": b"\x7fELF one", "bin/tiny": b"\x7fELF", "bin/script": b"#!/bin/sh one"}
    assert [path for path, _ in found(content)] == ["bin/x", "bin/x"]


def test_siblings_arrive_whatever_the_order_in_the_archive() -> None:
    content = {"x/y/main": b"", "x/y/beside.txt": b"B", "x/above.txt": b"A", "z/main": b""}
    assert found(content) == [("x/y/main", "B+A"), ("z/main", "none+none")]


def test_a_damaged_file_is_a_gap_and_the_rest_is_kept() -> None:
    collector = walked({"a.list": b"one !", "b.list": b"two"})
    assert [package.name for package in collector.packages] == ["one", "two"]
    assert [(gap.path, gap.reason, gap.weight) for gap in collector.gaps] == [("a.list", "damaged", "incomplete")]


def test_a_defect_of_an_extractor_is_a_gap_too() -> None:
    (gap,) = walked({"a.list": b"?"}).gaps
    assert gap.reason == "not understood: KeyError: 'defect'"


def test_a_broken_file_that_is_ordinary_is_only_a_note() -> None:
    (gap,) = walked({"loose": b"!"}).gaps
    assert gap.weight == "note"


def test_a_file_beyond_the_bound_is_a_gap() -> None:
    (gap,) = walked({"a.list": b"x" * (2 << 20)}).gaps
    assert gap.reason == "larger than 1 MiB: not read"


def test_a_hard_link_under_a_wanted_name_is_remembered() -> None:
    _, hides = walk_layer(io.BytesIO(layer_tar({"status-old": b"one", "a/list": "=> ./status-old"})), EVERYTHING)
    assert hides.links == {"status-old": ["a/list"]}


def test_the_second_pass_reads_a_link_as_if_it_stood_under_its_name() -> None:
    body = layer_tar({"status-old": b"one", "a/list": "=> status-old"})
    collector = walk_aliases(io.BytesIO(body), EVERYTHING, {"status-old": ["a/list"]})
    assert [(package.path, package.name) for package in collector.packages] == [("a/list", "one")]


def test_owned_paths_are_kept_only_where_a_package_may_lie() -> None:
    collector = walked({"x.owned": b"a/list usr/share/doc bin/x", "bin/x": b"\x7fELF one"})
    assert [entry.owned.paths for entry in collector.owned] == [["a/list", "bin/x"]]


def test_whiteouts_are_told_apart_from_files() -> None:
    content = {"a/.wh.gone": b"", "b/.wh..wh..opq": b"", "kept": b"", "dir": None, "link": "-> kept"}
    _, hides = walk_layer(io.BytesIO(layer_tar(content)), EVERYTHING)
    assert (hides.whiteouts, hides.opaque, hides.files) == (["a/gone"], ["b"], ["kept", "link"])


def test_a_tree_gives_the_same_as_a_layer(tmp_path: Path) -> None:
    content = {"a/list": b"one", "x/y/main": b"", "x/y/beside.txt": b"B", "bin/x": b"\x7fELF one", "loose": b"!"}
    for path, body in content.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(body)
    tree, layer = walk_tree(open_directory(tmp_path).walk(), EVERYTHING), walked(content)
    assert sorted(p.key + p.path for p in tree.packages) == sorted(p.key + p.path for p in layer.packages)
    assert tree.gaps == layer.gaps


def test_the_signature_changes_with_an_extractors_version() -> None:
    older = Extractor(name="lines", version=1, extract=lines)
    newer = Extractor(name="lines", version=2, extract=lines)
    assert Dispatcher((older,)).signature != Dispatcher((newer,)).signature


@pytest.mark.parametrize(
    "change",
    [
        {"names": ("other",)},
        {"names": ("list", "more")},
        {"suffixes": (".x",)},
        {"paths": ("var/db",)},
        {"directories": ("var/db.d",)},
        {"pattern": "x$"},
        {"magic": (b"\x7fELF",)},
        {"min_size": 1},
        {"max_size": 1},
        {"siblings": ("beside",)},
        {"authoritative": False},
        {"extract": with_sibling},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_signature_changes_with_the_declaration(change: dict[str, object]) -> None:
    changed = msgspec.structs.replace(LINES, **change)
    assert Dispatcher((LINES,)).signature != Dispatcher((changed,)).signature


def test_two_extractors_may_share_a_name_and_want_the_same_file() -> None:
    first = Extractor(name="same", extract=lines, names=("db",), pattern="^a/")
    second = Extractor(name="same", extract=with_sibling, names=("db",), pattern="^b/")
    both = Dispatcher((first, second))
    assert [both.wanted("a/db"), both.wanted("b/db"), both.wanted("c/db")] == [(first,), (second,), ()]


def test_a_program_is_found_under_a_name_that_somebody_else_wants() -> None:
    gaps = walked({"a.list": b"\x7fELF\n!\n\n"}).gaps
    assert [gap.extractor for gap in gaps] == ["lines", "magic"]


def test_a_sibling_beyond_the_bound_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "MAX_SIBLING", 3)
    monkeypatch.setattr(walk, "MAX_SIBLING", 3)
    (gap,) = walked({"main": b"", "beside.txt": b"four"}).gaps
    assert (gap.path, gap.weight) == ("beside.txt", "incomplete")


def test_what_waits_for_siblings_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "MAX_WAITING", 10)
    found = walked({"a/main": b"12345", "b/main": b"12345", "c/main": b"12345"})
    assert [package.path for package in found.packages] == ["a/main", "b/main"]
    assert [(gap.path, gap.weight) for gap in found.gaps] == [("c/main", "incomplete")]


def test_a_large_file_waits_in_a_temporary_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MAX_FILE_IN_MEMORY", 3)
    monkeypatch.setattr(collector, "MAX_WAITING", 3)
    assert found({"main": b"large", "beside.txt": b"B"}) == [("main", "B+none")]


def test_a_full_disk_ends_the_walk_and_is_no_gap() -> None:
    def full(_: File) -> Iterator[Item]:
        raise OSError(errno.ENOSPC, "No space left on device")
        yield

    dispatcher = Dispatcher((msgspec.structs.replace(LINES, extract=full),))
    with pytest.raises(SourceError, match="No space left"):
        walked({"list": b"one"}, dispatcher)


def test_a_sparse_program_is_a_gap() -> None:
    body = bytearray(layer_tar({"bin/x": b"\x7fELF" + bytes(60)}, tarfile.GNU_FORMAT))
    body[156:157] = b"S"
    body[148:156] = b"        "
    body[148:156] = b"%06o\0 " % sum(body[:512])
    collected, _ = walk_layer(io.BytesIO(bytes(body)), EVERYTHING)
    assert [(gap.path, gap.extractor) for gap in collected.gaps] == [("bin/x", "magic")]


def test_a_name_that_is_not_utf8_can_be_reported(tmp_path: Path) -> None:
    place = os.fsencode(tmp_path) + b"/caf\xe9"
    Path(os.fsdecode(place)).mkdir()
    Path(os.fsdecode(place + b"/list")).write_bytes(b"one")
    (package,) = walk_tree(open_directory(tmp_path).walk(), EVERYTHING).packages
    assert package.path.encode() == rb"caf\xe9/list"


def test_more_finds_than_any_artifact_holds_end_the_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "MAX_FINDS", 2)
    with pytest.raises(BoundExceeded, match="more than 2 packages"):
        walked({"list": b"a b c d"})


def test_more_owned_paths_than_any_artifact_holds_end_the_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "MAX_OWNED_PATHS", 2)
    with pytest.raises(BoundExceeded, match="or 2 paths"):
        walked({"a.owned": b"1 2 3", "b.owned": b"4"})
