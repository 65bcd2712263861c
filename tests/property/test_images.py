"""Whole images made by somebody who wishes us ill: a report that says what it could not read, or a clear error."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import tarfile
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sekisho
from sekisho.advisories.starter import build_from_records
from sekisho.errors import SekishoError
from sekisho.model.finding import Report
from sekisho.report.catalogue import names, render
from sekisho.report.options import RenderOptions
from tests.simulators.feeds import osv
from tests.simulators.images import Content, Layout, docker_archive, layer_tar, sha256
from tests.unit.inventory.os.rpm_samples import bdb_database
from tests.unit.inventory.os.rpm_samples import package as rpm

NOW = datetime(2026, 11, 23, 4, 10, tzinfo=UTC)
RECORDS = (
    osv("DEBIAN-CVE-2024-1", "Debian:12", "openssl", fixed="3.0.15-1"),
    osv("GHSA-1", "npm", "lodash", fixed="4.17.21"),
    osv("PYSEC-1", "PyPI", "django", fixed="4.2"),
    osv("ALSA-1", "AlmaLinux:9", "bash", fixed="5.2-1"),
    osv("GHSA-2", "Maven", "org.a:b", fixed="2.0"),
)


def jar(depth: int, content: bytes = b"") -> bytes:
    """An archive in an archive in an archive …, with a bill of its own in each."""
    body = content
    for level in range(depth):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            properties = f"groupId=org.a\nartifactId=b\nversion=1.{level}\n"
            archive.writestr("META-INF/maven/org.a/b/pom.properties", properties)
            if body:
                archive.writestr(f"lib/b-1.{level}.jar", body)
        body = out.getvalue()
    return body


DPKG = b"Package: libssl3\nStatus: install ok installed\nSource: openssl\nArchitecture: amd64\nVersion: 3.0.9-1\n\n"
FILES: dict[str, bytes] = {
    "etc/os-release": b'ID=debian\nVERSION_ID="12"\n',
    "var/lib/dpkg/status": DPKG,
    "var/lib/dpkg/status.d/tzdata": DPKG.replace(b"libssl3", b"tzdata"),
    "var/lib/dpkg/info/libssl3.list": b"/.\n/usr\n/usr/lib/x\n",
    "lib/apk/db/installed": b"C:Q1x\nP:musl\nV:1.2.4-r2\nA:x86_64\no:musl\n\n",
    "var/lib/rpm/Packages": bdb_database([rpm("bash", "5.1")]),
    "srv/node_modules/lodash/package.json": b'{"name": "lodash", "version": "4.17.20"}',
    "srv/package-lock.json": b'{"lockfileVersion": 3, "packages": {"node_modules/lodash": {"version": "4.17.20"}}}',
    "srv/pnpm-lock.yaml": b"lockfileVersion: '9.0'\npackages:\n  lodash@4.17.20:\n    resolution: {integrity: x}\n",
    "srv/yarn.lock": b'# yarn lockfile v1\n\nlodash@^4:\n  version "4.17.20"\n',
    "py/django-3.2.dist-info/METADATA": b"Metadata-Version: 2.1\nName: Django\nVersion: 3.2\n\n",
    "py/poetry.lock": b'[[package]]\nname = "django"\nversion = "3.2"\n',
    "app/go.mod": b"module example.test/m\n\ngo 1.20\n\nrequire golang.org/x/net v0.1.0\n",
    "app/lib.jar": jar(2),
    "app/Cargo.lock": b'[[package]]\nname = "a"\nversion = "1.0.0"\n',
    "app/composer.lock": b'{"packages": [{"name": "a/b", "version": "1.0"}]}',
    "app/Gemfile.lock": b"GEM\n  specs:\n    rails (6.0)\n",
    "app/a.deps.json": b'{"libraries": {"A/1.0": {"type": "package"}}}',
    "bin/app": b"\x7fELF\x02\x01\x01" + bytes(200) + b"\xff Go buildinf:" + bytes(600),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "store.db"
    build_from_records(map(msgspec.json.encode, RECORDS), path, NOW, starter=False)
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("images")


def judged(place: Path, store: Path, *layers: bytes, **options: Any) -> Report:
    """Scan an image of these layer tars, whose digests are right whatever they hold, and write every report."""
    archive = place / "image.tar"
    config = {"os": "linux", "architecture": "amd64", "rootfs": {"diff_ids": [sha256(layer) for layer in layers]}}
    manifest = [{"Config": "c.json", "RepoTags": None, "Layers": [f"{at}.tar" for at in range(len(layers))]}]
    files: dict[str, bytes | str | None] = {f"{at}.tar": layer for at, layer in enumerate(layers)}
    files |= {"c.json": json.dumps(config).encode(), "manifest.json": json.dumps(manifest).encode()}
    archive.write_bytes(layer_tar(files))
    return scanned(archive, store, **options)


def scanned(path: Path, store: Path, **options: Any) -> Report:
    report = sekisho.scan(
        str(path),
        offline=True,
        db=str(store),
        layer_cache=False,
        clock=lambda: NOW,
        **{"skip_db_update": True} | options,
    )
    for name in names():
        assert render(name, report, RenderOptions())
    return report


def test_the_samples_are_all_read(place: Path, store: Path) -> None:
    report = judged(place, store, layer_tar(FILES))
    assert {finding.id for finding in report.findings} >= {"DEBIAN-CVE-2024-1", "GHSA-1", "PYSEC-1", "GHSA-2"}
    assert {package.type for package in report.inventory.packages} >= {"deb", "apk", "rpm", "npm", "pypi", "maven"}


@st.composite
def spoiled_files(draw: st.DrawFn) -> dict[str, bytes]:
    """The samples with some of them damaged, and some under other samples' names."""
    files = dict(FILES)
    for name in draw(st.lists(st.sampled_from(sorted(FILES)), min_size=1, max_size=5, unique=True)):
        body = bytearray(FILES[draw(st.sampled_from(sorted(FILES)))] if draw(st.booleans()) else FILES[name])
        for _ in range(draw(st.integers(0, 4))):
            at = draw(st.integers(0, max(len(body) - 1, 0)))
            piece = draw(
                st.one_of(
                    st.binary(max_size=6),
                    st.sampled_from(
                        [b"[[[[", b"null", b"-1", b"9" * 30, b"\xff\xfe", b"\\ud800", b"\n\n", b"\0", b"{}"]
                    ),
                )
            )
            body[at : at + draw(st.integers(0, 6))] = piece
        files[name] = bytes(body[: draw(st.integers(0, len(body)))] if draw(st.booleans()) else body)
    return files


