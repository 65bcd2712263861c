from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from sekisho.errors import CorruptInput, DigestMismatch
from sekisho.inventory.cache import LayerCache
from sekisho.inventory.take import dispatcher_for, take_inventory
from sekisho.model.inventory import Inventory
from sekisho.model.package import Package
from sekisho.source.files import DirectoryFiles
from sekisho.source.layout import open_layout
from sekisho.source.protocol import Image
from tests.simulators.images import Content, Layout

RELEASE = b"ID=debian\nVERSION_ID=12\n"


def package(name: str, version: str, source: str = "") -> bytes:
    origin = f"Source: {source}\n" if source else ""
    return (
        f"Package: {name}\nStatus: install ok installed\n{origin}Architecture: amd64\nVersion: {version}\n\n".encode()
    )


def node(name: str, version: str) -> bytes:
    return msgspec.json.encode({"name": name, "version": version})


def opened(root: Path, *layers: Content, **config: object) -> Image:
    layout = Layout(root)
    layout.image(*layers, **config)  # type: ignore[arg-type]
    return open_layout("app", DirectoryFiles(layout.root), None)


def inventory(root: Path, *layers: Content, **config: object) -> Inventory:
    return take_inventory(opened(root, *layers, **config), LayerCache(None)).inventory


def names(found: Inventory) -> list[str]:
    return [entry.key for entry in found.packages]


def by_name(found: Inventory, name: str) -> Package:
    return next(entry for entry in found.packages if entry.name == name)


def test_a_whiteout_takes_a_package_away(tmp_path: Path) -> None:
    lower = {
        "app/node_modules/a/package.json": node("a", "1.0.0"),
        "app/node_modules/b/package.json": node("b", "1.0.0"),
    }
    assert names(inventory(tmp_path, lower, {"app/node_modules/.wh.a": b""})) == ["b@1.0.0"]


def test_an_opaque_directory_hides_lower_layers_but_not_its_own(tmp_path: Path) -> None:
    lower = {"app/node_modules/a/package.json": node("a", "1.0.0")}
    upper = {"app/node_modules/.wh..wh..opq": b"", "app/node_modules/b/package.json": node("b", "2.0.0")}
    assert names(inventory(tmp_path, lower, upper)) == ["b@2.0.0"]


def test_a_whiteout_hides_lower_layers_only(tmp_path: Path) -> None:
    upper = {"app/.wh.package.json": b"", "app/package.json": node("b", "2.0.0")}
    assert names(inventory(tmp_path, {"app/package.json": node("a", "1.0.0")}, upper)) == ["b@2.0.0"]


def test_a_file_over_a_package_replaces_it_even_when_it_is_none(tmp_path: Path) -> None:
    lower = {"app/package.json": node("a", "1.0.0")}
    assert names(inventory(tmp_path / "1", lower, {"app/package.json": b"{}"})) == []
    assert names(inventory(tmp_path / "2", lower, {"app/package.json": "-> elsewhere"})) == []


def test_a_file_or_link_over_a_directory_hides_what_was_in_it(tmp_path: Path) -> None:
    lower = {"app/lib/package.json": node("a", "1.0.0")}
    assert names(inventory(tmp_path, lower, {"app": "-> other"})) == []


def test_the_layer_of_origin_survives_a_rewritten_database(tmp_path: Path) -> None:
    base, both = package("libc6", "2.36-9"), package("libc6", "2.36-9") + package("curl", "7.88.1-10")
    image = opened(tmp_path, {"etc/os-release": RELEASE, "var/lib/dpkg/status": base}, {"var/lib/dpkg/status": both})
    taken = take_inventory(image, LayerCache(None))
    layers = [layer.diff_id for layer in taken.artifact.layers]
    assert by_name(taken.inventory, "libc6").layer == layers[0]
    assert by_name(taken.inventory, "curl").layer == layers[1]


def test_an_upgraded_package_belongs_to_the_layer_that_upgraded_it(tmp_path: Path) -> None:
    status = "var/lib/dpkg/status"
    image = opened(
        tmp_path,
        {status: package("a", "1")},
        {status: package("a", "2")},
        {status: package("a", "2") + package("b", "1")},
    )
    taken = take_inventory(image, LayerCache(None))
    assert by_name(taken.inventory, "a").layer == taken.artifact.layers[1].diff_id


