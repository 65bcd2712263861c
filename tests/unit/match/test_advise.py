"""Advice: data as fresh as can be had, and a plain word about what could not be told."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from sekisho.advisories.location import store_path
from sekisho.advisories.starter import build_from_records
from sekisho.advisories.store import Store
from sekisho.errors import AdvisoryError, OfflineError
from sekisho.match.advise import REFRESH_AFTER, Advice, DataSettings, advise, needed_ecosystems
from sekisho.model.inventory import Inventory, OperatingSystem
from sekisho.model.package import Package
from sekisho.net.http import OfflineTransport, Transport
from sekisho.net.response import Response
from tests.simulators.feeds import FeedServer, osv, publish_bucket, serving, talking
from tests.unit.match.examples import DEBIAN, NOW, affected, build, deb, library, record

NPM = library("npm", "a", "1.0.0")
DAY = timedelta(days=1)


class NoTransport:
    """Fails the test that sends anything."""

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Response:
        raise AssertionError(f"{method} {url} was asked for")

    def close(self) -> None:
        return None


class Heard:
    """What was said on the way."""

    def __init__(self) -> None:
        self.progress: list[str] = []
        self.warnings: list[str] = []


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with serving() as feeds:
        publish_bucket(feeds, "npm", [osv("GHSA-1", "npm", "a", fixed="2.0.0")])
        publish_bucket(feeds, "PyPI", [osv("PYSEC-1", "PyPI", "b", fixed="2")])
        kev = "/www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"
        feeds.publish(kev, {"vulnerabilities": [{"cveID": "CVE-2024-0001"}]})
        scores = b"cve,epss,percentile\nCVE-2024-0001,0.1,0.2\n"
        feeds.publish("/epss.empiricalsecurity.com/epss_scores-current.csv.gz", gzip.compress(scores, mtime=0))
        feeds.publish("/cve/vulnrichment-compact.jsonl.gz", gzip.compress(b'{"id": "CVE-2024-0001"}\n', mtime=0))
        yield feeds


def advice(
    inventory: Inventory,
    heard: Heard,
    *,
    cache: Path | None = None,
    file: Path | None = None,
    mirror: str = "",
    update: bool = True,
    transport: Transport | None = None,
    later: timedelta = timedelta(0),
) -> Advice:
    settings = DataSettings(file=str(file or ""), cache_dir=str(cache or ""), mirror=mirror, update=update)
    said, warned = heard.progress.append, heard.warnings.append
    return advise(inventory, settings, transport or NoTransport(), NOW + later, said, warned)


def held(*packages: Package, system: OperatingSystem | None = None) -> Inventory:
    return Inventory(packages=packages, system=system)


def test_without_data_nothing_is_said_and_the_next_step_is(tmp_path: Path, heard: Heard) -> None:
    with pytest.raises(AdvisoryError, match="no advisory data on this machine") as missing:
        advice(held(NPM), heard, cache=tmp_path, update=False)
    assert "sekisho db update" in missing.value.hint


def test_a_store_that_was_named_must_exist(tmp_path: Path, heard: Heard) -> None:
    with pytest.raises(AdvisoryError, match=r"nowhere\.db"):
        advice(held(NPM), heard, file=tmp_path / "nowhere.db")


def test_nothing_to_look_up_needs_no_data(tmp_path: Path, heard: Heard) -> None:
    assert advice(held(), heard, cache=tmp_path) == Advice()


def test_a_named_store_is_used_as_it_is(tmp_path: Path, heard: Heard) -> None:
    path = build(tmp_path / "s.db", [record("GHSA-1", affected("npm", "a", "introduced 0, fixed 2.0.0"))])
    told = advice(held(NPM), heard, file=path)
    assert [finding.id for finding in told.findings] == ["GHSA-1"]
    assert (told.undecided, heard.warnings) == ((), [])
    assert told.store is not None
    assert (told.store.path, told.store.sources, told.store.starter) == (str(path), ("osv/npm",), False)


def test_what_is_missing_is_fetched_and_no_more(tmp_path: Path, heard: Heard, server: FeedServer) -> None:
    with talking() as transport:
        told = advice(held(NPM), heard, cache=tmp_path, mirror=server.url, transport=transport)
    assert [finding.id for finding in told.findings] == ["GHSA-1"]
    assert told.undecided == ()
    assert server.asked("/npm/") != []
    assert server.asked("/PyPI/") == []
    assert heard.progress[0] == "advisories: osv/npm (1 of 4)"
    assert heard.progress[-2:] == ["advisories: writing", "matching"]


def test_fresh_data_are_not_asked_for_again(tmp_path: Path, heard: Heard, server: FeedServer) -> None:
    with talking() as transport:
        advice(held(NPM), heard, cache=tmp_path, mirror=server.url, transport=transport)
    told = advice(held(NPM), heard, cache=tmp_path, mirror=server.url, later=REFRESH_AFTER)
    assert [finding.id for finding in told.findings] == ["GHSA-1"]


def test_data_older_than_a_day_are_asked_for_again(tmp_path: Path, heard: Heard, server: FeedServer) -> None:
    with talking() as transport:
        advice(held(NPM), heard, cache=tmp_path, mirror=server.url, transport=transport)
        publish_bucket(server, "npm", [osv("GHSA-2", "npm", "a", fixed="3.0.0")])
        later = REFRESH_AFTER + timedelta(seconds=1)
        told = advice(held(NPM), heard, cache=tmp_path, mirror=server.url, transport=transport, later=later)
    assert [finding.id for finding in told.findings] == ["GHSA-2"]


def test_a_scan_may_forbid_updates(tmp_path: Path, heard: Heard, server: FeedServer) -> None:
    with talking() as transport:
        advice(held(NPM), heard, cache=tmp_path, mirror=server.url, transport=transport)
    told = advice(held(NPM), heard, cache=tmp_path, update=False, later=3 * DAY)
    assert [finding.id for finding in told.findings] == ["GHSA-1"]
    assert told.undecided == ()


def test_an_update_that_fails_is_a_warning_while_there_are_old_data(
    tmp_path: Path, heard: Heard, server: FeedServer
) -> None:
    with talking() as transport:
        advice(held(NPM), heard, cache=tmp_path, mirror=server.url, transport=transport)
    told = advice(held(NPM), heard, cache=tmp_path, mirror=server.url, transport=OfflineTransport(), later=2 * DAY)
    assert [finding.id for finding in told.findings] == ["GHSA-1"]
    assert told.undecided == ()
    [warning] = heard.warnings
    assert warning.startswith("the advisory data could not be updated: ")


def test_an_update_that_fails_in_part_names_the_part(tmp_path: Path, heard: Heard, server: FeedServer) -> None:
    broken = "/osv-vulnerabilities.storage.googleapis.com/npm/all.zip"
    with talking() as transport:
        advice(held(NPM), heard, cache=tmp_path, mirror=server.url, transport=transport)
        publish_bucket(server, "npm", [osv("GHSA-2", "npm", "a", fixed="3.0.0")], singles=False)
        server.publish(broken, b"no zip")
        told = advice(held(NPM), heard, cache=tmp_path, mirror=server.url, transport=transport, later=2 * DAY)
    assert [finding.id for finding in told.findings] == ["GHSA-1"]
    assert heard.warnings == ["1 of 4 sources could not be updated: osv/npm"]


def test_an_update_that_fails_without_old_data_is_an_error(tmp_path: Path, heard: Heard) -> None:
    with pytest.raises(OfflineError):
        advice(held(NPM), heard, cache=tmp_path, transport=OfflineTransport())


def test_a_damaged_store_is_replaced(tmp_path: Path, heard: Heard, server: FeedServer) -> None:
    place = store_path(tmp_path / "db")
    place.parent.mkdir()
    place.write_bytes(b"not a database")
    with talking() as transport:
        told = advice(held(NPM), heard, cache=tmp_path, mirror=server.url, transport=transport)
    assert [finding.id for finding in told.findings] == ["GHSA-1"]


def test_an_ecosystem_that_cannot_be_had_is_undecided(tmp_path: Path, heard: Heard, server: FeedServer) -> None:
    """Whatever the other sources say: a gap in the data must not look like a clean result."""
    inventory = held(NPM, library("maven", "g:a", "1.0"))
    with talking() as transport:
        told = advice(inventory, heard, cache=tmp_path, mirror=server.url, transport=transport)
    assert [finding.id for finding in told.findings] == ["GHSA-1"]
    assert told.undecided == ("the advisory data do not cover Maven",)
    assert heard.warnings == ["1 of 5 sources could not be updated: osv/Maven"]


def test_an_ecosystem_the_store_lacks_is_undecided(tmp_path: Path, heard: Heard) -> None:
    path = build(tmp_path / "s.db", [record("GHSA-1", affected("npm", "a", "introduced 0, fixed 2.0.0"))])
    told = advice(held(NPM, library("gem", "b", "1.0")), heard, file=path)
    assert told.undecided == ("the advisory data do not cover RubyGems",)


@pytest.mark.parametrize(
    ("age", "undecided"),
    [
        (5 * DAY, ()),
        (5 * DAY + timedelta(seconds=1), ("the advisory data for npm are older than 5 days",)),
        (-timedelta(minutes=30), ()),
        (-30 * DAY, ("nobody knows how old the advisory data for npm are",)),
    ],
)
def test_old_data_are_undecided(tmp_path: Path, heard: Heard, age: timedelta, undecided: tuple[str, ...]) -> None:
    path = build(tmp_path / "s.db", [record("GHSA-1", affected("npm", "b", "introduced 0"))])
    assert advice(held(NPM), heard, file=path, later=age).undecided == undecided


def test_data_from_the_future_are_asked_for_again(tmp_path: Path, heard: Heard, server: FeedServer) -> None:
    """A clock that was wrong once must not stop updates for years."""
    with talking() as transport:
        advice(held(NPM), heard, cache=tmp_path, mirror=server.url, transport=transport, later=400 * DAY)
        server.forget()
        told = advice(held(NPM), heard, cache=tmp_path, mirror=server.url, transport=transport)
    assert server.asked("/npm/") != []
    assert told.undecided == ()


def test_old_data_nobody_needs_are_nobodys_trouble(tmp_path: Path, heard: Heard) -> None:
    path = build(tmp_path / "s.db", [record("GHSA-1", affected("npm", "b", "introduced 0"))], now=NOW - 30 * DAY)
    assert advice(held(library("conda", "x", "1")), heard, file=path).undecided == ()


@pytest.mark.parametrize(
    ("system", "name"),
    [
        (None, "an unknown distribution"),
        (OperatingSystem(family="amazon", name="2", pretty_name="Amazon Linux 2"), "Amazon Linux 2"),
        (OperatingSystem(family="plan9"), "plan9"),
    ],
)
def test_an_unknown_distribution_is_undecided(
    tmp_path: Path, heard: Heard, system: OperatingSystem | None, name: str
) -> None:
    path = build(tmp_path / "s.db", [record("GHSA-1", affected("npm", "a", "introduced 0, fixed 2.0.0"))])
    told = advice(held(NPM, deb("a", "1-1"), deb("b", "1-1"), system=system), heard, file=path)
    assert told.undecided == (f"there are no advisories for {name}: its 2 packages were not checked",)
    assert [finding.id for finding in told.findings] == ["GHSA-1"]


def test_kinds_nobody_publishes_advisories_for_are_told(tmp_path: Path, heard: Heard) -> None:
    path = build(tmp_path / "s.db", [record("GHSA-1", affected("npm", "b", "introduced 0"))])
    told = advice(held(NPM, library("conda", "x", "1"), library("conda", "y", "1")), heard, file=path)
    assert [(gap.reason, gap.weight) for gap in told.gaps] == [
        ("there are no advisories for packages of type conda: 2 were not checked", "note")
    ]
    assert told.undecided == ()


def test_the_demonstration_set_is_neither_updated_nor_old(tmp_path: Path, heard: Heard) -> None:
    place = store_path(tmp_path / "db")
    place.parent.mkdir()
    (tmp_path / "one.json").write_bytes(b'{"id": "GHSA-1", "affected": [{"package": {"ecosystem": "npm", "name": "a"}, '
                                        b'"versions": ["1.0.0"]}]}')  # fmt: skip
    build_from_records([tmp_path / "one.json"], place, NOW)
    told = advice(held(NPM), heard, cache=tmp_path, later=100 * DAY)
    assert [finding.id for finding in told.findings] == ["GHSA-1"]
    assert told.store is not None
    assert (told.store.starter, told.undecided) == (True, ())


def test_disputes_and_gaps_are_handed_on(tmp_path: Path, heard: Heard) -> None:
    path = build(
        tmp_path / "s.db",
        [
            record("GHSA-1", affected("Go", "x", "introduced 0, fixed 1.4.0"), aliases=["CVE-2024-1"]),
            record("GO-1", affected("Go", "x", "introduced 0, fixed 1.2.0"), aliases=["CVE-2024-1"]),
            record("GO-2", affected("Go", "y", "introduced 0, fixed 1.2.0")),
        ],
    )
    told = advice(held(library("golang", "x", "v1.3.0"), library("golang", "y", "")), heard, file=path)
    assert [aside.finding.id for aside in told.set_aside] == ["CVE-2024-1"]
    assert [gap.extractor for gap in told.gaps] == ["match"]


def test_only_packages_that_are_matched_need_data() -> None:
    inventory = held(
        deb("a", "1-1"),
        library("pypi", "a", "1", owned_by="a"),
        library("npm", "shop", "1.0.0", relation="workspace"),
        library("golang", "x", "v1.0.0"),
        system=DEBIAN,
    )
    assert needed_ecosystems(inventory) == ("Debian:12", "Go", "PyPI")


def test_what_the_distribution_speaks_for_needs_no_other_data(tmp_path: Path, heard: Heard) -> None:
    path = build(tmp_path / "s.db", tracker={"a": {"CVE-2024-1": {"releases": {"bookworm": {"status": "open"}}}}})
    owned = library("pypi", "a", "1", owned_by="a@1-1")
    assert advice(held(deb("a", "1-1"), owned, system=DEBIAN), heard, file=path).undecided == ()
    stranger = library("pypi", "b", "1", owned_by="b@1-1")
    told = advice(held(deb("a", "1-1"), deb("b", "1-1"), stranger, system=DEBIAN), heard, file=path)
    assert told.undecided == ("the advisory data do not cover PyPI",)


def test_a_store_is_closed_again(tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[Path] = []
    whole = Store.close
    monkeypatch.setattr(Store, "close", lambda store: (closed.append(store.path), whole(store)))
    path = build(tmp_path / "s.db", [record("GHSA-1", affected("npm", "b", "introduced 0"))])
    advice(held(NPM), heard, file=path)
    assert closed == [path]
