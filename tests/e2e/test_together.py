"""Several at once, killed half-way, without room, without permission: the data stay whole, the answers stay right."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sekisho.advisories.location import store_path
from sekisho.advisories.store import Store
from tests.e2e.command import CommandLine, Outcome, command, environment
from tests.e2e.feeds import EPSS
from tests.e2e.images import FOUND, RECORDS, ids
from tests.simulators.feeds import FeedServer, publish_bucket
from tests.simulators.images import docker_archive

Scan = Callable[..., Outcome]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def started(*words: str | Path, **changes: str) -> subprocess.Popen[bytes]:
    surroundings = environment(**changes)
    return subprocess.Popen(command(*words), env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ended(running: subprocess.Popen[bytes]) -> Outcome:
    with running:
        out, err = running.communicate(timeout=60)
    return Outcome(running.returncode, out, err.decode())


def many(version: str) -> list[dict[str, object]]:
    """Enough records for a build that takes a moment."""
    filler = [RECORDS[2] | {"id": f"GHSA-{number}", "details": version * 50, "aliases": []} for number in range(1500)]
    return [*filler, *(record for record in RECORDS if record["id"].startswith("GHSA"))]


def test_two_first_scans_and_an_update_at_once(shop: Path, cache: Path, mirror: FeedServer) -> None:
    place = ("--cache-dir", cache)
    running = [
        started("image", *place, "-f", "json", shop),
        started("db", "update", *place, "npm", "Debian:12"),
        started("image", *place, "-f", "json", shop),
        started("db", "update", *place, "npm", "Debian:12"),
    ]
    first, updated, second, again = map(ended, running)
    assert [one.code for one in (first, updated, second, again)] == [0, 0, 0, 0], (first.err, updated.err, second.err)
    assert ids(first.report) == ids(second.report) == FOUND
    left = {path.name for path in (cache / "db").iterdir()}
    assert left == {"advisories-v1.db", "update.lock", "wanted.json"}
    assert all(path.stat().st_size for path in (cache / "layers").rglob("*") if path.is_file())


def test_a_scan_goes_on_while_the_data_are_replaced(
    sekisho: CommandLine, shop: Path, cache: Path, mirror: FeedServer
) -> None:
    place = ("--cache-dir", cache)
    assert sekisho("db", "update", *place, "npm", "Debian:12").code == 0
    publish_bucket(mirror, "npm", many("later"))
    update = started("db", "update", *place)
    seen = []
    while update.poll() is None:
        seen.append(sekisho("image", "--offline", *place, "-f", "json", shop))
    assert ended(update).code == 0
    assert len(seen) >= 2 and {one.code for one in seen} == {0}
    assert {len(ids(one.report)) for one in seen} <= {len(FOUND), len(FOUND) + 1500}


def test_an_update_killed_at_any_moment_leaves_the_data_whole(
    sekisho: CommandLine, shop: Path, cache: Path, mirror: FeedServer
) -> None:
    place = ("--cache-dir", cache)
    assert sekisho("db", "update", *place, "npm", "Debian:12").code == 0
    publish_bucket(mirror, "npm", many("later"), singles=False)
    begun = time.monotonic()
    assert ended(started("db", "update", *place, "--reset", "npm", "Debian:12")).code == 0
    lifetime = time.monotonic() - begun
    killed = 0
    for share in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        victim = started("db", "update", *place, "--reset", "npm", "Debian:12")
        time.sleep(lifetime * share)
        victim.send_signal(signal.SIGKILL)
        killed += ended(victim).code == -signal.SIGKILL
        scanned = sekisho("image", "--offline", *place, "-f", "json", shop)
        assert scanned.code == 0 and len(ids(scanned.report)) == len(FOUND) + 1500
    assert killed, "no update was still running when its moment came"
    assert sekisho("db", "update", *place).code == 0
    assert {path.name for path in (cache / "db").iterdir()} == {"advisories-v1.db", "update.lock", "wanted.json"}


def test_a_scan_killed_half_way_leaves_a_cache_that_works(
    sekisho: CommandLine, shop: Path, store: Path, cache: Path
) -> None:
    words = ("image", "--offline", "--db", store, "--cache-dir", cache, "-f", "json", shop)
    for delay in (0.05, 0.1, 0.15, 0.2):
        victim = started(*words)
        time.sleep(delay)
        victim.kill()
        ended(victim)
        assert ids(sekisho(*words).report) == FOUND


def test_a_damaged_layer_cache_is_no_cache(sekisho: CommandLine, shop: Path, store: Path, cache: Path) -> None:
    words = ("image", "--offline", "--db", store, "--cache-dir", cache, "-f", "json", shop)
    assert ids(sekisho(*words).report) == FOUND
    files = [path for path in (cache / "layers").rglob("*") if path.is_file()]
    assert len(files) == 2
    whole = [path.read_bytes() for path in files]
    for damage in (lambda body: b"", lambda body: body[:40], lambda body: b"\xff" * 100, lambda body: whole[0]):
        for path, body in zip(files, whole, strict=True):
            path.write_bytes(damage(body))
        again = sekisho(*words)
        assert (again.code, ids(again.report)) == (0, FOUND)
    for at in range(0, len(whole[0]), 9):
        files[0].write_bytes(whole[0][:at] + bytes([whole[0][at] ^ 1]) + whole[0][at + 1 :])
        assert ids(sekisho(*words).report) == FOUND
    for path in files:
        path.unlink()
        path.mkdir()
    odd = sekisho(*words)
    assert ids(odd.report) == FOUND and "warning: the layer cache cannot be written: Is a directory" in odd.err


def test_a_cache_that_cannot_exist_is_said(sekisho: CommandLine, shop: Path, store: Path, mirror: FeedServer) -> None:
    Path("file").write_text("no directory")
    scanned = sekisho("image", "--offline", "--db", store, "--cache-dir", "file", "-f", "json", shop)
    assert (scanned.code, ids(scanned.report)) == (0, FOUND)
    assert scanned.err == "warning: the layer cache cannot be written: Not a directory\n"
    refused = sekisho("image", "--cache-dir", "file", shop)
    assert (
        refused.code == 3
        and "cannot be written" in refused.err
        and "choose another place with --cache-dir" in refused.err
    )
    assert sekisho("db", "build", "--from", ".", "--cache-dir", "file").code == 3


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """``disk("512k")`` is a file system of that size."""
    place = tmp_path / "disk"
    place.mkdir()

    def mounted(size: str) -> Path:
        if os.geteuid() != 0:
            pytest.skip("only root may mount a file system for the test")
        mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place))
        return place

    yield mounted
    if place.is_mount():
        subprocess.run(["umount", "-l", place], check=True)


def mount(*words: str) -> None:
    """Mount, or skip where that is not allowed (in most containers)."""
    if shutil.which("mount") is None:
        pytest.skip("there is no mount here")
    done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a file system cannot be mounted here: {done.stderr.strip()}")


def test_a_cache_that_may_not_be_written_is_read(
    sekisho: CommandLine, shop: Path, mirror: FeedServer, disk: Callable[[str], Path]
) -> None:
    cache = disk("4m") / "cache"
    assert sekisho("db", "update", "--cache-dir", cache, "npm", "Debian:12").code == 0
    mount("-o", "remount,ro", str(cache.parent))
    scanned = sekisho("image", "--cache-dir", cache, "-f", "json", shop)
    assert (scanned.code, ids(scanned.report)) == (0, FOUND)
    assert scanned.err == "warning: the layer cache cannot be written: Read-only file system\n"
    refused = sekisho("db", "update", "--cache-dir", cache)
    assert refused.code == 3 and "cannot be written" in refused.err and "choose another place with" in refused.err
    other = sekisho("fs", "--cache-dir", cache, go_module())
    assert other.code == 3 and "could not be updated: the advisory store's directory" in other.err


def go_module() -> Path:
    """A source tree that needs an ecosystem nobody has fetched yet."""
    Path("tree").mkdir()
    Path("tree/go.mod").write_text("module example.test/m\n\ngo 1.22\n\nrequire golang.org/x/net v0.1.0\n")
    return Path("tree")


def test_a_full_disk_damages_nothing(
    sekisho: CommandLine, shop: Path, store: Path, mirror: FeedServer, disk: Callable[[str], Path]
) -> None:
    small = disk("640k")
    cache = small / "cache"
    assert sekisho("db", "update", "--cache-dir", cache, "npm", "Debian:12").code == 0
    before = store_path(cache / "db").read_bytes()
    publish_bucket(mirror, "npm", many("much more"))
    refused = sekisho("db", "update", "--cache-dir", cache)
    assert refused.code == 3 and "full" in refused.err and "hint: " in refused.err
    assert store_path(cache / "db").read_bytes() == before
    with Store.open(store_path(cache / "db")) as whole:
        assert whole.holds("npm")
    filler = small / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            pass
    scanned = sekisho("image", "--offline", "--cache-dir", cache, "-f", "json", shop)
    assert (scanned.code, ids(scanned.report)) == (0, FOUND)
    assert "warning: the layer cache cannot be written: No space left on device" in scanned.err
    unwritten = sekisho("image", "--offline", "--db", store, "-o", str(small / "report.json"), "-f", "json", shop)
    assert unwritten.code == 3 and "cannot write the report" in unwritten.err and "No space left" in unwritten.err


def test_a_full_temporary_directory_is_said(
    sekisho: CommandLine, store: Path, disk: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "image.tar.gz"
    archive.write_bytes(gzip.compress(docker_archive({"blob": os.urandom(400_000)})))
    monkeypatch.setenv("TMPDIR", str(disk("256k")))
    monkeypatch.setattr(tempfile, "tempdir", None)
    refused = sekisho("image", "--offline", "--db", store, archive)
    assert refused.code == 3 and "cannot unpack the archive: No space left on device" in refused.err
    assert "hint: point TMPDIR at a file system with room" in refused.err


def test_an_update_that_is_interrupted_changes_nothing(cache: Path, mirror: FeedServer, sekisho: CommandLine) -> None:
    assert sekisho("db", "update", "--cache-dir", cache, "npm").code == 0
    before = store_path(cache / "db").read_bytes()
    publish_bucket(mirror, "npm", many("later"))
    mirror.truncated[EPSS] = 3
    mirror.forget()
    # Interrupted within an import, Python itself would warn of the module's open file.
    running = started("db", "update", "--cache-dir", cache, PYTHONWARNINGS="ignore")
    deadline = time.monotonic() + 30
    while not mirror.log and time.monotonic() < deadline:
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    stopped = ended(running)
    assert stopped.code == 130 and "Traceback" not in stopped.err
    assert store_path(cache / "db").read_bytes() == before