def test_packages_of_the_base_image_are_told_apart(tmp_path: Path) -> None:
    history = [
        {"created_by": "ADD base"},
        {"created_by": 'CMD ["sh"]', "empty_layer": True},
        {"created_by": "COPY app"},
    ]
    layers = ({"var/lib/dpkg/status": package("libc6", "1")}, {"app/package.json": node("mine", "1.0.0")})
    found = inventory(tmp_path, *layers, history=history)
    assert (by_name(found, "libc6").base, by_name(found, "mine").base) == (True, False)


def test_what_the_package_manager_installed_is_owned_by_it(tmp_path: Path) -> None:
    metadata = "usr/lib/python3/dist-packages/six-1.16.0.egg-info/PKG-INFO"
    layer = {
        "etc/os-release": RELEASE,
        "var/lib/dpkg/status": package("python3-six", "1.16.0-4"),
        "var/lib/dpkg/info/python3-six.list": f"/.\n/usr\n/{metadata}\n".encode(),
        metadata: b"Name: six\nVersion: 1.16.0\n",
        "opt/other-1.0.dist-info/METADATA": b"Name: other\nVersion: 1.0\n",
    }
    found = inventory(tmp_path, layer)
    assert by_name(found, "six").owned_by == "python3-six@1.16.0-4"
    assert by_name(found, "other").owned_by == ""


def test_purls_name_the_distribution(tmp_path: Path) -> None:
    layer = {"etc/os-release": RELEASE, "etc/debian_version": b"12.8\n", "var/lib/dpkg/status": package("a", "1:2-3")}
    found = inventory(tmp_path, layer)
    assert found.system is not None
    assert (found.system.family, found.system.name) == ("debian", "12.8")
    assert by_name(found, "a").purl == "pkg:deb/debian/a@2-3?arch=amd64&distro=debian-12.8&epoch=1"


def test_a_hard_link_is_read_under_its_wanted_name(tmp_path: Path) -> None:
    layer = {"var/lib/dpkg/status-old": package("a", "1"), "var/lib/dpkg/status": "=> var/lib/dpkg/status-old"}
    assert names(inventory(tmp_path, layer)) == ["a@1"]


def test_a_second_scan_reads_no_layer(tmp_path: Path) -> None:
    image = opened(tmp_path / "image", {"app/package.json": node("a", "1.0.0")})
    cache = LayerCache(tmp_path / "cache")
    first = take_inventory(image, cache)
    Path(tmp_path / "image/blobs/sha256" / image.artifact.layers[0].digest[7:]).unlink()
    assert take_inventory(image, cache) == first


def test_a_damaged_cache_entry_is_read_anew(tmp_path: Path) -> None:
    image = opened(tmp_path / "image", {"app/package.json": node("a", "1.0.0")})
    cache = LayerCache(tmp_path / "cache")
    first = take_inventory(image, cache)
    for entry in (tmp_path / "cache").rglob("*"):
        if entry.is_file():
            entry.write_bytes(b"\xc1 damaged")
    assert take_inventory(image, cache) == first


