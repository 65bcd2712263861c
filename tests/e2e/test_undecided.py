"""Never a silent pass: whatever could not be told is said, and the exit code is 3."""

from __future__ import annotations

import gzip
import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from sekisho.advisories.location import store_directory, store_path
from sekisho.advisories.starter import build_from_records
from sekisho.inventory.catalogue import extractors
from sekisho.inventory.protocol import File, Item
from tests.e2e.command import CommandLine, Outcome
from tests.e2e.images import APP, FOUND, RECORDS, RELEASE, deb, ids, node
from tests.simulators.feeds import FeedServer
from tests.simulators.images import Content, Layout

Scan = Callable[..., Outcome]
Look = Callable[..., Outcome]


@pytest.fixture
def look(sekisho: CommandLine, store: Path, tmp_path: Path) -> Look:
    """``look(layer, …)`` scans an image of these layers."""
    count = iter(range(99))

    def scanned(*layers: Content, words: tuple[str, ...] = ()) -> Outcome:
        layout = Layout(tmp_path / f"image{next(count)}")
        layout.image(*layers)
        return sekisho("image", "--offline", "--db", store, *words, layout.root)

    return scanned


def test_without_data_there_is_no_answer(sekisho: CommandLine, shop: Path, tmp_path: Path) -> None:
    refused = sekisho("image", "--offline", "--cache-dir", tmp_path / "none", "--exit-code", "1", shop)
    assert (refused.code, refused.raw) == (3, b"")
    assert refused.err == (
        "error: there are no advisory data on this machine\n"
        "  without them nothing can be said about vulnerabilities\n"
        "hint: run `sekisho db update` where there is a network, or `sekisho db import FILE`\n"
    )
    assert sekisho("image", "--offline", "--db", tmp_path / "none.db", shop).code == 3


def test_data_that_lack_an_ecosystem_are_no_clean_bill(sekisho: CommandLine, shop: Path, tmp_path: Path) -> None:
    path = store_path(store_directory({}, str(tmp_path / "cache")))
    build_from_records([msgspec.json.encode(RECORDS[3])], path, datetime.now(UTC), starter=False)
    for words in (("--offline",), ("--skip-db-update",)):
        partly = sekisho("image", *words, "--cache-dir", tmp_path / "cache", shop)
        assert partly.code == 3
        assert "? could not tell: the advisory data do not cover Debian:12" in partly.out
        assert "? no verdict: nothing was found, but not everything could be told" in partly.out


def test_an_ecosystem_that_cannot_be_fetched_is_said(
    sekisho: CommandLine, shop: Path, tmp_path: Path, mirror: FeedServer, impatient: None
) -> None:
    mirror.withdraw("/osv-vulnerabilities.storage.googleapis.com/npm/all.zip")
    partly = sekisho("image", "--cache-dir", tmp_path / "cache", "-f", "json", shop)
    assert partly.code == 3 and ids(partly.report) == ["CVE-2023-5363", "CVE-2023-9999"]
    assert "could not tell: the advisory data do not cover npm" in partly.err


def test_stale_data_decide_nothing_but_what_they_find(sekisho: CommandLine, shop: Path, tmp_path: Path) -> None:
    old = datetime.now(UTC) - timedelta(days=6)
    build_from_records(map(msgspec.json.encode, RECORDS), tmp_path / "old.db", old, starter=False)
    words = ("image", "--offline", "--db", tmp_path / "old.db", "-f", "json")
    stale = sekisho(*words, shop)
    assert (stale.code, ids(stale.report)) == (3, FOUND)
    assert "warning: could not tell: the advisory data for Debian:12 are older than 5 days\n" in stale.err
    assert sekisho(*words, "--exit-code", "1", shop).code == 1


@pytest.mark.parametrize(
    ("release", "name"),
    [(b"ID=gentoo\n", "gentoo"), (b"", "unknown distribution"), (b'ID=debian\nVERSION_ID="77"\n', "Debian:77")],
)
def test_a_distribution_nobody_covers_is_not_clean(look: Look, release: bytes, name: str) -> None:
    partly = look({"etc/os-release": release, "var/lib/dpkg/status": deb("libssl3", "3.0.9-1", "openssl")})
    assert partly.code == 3 and name in partly.out and "no verdict" in partly.out


