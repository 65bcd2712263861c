"""Where the project's shared test data lies, when this checkout stands beside it."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"


@cache
def _unpacked(name: str) -> Path | None:
    if not (SHARED / "data" / f"{name}.tar.xz").exists():
        return None
    done = subprocess.run([SHARED / "data" / "unpack", name], capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())


def area(name: str) -> Path:
    """The unpacked data of one area; skips the test, saying why, where there is none."""
    path = _unpacked(name)
    if path is None:
        pytest.skip(f"shared test data {name!r} is not beside this checkout")
    return path