@settings(max_examples=250, deadline=None)
@given(spoiled_files())
def test_damaged_files_cost_no_more_than_themselves(place: Path, store: Path, files: dict[str, bytes]) -> None:
    report = judged(place, store, layer_tar(files))
    if files["srv/node_modules/lodash/package.json"] == FILES["srv/node_modules/lodash/package.json"]:
        assert "GHSA-1" in {finding.id for finding in report.findings}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=16)), min_size=1, max_size=8))
def test_a_layer_with_spoiled_headers_is_read_or_refused(
    place: Path, store: Path, changes: list[tuple[int, bytes]]
) -> None:
    body = bytearray(layer_tar(FILES))
    for at, piece in changes:
        at %= len(body)
        body[at : at + len(piece)] = piece
    with contextlib.suppress(SekishoError):
        judged(place, store, bytes(body))


ARCHIVE = docker_archive({"etc/os-release": b"ID=debian\nVERSION_ID=12\n", "var/lib/dpkg/status": DPKG})


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=8)), min_size=1, max_size=4),
    st.integers(0, 1 << 14),
    st.booleans(),
)
def test_a_spoiled_archive_is_never_clean(
    place: Path, store: Path, changes: list[tuple[int, bytes]], cut: int, compressed: bool
) -> None:
    body = bytearray(gzip.compress(ARCHIVE, mtime=0) if compressed else ARCHIVE)
    for at, piece in changes:
        body[at % len(body) : at % len(body) + len(piece)] = piece
    path = place / "spoiled.tar"
    path.write_bytes(bytes(body[: max(1, len(body) - cut)]))
    try:
        report = scanned(path, store)
    except SekishoError:
        return
    assert report.undecided or {finding.package.name for finding in report.findings} == {"libssl3"}


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["index.json", "manifest", "config"]),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just("sha256:" + "0" * 64)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(["manifests", "layers", "config", "digest", "rootfs", "diff_ids", "history", "size"]),
                inner,
                max_size=4,
            ),
        ),
        max_leaves=10,
    ),
)
def test_documents_of_any_shape_are_refused_politely(
    tmp_path_factory: pytest.TempPathFactory, store: Path, which: str, document: Any
) -> None:
    layout = shared_layout(tmp_path_factory)
    original = (layout / "index.json").read_bytes()
    index = json.loads(original)
    path = layout / "blobs" / "sha256" / index["manifests"][0]["digest"][7:]
    body = json.dumps(document).encode()
    if which != "index.json":
        manifest = json.loads(path.read_bytes())
        if which == "config":
            manifest["config"] |= {"digest": stored(layout, body), "size": len(body)}
            body = json.dumps(manifest).encode()
        index["manifests"][0] |= {"digest": stored(layout, body), "size": len(body)}
        body = json.dumps(index).encode()
    (layout / "index.json").write_bytes(body)
    try:
        with contextlib.suppress(SekishoError):
            scanned(layout, store)
    finally:
        (layout / "index.json").write_bytes(original)


