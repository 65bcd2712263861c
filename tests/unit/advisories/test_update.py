"""``db update`` from its plan to its outcomes."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sekisho.advisories.location import store_path
from sekisho.advisories.lock import writing
from sekisho.advisories.mirror import BASE, DirectoryTransport
from sekisho.advisories.plan import DEFAULT, EVERYTHING, plan
from sekisho.advisories.settings import FeedSettings, settings_from
from sekisho.advisories.starter import build_from_records
from sekisho.advisories.store import Store
from sekisho.advisories.update import UpdateResult, scope_of, update
from sekisho.advisories.wanted import remember, wanted
from sekisho.errors import AdvisoryError, OfflineError, SourceError, UsageError
from sekisho.net.http import OfflineTransport
from tests.simulators.feeds import FeedServer, osv, publish_bucket, serving, talking

NOW = datetime(2026, 11, 23, 4, 10, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with serving() as feeds:
        publish_bucket(feeds, "npm", [osv("GHSA-1", "npm", "a", fixed="1")])
        publish_bucket(feeds, "PyPI", [osv("PYSEC-1", "PyPI", "b", fixed="1")])
        signals(feeds)
        yield feeds


def signals(server: FeedServer) -> None:
    server.publish(
        "/www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json",
        {"vulnerabilities": [{"cveID": "CVE-2024-0001"}]},
    )
    scores = b"cve,epss,percentile\nCVE-2024-0001,0.1,0.2\n"
    server.publish("/epss.empiricalsecurity.com/epss_scores-current.csv.gz", gzip.compress(scores, mtime=0))
    server.publish("/cve/vulnrichment-compact.jsonl.gz", gzip.compress(b'{"id": "CVE-2024-0001"}\n', mtime=0))


def run(server: FeedServer, directory: Path, *scope: str, now: datetime = NOW, **options: Any) -> UpdateResult:
    with talking() as transport:
        wished = scope_of(directory, scope)
        return update(directory, wished, transport, FeedSettings(mirror=server.url), now, **options)


def verdicts(result: UpdateResult) -> dict[str, str]:
    return {one.source: one.verdict for one in result.outcomes}


def test_only_what_is_asked_for_is_fetched(server: FeedServer, tmp_path: Path) -> None:
    result = run(server, tmp_path, "npm")
    assert verdicts(result) == {"osv/npm": "new", "kev": "new", "epss": "new", "ssvc": "new"}
    assert result.error() is None
    assert server.asked("PyPI") == []


def test_what_was_needed_once_is_updated_from_then_on(server: FeedServer, tmp_path: Path) -> None:
    run(server, tmp_path, "npm")
    remember(tmp_path, ["PyPI"])
    assert scope_of(tmp_path) == {"npm", "PyPI", "kev", "epss", "ssvc"}
    result = run(server, tmp_path)
    assert verdicts(result)["osv/PyPI"] == "new"
    assert verdicts(result)["osv/npm"] == "unchanged"


def test_nothing_is_downloaded_twice(server: FeedServer, tmp_path: Path) -> None:
    run(server, tmp_path, "npm", "PyPI")
    server.forget()
    result = run(server, tmp_path, now=NOW + timedelta(days=1))
    assert set(verdicts(result).values()) == {"unchanged"}
    assert {status for _, status in server.log} == {304}
    with Store.open(result.path) as store:
        assert {one.checked_at[:10] for one in store.status()} == {"2026-11-23", "2026-11-24"}
        assert store.status()[-1].fetched_at.startswith("2026-11-23")


def test_a_large_feed_is_not_asked_again_too_soon(server: FeedServer, tmp_path: Path) -> None:
    run(server, tmp_path, "npm")
    server.forget()
    run(server, tmp_path, now=NOW + timedelta(days=6))
    assert server.asked("vulnrichment") == []
    run(server, tmp_path, now=NOW + timedelta(days=8))
    assert len(server.asked("vulnrichment")) == 1


def test_a_changed_record_arrives_by_itself(server: FeedServer, tmp_path: Path) -> None:
    run(server, tmp_path, "npm")
    publish_bucket(server, "npm", [osv("GHSA-1", "npm", "a", fixed="2", modified="2024-05-01T00:00:00Z")])
    result = run(server, tmp_path)
    assert verdicts(result)["osv/npm"] == "updated"
    with Store.open(result.path) as store:
        assert store.candidates([("npm", "a")])["npm", "a"][0].intervals[0].fixed == "2"


def test_a_failing_source_keeps_its_rows_and_says_so_while_others_are_updated(
    server: FeedServer, tmp_path: Path
) -> None:
    run(server, tmp_path, "npm", "PyPI")
    publish_bucket(server, "PyPI", [osv("PYSEC-2", "PyPI", "b", fixed="3")])
    server.failures["/osv-vulnerabilities.storage.googleapis.com/npm/modified_id.csv"] = [500] * 20
    result = run(server, tmp_path)
    assert (verdicts(result)["osv/npm"], verdicts(result)["osv/PyPI"]) == ("failed", "updated")
    error = result.error()
    assert error is not None and "osv/npm" in error.message and "500" in error.detail
    with Store.open(result.path) as store:
        assert store.candidates([("npm", "a")])["npm", "a"][0].id == "GHSA-1"
        (stale,) = store.info(["npm"], NOW).stale
        assert stale.startswith("osv/npm: ")
    server.failures.clear()
    assert run(server, tmp_path).error() is None


def test_suspicious_shrinkage_is_refused_by_name(server: FeedServer, tmp_path: Path) -> None:
    publish_bucket(server, "npm", [osv(f"GHSA-{n}", "npm", f"a{n}", fixed="1") for n in range(100)])
    run(server, tmp_path, "npm")
    publish_bucket(server, "npm", [osv(f"GHSA-{n}", "npm", f"a{n}", fixed="1") for n in range(50)])
    result = run(server, tmp_path)
    assert verdicts(result)["osv/npm"] == "refused"
    with Store.open(result.path) as store:
        assert len(store.candidates([("npm", "a99")])) == 1
    forced = run(server, tmp_path, force=True)
    assert verdicts(forced)["osv/npm"] == "updated"
    assert forced.outcomes[0].after == 50


def test_a_missing_ecosystem_is_told_and_not_remembered_as_held(server: FeedServer, tmp_path: Path) -> None:
    result = run(server, tmp_path, "npm", "Hex")
    assert verdicts(result)["osv/Hex"] == "missing"
    with Store.open(result.path) as store:
        assert not store.holds("Hex") and store.holds("npm")
        assert store.info(["Hex"]).missing == ("Hex",)


def test_everything_takes_what_there_is(server: FeedServer, tmp_path: Path) -> None:
    result = run(server, tmp_path, "npm", everything=True)
    assert result.error() is None
    assert verdicts(result)["osv/PyPI"] == "new"
    assert wanted(tmp_path) == {"npm"}


def test_without_network_there_is_no_store_and_a_reason(server: FeedServer, tmp_path: Path) -> None:
    server.files.clear()
    with pytest.raises(AdvisoryError, match="not one source") as error:
        run(server, tmp_path, "npm")
    assert "404" in error.value.detail
    assert not store_path(tmp_path).exists()
    with pytest.raises(OfflineError):
        update(tmp_path, ["npm"], OfflineTransport(), FeedSettings(), NOW)


def test_an_unknown_word_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'nonsense'"):
        update(tmp_path, ["nonsense"], OfflineTransport(), FeedSettings(), NOW)


def test_a_damaged_store_and_the_demonstration_set_are_started_anew(server: FeedServer, tmp_path: Path) -> None:
    path = store_path(tmp_path)
    path.write_bytes(b"garbage")
    run(server, tmp_path, "npm")
    with Store.open(path) as store:
        assert store.holds("npm")
    build_from_records([json.dumps(osv("GO-1", "Go", "stdlib", fixed="1.2")).encode()], path, NOW)
    with Store.open(path) as store:
        assert store.info().starter
    run(server, tmp_path, "npm")
    with Store.open(path) as store:
        assert not store.starter and store.candidates([("Go", "stdlib")]) == {}


def test_progress_names_each_source(server: FeedServer, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    run(server, tmp_path, "npm", progress=lambda *one: seen.append(one))
    assert seen == [("osv/npm", 0, 4), ("kev", 1, 4), ("epss", 2, 4), ("ssvc", 3, 4), ("", 4, 4)]


def test_the_plan_prefers_native_feeds_and_spells_alpine_out() -> None:
    steps = plan(["Go", "Alpine"], ["Go", "Hex"], NOW)
    assert [one.source for one in steps if one.source.endswith("Go") or one.source == "go"] == ["go", "osv/Go"]
    assert {one.source: one.optional for one in steps}["alpine/v3.25"] is True
    assert {one.source: one.optional for one in steps}["osv/Hex"] is True
    assert {one.source: one.optional for one in steps}["osv/Go"] is False
    assert set(DEFAULT) < set(EVERYTHING)
    assert len(plan(EVERYTHING, (), NOW)) > 40


def test_addresses_can_be_set_for_all_feeds_or_for_one() -> None:
    (step, *_) = plan(["kev"], (), NOW)
    declaration = step.feed.declaration
    assert FeedSettings().base_url(declaration) == "https://www.cisa.gov"
    assert settings_from({"SEKISHO_MIRROR": "http://m.test/"}).base_url(declaration) == "http://m.test/www.cisa.gov"
    own = settings_from({"SEKISHO_MIRROR": "http://m.test"}, bases={"kev": "http://own.test/"})
    assert own.base_url(declaration) == "http://own.test"
    assert settings_from({"SEKISHO_MIRROR": "http://m.test"}, "http://flag.test").mirror == "http://flag.test"


def test_wishes_survive_rubbish_and_read_only_directories(tmp_path: Path) -> None:
    assert wanted(tmp_path / "none") == frozenset()
    (tmp_path / "wanted.json").write_bytes(b"\xff")
    assert wanted(tmp_path) == frozenset()
    remember(tmp_path, ["npm", ""])
    assert wanted(tmp_path) == {"npm"}
    remember(Path("/proc/nowhere"), ["npm"])


def test_a_second_update_waits_and_then_says_so(tmp_path: Path) -> None:
    waited: list[str] = []
    with (
        writing(tmp_path, 0),
        pytest.raises(AdvisoryError, match="still running"),
        writing(tmp_path, 0.3, lambda: waited.append("once"), sleep=lambda seconds: None),
    ):
        pass
    assert waited == ["once"]
    with writing(tmp_path, 0):
        pass


def test_two_updates_at_once_both_succeed(server: FeedServer, tmp_path: Path) -> None:
    results: list[UpdateResult] = []
    threads = [threading.Thread(target=lambda: results.append(run(server, tmp_path, "npm"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(verdicts(one)["osv/npm"] for one in results) == ["new", "unchanged"]


def test_a_directory_that_cannot_be_written_is_an_advisory_error() -> None:
    with pytest.raises(AdvisoryError, match="cannot be written"), writing(Path("/proc/sekisho"), 0):
        pass


def mirror_on_disk(root: Path, records: int) -> None:
    with serving() as server:
        made = [osv(f"GHSA-{n:05}", "npm", f"p{n % 400}", fixed=f"1.{n}", details="x" * 300) for n in range(records)]
        publish_bucket(server, "npm", made, singles=False)
        signals(server)
        for path, body in server.files.items():
            (root / path[1:]).parent.mkdir(parents=True, exist_ok=True)
            (root / path[1:]).write_bytes(body)


def test_a_directory_is_read_like_the_network(tmp_path: Path) -> None:
    root, directory = tmp_path / "mirror", tmp_path / "db"
    mirror_on_disk(root, 5)
    settings = FeedSettings(mirror=BASE)
    first = update(directory, ["npm"], DirectoryTransport(root), settings, NOW)
    again = update(directory, ["npm"], DirectoryTransport(root), settings, NOW)
    assert (verdicts(first), verdicts(again)) == ({"osv/npm": "new"}, {"osv/npm": "unchanged"})


def test_a_directory_gives_nothing_from_outside(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "link").symlink_to(tmp_path / "secret")
    transport = DirectoryTransport(tmp_path / "root")
    for path in ("../secret", "link", "%2e%2e/secret", "", "nothing"):
        with transport.request("GET", f"{BASE}/{path}") as answer:
            assert answer.status == 404, path
    transport.close()
    with pytest.raises(SourceError):
        DirectoryTransport(tmp_path / "none")


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from sekisho.advisories.mirror import BASE, DirectoryTransport
from sekisho.advisories.settings import FeedSettings
from sekisho.advisories.update import update

left = int(sys.argv[3])

def count(event, arguments):
    global left
    if event == "os.rename" or (event == "open" and "advisories" in str(arguments[0])):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

if left:
    sys.addaudithook(count)
print("go", flush=True)
update(Path(sys.argv[1]), ["npm"], DirectoryTransport(Path(sys.argv[2])), FeedSettings(mirror=BASE),
       datetime(2026, 11, 24, tzinfo=UTC), reset=True)
"""


