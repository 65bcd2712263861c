"""Everything but images: trees, repositories, bills of materials, explanations, and the library's one import."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

import sekisho as library
from sekisho.errors import NotFound, UsageError
from tests.contract.servers import program
from tests.e2e.command import CommandLine, process
from tests.e2e.images import APP, BASE, FOUND, deb, ids, node

LOCK = {
    "name": "shop",
    "version": "1.0.0",
    "lockfileVersion": 3,
    "packages": {
        "": {"name": "shop", "version": "1.0.0", "dependencies": {"lodash": "4.17.20"}, "devDependencies": {"ws": "8"}},
        "node_modules/lodash": {"version": "4.17.20"},
        "node_modules/ws": {"version": "8.0.0", "dev": True},
    },
}


def plant(root: Path, content: dict[str, bytes | str | None]) -> Path:
    for name, body in content.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(body, bytes):
            path.write_bytes(body)
    return root


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    lock = json.dumps(LOCK).encode()
    return plant(tmp_path / "tree", {"package-lock.json": lock, "vendor/a/package-lock.json": lock, ".git/x": b"x"})


def test_a_source_tree_is_its_lock_files(sekisho: CommandLine, tree: Path, store: Path) -> None:
    scanned = sekisho("fs", "--offline", "--db", store, "-f", "json", tree)
    assert (scanned.code, scanned.report["ArtifactType"]) == (0, "filesystem")
    assert [result["Target"] for result in scanned.report["Results"]] == [
        "package-lock.json",
        "vendor/a/package-lock.json",
    ]
    assert ids(scanned.report) == ["CVE-2021-23337"] * 2
    assert ids(sekisho("fs", "--offline", "--db", store, "-f", "json", "--skip-dirs", "vendor", tree).report) == [
        "CVE-2021-23337"
    ]


def test_development_dependencies_count_when_asked_for(sekisho: CommandLine, tree: Path, store: Path) -> None:
    words = ("filesystem", "--offline", "--db", store, "-f", "json", "--skip-dirs", "vendor", tree)
    assert ids(sekisho(*words, "--include-dev-deps").report) == ["CVE-2021-23337", "CVE-2024-37890"]
    assert ids(sekisho(*words).report) == ["CVE-2021-23337"]


def test_installed_libraries_are_not_read_from_a_source_tree(sekisho: CommandLine, tmp_path: Path, store: Path) -> None:
    root = plant(tmp_path / "root", {**BASE, **APP})
    installed = sekisho("rootfs", "--offline", "--db", store, "-f", "json", root)
    assert (installed.code, ids(installed.report)) == (0, FOUND)
    assert installed.report["Metadata"]["OS"] == {"Family": "debian", "Name": "12"}
    assert ids(sekisho("fs", "--offline", "--db", store, "-f", "json", root).report) == FOUND[1:]


def test_what_may_not_be_read_is_said(sekisho: CommandLine, tmp_path: Path, store: Path) -> None:
    root = plant(tmp_path / "root", {**BASE, **APP})
    (root / "srv" / "loop").symlink_to("loop")
    (root / "srv" / "up").symlink_to("..")
    os.mkfifo(root / "srv" / "package.json")
    assert ids(sekisho("rootfs", "--offline", "--db", store, "-f", "json", root).report) == FOUND


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose branch ``old`` and tag ``v1`` have what ``main`` has mended."""
    root = tmp_path / "repository"

    def git(*words: str) -> None:
        who = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.test", "-c", "init.defaultBranch=main")
        command = [program("git"), "-C", str(root), *identity, *words]
        subprocess.run(command, env=dict(os.environ) | who, check=True, capture_output=True)

    plant(root, {"package-lock.json": json.dumps(LOCK).encode()})
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    git("branch", "old")
    git("tag", "v1")
    mended = json.dumps(LOCK).replace("4.17.20", "4.17.21")
    plant(root, {"package-lock.json": mended.encode()})
    git("commit", "-qam", "mend")
    return root