def test_a_distribution_may_be_stated_instead(look: Look) -> None:
    layer = {"var/lib/dpkg/status": deb("libssl3", "3.0.9-1", "openssl")}
    assert ids(look(layer, words=("-f", "json", "--distro", "debian/12")).report) == ["CVE-2023-5363"]
    assert look(layer, words=("--distro", "gentoo")).code == 3


@pytest.mark.parametrize(
    ("path", "release"),
    [
        ("var/lib/dpkg/status", RELEASE),
        ("lib/apk/db/installed", b"ID=alpine\nVERSION_ID=3.19.1\n"),
        ("var/lib/rpm/Packages", b"ID=centos\nVERSION_ID=7\n"),
        ("var/lib/rpm/Packages.db", b"ID=opensuse-leap\nVERSION_ID=15.5\n"),
        ("var/lib/rpm/rpmdb.sqlite", b"ID=almalinux\nVERSION_ID=9.3\n"),
    ],
)
@pytest.mark.parametrize("body", [b"", b"\x00\x01\xff" * 300, b"SQLite format 3\x00" + bytes(500), b"Package: "])
def test_a_damaged_package_database_is_never_an_empty_one(look: Look, path: str, release: bytes, body: bytes) -> None:
    partly = look({"etc/os-release": release, path: body}, APP, words=("-f", "json"))
    assert partly.code == 3 and "could not tell: " in partly.err
    assert ids(partly.report) == ["CVE-2021-23337"]


DAMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "truncated": (lambda body: body[: len(body) // 2], "the layer is truncated (got"),
    "a flipped byte": (lambda body: body[:30] + bytes([body[30] ^ 1]) + body[31:], "layer 2 of 2"),
    "other content": (lambda body: gzip.compress(bytes(1024)), "layer 2 of 2"),
    "not compressed, not a tar": (lambda body: b"hello" * 200, "layer 2 of 2"),
    "empty": (lambda body: b"", "the layer is truncated (got 0 of"),
    "bytes after the end": (lambda body: body + b"more", "layer 2 of 2"),
}


@pytest.fixture
def damaged(shop: Path) -> Callable[[str], None]:
    """Damages the shop's second layer."""
    index = json.loads((shop / "index.json").read_bytes())
    blobs = shop / "blobs" / "sha256"
    manifest = json.loads((blobs / index["manifests"][0]["digest"][7:]).read_bytes())
    path = blobs / manifest["layers"][1]["digest"][7:]
    whole = path.read_bytes()
    return lambda kind: path.write_bytes(DAMAGE[kind][0](whole)) and None


@pytest.mark.parametrize("kind", DAMAGE)
def test_an_unreadable_layer_is_no_verdict(scan: Scan, damaged: Callable[[str], None], kind: str) -> None:
    damaged(kind)
    refused = scan("--exit-code", "1")
    assert (refused.code, refused.raw) == (3, b"")
    assert DAMAGE[kind][1] in refused.err and "layer 2 of 2" in refused.err and "\nhint: " in refused.err
    assert "the inventory would miss packages" in refused.err or "want sha256:" in refused.err


@pytest.mark.parametrize("kind", DAMAGE)
def test_what_could_be_read_is_reported_when_asked_for(scan: Scan, damaged: Callable[[str], None], kind: str) -> None:
    damaged(kind)
    for _ in range(2):  # a partial layer is never remembered as a whole one
        partly = scan("--allow-partial", "-f", "json")
        assert partly.code == 3 and ids(partly.report) == ["CVE-2023-5363", "CVE-2023-9999"]
        assert "warning: could not tell: layer: layer 2 of 2" in partly.err
    table = scan("--allow-partial")
    assert table.code == 3 and "? and there may be more: see above" in table.out
    assert scan("--allow-partial", "-f", "cyclonedx", "-q").code == 3


def test_a_missing_blob_is_no_verdict(scan: Scan, shop: Path) -> None:
    smallest = min((shop / "blobs" / "sha256").iterdir(), key=lambda path: path.stat().st_size)
    smallest.unlink()
    refused = scan()
    assert refused.code == 3 and f"has no blobs/sha256/{smallest.name}" in refused.err


@pytest.mark.parametrize("name", ["index.json", "manifest", "config"])
@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"\x80": 7}', b'{"layers": 7, "manifests": 7}']
)
def test_documents_that_make_no_sense_are_refused(scan: Scan, shop: Path, name: str, body: bytes) -> None:
    index = json.loads((shop / "index.json").read_bytes())
    manifest = shop / "blobs" / "sha256" / index["manifests"][0]["digest"][7:]
    config = shop / "blobs" / "sha256" / json.loads(manifest.read_bytes())["config"]["digest"][7:]
    {"index.json": shop / "index.json", "manifest": manifest, "config": config}[name].write_bytes(body)
    refused = scan()
    assert (refused.code, refused.raw) == (3, b"") and refused.err.startswith("error: ")


