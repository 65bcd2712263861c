"""Equal input gives equal bytes: whoever scans again can compare files."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

import sekisho
from sekisho.report.catalogue import names, render
from sekisho.report.options import RenderOptions
from tests.e2e.command import EXAMPLE, CommandLine, Outcome, process
from tests.e2e.images import FOUND, RECORDS, ids
from tests.simulators.images import Layout

Scan = Callable[..., Outcome]
EPOCH = "1700000000"
DATE = "2023-11-14T22:13:20Z"


@pytest.mark.parametrize("form", names())
def test_a_fixed_date_makes_a_report_repeatable(
    sekisho: CommandLine, starter: Path, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    words = ("image", "--offline", "--db", starter, "--scanners", "vuln", "-f", form, EXAMPLE)
    first, *others = (
        sekisho(*words, "--cache-dir", tmp_path / "cache"),
        sekisho(*words, "--cache-dir", tmp_path / "cache"),  # its layers are remembered
        sekisho(*words, "--cache-backend", "memory"),
        sekisho(*words, "-o", "report"),
    )
    bodies = [others[0].raw, others[1].raw, Path("report").read_bytes()]
    assert first.code == 0 and len(first.raw) > 4000
    assert bodies == [first.raw] * 3


def test_the_order_of_hashes_changes_nothing(starter: Path, tmp_path: Path) -> None:
    for form in names():
        words = ("image", "--offline", "--db", starter, "-f", form, "--scanners", "vuln", EXAMPLE)
        bodies = {
            process(*words, SOURCE_DATE_EPOCH=EPOCH, PYTHONHASHSEED=seed, TZ=zone, LC_ALL=locale).stdout
            for seed, zone, locale in (("1", "UTC", "C.UTF-8"), ("2", "Asia/Tokyo", "C"))
        }
        assert len(bodies) == 1 and len(bodies.pop()) > 4000, form


def test_the_library_has_a_clock_of_its_own(shop: Path, store: Path) -> None:
    now = datetime(2026, 11, 23, 4, 10, tzinfo=UTC)
    bodies = set()
    for _ in range(2):
        report = sekisho.scan(str(shop), offline=True, db=str(store), clock=lambda: now)
        assert report.created_at == "2026-11-23T04:10:00.000000Z"
        report = msgspec.structs.replace(report, elapsed=0.0)
        bodies.add(tuple(render(form, report, RenderOptions()) for form in names()))
    assert len(bodies) == 1


def test_the_date_stands_in_every_document(scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    assert scan("-f", "json").report["CreatedAt"] == DATE
    assert scan("-q", "-f", "cyclonedx").report["metadata"]["timestamp"] == DATE
    assert scan("-q", "-f", "spdx-json").report["creationInfo"]["created"] == DATE


def test_the_date_of_a_document_is_not_the_date_of_the_judgement(
    sekisho: CommandLine, tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1262304000")  # 2010: everything was young, nothing was over
    layout = Layout(tmp_path / "old")
    layout.image({"etc/os-release": b"ID=debian\nVERSION_ID=9\n", "var/lib/dpkg/status": b"Package: a\nVersion: 1\n\n"})
    words = ("image", "--offline", "--db", store, "-q", "-f", "json", layout.root)
    assert sekisho(*words, "--exit-on-eol", "5").code == 5
    Path(".trivyignore").write_text("CVE-2021-23337 exp:2020-01-01\n")
    shop = Layout(tmp_path / "shop2")
    shop.image({"a/package.json": b'{"name": "lodash", "version": "4.17.20"}'})
    found = sekisho("image", "--offline", "--db", store, "-f", "json", shop.root)
    assert ids(found.report) == FOUND[:1] and "expired on 2020-01-01" in found.err


@pytest.mark.parametrize("text", ["yesterday", "-1", "1e9", "9" * 30, "253402300800"])
def test_a_date_that_is_none_is_refused_before_any_work(scan: Scan, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", text)
    refused = scan()
    assert (refused.code, refused.raw) == (2, b"") and "SOURCE_DATE_EPOCH: seconds since 1970" in refused.err


def test_the_order_of_records_changes_nothing(sekisho: CommandLine, shop: Path, tmp_path: Path) -> None:
    reports = []
    for number, records in enumerate((RECORDS, RECORDS[::-1])):
        disk = tmp_path / f"records{number}"
        disk.mkdir()
        for at, record in enumerate(records):
            (disk / f"{at}.json").write_text(json.dumps(record))
        cache = ("--cache-dir", tmp_path / f"cache{number}")
        assert sekisho("db", "build", "--starter", disk, *cache).code == 0
        reports.append(sekisho("image", "--offline", *cache, "-f", "json", shop).report["Results"])
    assert reports[0] == reports[1]
