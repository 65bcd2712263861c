"""Carrying a store across an air gap."""

from __future__ import annotations

import io
import json
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sekisho.advisories.carry import DESCRIPTION, STORE, export_store, import_store
from sekisho.advisories.location import store_path
from sekisho.advisories.starter import build_from_records
from sekisho.advisories.store import Store
from sekisho.errors import AdvisoryError, NotFound
from tests.simulators.feeds import osv

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def made(directory: Path, now: datetime = NOW, name: str = "stdlib", *, starter: bool = False) -> Path:
    directory.mkdir(exist_ok=True)
    record = json.dumps(osv("GO-1", "Go", name, fixed="1.2")).encode()
    build_from_records([record], store_path(directory), now, starter=starter)
    return directory


def repacked(archive: Path, **changes: Any) -> Path:
    """The same tar with another description, or other bytes of the store."""
    with tarfile.open(archive) as tar:
        parts = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]
    store = changes.pop("store", parts[STORE])
    description = json.dumps(json.loads(parts[DESCRIPTION]) | changes).encode()
    with tarfile.open(archive, "w") as tar:
        for name, body in ((DESCRIPTION, description), (STORE, store)):
            member = tarfile.TarInfo(name)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return archive


@pytest.mark.parametrize("name", ["db.tar", "db.tar.zst"])
def test_a_store_arrives_as_it_left(tmp_path: Path, name: str) -> None:
    here, there = made(tmp_path / "here"), tmp_path / "there"
    carried = export_store(here, tmp_path / name)
    assert import_store(there, tmp_path / name) == carried
    assert store_path(here).read_bytes() == store_path(there).read_bytes()
    with Store.open(store_path(there)) as store:
        assert store.info().digest == carried.digest
        assert len(store.candidates([("Go", "stdlib")])) == 1


def test_the_same_store_is_exported_to_the_same_bytes(tmp_path: Path) -> None:
    here = made(tmp_path / "here")
    for name in ("a.tar.zst", "b.tar.zst"):
        export_store(here, tmp_path / name)
    assert (tmp_path / "a.tar.zst").read_bytes() == (tmp_path / "b.tar.zst").read_bytes()


def test_an_older_store_is_refused_unless_forced(tmp_path: Path) -> None:
    export_store(made(tmp_path / "here"), tmp_path / "db.tar")
    there = made(tmp_path / "there", NOW + timedelta(days=1))
    with pytest.raises(AdvisoryError, match="before the one that is there"):
        import_store(there, tmp_path / "db.tar")
    import_store(there, tmp_path / "db.tar", force=True)
    with Store.open(store_path(there)) as store:
        assert store.built_at == "2026-11-23T00:00:00Z"


def test_real_data_replace_the_demonstration_set_whatever_its_age(tmp_path: Path) -> None:
    export_store(made(tmp_path / "here"), tmp_path / "db.tar")
    there = made(tmp_path / "there", NOW + timedelta(days=1), starter=True)
    import_store(there, tmp_path / "db.tar")
    with Store.open(store_path(there)) as store:
        assert not store.starter


@pytest.mark.parametrize(
    "changes",
    [
        {"sha256": "0" * 64},
        {"size": 3},
        {"schema": 99},
        {"format": "other"},
        {"built_at": 3},
        {"store": b"SQLite format 3\0" + b"\0" * 90_000},
    ],
)
def test_what_is_not_as_described_changes_nothing(tmp_path: Path, changes: dict[str, Any]) -> None:
    there = made(tmp_path / "there", NOW - timedelta(days=9), "kept")
    export_store(made(tmp_path / "here"), tmp_path / "db.tar")
    with pytest.raises(AdvisoryError):
        import_store(there, repacked(tmp_path / "db.tar", **changes))
    with Store.open(store_path(there)) as store:
        assert len(store.candidates([("Go", "kept")])) == 1
    assert {one.name for one in there.iterdir()} == {store_path(there).name, "update.lock"}


def test_a_truthful_description_of_a_damaged_store_is_refused(tmp_path: Path) -> None:
    import hashlib

    export_store(made(tmp_path / "here"), tmp_path / "db.tar")
    body = bytearray(store_path(tmp_path / "here").read_bytes())
    body[16384:65536] = b"\xff" * (65536 - 16384)
    changes = {"store": bytes(body), "sha256": hashlib.sha256(body).hexdigest()}
    with pytest.raises(AdvisoryError):
        import_store(tmp_path / "there", repacked(tmp_path / "db.tar", **changes))
    assert not store_path(tmp_path / "there").exists()


@pytest.mark.parametrize("keep", [0, 3, 600, 5000])
@pytest.mark.parametrize("name", ["db.tar", "db.tar.zst"])
def test_a_truncated_export_is_refused(tmp_path: Path, name: str, keep: int) -> None:
    export_store(made(tmp_path / "here"), tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: min(keep, len(whole) - 2000)])
    with pytest.raises(AdvisoryError):
        import_store(tmp_path / "there", tmp_path / name)
    assert not store_path(tmp_path / "there").exists()


def test_there_is_nothing_to_carry(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        import_store(tmp_path, tmp_path / "none.tar")
    with pytest.raises(AdvisoryError, match="there is no advisory store"):
        export_store(tmp_path, tmp_path / "out.tar")
    with pytest.raises(AdvisoryError, match="cannot be written"):
        export_store(made(tmp_path / "here"), tmp_path / "nowhere" / "out.tar")
