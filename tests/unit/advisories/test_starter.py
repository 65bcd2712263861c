"""Stores made of records at hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sekisho.advisories.starter import build_from_records
from sekisho.advisories.store import Store
from sekisho.errors import CorruptInput, NotFound
from tests.simulators.feeds import osv, zip_of

NOW = datetime(2026, 11, 23, tzinfo=UTC)
GO, DEBIAN = osv("GO-2024-1", "Go", "stdlib", fixed="1.21.8"), osv("DSA-1", "Debian:12", "xz-utils", fixed="5.6.1")


def test_the_demonstration_set_never_passes_for_real_data(tmp_path: Path) -> None:
    path = tmp_path / "db" / "s.db"
    applied = build_from_records([json.dumps(GO).encode(), json.dumps(DEBIAN).encode()], path, NOW)
    assert applied.after == 2
    with Store.open(path) as store:
        info = store.info(["Go", "Debian:12", "npm"])
        assert (info.starter, info.missing, info.sources) == (True, ("npm",), ("starter",))
        assert len(store.candidates([("Go", "stdlib"), ("Debian:12", "xz-utils")])) == 2


def test_files_directories_and_zips_are_read(tmp_path: Path) -> None:
    (tmp_path / "records" / "deep").mkdir(parents=True)
    (tmp_path / "records" / "deep" / "go.json").write_text(json.dumps(GO))
    (tmp_path / "records" / "notes.txt").write_text("not a record")
    (tmp_path / "more.zip").write_bytes(zip_of({"d.json": DEBIAN}))
    applied = build_from_records([tmp_path / "records", tmp_path / "more.zip"], tmp_path / "s.db", NOW, starter=False)
    assert applied.after == 2
    with Store.open(tmp_path / "s.db") as store:
        assert not store.starter


def test_a_missing_path_and_a_broken_record_are_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        build_from_records([tmp_path / "none"], tmp_path / "s.db", NOW)
    with pytest.raises(CorruptInput):
        build_from_records([b"{}"], tmp_path / "s.db", NOW)
    assert not (tmp_path / "s.db").exists()
