"""Time matching alone: `python bench/match.py LAYOUT STORE`, CPU seconds of `find`, median of five runs.

Twice: over the layout's inventory, and over a dense one of 3,000 packages in which everything that has findings stands
again and again under other paths. STORE is a store file (`sekisho db status` names it), opened anew for each run.
"""

from __future__ import annotations

import statistics
import sys
import time
from itertools import cycle, islice
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from sekisho.advisories.store import Store
from sekisho.inventory.cache import LayerCache
from sekisho.inventory.take import take_inventory
from sekisho.match.find import find
from sekisho.model.inventory import Inventory
from sekisho.source.files import DirectoryFiles
from sekisho.source.layout import open_layout

DENSE_PACKAGES = 3_000
SHARE_WITH_FINDINGS = 0.2


def timed(inventory: Inventory, file: Path) -> None:
    times = []
    found = 0
    for _ in range(5):
        started = time.process_time()
        with Store.open(file) as store:
            found = len(find(inventory, store).findings)
        times.append(time.process_time() - started)
    middle = statistics.median(times)
    print(f"{len(inventory.packages):,} packages, {found:,} findings: {middle:.2f} s CPU (first run {times[0]:.2f} s)")


def dense(inventory: Inventory, file: Path) -> Inventory:
    with Store.open(file) as store:
        found = find(inventory, store).findings
    hit = {one.package.path + one.package.key: one.package for one in found if not one.package.owned_by}
    many = int(DENSE_PACKAGES * SHARE_WITH_FINDINGS)
    copies = islice(cycle(hit.values()), many)
    packages = [msgspec.structs.replace(one, path=f"{at}/{one.path}") for at, one in enumerate(copies)]
    packages += [package for package in inventory.packages if package.path + package.key not in hit][
        : DENSE_PACKAGES - many
    ]
    return msgspec.structs.replace(inventory, packages=tuple(packages))


def main() -> int:
    layout, file = sys.argv[1], Path(sys.argv[2])
    inventory = take_inventory(open_layout(layout, DirectoryFiles(Path(layout)), None), LayerCache(None)).inventory
    timed(inventory, file)
    timed(dense(inventory, file), file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
