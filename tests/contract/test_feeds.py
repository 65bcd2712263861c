"""The real feeds, from a loopback mirror of their hosts: counts, known records, increments, cost.

Known differences from the data's own manifest, each with its reason:

* Alpine: the manifest counts strings, the store counts ids; a few strings hold several.
* Alpine: ``CVE-????-?????`` and ``CVE-2022-????`` in xen's list stand for numbers nobody had yet, and are no ids.
* OSV's Go bucket repeats the Go vulnerability database; both are kept, and a package shows each record once.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sekisho.advisories.feeds.debian import read_tracker
from sekisho.advisories.feeds.osv_record import read_osv
from sekisho.advisories.feeds.protocol import Defect, Record
from sekisho.advisories.feeds.ssvc import read_archive, read_compact
from sekisho.advisories.location import store_path
from sekisho.advisories.mirror import BASE, DirectoryTransport
from sekisho.advisories.settings import FeedSettings
from sekisho.advisories.store import Store
from sekisho.advisories.update import UpdateResult, update
from sekisho.model.advisory import Affected, Exploitation, Interval
from tests.contract.shared import area

NOW = datetime(2026, 11, 23, tzinfo=UTC)
MAX_CPU, MAX_RSS = 60.0, 300
"""Seconds and MiB for reading every feed of the pack; measured 9 s and 185 MiB."""
MAX_LOOKUP = 0.15
"""CPU seconds for 3,000 packages that all have records, opening excluded; measured 0.07."""

UPDATE = """
import json, resource, sys, time
from datetime import UTC, datetime
from pathlib import Path
from sekisho.advisories.settings import FeedSettings
from sekisho.advisories.update import scope_of, update
from sekisho.net.http import open_transport

directory, mirror, *more = sys.argv[1:]
place, settings = Path(directory), FeedSettings(mirror=mirror)
result = update(place, scope_of(place, more), open_transport(timeout=30), settings, datetime(2026, 11, 23, tzinfo=UTC),
                everything=bool(more))