def test_a_cache_that_cannot_be_written_does_not_end_the_scan(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = LayerCache(tmp_path / "file" / "cache")
    assert names(take_inventory(opened(tmp_path / "image", {"package.json": node("a", "1")}), cache).inventory) == [
        "a@1"
    ]
    assert "cannot be written" in cache.problem


def test_image_and_source_scans_use_different_extractors() -> None:
    installed = {extractor.name for extractor in dispatcher_for(post_build=True).extractors}
    declared = {extractor.name for extractor in dispatcher_for(post_build=False).extractors}
    assert {"python-pkg", "node-pkg", "jar"} <= installed - declared
    assert {"npm", "gomod", "poetry"} <= declared - installed


def test_an_unreadable_layer_ends_the_scan_unless_partial_results_are_allowed(tmp_path: Path) -> None:
    image = opened(tmp_path, {"a/package.json": node("a", "1")}, {"b/package.json": node("b", "1")})
    blob = tmp_path / "blobs/sha256" / image.artifact.layers[1].digest[7:]
    blob.write_bytes(blob.read_bytes()[:60])
    with pytest.raises(CorruptInput, match="layer 2 of 2: the layer is truncated"):
        take_inventory(image, LayerCache(None))
    partial = take_inventory(image, LayerCache(None), allow_partial=True).inventory
    assert names(partial) == ["a@1"]
    assert not partial.complete


def test_a_layer_that_fails_its_digest_is_not_cached(tmp_path: Path) -> None:
    image = opened(tmp_path / "image", {"a/package.json": node("a", "1")}, rootfs={"diff_ids": ["sha256:" + "0" * 64]})
    cache = LayerCache(tmp_path / "cache")
    with pytest.raises(DigestMismatch):
        take_inventory(image, cache)
    assert not (tmp_path / "cache").exists()


def test_a_vendors_package_owns_nothing(tmp_path: Path) -> None:
    metadata = "usr/lib/agent/six-1.16.0.dist-info/METADATA"
    vendor = package("agent", "1.0").replace(b"Version:", b"Maintainer: Docker <support@docker.com>\nVersion:")
    layer = {
        "etc/os-release": RELEASE,
        "var/lib/dpkg/status": vendor,
        "var/lib/dpkg/info/agent.list": f"/{metadata}\n".encode(),
        metadata: b"Name: six\nVersion: 1.16.0\n",
    }
    found = inventory(tmp_path, layer)
    assert by_name(found, "agent").facts["repository"] == "third-party"
    assert by_name(found, "six").owned_by == ""


METADATA = "usr/lib/python3/dist-packages/six.egg-info/PKG-INFO"
SIX = b"Name: six\nVersion: 1.16.0\n"


def installed(path: str, name: str = "python3-six") -> dict[str, bytes]:
    return {
        "etc/os-release": RELEASE,
        "var/lib/dpkg/status": package(name, "1.16.0-4"),
        f"var/lib/dpkg/info/{name}.list": f"/{path}\n".encode(),
        path: SIX,
    }


def test_a_file_that_a_later_layer_replaced_is_the_package_managers_no_more(tmp_path: Path) -> None:
    other = SIX.replace(b"1.16.0", b"1.0.0")
    found = inventory(tmp_path, installed(METADATA), {METADATA: other})
    assert (by_name(found, "six").version, by_name(found, "six").owned_by) == ("1.0.0", "")


def test_a_file_that_a_later_layer_only_touched_stays_owned(tmp_path: Path) -> None:
    found = inventory(tmp_path, installed(METADATA), {METADATA: SIX})
    assert by_name(found, "six").owned_by == "python3-six@1.16.0-4"


def test_an_upgrade_owns_the_files_it_brought(tmp_path: Path) -> None:
    upgraded = {path: body.replace(b"1.16.0", b"1.17.0") for path, body in installed(METADATA).items()}
    found = inventory(tmp_path, installed(METADATA), upgraded)
    assert by_name(found, "six").owned_by == "python3-six@1.17.0-4"


@pytest.mark.parametrize("place", ["opt/app", "usr/local/lib", "srv/app"])
def test_a_company_package_owns_nothing_where_no_distribution_installs(tmp_path: Path, place: str) -> None:
    found = inventory(tmp_path, installed(f"{place}/six-1.16.0.dist-info/METADATA", "our-app"))
    assert by_name(found, "six").owned_by == ""


def test_a_rewritten_database_still_owns_the_programs_of_lower_layers(tmp_path: Path) -> None:
    database = "C:Q1\nP:{0}\nV:1\nF:usr/lib/node/a\nR:package.json\n\n"
    first, second = database.format("tool"), database.format("tool") + "P:more\nV:1\n\n"
    path = "lib/apk/db/installed"
    found = inventory(
        tmp_path,
        {path: first.encode(), "usr/lib/node/a/package.json": node("a", "1")},
        {path: second.encode()},
    )
    assert by_name(found, "a").owned_by == "tool@1"


def test_an_unreadable_layer_is_told_whatever_lies_above_it(tmp_path: Path) -> None:
    image = opened(tmp_path, {"a/package.json": node("a", "1")}, {"./": b"root as a file"})
    blob = tmp_path / "blobs/sha256" / image.artifact.layers[0].digest[7:]
    blob.write_bytes(blob.read_bytes()[:60])
    assert not take_inventory(image, LayerCache(None), allow_partial=True).inventory.complete


def test_the_longest_unused_layers_leave_a_cache_that_is_full(tmp_path: Path) -> None:
    image = opened(tmp_path / "image", *({f"{at}/package.json": node(f"p{at}", "1")} for at in range(4)))
    take_inventory(image, LayerCache(tmp_path / "cache"))
    files = sorted((tmp_path / "cache").glob("*/*"))
    for age, path in enumerate(files):
        os.utime(path, (age, age))
    one = files[0].stat().st_size
    again = opened(tmp_path / "again", {"new/package.json": node("new", "1")})
    take_inventory(again, LayerCache(tmp_path / "cache", max_size=3 * one + one // 2))
    left = set((tmp_path / "cache").glob("*/*"))
    assert len(left) == 3
    assert not left & set(files[:2])
