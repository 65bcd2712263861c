from __future__ import annotations

from pathlib import Path

import pytest

from sekisho.errors import BoundExceeded
from sekisho.inventory import links
from sekisho.inventory.cache import LayerCache
from sekisho.inventory.links import Resolver
from sekisho.inventory.take import take_inventory
from sekisho.model.inventory import Inventory
from sekisho.source.directory import open_directory
from tests.simulators.images import Content
from tests.unit.inventory.test_merge import RELEASE, inventory, names, node, package

STATUS = "var/lib/dpkg/status"


def tree(root: Path, content: Content) -> Inventory:
    for path, body in content.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(body, str):
            place.symlink_to(body[3:])
        else:
            place.write_bytes(body or b"")
    return take_inventory(open_directory(root), LayerCache(None)).inventory


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("a/file", "a/file"),
        ("link/file", "real/file"),
        ("absolute/file", "real/file"),
        ("up/file", "real/file"),
        ("far/file", "real/file"),
        ("loop/file", ""),
    ],
)
def test_links_are_followed_within_the_root(path: str, target: str) -> None:
    table = {
        "link": "real",
        "absolute": "/real",
        "up": "../../../real",
        "far": "x/../link",
        "loop": "pool",
        "pool": "loop",
    }
    assert Resolver(table.get).resolve(path) == target


def test_an_artifact_full_of_links_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "MAX_STEPS", 100)
    resolver = Resolver({"a": "b/" * 90 + "c"}.get)
    with pytest.raises(BoundExceeded, match="symbolic links"):
        resolver.resolve("a/" * 20)


MOVED: dict[str, Content] = {
    "a linked database": {STATUS: "-> ../../../data/packages", "data/packages": package("a", "1")},
    "a linked directory": {"var/lib/dpkg": "-> /data/dpkg", "data/dpkg/status": package("a", "1")},
    "two links": {"var/lib/dpkg": "-> /data", "data": "-> mnt", "mnt/status": package("a", "1")},
    "a directory of databases": {"var/lib/dpkg/status.d": "-> /data", "data/base": package("a", "1")},
    "a linked manifest": {"app/package.json": "-> package.real", "app/package.real": node("a", "1")},
}


@pytest.mark.parametrize("content", MOVED.values(), ids=MOVED)
def test_what_stands_at_a_wanted_place_by_a_link_only_is_read(tmp_path: Path, content: Content) -> None:
    assert names(inventory(tmp_path / "image", content)) == ["a@1"]
    assert names(tree(tmp_path / "tree", content)) == ["a@1"]


@pytest.mark.parametrize("content", MOVED.values(), ids=MOVED)
def test_the_link_and_its_target_may_lie_in_different_layers(tmp_path: Path, content: Content) -> None:
    lower = {path: body for path, body in content.items() if isinstance(body, bytes)}
    upper = {path: body for path, body in content.items() if isinstance(body, str)}
    assert names(inventory(tmp_path / "1", lower, upper)) == ["a@1"]
    assert names(inventory(tmp_path / "2", upper, lower)) == ["a@1"]


def test_a_link_from_one_wanted_name_to_another_adds_nothing(tmp_path: Path) -> None:
    content = {"etc/os-release": "-> ../usr/lib/os-release", "usr/lib/os-release": RELEASE, STATUS: package("a", "1")}
    found = inventory(tmp_path, content)
    assert found.system is not None
    assert (found.system.path, names(found)) == ("usr/lib/os-release", ["a@1"])


def test_a_link_that_was_removed_leads_nowhere(tmp_path: Path) -> None:
    content = MOVED["a linked database"]
    assert names(inventory(tmp_path / "1", content, {"var/lib/dpkg/.wh.status": b""})) == []
    assert names(inventory(tmp_path / "2", content, {STATUS: package("b", "2")})) == ["b@2"]
    assert names(inventory(tmp_path / "3", content, {"data/.wh.packages": b""})) == []


@pytest.mark.parametrize("target", ["nowhere", "/etc/shadow", "status", "../../.."])
def test_a_link_to_nothing_is_nothing(tmp_path: Path, target: str) -> None:
    content = {STATUS: f"-> {target}", "app/package.json": node("a", "1")}
    for found in (inventory(tmp_path / "image", content), tree(tmp_path / "tree", content)):
        assert (names(found), found.gaps) == (["a@1"], ())


def test_a_link_never_leads_out_of_a_tree(tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(package("a", "1"))
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "outside").write_bytes(package("b", "2"))
    found = tree(tmp_path / "tree", {STATUS: "-> ../../../../outside"})
    assert names(found) == ["b@2"]


def test_a_file_stays_under_its_hard_links_when_its_first_name_is_removed(tmp_path: Path) -> None:
    lower = {"app/a/package.json": node("a", "1"), "app/kept": "=> app/a/package.json"}
    (found,) = inventory(tmp_path / "1", lower, {"app/.wh.a": b""}).packages
    assert (found.key, found.path) == ("a@1", "app/kept")
    assert names(inventory(tmp_path / "2", lower, {"app/.wh.a": b"", "app/.wh.kept": b""})) == []


def test_a_hard_link_to_a_file_of_another_layer_is_a_gap(tmp_path: Path) -> None:
    found = inventory(tmp_path, {"data": package("a", "1")}, {STATUS: "=> data"})
    assert [(gap.path, gap.weight) for gap in found.gaps] == [(STATUS, "incomplete")]


def test_hard_links_are_each_read_by_who_wants_their_own_name(tmp_path: Path) -> None:
    layer = {"x": package("a", "1"), STATUS: "=> x", "app/package.json": "=> x"}
    found = inventory(tmp_path, layer)
    assert [(entry.key, entry.path) for entry in found.packages] == [("a@1", STATUS)]
    assert [(gap.path, gap.extractor) for gap in found.gaps] == [("app/package.json", "node-pkg")]
