"""The command line as its users have it: in this process for most tests, in one of its own for signals and start-up."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sekisho.cli.app import run

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "image"
STARTER = ROOT / "examples" / "starter"
FOREIGN = ("SEKISHO_", "TRIVY_", "DOCKER_", "XDG_", "REGISTRY_AUTH_")
"""Variables of the developer's own machine that must not decide a test."""
FOREIGN_NAMES = (
    *("SCAN_IMAGE", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "CONTAINER_HOST", "GITHUB_ACTIONS", "SOURCE_DATE_EPOCH"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"),
)


class Outcome(NamedTuple):
    """What a command line did."""

    code: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        return self.raw.decode()

    @property
    def report(self) -> dict[str, Any]:
        """Standard output as JSON."""
        decoded: dict[str, Any] = json.loads(self.raw)
        return decoded


class Paper(io.TextIOWrapper):
    """A stream that may pretend to be a terminal."""

    def __init__(self, terminal: bool) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8")
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    def written(self) -> bytes:
        self.flush()
        body: bytes = self.buffer.getvalue()  # type: ignore[attr-defined]
        return body


class CommandLine:
    """``sekisho("image", …)``; a defect (exit code 70, a traceback) fails the test whatever it is about."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, *words: str | Path, terminal: bool = False, defect: bool = False) -> Outcome:
        out, err = Paper(terminal), Paper(terminal)
        with self._monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            code = run([str(word) for word in words])
        outcome = Outcome(code, out.written(), err.written().decode())
        assert defect or (code != 70 and "Traceback" not in outcome.err), outcome.err
        return outcome


def environment(**changes: str) -> dict[str, str]:
    """The environment of a process of its own, from which this test's ``sekisho`` can be imported."""
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    return dict(os.environ) | {"PYTHONPATH": paths, "PYTHONWARNINGS": "error"} | changes


def process(*words: str | Path, timeout: float = 60, **changes: str) -> subprocess.CompletedProcess[bytes]:
    """Run in a process of its own, to its end."""
    return subprocess.run(command(*words), env=environment(**changes), capture_output=True, timeout=timeout)


def command(*words: str | Path) -> list[str]:
    """The words that start it."""
    return [sys.executable, "-m", "sekisho", *map(str, words)]


def clean_environment(monkeypatch: pytest.MonkeyPatch, home: Path, names: Mapping[str, str] = os.environ) -> None:
    """Leave nothing of the developer's own settings, and give the test a home."""
    for name in list(names):
        if name.startswith(FOREIGN) or name in FOREIGN_NAMES:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