def test_a_repository_is_read_at_a_branch_tag_or_commit(sekisho: CommandLine, repository: Path, store: Path) -> None:
    words = ("repo", "--offline", "--db", store, "-f", "json")
    here = sekisho(*words, repository)
    assert (ids(here.report), here.report["ArtifactType"]) == ([], "repository")
    commit = subprocess.run(
        [program("git"), "-C", repository, "rev-parse", "v1"], capture_output=True, text=True, check=True
    ).stdout.strip()
    for choice in (("--branch", "old"), ("--tag", "v1"), ("--commit", commit)):
        then = sekisho(*words, *choice, repository)
        assert (ids(then.report), then.report["Metadata"]["Commit"]) == (["CVE-2021-23337"], commit), choice
    unknown = sekisho(*words, "--tag", "v9", repository)
    assert unknown.code == 3 and "v9" in unknown.err and unknown.raw == b""


def test_a_remote_repository_is_not_asked_for_offline(sekisho: CommandLine) -> None:
    refused = sekisho("repo", "--offline", "https://git.example.test/shop")
    assert refused.code == 3 and "is not on this machine" in refused.err


@pytest.mark.parametrize("form", ["cyclonedx", "spdx-json"])
def test_our_own_bills_find_what_the_image_did(sekisho: CommandLine, shop: Path, store: Path, form: str) -> None:
    assert sekisho("image", "-q", "--offline", "-f", form, "-o", "bill.json", shop).code == 0
    for words in (("sbom", "bill.json"), ("image", "sbom:bill.json"), ("image", "--input", "bill.json")):
        read = sekisho(*words, "--offline", "--db", store, "-f", "json")
        assert (read.code, ids(read.report)) == (0, FOUND), words
    assert sekisho("sbom", "bill.json", "--offline", "--db", store, "-q", "--exit-code", "1").code == 1
    narrowed = sekisho("sbom", "bill.json", "--offline", "--db", store, "-f", "json", "--pkg-types", "library")
    assert ids(narrowed.report) == ["CVE-2021-23337"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{}", "not a bill of materials that can be read: an empty object"),
        (b"<bom/>", "this is XML"),
        (b"SPDXVersion: SPDX-2.3", "this is SPDX tag-value"),
        (b"[1]", "the document is not an object"),
        (b"{" * 100_000, "error: "),
        (b"\x00\xff", "error: "),
        (b"", "error: "),
    ],
)
def test_a_file_that_is_no_bill_is_refused(sekisho: CommandLine, store: Path, body: bytes, words: str) -> None:
    Path("bill.json").write_bytes(body)
    refused = sekisho("sbom", "--offline", "--db", store, "bill.json")
    assert refused.code == 3 and words in refused.err and refused.raw == b""


def test_an_explanation_shows_record_package_and_place(sekisho: CommandLine, shop: Path, store: Path) -> None:
    why = sekisho("explain", "CVE-2023-5363", "--offline", "--db", store, shop)
    assert why.code == 0
    for words in (
        "✗ matched: libssl3 3.0.9-1",
        "var/lib/dpkg/status   layer 1 of 2",
        "DEBIAN-CVE-2023-5363",
        "openssl 3.0.9-1 in Debian:12",
        "3.0.11-1",
    ):
        assert words in why.out, words


def test_a_vulnerability_that_was_not_matched_can_be_asked_about(sekisho: CommandLine, shop: Path, store: Path) -> None:
    outside = sekisho("explain", "CVE-2024-37890", shop, "--offline", "--db", store)
    assert outside.code == 0 and "✓ not matched: ws 8.18.0" in outside.out and "8.17.1" in outside.out
    absent = sekisho("explain", "CVE-2024-37890", "--offline", "--db", store, "--input", shop, "--skip-dirs", "srv")
    assert absent.code == 0 and "has none of the packages the records name" in absent.out and "npm/ws" in absent.out