usage = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({
    "cpu": usage.ru_utime + usage.ru_stime, "rss": usage.ru_maxrss // 1024,
    "verdicts": {one.source: one.verdict for one in result.outcomes},
    "received": sum(one.received for one in result.outcomes),
    "defects": {one.source: one.defect_count for one in result.outcomes if one.defect_count},
}))
"""
GO_0288 = Interval(fixed="0.0.0-20211209124913-491a49abca63", comparator="SEMVER")
EXTRA = ("Python-PSF", "Red Hat", "Alpine", "Go", "Debian")


@pytest.fixture(scope="module")
def pack() -> Path:
    return area("vulndata")


@pytest.fixture(scope="module")
def mirror(pack: Path) -> Iterator[str]:
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(pack)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        found = re.search(r"port (\d+)", server.stdout.readline())
        assert found
        yield f"http://127.0.0.1:{found[1]}"
        server.terminate()


def run(directory: Path, mirror: str, *scope: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", UPDATE, str(directory), mirror, *scope],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin:/bin", "HOME": str(directory)},
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, mirror: str) -> tuple[Path, dict[str, Any]]:
    directory = tmp_path_factory.mktemp("db")
    return directory, run(directory, mirror, *EXTRA)


@pytest.fixture(scope="module")
def store(built: tuple[Path, dict[str, Any]]) -> Iterator[Store]:
    with Store.open(store_path(built[0])) as opened:
        yield opened


def test_the_whole_pack_is_read_within_time_and_memory(built: tuple[Path, dict[str, Any]]) -> None:
    _, cost = built
    assert cost["defects"] == {}
    assert set(cost["verdicts"].values()) == {"new"}
    assert cost["cpu"] < MAX_CPU
    assert cost["rss"] < MAX_RSS


def test_a_second_update_downloads_nothing(built: tuple[Path, dict[str, Any]], mirror: str, tmp_path: Path) -> None:
    directory = tmp_path / "db"
    shutil.copytree(built[0], directory)
    again = run(directory, mirror, *EXTRA)
    assert again["received"] == 0
    assert set(again["verdicts"].values()) == {"unchanged"}
    with Store.open(store_path(directory)) as one, Store.open(store_path(built[0])) as two:
        assert one.info().digest == two.info().digest


def test_counts_are_those_of_the_manifest(store: Store, pack: Path) -> None:
    table = (pack / "MANIFEST.md").read_text().partition("| ecosystem | entries |")[2].partition("\n\n")[0]
    entries = {
        f"osv/{name}": int(count) for name, count in re.findall(r"^\| ([^|]+?) \| (\d+) \|", table, re.MULTILINE)
    }
    assert len(entries) == 25
    records = {status.name: status.records for status in store.status()}
    elsewhere = {"osv/Alpine", "osv/Debian", "osv/Wolfi", "osv/Chainguard"}
    assert {name: records.get(name) for name in entries} == entries | dict.fromkeys(elsewhere)
    assert (records["go"], records["kev"], records["epss"], records["ssvc"]) == (4291, 1662, 360_142, 62_862)


def test_alpine_holds_every_pair_of_every_branch(store: Store, pack: Path) -> None:
    root = pack / "secdb.alpinelinux.org"
    for branch in sorted(one.name for one in root.iterdir()):
        expected = set()
        for document in sorted((root / branch).glob("*.json")):
            for entry in json.loads(document.read_bytes())["packages"]:
                for version, texts in entry["pkg"]["secfixes"].items():
                    for word in " ".join(texts).replace(",", " ").split():
                        expected.add((entry["pkg"]["name"], version, word))
        names = {name for name, _, _ in expected}
        found = store.candidates((f"Alpine:{branch}", name) for name in names)
        assert {name for _, name in found} == names
        held = {
            (name, one.intervals[0].fixed if one.intervals else "0", one.id)
            for (_, name), candidates in found.items()
            for one in candidates
        }
        assert held <= expected, sorted(held - expected)[:3]
        assert {one for one in expected - held if one[2].startswith("CVE-") and "?" not in one[2]} == set()


def test_debian_holds_every_row_of_the_tracker(store: Store, pack: Path) -> None:
    tracker = json.loads(gzip.decompress((pack / "security-tracker.debian.org/tracker/data/json.gz").read_bytes()))
    rows = {
        (package, id_, codename)
        for package, issues in tracker.items()
        for id_, issue in issues.items()
        for codename in issue["releases"]
    }
    numbers = {"stretch": "9", "buster": "10", "bullseye": "11", "bookworm": "12"}
    pairs = [(f"Debian:{number}", package) for number in numbers.values() for package in tracker]
    found = {
        (name, one.id, ecosystem.partition(":")[2])
        for (ecosystem, name), candidates in store.candidates(pairs).items()
        for one in candidates
    }
    assert found == {(package, id_, numbers[codename]) for package, id_, codename in rows}
    assert len(tracker) == 869


@pytest.mark.parametrize(
    ("ecosystem", "name", "id_", "interval"),
    [
        ("Go", "golang.org/x/net", "GO-2022-0288", GO_0288),
        ("Debian:12", "openssl", "CVE-2026-9076", Interval(fixed="3.0.20-1~deb12u2")),
        ("Alpine:v3.17", "zlib", "CVE-2022-37434", Interval(fixed="1.2.12-r2")),
        ("AlmaLinux:9", "openssl-libs", "ALSA-2026:22312", Interval(fixed="1:3.5.5-3.el9_8")),
        ("PyPI", "django", "PYSEC-2026-801", Interval("1.3.0", fixed="1.3.6")),
    ],
)
def test_known_records_are_found(store: Store, ecosystem: str, name: str, id_: str, interval: Interval) -> None:
    candidates = {one.id: one for one in store.candidates([(ecosystem, name)])[ecosystem, name]}
    assert interval in candidates[id_].intervals


def test_a_known_exploited_cve_is_known_to_be(store: Store) -> None:
    found = store.exploitation("CVE-2021-44228")
    assert found is not None
    assert (found.kev_added, found.kev_due, found.ransomware) == ("2021-12-10", "2021-12-24", True)
    assert found.epss is not None and found.epss > 0.9
    decided = store.exploitation("CVE-2024-45617")
    assert decided is not None and decided.ssvc == "none/no/partial" and decided.cwes == ("CWE-457",)


def test_each_record_of_a_module_is_seen_from_one_source(store: Store) -> None:
    candidates = store.candidates([("Go", "stdlib"), ("Go", "golang.org/x/net")])
    for found in candidates.values():
        sources = {(one.id, one.source) for one in found}
        assert len(sources) == len({one.id for one in found})
        assert {one.source for one in found if one.id.startswith("GO-")} == {"go"}


def test_synonyms_meet_across_sources_and_no_group_has_two_cves(store: Store) -> None:
    assert store.group("GHSA-vvpx-j8f3-3w6h") == "CVE-2022-41723"
    assert {"GO-2023-1571", "GHSA-vvpx-j8f3-3w6h"} < set(store.aliases("CVE-2022-41723"))
    for (names,) in store._connection.execute("SELECT names FROM alias_group"):
        assert sum(name.startswith("CVE-") for name in names.split(" ")) <= 1, names


def test_an_erratum_is_found_by_each_cve_it_mends(store: Store) -> None:
    erratum = store.advisory("ALSA-2024:0310", "osv/AlmaLinux")
    assert erratum is not None and erratum.upstream
    for cve in erratum.upstream:
        assert "ALSA-2024:0310" in {one.id for one in store.records(cve)}
    assert erratum.severity in {"Critical", "Important", "Moderate", "Low"}
    assert store.aliases("ALSA-2024:0310") == ("ALSA-2024:0310",)


def test_provenance_reaches_the_raw_bytes(store: Store, pack: Path) -> None:
    import hashlib

    raw = (pack / "vuln.go.dev/ID/GO-2020-0001.json").read_bytes()
    assert store.digest("GO-2020-0001", "go") == hashlib.sha256(raw).hexdigest()


def test_records_stamped_in_the_future_move_no_cursor(store: Store) -> None:
    future = store.head("PYSEC-2025-19", "osv/PyPI")
    assert future is not None and future.modified > "2027"
    assert all(status.cursor < "2026-11-24" for status in store.status())


def test_three_thousand_packages_are_looked_up_in_time(store: Store) -> None:
    pairs = store._connection.execute(
        "SELECT DISTINCT ecosystem, name FROM pkg ORDER BY name, ecosystem LIMIT 3000"
    ).fetchall()
    costs = []
    for _ in range(5):
        start = time.process_time()
        found = store.candidates(pairs)
        costs.append(time.process_time() - start)
        assert len(found) == 3000
    assert min(costs) <= MAX_LOOKUP


SNAPSHOTS = ("2024-02", "2024-08", "2025-01", "2025-11")


class Edge:
    """A mirror of Alpine edge that can be set to an older state."""

    def __init__(self, tmp_path: Path, pack: Path) -> None:
        self.root, self.directory, self._pack = tmp_path / "mirror", tmp_path / "db", pack
        self._stamp = 1_700_000_000

    def show(self, state: str) -> None:
        import os

        source = self._pack / ("secdb.alpinelinux.org/edge" if state == "now" else f"snapshots/secdb-edge/{state}")
        target = self.root / "secdb.alpinelinux.org/edge"
        target.mkdir(parents=True, exist_ok=True)
        self._stamp += 3600
        for name in ("main.json", "community.json"):
            shutil.copyfile(source / name, target / name)
            os.utime(target / name, (self._stamp, self._stamp))

    def update(self, directory: str = "db", **options: Any) -> UpdateResult:
        place = self.directory.with_name(directory)
        transport = DirectoryTransport(self.root)
        return update(place, ["Alpine:edge"], transport, FeedSettings(mirror=BASE), NOW, **options)


def test_a_branch_read_state_by_state_ends_like_one_read_at_once(tmp_path: Path, pack: Path) -> None:
    edge = Edge(tmp_path, pack)
    sizes = []
    for state in (*SNAPSHOTS, "now"):
        edge.show(state)
        (outcome,) = edge.update().outcomes
        assert outcome.verdict == ("new" if state == "2024-02" else "updated")
        with Store.open(store_path(edge.directory)) as store:
            sizes.append(store.status()[0].packages)
    assert sizes == [248 + 379, 247 + 409, 258 + 416, 265 + 430, 286 + 479]
    edge.update("fresh")
    with Store.open(store_path(edge.directory)) as one, Store.open(store_path(tmp_path / "fresh")) as two:
        assert one.info().digest == two.info().digest


def test_going_back_two_years_is_suspicious(tmp_path: Path, pack: Path) -> None:
    edge = Edge(tmp_path, pack)
    edge.show("now")
    edge.update()
    edge.show("2024-02")
    (outcome,) = edge.update().outcomes
    assert (outcome.verdict, "would lose" in outcome.reason) == ("refused", True)
    with Store.open(store_path(edge.directory)) as store:
        assert store.status()[0].packages == 765
        assert store.info(["Alpine:edge"], NOW + timedelta(hours=1)).stale[0].startswith("alpine/edge: ")
    (outcome,) = edge.update(force=True).outcomes
    assert outcome.verdict == "updated"


def test_verbatim_tracker_records_are_judged(pack: Path) -> None:
    found = {
        one.advisory.id if isinstance(one, Record) else one.id: one
        for one in read_tracker((pack / "samples/debian/tracker-verbatim.json").read_bytes())
    }
    assert [id_ for id_, one in found.items() if isinstance(one, Defect)] == ["CVE-2022-0358"]

    def judged(id_: str, ecosystem: str) -> Affected:
        record = found[id_]
        assert isinstance(record, Record)
        return next(one for one in record.advisory.affected if one.ecosystem == ecosystem)

    assert judged("CVE-2007-2383", "Debian:10").state == "not_affected"
    assert judged("CVE-2007-2383", "Debian:10").severity == "unimportant"
    assert judged("CVE-2022-0456", "Debian:10").state == "end_of_life"
    assert judged("CVE-2022-0456", "Debian:12").intervals == (Interval(fixed="98.0.4758.80-1"),)
    assert judged("CVE-2013-1444", "Debian:sid").severity == "low"


def test_verbatim_ubuntu_records_are_read(pack: Path) -> None:
    for path in sorted((pack / "samples/ubuntu-osv").glob("*.json")):
        found = read_osv(path.read_bytes(), "osv/Ubuntu")
        assert isinstance(found, Record), found
        assert found.advisory.upstream == (found.advisory.id.removeprefix("UBUNTU-"),)
        assert {one.ecosystem.partition(":")[0] for one in found.advisory.affected} == {"Ubuntu"}
        assert all(one.intervals for one in found.advisory.affected)


def test_cve_records_and_the_compact_lines_made_of_them_agree(pack: Path) -> None:
    lines = gzip.decompress((pack / "cve/vulnrichment-compact.jsonl.gz").read_bytes())
    compact = {one.cve: one for one in read_compact(lines) if isinstance(one, Exploitation)}
    records = list(read_archive((pack / "cve/cvelistV5-subset.zip").read_bytes()))
    assert len(records) == 1095
    assert all(isinstance(one, Exploitation) for one in records)
    shared = [one for one in records if isinstance(one, Exploitation) and one.cve in compact]
    assert len(shared) > 1000
    assert [one.cve for one in shared if one.ssvc != compact[one.cve].ssvc] == []
    differing = [
        one.cve
        for one in shared
        if {score.value for score in one.scores} != {score.value for score in compact[one.cve].scores}
    ]
    assert differing == []
