"""Compare inventories with syft's: `python bench/accuracy.py LAYOUT [SYFT]`.

A package is its type, name and version; counted once each (distinct) and as often as it occurs (occurrences). syft
calls Go's standard library go1.2.3 and Maven packages by their artifact alone; both sides are brought to one spelling
first.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from sekisho.inventory.cache import LayerCache
from sekisho.inventory.take import take_inventory
from sekisho.source.files import DirectoryFiles
from sekisho.source.layout import open_layout

TYPES = {
    "deb": "deb", "apk": "apk", "rpm": "rpm", "npm": "npm", "python": "pypi", "gem": "gem", "java-archive": "maven",
    "go-module": "golang", "rust-crate": "cargo", "php-composer": "composer", "dotnet": "nuget",
}  # fmt: skip
Key = tuple[str, str, str]


def spelled(kind: str, name: str, version: str) -> Key:
    if kind == "maven":
        name = name.rpartition(":")[2]
    if kind == "pypi":
        name = name.lower().replace("_", "-").replace(".", "-")
    if kind == "golang":
        version = version.removeprefix("go").removeprefix("v")
    return kind, name, "" if version in ("(devel)", "UNKNOWN") else version


def ours(layout: str) -> Counter[Key]:
    image = open_layout(layout, DirectoryFiles(Path(layout)), None)
    packages = take_inventory(image, LayerCache(None)).inventory.packages
    return Counter(spelled(package.type, package.name, package.version) for package in packages)


def theirs(layout: str, syft: str) -> tuple[Counter[Key], Counter[str]]:
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        environment = os.environ | {"SYFT_CHECK_FOR_APP_UPDATE": "false"}
        command = [syft, "-q", "scan", f"oci-dir:{layout}", "-o", f"syft-json={file.name}"]
        subprocess.run(command, check=True, env=environment)
        artifacts = json.load(file)["artifacts"]
    known = Counter(spelled(TYPES[a["type"]], a["name"], a["version"]) for a in artifacts if a["type"] in TYPES)
    return known, Counter(a["type"] for a in artifacts if a["type"] not in TYPES)


def main() -> int:
    layout, syft = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "syft"
    mine, (peer, foreign) = ours(layout), theirs(layout, syft)
    distinct = sum(1 for key in peer if key in mine)
    occurrences = sum(min(count, mine[key]) for key, count in peer.items())
    print(f"sekisho {sum(mine.values())} ({len(mine)} distinct), syft {sum(peer.values())} ({len(peer)} distinct)")
    print(f"distinct     {distinct} of {len(peer)} = {distinct / len(peer):.2%}")
    print(f"occurrences  {occurrences} of {sum(peer.values())} = {occurrences / sum(peer.values()):.2%}")
    for key in sorted(set(peer) - set(mine)):
        print("only syft   ", *key)
    for key in sorted(set(mine) - set(peer)):
        print("only sekisho", *key)
    if foreign:
        print("other types of syft's:", dict(foreign))
    return 0


if __name__ == "__main__":
    sys.exit(main())