_LAYOUTS: list[Path] = []


def shared_layout(factory: pytest.TempPathFactory) -> Path:
    if not _LAYOUTS:
        layout = Layout(factory.mktemp("layouts") / "image")
        layout.image({"etc/os-release": b"ID=debian\nVERSION_ID=12\n", "var/lib/dpkg/status": DPKG})
        index = json.loads((layout.root / "index.json").read_bytes())
        index["manifests"][0] = {key: index["manifests"][0][key] for key in ("digest", "size")}
        (layout.root / "index.json").write_text(json.dumps(index))
        _LAYOUTS.append(layout.root)
    return _LAYOUTS[0]


def stored(layout: Path, body: bytes) -> str:
    digest = hashlib.sha256(body).hexdigest()
    (layout / "blobs" / "sha256" / digest).write_bytes(body)
    return f"sha256:{digest}"


def links(*pairs: tuple[str, str], kind: bytes = tarfile.SYMTYPE) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, target in pairs:
            link = tarfile.TarInfo(name)
            link.type, link.linkname = kind, target
            tar.addfile(link)
        for name, body in FILES.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return out.getvalue()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE], ids=["symbolic", "hard"])
def test_links_lead_nowhere_they_should_not(place: Path, store: Path, kind: bytes) -> None:
    pairs = (
        *(("loop/package.json", "package.json"), ("a/package.json", "../b/package.json")),
        *(("b/package.json", "../a/package.json"), ("self", "self"), ("self/package.json", "self")),
        *(("out/package.json", "../../../../etc/passwd"), ("abs/package.json", "/etc/passwd")),
        *(("up/package.json", ".."), ("root/package.json", "/"), ("empty/package.json", "")),
        *(("dir", "srv"), ("dir/dir", "../dir"), ("proc/package.json", "/proc/self/environ")),
    )
    report = judged(place, store, links(*pairs, kind=kind), links(*pairs, kind=kind))
    assert "GHSA-1" in {finding.id for finding in report.findings}
    root = [package for package in report.inventory.packages if package.name in ("root", "daemon")]
    assert root == []


def test_a_thousand_links_in_a_row_take_no_time(place: Path, store: Path) -> None:
    chain = tuple((f"c{at}/package.json", f"../c{at + 1}/package.json") for at in range(2000))
    fan = tuple((f"f{at}", f"f{at + 1}") for at in range(2000))
    started = time.process_time()
    judged(place, store, links(*chain, *fan, ("c2000/package.json", "/srv/node_modules/lodash/package.json")))
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "name",
    ["../../var/lib/dpkg/status", "/var/lib/dpkg/status", "./var//lib/./dpkg/status", "x/../var/lib/dpkg/status"],
)
def test_names_are_taken_from_the_root(place: Path, store: Path, name: str) -> None:
    content: Content = {"etc/os-release": FILES["etc/os-release"], name: DPKG}
    report = judged(place, store, layer_tar(content))
    assert [package.path for package in report.inventory.packages] == ["var/lib/dpkg/status"]