class Victims:
    """Updates in processes of their own, and a store that must survive their deaths."""

    def __init__(self, tmp_path: Path) -> None:
        self.mirror, self.directory = tmp_path / "new", tmp_path / "db"
        mirror_on_disk(tmp_path / "old", 3000)
        mirror_on_disk(self.mirror, 4000)
        update(self.directory, ["npm"], DirectoryTransport(tmp_path / "old"), FeedSettings(mirror=BASE), NOW)

    def run(self, event: int = 0, seconds: float = 60) -> tuple[bool, float]:
        """Kill one at an event or after some time; says whether it was killed, and how long it lived."""
        command = [sys.executable, "-c", KILLED, str(self.directory), str(self.mirror), str(event)]
        environ = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            start = time.monotonic()
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
            return process.wait() == -signal.SIGKILL, time.monotonic() - start

    def records(self) -> int:
        """How many records the store has, after looking at each of its packages."""
        with Store.open(store_path(self.directory)) as store:
            (status,) = (one for one in store.status() if one.name == "osv/npm")
            found = store.candidates([("npm", f"p{n}") for n in range(400)])
            assert sum(map(len, found.values())) == status.records
            return status.records


def test_whoever_is_killed_while_opening_or_renaming_leaves_the_old_store(tmp_path: Path) -> None:
    victims = Victims(tmp_path)
    killed = 0
    for event in range(1, 40):
        died, _ = victims.run(event=event)
        if not died:
            break
        killed += 1
        assert victims.records() == 3000
    assert killed >= 4
    assert victims.records() == 4000


def test_whoever_is_killed_at_any_time_leaves_a_whole_store(tmp_path: Path) -> None:
    victims = Victims(tmp_path)
    (tmp_path / "db" / "advisories-v1.db.new-journal").write_bytes(b"left behind")
    _, lifetime = victims.run()
    assert victims.records() == 4000
    killed = 0
    for tenth in range(10):
        died, _ = victims.run(seconds=lifetime * (tenth + 0.5) / 10)
        killed += died
        assert victims.records() == 4000
    assert killed >= 3
    after = update(victims.directory, ["npm"], DirectoryTransport(victims.mirror), FeedSettings(mirror=BASE), NOW)
    assert after.error() is None
    names = {one.name for one in victims.directory.iterdir()}
    assert names - {"update.lock", "wanted.json"} == {store_path(victims.directory).name}