def test_another_platform_is_not_there(scan: Scan) -> None:
    refused = scan("--platform", "linux/s390x")
    assert refused.code == 3 and "is built for linux/amd64, not for linux/s390x" in refused.err


def test_an_artifact_is_no_image(sekisho: CommandLine, tmp_path: Path) -> None:
    layout = Layout(tmp_path / "artifact")
    config = layout.blob(b"{}")
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "config": {"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": config, "size": 2},
            "layers": [],
        }
    ).encode()
    layout.manifests.append({"digest": layout.blob(manifest), "size": len(manifest)})
    layout.write_index()
    refused = sekisho("image", "--offline", layout.root)
    assert refused.code == 3 and "not a container image but application/vnd.cncf.helm.config.v1+json" in refused.err


def test_a_file_nobody_may_read_is_a_gap(sekisho: CommandLine, store: Path, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (tmp_path / "root" / "srv").mkdir(parents=True)
    secret = tmp_path / "root" / "srv" / "package.json"
    secret.write_bytes(node("lodash", "4.17.20"))
    secret.chmod(0)
    partly = sekisho("rootfs", "--offline", "--db", store, tmp_path / "root")
    assert partly.code == 3 and "Permission denied" in partly.out


def test_a_scan_that_takes_too_long_says_so(scan: Scan) -> None:
    (extractor,) = (one for one in extractors() if one.post_build and "package.json" in one.names)
    original = extractor.extract

    def endless(file: File) -> Iterator[Item]:
        while True:
            try:
                time.sleep(0.01)
            except Exception:  # noqa: BLE001, S112 - as careless as a reader can be
                continue
        yield from original(file)

    msgspec.structs.force_setattr(extractor, "extract", endless)
    try:
        late = scan("--timeout", "150ms")
    finally:
        msgspec.structs.force_setattr(extractor, "extract", original)
    assert (late.code, late.raw) == (3, b"")
    assert late.err == "error: the work took longer than 150ms\nhint: allow more with --timeout\n"


def test_a_bill_without_packages_is_not_a_clean_one(sekisho: CommandLine, store: Path, tmp_path: Path) -> None:
    bill = tmp_path / "empty.cdx.json"
    bill.write_text('{"bomFormat": "CycloneDX", "specVersion": "1.6"}')
    told = sekisho("sbom", "--offline", "--db", store, bill)
    assert told.code == 3
    assert "no packages were found, so nothing was checked" in told.out


def test_explaining_what_was_only_partly_read_is_no_answer(sekisho: CommandLine, store: Path, tmp_path: Path) -> None:
    layout = Layout(tmp_path / "image")
    layout.image({"etc/os-release": RELEASE, "var/lib/dpkg/status": b"\x00garbage"})
    told = sekisho("explain", "CVE-2023-5363", "--offline", "--db", store, layout.root)
    assert told.code == 3
    assert "? " in told.out and "has none of the packages the records name" in told.out
    assert "not everything could be read" in told.out
