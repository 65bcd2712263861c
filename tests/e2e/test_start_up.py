"""What a start may cost, and what ``--offline`` may touch: looked at from outside, in a process of its own."""

from __future__ import annotations

import re
import resource
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.e2e.command import STARTER, environment, process
from tests.e2e.images import FOUND
from tests.simulators.images import docker_archive

HEAVY = (
    *("rich", "urllib3", "cryptography", "asyncio", "logging", "importlib.metadata", "yaml", "sqlite3"),
    *("dataclasses", "email", "xml", "tomllib", "tempfile", "subprocess", "ssl", "socket", "http", "concurrent"),
)
WATCHED = """
import sys
touched = []
def watch(event, arguments):
    if event.startswith("socket.") or event.startswith("urllib."):
        touched.append((event, str(arguments)[:200]))
sys.addaudithook(watch)
from sekisho.cli.app import run
code = run(sys.argv[1:])
sys.stdout.flush()
for event in touched:
    print("TOUCHED", *event, file=sys.stderr)
sys.exit(code)
"""


def imported(*words: str | Path) -> tuple[set[str], int]:
    """Every module a command line imports, and its exit code."""
    command = [sys.executable, "-X", "importtime", "-m", "sekisho", *map(str, words)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60, check=False)
    modules = re.findall(r"^import time: *\d+ \| *\d+ \| *(\S+)", done.stderr, re.MULTILINE)
    return set(modules), done.returncode


def heavy(modules: set[str], allowed: frozenset[str] = frozenset()) -> set[str]:
    return {name for name in modules if any(f"{name}.".startswith(f"{one}.") for one in HEAVY) and name not in allowed}


@pytest.mark.parametrize("words", [("--help",), ("version",), ("--version",), ("imgae",)])
def test_the_first_answer_imports_next_to_nothing(words: tuple[str, ...]) -> None:
    modules, _ = imported(*words)
    assert heavy(modules) == set()
    if words != ("imgae",):
        assert not {"msgspec", "argparse", "typing", "pathlib"} & modules
        assert {name for name in modules if name.startswith("sekisho.")} <= {
            *("sekisho.cli", "sekisho.errors", "sekisho.cli.app", "sekisho.cli.version"),
            *("sekisho.cli.option", "sekisho.cli.terminal"),
        }


@pytest.mark.parametrize("name", ["image", "fs", "db", "explain", "sbom"])
def test_the_help_of_a_command_is_cheap(name: str) -> None:
    modules, code = imported(name, "--help")
    assert (heavy(modules), code) == (set(), 0)
    assert not any(module.startswith(("sekisho.net", "sekisho.inventory", "sekisho.match")) for module in modules)


@pytest.mark.parametrize("form", ["json", "cyclonedx", "spdx-json"])
def test_a_report_for_machines_loads_nothing_for_people_or_the_network(shop: Path, store: Path, form: str) -> None:
    modules, code = imported("image", "--offline", "--db", store, "-f", form, shop)
    unwanted = {name for name in heavy(modules) if not name.startswith("sqlite3")}
    assert (unwanted, code) == (set(), 0)
    assert "isal.isal_zlib" in modules or "zlib" in modules


def test_the_help_takes_less_than_a_blink() -> None:
    def spent(command: list[str]) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        for _ in range(5):
            subprocess.run(command, env=environment(), stdout=subprocess.DEVNULL, check=True, timeout=60)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / 5

    bare = min(spent([sys.executable, "-c", "pass"]) for _ in range(3))
    helped = min(spent([sys.executable, "-m", "sekisho", "--help"]) for _ in range(3))
    assert helped <= max(4 * bare, 0.04), f"{helped * 1000:.0f} ms, a bare interpreter takes {bare * 1000:.0f} ms"


def watched(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run while watching for sockets, with Python's own audit events."""
    command = [sys.executable, "-c", WATCHED, *map(str, words)]
    return subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60, check=False)


def test_offline_opens_no_socket(shop: Path, store: Path, tmp_path: Path) -> None:
    archive = tmp_path / "shop.tar"
    archive.write_bytes(docker_archive({"etc/os-release": b"ID=debian\n"}))
    data = ("--offline", "--db", store)
    for words, code in (
        (("image", *data, "-f", "json", shop), 0),
        (("image", *data, "--input", archive), 3),
        (("image", *data, "app:v1"), 3),
        (("image", *data, "registry:127.0.0.1:1/app:v1"), 3),
        (("image", "--offline", "--cache-dir", tmp_path / "c", shop), 3),
        (("explain", "CVE-2021-23337", *data, shop), 0),
        (("fs", *data, tmp_path), 0),
        (("repo", *data, "https://git.example.test/a"), 3),
        (("db", "update", "npm", "--offline", "--cache-dir", tmp_path / "c"), 3),
        (("db", "status", "--cache-dir", tmp_path / "c"), 3),
        (("db", "build", "--starter", STARTER, "--cache-dir", tmp_path / "c"), 0),
        (("image", "--offline", "--cache-dir", tmp_path / "c", "--download-db-only"), 3),
    ):
        done = watched(*words)
        assert done.returncode == code, (words, done.stderr)
        assert "TOUCHED" not in done.stderr, (words, done.stderr)


def test_offline_leaves_the_engines_of_this_machine_alone(store: Path, tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as engine:
        engine.bind(f"{short}/docker.sock")
        engine.listen()
        host = ("--docker-host", f"unix://{short}/docker.sock", "--podman-host", f"{short}/docker.sock")
        for target, hint in (
            ("docker:app:v1", "hint: docker save -o image.tar app:v1, then --input image.tar"),
            ("podman:app", "hint: podman save"),
            ("app:v1", "also tried docker: docker would be asked"),
        ):
            refused = watched("image", "--offline", "--db", store, *host, target)
            assert refused.returncode == 3 and hint in refused.stderr and "TOUCHED" not in refused.stderr, target


def test_the_watch_would_see_a_socket(shop: Path, tmp_path: Path) -> None:
    seen = watched("image", "--cache-dir", tmp_path / "c", "registry:127.0.0.1:1/app:v1")
    assert seen.returncode == 3 and "TOUCHED socket.connect" in seen.stderr


def test_it_runs_without_its_optional_parts(shop: Path, store: Path, tmp_path: Path) -> None:
    for absent in ("isal", "rich", "shtab"):
        (tmp_path / absent).mkdir()
        (tmp_path / absent / f"{absent}.py").write_text("raise ImportError('not installed')\n")
    paths = ":".join([*(str(tmp_path / absent) for absent in ("isal", "rich", "shtab")), environment()["PYTHONPATH"]])
    scanned = process("image", "--offline", "--db", store, "-f", "json", shop, PYTHONPATH=paths)
    assert scanned.returncode == 0 and all(name.encode() in scanned.stdout for name in FOUND)
    refused = process("completion", "bash", PYTHONPATH=paths)
    assert refused.returncode == 2 and b"pip install 'sekisho[completion]'" in refused.stderr
