"""Time matching alone: `python bench/match.py LAYOUT STORE`, CPU seconds of `find`, median of five runs.

STORE is a store file (`sekisho db status` names it). The store is opened anew for each run.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from sekisho.advisories.store import Store
from sekisho.inventory.cache import LayerCache
from sekisho.inventory.take import take_inventory
from sekisho.match.find import find
from sekisho.source.files import DirectoryFiles
from sekisho.source.layout import open_layout


def main() -> int:
    layout, file = sys.argv[1], Path(sys.argv[2])
    inventory = take_inventory(open_layout(layout, DirectoryFiles(Path(layout)), None), LayerCache(None)).inventory
    times = []
    found = 0
    for _ in range(5):
        started = time.process_time()
        with Store.open(file) as store:
            found = len(find(inventory, store).findings)
        times.append(time.process_time() - started)
    middle = statistics.median(times)
    print(f"{len(inventory.packages):,} packages, {found:,} findings: {middle:.2f} s CPU (first run {times[0]:.2f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
