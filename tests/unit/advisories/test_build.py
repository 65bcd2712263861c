"""Building a store beside the old one, and reading it."""

from __future__ import annotations

import hashlib
import itertools
import json
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sekisho.advisories.build import Applied, Builder, building
from sekisho.advisories.feeds.osv_record import read_osv
from sekisho.advisories.feeds.protocol import Declaration, Defect, Delivery, Record, State, Validator
from sekisho.advisories.store import Store
from sekisho.errors import AdvisoryError, CorruptInput
from sekisho.model.advisory import Exploitation, Interval, Score
from tests.simulators.feeds import osv

NOW = datetime(2026, 11, 23, 4, 10, tzinfo=UTC)


def declared(name: str = "osv") -> Declaration:
    return Declaration(
        name=name, title=name, licence="CC0-1.0", redistributable=True, base_url="", mirrored_as="", cadence="daily"
    )


def read(records: Iterable[dict[str, Any]], source: str) -> list[Record | Defect]:
    return [read_osv(json.dumps(record).encode(), source) for record in records]


def full(builder: Builder, source: str, records: Iterable[dict[str, Any]], *, rank: int = 1, **more: Any) -> Applied:
    force = more.pop("force", False)
    delivery = Delivery(kind="full", state=State(cursor="c"), records=iter(read(records, source)), url="u", **more)
    return builder.apply(source, declared(), rank, delivery, force=force)


def delta(builder: Builder, source: str, records: Iterable[dict[str, Any]], *removed: str) -> Applied:
    return builder.apply(
        source,
        declared(),
        1,
        Delivery(kind="delta", state=State(), records=iter(read(records, source)), removed=frozenset(removed)),
    )


