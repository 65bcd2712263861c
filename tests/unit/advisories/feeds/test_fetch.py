"""Feeds over HTTP: conditional requests, deltas, fallbacks, failures."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sekisho.advisories.feeds.alpine import AlpineFeed, branches
from sekisho.advisories.feeds.catalogue import feeds
from sekisho.advisories.feeds.debian import DebianFeed
from sekisho.advisories.feeds.epss import EpssFeed
from sekisho.advisories.feeds.go import GoFeed
from sekisho.advisories.feeds.kev import KevFeed
from sekisho.advisories.feeds.osv import OsvFeed
from sekisho.advisories.feeds.protocol import Delivery, Feed, Record, Request, State
from sekisho.advisories.feeds.ssvc import SsvcFeed
from sekisho.advisories.feeds.wolfi import WOLFI
from sekisho.errors import CorruptInput, NotFound, SourceError
from tests.simulators.feeds import FeedServer, osv, publish_bucket, serving, talking, zip_of

NOW = datetime(2026, 11, 23, tzinfo=UTC)
EMPTY = State()


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with serving() as feeds:
        yield feeds


def fetch(
    server: FeedServer, feed: Feed, source: str, state: State = EMPTY, known: dict[str, str] | None = None
) -> Delivery:
    with talking() as transport:
        return feed.fetch(
            Request(
                source=source,
                state=state,
                transport=transport,
                base_url=f"{server.url}/{feed.declaration.mirrored_as}",
                now=NOW,
                known=lambda: known or {},
            )
        )


def ids(delivery: Delivery) -> list[str]:
    return [one.advisory.id if isinstance(one, Record) else f"!{one.id}" for one in delivery.records]


def test_a_bucket_is_read_whole_first_and_not_again_while_it_is_the_same(server: FeedServer) -> None:
    publish_bucket(server, "npm", [osv("GHSA-1", "npm", "a", fixed="1"), osv("GHSA-2", "npm", "b", fixed="1")])
    first = fetch(server, OsvFeed(), "osv/npm")
    assert (first.kind, ids(first)) == ("full", ["GHSA-1", "GHSA-2"])
    assert first.state.cursor == "2024-01-01T00:00:00Z"
    server.forget()
    again = fetch(server, OsvFeed(), "osv/npm", first.state)
    assert (again.kind, again.received) == ("unchanged", 0)
    assert server.log == [("/osv-vulnerabilities.storage.googleapis.com/npm/modified_id.csv", 304)]


def test_a_server_without_etags_is_asked_by_date(server: FeedServer) -> None:
    server.etags = False
    publish_bucket(server, "npm", [osv("GHSA-1", "npm", "a", fixed="1")])
    first = fetch(server, OsvFeed(), "osv/npm")
    assert fetch(server, OsvFeed(), "osv/npm", first.state).kind == "unchanged"


def test_few_changes_are_fetched_one_by_one(server: FeedServer) -> None:
    old = [osv("GHSA-1", "npm", "a"), osv("GHSA-2", "npm", "b"), osv("GHSA-3", "npm", "c")]
    publish_bucket(server, "npm", old)
    state = fetch(server, OsvFeed(), "osv/npm").state
    new = [old[0], osv("GHSA-2", "npm", "b", fixed="2", modified="2024-02-01T00:00:00Z"), osv("GHSA-4", "npm", "d")]
    publish_bucket(server, "npm", new)
    server.forget()
    known = {"GHSA-1": "2024-01-01T00:00:00Z", "GHSA-2": "2024-01-01T00:00:00Z", "GHSA-3": "2024-01-01T00:00:00Z"}
    delta = fetch(server, OsvFeed(), "osv/npm", state, known)
    assert (delta.kind, ids(delta), delta.removed) == ("delta", ["GHSA-2", "GHSA-4"], frozenset({"GHSA-3"}))
    assert server.asked("all.zip") == []
    assert delta.state.cursor == "2024-02-01T00:00:00Z"


def test_a_mirror_without_single_records_is_read_whole(server: FeedServer) -> None:
    publish_bucket(server, "npm", [osv("GHSA-1", "npm", "a")], singles=False)
    state = fetch(server, OsvFeed(), "osv/npm").state
    publish_bucket(server, "npm", [osv("GHSA-1", "npm", "a", modified="2024-02-01T00:00:00Z")], singles=False)
    found = fetch(server, OsvFeed(), "osv/npm", state, {"GHSA-1": "2024-01-01T00:00:00Z"})
    assert (found.kind, ids(found)) == ("full", ["GHSA-1"])


def test_many_changes_are_fetched_as_one_zip(server: FeedServer) -> None:
    publish_bucket(server, "npm", [osv("GHSA-0", "npm", "a")])
    state = fetch(server, OsvFeed(), "osv/npm").state
    publish_bucket(server, "npm", [osv(f"GHSA-{n}", "npm", "a") for n in range(300)], singles=False)
    server.forget()
    found = fetch(server, OsvFeed(), "osv/npm", state, {"GHSA-0": "2024-01-01T00:00:00Z"})
    assert (found.kind, len(ids(found))) == ("full", 300)
    assert len(server.log) == 2


def test_a_bucket_without_a_list_is_asked_by_its_zip(server: FeedServer) -> None:
    publish_bucket(server, "npm", [osv("GHSA-1", "npm", "a")])
    server.withdraw("/osv-vulnerabilities.storage.googleapis.com/npm/modified_id.csv")
    first = fetch(server, OsvFeed(), "osv/npm")
    assert ids(first) == ["GHSA-1"]
    assert fetch(server, OsvFeed(), "osv/npm", first.state).kind == "unchanged"


def test_there_is_no_such_bucket(server: FeedServer) -> None:
    with pytest.raises(NotFound):
        fetch(server, OsvFeed(), "osv/Nonsense")


def test_a_source_that_moved_is_read_anew(server: FeedServer) -> None:
    publish_bucket(server, "npm", [osv("GHSA-1", "npm", "a")])
    state = fetch(server, OsvFeed(), "osv/npm").state
    moved = State(files=state.files, cursor=state.cursor, base_url="https://elsewhere.example.test")
    assert fetch(server, OsvFeed(), "osv/npm", moved, {"GHSA-1": "2024-01-01T00:00:00Z"}).kind == "full"


def test_a_passing_failure_is_overcome(server: FeedServer) -> None:
    publish_bucket(server, "npm", [osv("GHSA-1", "npm", "a")])
    server.failures["/osv-vulnerabilities.storage.googleapis.com/npm/all.zip"] = [500, 503]
    assert ids(fetch(server, OsvFeed(), "osv/npm")) == ["GHSA-1"]


def test_a_lasting_failure_and_a_broken_connection_are_source_errors(server: FeedServer) -> None:
    publish_bucket(server, "npm", [osv("GHSA-1", "npm", "a")])
    path = "/osv-vulnerabilities.storage.googleapis.com/npm/all.zip"
    server.failures[path] = [500] * 50
    with pytest.raises(SourceError):
        fetch(server, OsvFeed(), "osv/npm")
    server.failures.clear()
    server.truncated[path] = 20
    with pytest.raises(SourceError):
        fetch(server, OsvFeed(), "osv/npm")


def test_a_zip_that_is_none_is_corrupt(server: FeedServer) -> None:
    publish_bucket(server, "npm", [osv("GHSA-1", "npm", "a")])
    server.publish("/osv-vulnerabilities.storage.googleapis.com/npm/all.zip", b"<html>blocked</html>")
    with pytest.raises(CorruptInput):
        ids(fetch(server, OsvFeed(), "osv/npm"))


def test_a_bad_member_is_one_defect(server: FeedServer) -> None:
    good = osv("GHSA-1", "npm", "a")
    server.publish(
        "/osv-vulnerabilities.storage.googleapis.com/npm/all.zip", zip_of({"GHSA-0.json": b"{", "a/../../x.json": good})
    )
    assert ids(fetch(server, OsvFeed(), "osv/npm")) == ["!GHSA-0.json", "GHSA-1"]


def go_database(server: FeedServer, records: list[dict[str, Any]], modified: str) -> None:
    server.publish("/vuln.go.dev/index/db.json", {"modified": modified})
    modules = [{"path": "m", "vulns": [{"id": one["id"], "modified": one["modified"]} for one in records]}]
    server.publish("/vuln.go.dev/index/modules.json", modules)
    for one in records:
        server.publish(f"/vuln.go.dev/ID/{one['id']}.json", one)
    members: dict[str, bytes | object] = {f"ID/{one['id']}.json": one for one in records}
    server.publish("/vuln.go.dev/vulndb.zip", zip_of({"index/db.json": b"{}", **members}))


def test_the_go_database_is_read_whole_then_by_difference(server: FeedServer) -> None:
    old = [osv("GO-1", "Go", "m"), osv("GO-2", "Go", "m")]
    go_database(server, old, "2024-01-01T00:00:00Z")
    first = fetch(server, GoFeed(), "go")
    assert (first.kind, ids(first)) == ("full", ["GO-1", "GO-2"])
    assert fetch(server, GoFeed(), "go", first.state).kind == "unchanged"
    go_database(server, [old[0], osv("GO-3", "Go", "m")], "2024-03-01T00:00:00Z")
    server.forget()
    known = {"GO-1": "2024-01-01T00:00:00Z", "GO-2": "2024-01-01T00:00:00Z"}
    delta = fetch(server, GoFeed(), "go", first.state, known)
    assert (delta.kind, ids(delta), delta.removed) == ("delta", ["GO-3"], frozenset({"GO-2"}))
    assert server.asked("vulndb.zip") == []


def test_a_go_index_that_is_none_is_corrupt(server: FeedServer) -> None:
    go_database(server, [], "2024-01-01T00:00:00Z")
    server.publish("/vuln.go.dev/index/db.json", b"[]")
    with pytest.raises(CorruptInput):
        fetch(server, GoFeed(), "go")


def test_the_tracker_comes_plain_or_packed(server: FeedServer) -> None:
    document = json.dumps({"a": {"CVE-2024-1": {"releases": {"sid": {"status": "open"}}}}}).encode()
    server.publish("/security-tracker.debian.org/tracker/data/json", document)
    assert ids(fetch(server, DebianFeed(), "debian")) == ["CVE-2024-1"]
    server.withdraw("/security-tracker.debian.org/tracker/data/json")
    server.publish("/security-tracker.debian.org/tracker/data/json.gz", gzip.compress(document))
    packed = fetch(server, DebianFeed(), "debian")
    assert ids(packed) == ["CVE-2024-1"]
    assert fetch(server, DebianFeed(), "debian", packed.state).kind == "unchanged"


def secdb(**fixes: str) -> dict[str, Any]:
    return {"packages": [{"pkg": {"name": name, "secfixes": {"1-r0": [cve]}}} for name, cve in fixes.items()]}


def test_an_alpine_branch_is_read_again_as_a_whole_when_one_repository_changed(server: FeedServer) -> None:
    base = "/secdb.alpinelinux.org/v3.19"
    server.publish(f"{base}/main.json", secdb(a="CVE-2024-1"))
    server.publish(f"{base}/community.json", secdb(b="CVE-2024-2"))
    first = fetch(server, AlpineFeed(), "alpine/v3.19")
    assert (ids(first), first.held) == (["CVE-2024-1", "CVE-2024-2"], ("Alpine:v3.19",))
    assert fetch(server, AlpineFeed(), "alpine/v3.19", first.state).kind == "unchanged"
    for name, fixes in (("community", secdb(b="CVE-2024-3")), ("main", secdb(a="CVE-2024-4"))):
        server.publish(f"{base}/{name}.json", fixes)
        second = fetch(server, AlpineFeed(), "alpine/v3.19", first.state)
        assert (second.kind, len(ids(second))) == ("full", 2)


def test_a_branch_without_community_has_only_main(server: FeedServer) -> None:
    server.publish("/secdb.alpinelinux.org/v3.1/main.json", secdb(a="CVE-2024-1"))
    assert ids(fetch(server, AlpineFeed(), "alpine/v3.1")) == ["CVE-2024-1"]
    with pytest.raises(NotFound):
        fetch(server, AlpineFeed(), "alpine/v9.9")


@pytest.mark.parametrize(
    ("day", "newest"),
    [((2024, 5), "v3.20"), ((2024, 12), "v3.21"), ((2025, 6), "v3.22"), ((2026, 1), "v3.23"), ((2026, 11), "v3.25")],
)
def test_branches_follow_alpines_calendar(day: tuple[int, int], newest: str) -> None:
    found = branches(datetime(*day, 28, tzinfo=UTC))
    assert (found[0], found[1], found[-1]) == ("edge", "v3.10", newest)


def test_wolfi_is_one_document(server: FeedServer) -> None:
    server.publish("/packages.wolfi.dev/os/security.json", secdb(a="CVE-2024-1"))
    found = fetch(server, WOLFI, "wolfi")
    assert (ids(found), WOLFI.declaration.redistributable) == (["CVE-2024-1"], False)


def test_signals_are_whole_files_with_a_digest(server: FeedServer) -> None:
    server.publish(
        "/www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json",
        {"vulnerabilities": [{"cveID": "CVE-2024-1"}]},
    )
    scores = b"#x,score_date:2026-08-16\ncve,epss,percentile\nCVE-2024-1,0.1,0.2\n"
    server.publish("/epss.empiricalsecurity.com/epss_scores-current.csv.gz", gzip.compress(scores))
    server.publish("/cve/vulnrichment-compact.jsonl.gz", gzip.compress(b'{"id": "CVE-2024-1"}\n'))
    for feed, source in ((KevFeed(), "kev"), (EpssFeed(), "epss"), (SsvcFeed(), "ssvc")):
        found = fetch(server, feed, source)
        assert [one.cve for one in found.exploitations] == ["CVE-2024-1"]  # type: ignore[union-attr]
        assert len(found.digest) == 64
        assert fetch(server, feed, source, found.state).kind == "unchanged"
    assert fetch(server, EpssFeed(), "epss").state.cursor == "2026-08-16"


def test_vulnrichment_comes_as_the_archive_where_there_are_no_compact_lines(server: FeedServer) -> None:
    record = {"cveMetadata": {"cveId": "CVE-2024-1"}}
    server.publish("/cve/cisagov/vulnrichment/zip/refs/heads/develop", zip_of({"x/CVE-2024-1.json": record}))
    found = fetch(server, SsvcFeed(), "ssvc")
    assert [one.cve for one in found.exploitations] == ["CVE-2024-1"]  # type: ignore[union-attr]


def test_every_feed_declares_itself_and_answers_to_a_name() -> None:
    words = ("Go", "Debian:12", "Alpine:v3.19", "Wolfi", "Chainguard", "npm", "kev", "epss", "ssvc")
    for feed in feeds():
        declaration = feed.declaration
        assert declaration.licence and declaration.cadence and declaration.title
        assert declaration.base_url.startswith("https://")
        assert any(feed.sources(word) for word in words), declaration.name


@pytest.mark.parametrize(
    ("ecosystem", "sources"),
    [
        ("Go", {"go", "osv/Go"}),
        ("npm", {"osv/npm"}),
        ("Debian:12", {"debian"}),
        ("Debian", {"debian"}),
        ("Alpine:edge", {"alpine/edge"}),
        ("AlmaLinux:9", {"osv/AlmaLinux"}),
        ("Ubuntu:22.04:LTS", {"osv/Ubuntu"}),
        ("Wolfi", {"wolfi"}),
        ("kev", {"kev"}),
        ("osv/PyPI", {"osv/PyPI"}),
        ("nonsense", set()),
        ("", set()),
    ],
)
def test_an_ecosystem_is_read_where_it_is_best(ecosystem: str, sources: set[str]) -> None:
    assert {source for feed in feeds() for source in feed.sources(ecosystem)} == sources