def test_a_name_nobody_knows_cannot_be_explained(sekisho: CommandLine, shop: Path, store: Path) -> None:
    unknown = sekisho("explain", "CVE-1999-0001", shop, "--offline", "--db", store)
    assert unknown.code == 3 and "no record of this name is in the advisory data" in unknown.out
    nothing = sekisho("explain", "CVE-1999-0001")
    assert nothing.code == 2 and "nothing to scan was named" in nothing.err


def test_things_that_are_not_there_are_not_found(sekisho: CommandLine, shop: Path) -> None:
    for words in (
        *(("image", "./nowhere"), ("image", "oci:nowhere"), ("image", "--input", "nowhere"), ("fs", "nowhere")),
        *(("rootfs", "nowhere"), ("sbom", "nowhere"), ("image", f"oci:{shop}:v9"), ("explain", "CVE-1", "./nowhere")),
        *(("repo", "./nowhere"), ("image", f"{shop}@sha256:{'0' * 64}"), ("image", "docker:shop")),
    ):
        refused = sekisho(*words, "--offline")
        assert (refused.code, refused.raw) == (3, b"") and refused.err.startswith("error: "), words


def test_what_is_no_image_is_named(sekisho: CommandLine) -> None:
    Path("notes.txt").write_bytes(b"hello\n" * 500)
    refused = sekisho("image", "--offline", "notes.txt")
    assert refused.code == 3 and "notes.txt" in refused.err
    assert sekisho("image", "--offline", "UPPER/Case").code == 2


def test_the_library_is_one_import(shop: Path, store: Path) -> None:
    now = datetime.now(UTC)
    report = library.scan(
        str(shop), severity="CRITICAL,LOW", offline=True, db=str(store), pkg_types="library", clock=lambda: now
    )
    assert [(found.id, found.package.name, found.fixed_version) for found in report.findings] == [
        ("CVE-2021-23337", "lodash", "4.17.21")
    ]
    assert report.undecided == () and report.created_at == now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert msgspec.json.decode(msgspec.json.encode(report))["artifact"]["name"] == str(shop)
    assert library.scan(f"oci:{shop}:v1", scanners=["none"], skip_dirs=["srv"], offline=True).findings == ()
    with pytest.raises(UsageError, match="severty"):
        library.scan(str(shop), severty="LOW")
    with pytest.raises(NotFound):
        library.scan("./nowhere")


def test_importing_the_library_costs_nothing() -> None:
    seen = subprocess.run(
        [os.sys.executable, "-c", "import sys, sekisho; print(sorted(n for n in sys.modules if 'sekisho' in n))"],
        env=dict(os.environ) | {"PYTHONPATH": str(Path(library.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert seen.stdout == "['sekisho']\n"
    assert process("version").returncode == 0


def test_an_image_in_which_nothing_is_recognised_is_not_clean(
    sekisho: CommandLine, store: Path, tmp_path: Path
) -> None:
    root = plant(tmp_path / "root", {"bin/app": b"\x7fELF" + b"\0" * 100})
    empty = sekisho("rootfs", "--offline", "--db", store, root)
    assert empty.code == 3 and "no packages were found, so nothing was checked" in empty.out
    plant(root, {"srv/package.json": node("ws", "8.18.0")})
    assert sekisho("rootfs", "--offline", "--db", store, root).code == 0
    plant(root, {"etc/os-release": b"ID=gentoo\n"})
    other = sekisho("rootfs", "--offline", "--db", store, root)
    assert other.code == 3 and "this is gentoo, but it has no package database that can be read" in other.out
    assert sekisho("rootfs", "--offline", "--db", store, "--pkg-types", "library", root).code == 0
    plant(root, {"var/lib/dpkg/status": deb("a", "1")})
    odd = sekisho("rootfs", "--offline", "--db", store, root)
    assert odd.code == 3 and "there are no advisories for gentoo" in odd.out