@pytest.mark.parametrize(
    "marker",
    [".wh...", ".wh..", "a/.wh...", ".wh.", "a/.wh.", ".wh../../x", "../.wh.srv2", ".wh..wh.plnk", "a/.wh..wh.aufs"],
)
def test_odd_whiteouts_hide_nothing_else(place: Path, store: Path, marker: str) -> None:
    report = judged(place, store, layer_tar(FILES), layer_tar({marker: b""}))
    assert {finding.id for finding in report.findings} >= {"DEBIAN-CVE-2024-1", "GHSA-1"}


def test_an_entry_that_comes_twice_is_not_hidden_by_the_first(place: Path, store: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for body in (b'{"name": "harmless", "version": "1.0.0"}', FILES["srv/node_modules/lodash/package.json"]):
            member = tarfile.TarInfo("srv/package.json")
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    report = judged(place, store, out.getvalue())
    assert "GHSA-1" in {finding.id for finding in report.findings}


def test_archives_nested_beyond_reason_are_a_stated_gap(place: Path, store: Path) -> None:
    started = time.process_time()
    report = judged(place, store, layer_tar({"app/deep.jar": jar(60)}))
    assert time.process_time() - started < 5
    assert report.inventory.packages and report.undecided
    assert any("deep.jar" in reason for reason in report.undecided)


def test_a_jar_that_holds_a_bomb_is_a_stated_gap(place: Path, store: Path) -> None:
    bomb = jar(2, zlib_bomb())
    started = time.process_time()
    report = judged(place, store, layer_tar({"app/bomb.jar": bomb, "srv/package.json": FILES[LODASH]}))
    assert time.process_time() - started < 10
    assert "GHSA-1" in {finding.id for finding in report.findings}


LODASH = "srv/node_modules/lodash/package.json"


def zlib_bomb() -> bytes:
    """An archive whose one member claims to be small and is 300 MiB of zeros."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("lib/a.jar", "w") as member:
        for _ in range(300):
            member.write(bytes(1 << 20))
    return out.getvalue()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("srv/package-lock.json", b"[" * 200_000),
        ("srv/package-lock.json", b'{"packages": ' + b'{"a": ' * 50_000),
        ("srv/pnpm-lock.yaml", b"a: &a [" + b"*a," * 1000 + b"]"),
        ("srv/pnpm-lock.yaml", b"- " * 20_000),
        ("py/poetry.lock", b"a" + b".a" * 30_000 + b" = 1\n"),
        ("app/packages.config", b"<a>" * 50_000),
        ("app/pom.xml", b'<!DOCTYPE a [<!ENTITY b "' + b"x" * 1000 + b'"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'),
        ("app/go.sum", b"a " * 500_000),
        ("var/lib/dpkg/status", b"Package: a\nVersion: 1\n" + b" x\n" * 300_000),
        ("lib/apk/db/installed", b"P:a\nV:1\n" + b"F:x\n" * 300_000),
        ("etc/os-release", b"ID=" + b"\\" * 300_000),
        ("py/a.dist-info/METADATA", b"Name: " + b" " * 500_000 + b"\nVersion: 1\n"),
        ("app/Gemfile.lock", b"GEM\n" + b"  " * 300_000),
        ("srv/yarn.lock", b'"' * 300_000),
    ],
)
def test_files_made_to_be_slow_are_not(place: Path, store: Path, path: str, body: bytes) -> None:
    started = time.process_time()
    judged(place, store, layer_tar({path: body}))
    assert time.process_time() - started < 5


def test_an_image_of_too_many_layers_is_refused(place: Path, store: Path) -> None:
    layer = layer_tar({"a": b""})
    with pytest.raises(SekishoError, match="layers"):
        judged(place, store, *[layer] * 1025)


@pytest.fixture(autouse=True)
def _no_home(monkeypatch: pytest.MonkeyPatch, place: Path) -> Iterator[None]:
    monkeypatch.setenv("SEKISHO_CACHE_DIR", str(place / "cache"))
    yield