def many(count: int, prefix: str = "GHSA", name: str = "a") -> list[dict[str, Any]]:
    return [osv(f"{prefix}-{n:03}", "npm", f"{name}{n % 7}", fixed=f"1.{n}") for n in range(count)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "advisories.db"


def test_a_candidate_carries_all_that_matching_needs(path: Path) -> None:
    record = osv("ALSA-1", "AlmaLinux:8", "nodejs", fixed="18-1.module_el8.7.0+1", summary="Low: nodejs:18 update")
    with building(path, NOW) as builder:
        full(builder, "osv/AlmaLinux", [record])
    with Store.open(path) as store:
        ((candidate,),) = store.candidates([("AlmaLinux:8", "nodejs"), ("AlmaLinux:8", "bash")]).values()
    assert (candidate.id, candidate.source) == ("ALSA-1", "osv/AlmaLinux")
    assert candidate.intervals == (Interval(fixed="18-1.module_el8.7.0+1"),)
    assert candidate.modularity == "nodejs:18"
    assert candidate.withdrawn == "" and not candidate.malicious


def test_one_probe_returns_every_record_of_a_package(path: Path) -> None:
    with building(path, NOW) as builder:
        full(builder, "osv/npm", many(50))
    with Store.open(path) as store:
        found = store.candidates([("npm", "a3")])["npm", "a3"]
    assert [one.id for one in found] == [f"GHSA-{n:03}" for n in range(3, 50, 7)]


def test_a_record_of_two_sources_is_seen_once_from_the_preferred_one(path: Path) -> None:
    with building(path, NOW) as builder:
        full(builder, "osv/Go", [osv("GO-1", "Go", "m", fixed="9"), osv("GHSA-1", "Go", "m", fixed="1")], rank=5)
        full(builder, "go", [osv("GO-1", "Go", "m", fixed="2")], rank=0)
    with Store.open(path) as store:
        found = store.candidates([("Go", "m")])["Go", "m"]
    assert [(one.id, one.source) for one in found] == [("GO-1", "go"), ("GHSA-1", "osv/Go")]


def test_a_record_is_kept_whole_with_the_digest_of_its_bytes(path: Path) -> None:
    record = osv("GHSA-1", "npm", "a", fixed="1", summary="s", aliases=["CVE-2024-0001"])
    with building(path, NOW) as builder:
        full(builder, "osv/npm", [record])
    with Store.open(path) as store:
        whole, head = store.advisory("GHSA-1", "osv/npm"), store.head("GHSA-1", "osv/npm")
        assert whole is not None and head is not None
        assert (whole.summary, [one.name for one in whole.affected]) == ("s", ["a"])
        assert (head.summary, head.affected) == ("s", ())
        assert store.digest("GHSA-1", "osv/npm") == hashlib.sha256(json.dumps(record).encode()).hexdigest()
        assert store.advisory("GHSA-9", "osv/npm") is None
        assert store.advisory("GHSA-1", "osv/none") is store.head("GHSA-1", "osv/none") is None
        assert store.digest("GHSA-9", "osv/npm") == ""


def test_large_sources_are_read_back_through_their_dictionary(path: Path) -> None:
    records = [record | {"details": f"a hole in module {n} of the parser " * 5} for n, record in enumerate(many(2500))]
    with building(path, NOW) as builder:
        assert full(builder, "osv/npm", records).after == 2500
        full(builder, "osv/PyPI", [osv("PYSEC-1", "PyPI", "p", details="another " * 100)])
    with Store.open(path) as store:
        for n in (0, 1499, 1500, 2499):
            found = store.head(f"GHSA-{n:03}", "osv/npm")
            assert found is not None and found.details == records[n]["details"]
        other = store.head("PYSEC-1", "osv/PyPI")
        assert other is not None and other.details == "another " * 100


def test_synonyms_are_one_group_and_errata_join_none(path: Path) -> None:
    with building(path, NOW) as builder:
        full(builder, "osv/npm", [osv("GHSA-1", "npm", "a", aliases=["CVE-2024-0001"])])
        full(builder, "osv/PyPI", [osv("PYSEC-1", "PyPI", "a", aliases=["CVE-2024-0001"])])
        alsa = osv("ALSA-1", "AlmaLinux:9", "a", related=["CVE-2024-0001", "CVE-2024-2"])
        umbrella = osv("GO-1", "Go", "a", aliases=["CVE-2024-2", "CVE-2024-3"])
        gone = osv("GHSA-9", "npm", "z", aliases=["CVE-2024-0001"], withdrawn="2024-01-01T00:00:00Z")
        full(builder, "osv/other", [alsa, umbrella, gone])
    with Store.open(path) as store:
        assert store.aliases("PYSEC-1") == ("CVE-2024-0001", "GHSA-1", "PYSEC-1")
        assert store.group("GHSA-1") == "CVE-2024-0001"
        assert store.aliases("ALSA-1") == ("ALSA-1",)
        assert store.aliases("CVE-2024-2") == ("CVE-2024-2",)
        assert store.group("GHSA-9") == "GHSA-9"
        assert [one.id for one in store.records("PYSEC-1")] == ["ALSA-1", "GHSA-1", "PYSEC-1"]
        assert {one.id for one in store.records("CVE-2024-2")} == {"ALSA-1", "GO-1"}


def test_withdrawn_and_malicious_records_are_marked(path: Path) -> None:
    records = [osv("GHSA-1", "npm", "a", withdrawn="2024-01-01T00:00:00Z"), osv("MAL-2024-1", "npm", "a")]
    with building(path, NOW) as builder:
        full(builder, "osv/npm", records)
    with Store.open(path) as store:
        first, second = store.candidates([("npm", "a")])["npm", "a"]
    assert (first.withdrawn, first.malicious) == ("2024-01-01T00:00:00Z", False)
    assert (second.withdrawn, second.malicious) == ("", True)


def test_signals_are_joined_by_cve(path: Path) -> None:
    kev = Exploitation(
        cve="CVE-2024-0001", kev_added="2024-01-01", kev_due="2024-02-01", ransomware=True, cwes=("CWE-9",)
    )
    epss = Exploitation(cve="CVE-2024-0001", epss=0.12345, percentile=0.9)
    score = Score("cisa-adp", "CVSS_V3", "CVSS:3.1/AV:N")
    ssvc = Exploitation(cve="CVE-2024-0001", ssvc="active/yes/total", scores=(score,), cwes=("CWE-1",))
    with building(path, NOW) as builder:
        for name, one in (("kev", kev), ("epss", epss), ("ssvc", ssvc)):
            items = iter([one, Exploitation(cve="NOT-A-CVE"), Exploitation(cve="CVE-2024-99999999")])
            delivery = Delivery(kind="full", state=State(), exploitations=items, digest=name)
            assert builder.apply(name, declared(name), 1, delivery).after == 2
    with Store.open(path) as store:
        found = store.exploitation("CVE-2024-0001")
        assert store.exploitation("CVE-2024-2") is store.exploitation("GHSA-1") is None
    assert found == Exploitation(
        cve="CVE-2024-0001",
        epss=0.12345,
        percentile=0.9,
        kev_added="2024-01-01",
        kev_due="2024-02-01",
        ransomware=True,
        ssvc="active/yes/total",
        scores=(score,),
        cwes=("CWE-1", "CWE-9"),
    )


def test_an_unscored_cve_has_no_score_rather_than_zero(path: Path) -> None:
    delivery = Delivery(
        kind="full", state=State(), exploitations=iter([Exploitation(cve="CVE-2024-0001", kev_added="x")])
    )
    with building(path, NOW) as builder:
        builder.apply("kev", declared("kev"), 1, delivery)
    with Store.open(path) as store:
        found = store.exploitation("CVE-2024-0001")
    assert found is not None and found.epss is None and found.percentile is None


def test_only_the_changed_source_is_rewritten(path: Path) -> None:
    with building(path, NOW) as builder:
        full(builder, "osv/npm", many(30))
        full(builder, "osv/PyPI", [osv("PYSEC-1", "PyPI", "p", fixed="1")])
    with building(path, NOW) as builder:
        assert full(builder, "osv/npm", many(31)).before == 30
    with Store.open(path) as store:
        assert {one.name: one.records for one in store.status()} == {"osv/PyPI": 1, "osv/npm": 31}
        assert store.candidates([("PyPI", "p")])["PyPI", "p"][0].id == "PYSEC-1"


def test_a_delta_leaves_the_same_store_as_reading_everything(path: Path, tmp_path: Path) -> None:
    old, other = many(300), tmp_path / "other.db"
    changed = osv("GHSA-007", "npm", "elsewhere", fixed="9", modified="2025-01-01T00:00:00Z", upstream=["CVE-2024-7"])
    fresh = osv("GHSA-999", "npm", "a1", fixed="9", aliases=["CVE-2024-9"])
    with building(path, NOW) as builder:
        full(builder, "osv/npm", [*old, osv("GHSA-500", "npm", "only", upstream=["CVE-2024-5"])])
    with building(path, NOW) as builder:
        applied = delta(builder, "osv/npm", [changed, fresh], "GHSA-003", "GHSA-500", "GHSA-unknown")
    kept = [one for one in old if one["id"] not in {"GHSA-003", "GHSA-007"}]
    with building(other, NOW) as builder:
        full(builder, "osv/npm", [*kept, changed, fresh])
    pairs = [("npm", f"a{n}") for n in range(8)] + [("npm", "elsewhere"), ("npm", "only")]
    with Store.open(path) as one, Store.open(other) as two:
        assert one.info().digest == two.info().digest
        first, second = one.candidates(pairs), two.candidates(pairs)
        assert {pair: {c.id: c for c in found} for pair, found in first.items()} == {
            pair: {c.id: c for c in found} for pair, found in second.items()
        }
        assert ("npm", "only") not in first
        assert one.records("CVE-2024-5") == ()
        assert one.aliases("CVE-2024-9") == two.aliases("CVE-2024-9") == ("CVE-2024-9", "GHSA-999")
        status = {store: store.status()[0] for store in (one, two)}
        assert status[one].packages == status[two].packages == len(first)
    assert (applied.before, applied.after) == (301, 300)


def test_a_source_that_lost_a_fifth_is_refused_and_its_old_rows_stay(path: Path) -> None:
    with building(path, NOW) as builder:
        full(builder, "osv/npm", many(100))
    with building(path, NOW) as builder:
        with pytest.raises(AdvisoryError, match="osv/npm would lose 25 of its 100 records"):
            full(builder, "osv/npm", many(75))
        assert builder.mark_stale("osv/npm", "refused")
    with Store.open(path) as store:
        assert store.status()[0].records == 100
        assert store.head("GHSA-099", "osv/npm") is not None
        assert store.info().stale == ("osv/npm: refused",)
    with building(path, NOW) as builder:
        assert full(builder, "osv/npm", many(75), force=True).after == 75
    with Store.open(path) as store:
        assert store.status()[0].stale == ""


def test_a_source_that_lost_its_packages_is_refused_too(path: Path) -> None:
    old = [osv(f"GHSA-{n:03}", "npm", f"p{n}", fixed="1") for n in range(100)]
    empty = [record | {"affected": []} for record in old]
    with building(path, NOW) as builder:
        full(builder, "osv/npm", old)
    with building(path, NOW) as builder, pytest.raises(AdvisoryError, match="100 packages"):
        full(builder, "osv/npm", empty)


def test_a_small_source_may_lose_a_few(path: Path) -> None:
    with building(path, NOW) as builder:
        full(builder, "osv/npm", many(12))
        assert full(builder, "osv/npm", many(3)).after == 3


def test_an_empty_source_is_refused(path: Path) -> None:
    with pytest.raises(AdvisoryError, match="not one record"), building(path, NOW) as builder:
        full(builder, "osv/npm", [])
    assert not path.exists()


def test_a_few_unreadable_records_are_counted_and_shown(path: Path) -> None:
    with building(path, NOW) as builder:
        items = iter([*read(many(100), "osv/npm"), Defect("x.json", "not JSON")])
        applied = builder.apply("osv/npm", declared(), 1, Delivery(kind="full", state=State(), records=items))
    assert (applied.after, applied.defect_count, applied.defects) == (100, 1, (Defect("x.json", "not JSON"),))
    with Store.open(path) as store:
        assert store.status()[0].defects == 1


@pytest.mark.parametrize(("good", "bad"), [(100, 11), (0, 1)])
def test_many_unreadable_records_are_a_damaged_source(path: Path, good: int, bad: int) -> None:
    items = [*read(many(good), "osv/npm"), *(Defect(f"{n}", "not JSON") for n in range(bad))]
    with pytest.raises(CorruptInput, match=f"{bad} of {good + bad} records"), building(path, NOW) as builder:
        builder.apply("osv/npm", declared(), 1, Delivery(kind="full", state=State(), records=iter(items)))


def test_a_repeated_id_is_read_once(path: Path) -> None:
    with building(path, NOW) as builder:
        assert full(builder, "osv/npm", [*many(5), *many(5)]).after == 5


def test_an_error_on_the_way_changes_nothing(path: Path) -> None:
    with building(path, NOW) as builder:
        full(builder, "osv/npm", many(30))
    before = path.read_bytes()

    def broken() -> Iterable[dict[str, Any]]:
        yield from many(20)
        raise CorruptInput("the zip ends early")

    with pytest.raises(ZeroDivisionError), building(path, NOW) as builder:
        full(builder, "osv/PyPI", [osv("PYSEC-1", "PyPI", "p")])
        1 / 0  # noqa: B018 - the error on the way
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    with building(path, NOW) as builder, pytest.raises(CorruptInput):
        items = (one for one in itertools.chain.from_iterable(read([r], "osv/npm") for r in broken()))
        builder.apply("osv/npm", declared(), 1, Delivery(kind="full", state=State(), records=items))
    with Store.open(path) as store:
        assert store.status()[0].records == 30


def test_equal_data_give_an_equal_digest_whatever_the_file_looks_like(path: Path, tmp_path: Path) -> None:
    with building(path, NOW) as builder:
        full(builder, "osv/npm", many(40))
        full(builder, "osv/PyPI", many(20, "PYSEC"))
    with building(tmp_path / "b.db", NOW + timedelta(days=1)) as builder:
        full(builder, "osv/PyPI", reversed(many(20, "PYSEC")))
        full(builder, "osv/npm", many(41))
        delta(builder, "osv/npm", [], "GHSA-040")
    with Store.open(path) as one, Store.open(tmp_path / "b.db") as two:
        assert one.info().digest == two.info().digest != ""
        assert one.built_at != two.built_at


def test_a_source_remembers_its_state(path: Path) -> None:
    state = State(files={"a": Validator('"e"', "yesterday")}, cursor="2024", base_url="https://x.test")
    delivery = Delivery(kind="full", state=state, records=iter(read(many(1), "osv/npm")), held=("npm",))
    with building(path, NOW) as builder:
        assert builder.state("osv/npm") == State()
        builder.apply("osv/npm", declared(), 1, delivery)
    later = NOW + timedelta(days=1)
    with building(path, later) as builder:
        assert builder.state("osv/npm") == state
        assert builder.known("osv/npm") == {"GHSA-000": "2024-01-01T00:00:00Z"}
        builder.apply("osv/npm", declared(), 1, Delivery(kind="unchanged", state=state))
    with Store.open(path) as store:
        (status,) = store.status()
    assert (status.fetched_at, status.checked_at) == ("2026-11-23T04:10:00Z", "2026-11-24T04:10:00Z")
    assert (status.cursor, status.licence, status.ecosystems) == ("2024", "CC0-1.0", ("npm",))


def test_a_report_learns_what_is_missing_and_what_is_old(path: Path) -> None:
    with building(path, NOW) as builder:
        full(builder, "osv/npm", many(1), held=("npm",))
        full(builder, "debian", [osv("CVE-2024-0001", "Debian:12", "bash")])
    with Store.open(path) as store:
        assert store.holds("npm") and store.holds("Debian:12") and not store.holds("Debian:11")
        fresh = store.info(["npm", "Alpine:v3.19"], NOW + timedelta(days=4))
        assert (fresh.sources, fresh.missing, fresh.stale) == (("osv/npm",), ("Alpine:v3.19",), ())
        old = store.info([], NOW + timedelta(days=9))
        assert old.stale == ("debian: 9 days old", "osv/npm: 9 days old")
        assert store.info([], NOW + timedelta(hours=30), timedelta(hours=24)).stale[0] == "debian: 1 days old"
        assert (old.built_at, old.starter, old.path) == ("2026-11-23T04:10:00Z", False, str(path))


def test_an_opened_store_outlives_its_replacement(path: Path) -> None:
    with building(path, NOW) as builder:
        full(builder, "osv/npm", many(500))
    with Store.open(path) as reader:
        assert len(reader.candidates([("npm", "a1")])["npm", "a1"]) == 72
        with building(path, NOW, fresh=True) as builder:
            full(builder, "osv/npm", many(1, "MAL", "b"))
        assert len(reader.candidates([("npm", "a2")])["npm", "a2"]) == 72
        assert reader.head("GHSA-499", "osv/npm") is not None
    with Store.open(path) as reader:
        assert reader.candidates([("npm", "a1")]) == {}


def test_a_store_on_read_only_media_can_be_read(path: Path) -> None:
    with building(path, NOW) as builder:
        full(builder, "osv/npm", many(3))
    path.chmod(0o444)
    path.parent.chmod(0o555)
    try:
        with Store.open(path) as store:
            assert len(store.candidates([("npm", "a1")])) == 1
        assert [one.name for one in path.parent.iterdir()] == [path.name]
    finally:
        path.parent.chmod(0o755)


def test_there_is_no_store(path: Path) -> None:
    with pytest.raises(AdvisoryError, match="there is no advisory store") as error:
        Store.open(path)
    assert "db update" in error.value.hint


@pytest.mark.parametrize("content", [b"", b"not a database" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_store_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(AdvisoryError):
        Store.open(path)


def test_a_store_of_another_version_is_refused(path: Path) -> None:
    with building(path, NOW) as builder:
        full(builder, "osv/npm", many(1))
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(AdvisoryError, match="not an advisory store of version"):
        Store.open(path)


def test_a_damaged_row_is_an_advisory_error_and_no_crash(path: Path) -> None:
    with building(path, NOW) as builder:
        full(builder, "osv/npm", many(1))
    connection = sqlite3.connect(path)
    connection.execute("UPDATE pkg SET data = x'28b52ffd00'")
    connection.execute("UPDATE adv SET data = x'28b52ffd00'")
    connection.commit()
    connection.close()
    with Store.open(path) as store:
        with pytest.raises(AdvisoryError, match="damaged"):
            store.candidates([("npm", "a0")])
        with pytest.raises(AdvisoryError, match="damaged"):
            store.advisory("GHSA-000", "osv/npm")


def test_a_full_disk_is_an_advisory_error(path: Path) -> None:
    path.parent.chmod(0o755)
    missing = path.parent / "nowhere" / "advisories.db"
    with pytest.raises(AdvisoryError, match="cannot be written"), building(missing, NOW) as builder:
        full(builder, "osv/npm", many(1))
