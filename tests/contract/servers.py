"""Real servers for contract tests: Debian's docker-registry on loopback, podman's engine API on a unix socket.

Each is a context manager that starts the program, waits until it answers, and ends it. A test that needs one is
skipped, saying why, where the program is missing or refuses to start.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

PATIENCE = 20.0
"""Seconds a server may take to answer for the first time; a machine under load needs a few."""


class RealRegistry(NamedTuple):
    """A running docker-registry."""

    host: str
    """``127.0.0.1:port``."""
    users: Mapping[str, str]

    def push(self, layout: Path, tag: str, name: str, *options: str) -> None:
        """Copy an image of an OCI layout here with skopeo: ``name`` is ``repository:tag``."""
        command = ["copy", "--quiet", "--dest-tls-verify=false", "--insecure-policy", *options]
        for user, password in self.users.items():
            command += ["--dest-creds", f"{user}:{password}"]
            break
        run(program("skopeo"), *command, f"oci:{layout}:{tag}", f"docker://{self.host}/{name}")


class PodmanService(NamedTuple):
    """A running podman engine with a store of its own."""

    socket: str
    command: tuple[str, ...]

    def load(self, layout: Path, tag: str, name: str) -> None:
        """Bring an image of an OCI layout into the store under ``name`` (``repository:tag``)."""
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder) / "image.tar"
            run(
                program("skopeo"),
                *("copy", "--quiet", "--insecure-policy"),
                f"oci:{layout}:{tag}",
                f"docker-archive:{archive}:{name}",
            )
            run(*self.command, "load", "--quiet", "--input", str(archive))


def program(name: str) -> str:
    """The path of a program; skips the test where there is none."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not on PATH (apt-get install {_PACKAGES.get(name, name)})")
    return path


_PACKAGES = {"htpasswd": "apache2-utils"}


def run(*command: str) -> str:
    """Run a program to its end and return what it printed; skips when it cannot work on this machine."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode:
        pytest.skip(f"{Path(command[0]).name} does not work here: {done.stderr.strip()[-300:]}")
    return done.stdout


@contextmanager
def docker_registry(tmp_path: Path, auth: Mapping[str, str] | None = None) -> Iterator[RealRegistry]:
    """Start docker-registry on a free loopback port; ``auth`` (user → password) turns basic authentication on."""
    command = program("docker-registry")
    folder = Path(tempfile.mkdtemp(prefix="registry-", dir=tmp_path))
    port = _free_port()
    lines = [
        "version: 0.1",
        "log: {level: error}",
        f"storage: {{filesystem: {{rootdirectory: {folder / 'data'}}}}}",
        f'http: {{addr: "127.0.0.1:{port}", relativeurls: true}}',
    ]
    if auth:
        entries = [run(program("htpasswd"), "-Bbn", user, password) for user, password in auth.items()]
        (folder / "htpasswd").write_text("".join(entries))
        lines.append(f"auth: {{htpasswd: {{realm: contract, path: {folder / 'htpasswd'}}}}}")
    (folder / "registry.yml").write_text("\n".join(lines) + "\n")
    with _started([command, "serve", str(folder / "registry.yml")], folder, lambda: _answers_tcp(port)):
        yield RealRegistry(f"127.0.0.1:{port}", dict(auth or {}))


@contextmanager
def podman_service(tmp_path: Path) -> Iterator[PodmanService]:
    """Start podman's API service on a unix socket, with a store under ``tmp_path``."""
    folder = Path(tempfile.mkdtemp(prefix="podman-", dir=tmp_path))
    with tempfile.TemporaryDirectory(prefix="podman-") as short:  # a socket's path has at most 107 bytes
        address = f"{short}/p.sock"
        command = (
            program("podman"),
            *("--root", str(folder / "root"), "--runroot", f"{short}/run", "--storage-driver", "vfs"),
        )
        service = [*command, "system", "service", "--time=0", f"unix://{address}"]
        with _started(service, folder, lambda: _answers_unix(address)):
            yield PodmanService(address, command)


@contextmanager
def _started(command: list[str], folder: Path, answers: Callable[[], bool]) -> Iterator[None]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            _wait(process, answers, folder / "log")
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], answers: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not answers():
        if process.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(errors="replace").strip()[-300:]
            pytest.skip(f"{process.args[0]} refuses to start: {said}")  # type: ignore[index]
        time.sleep(0.05)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def _answers_tcp(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _answers_unix(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True
