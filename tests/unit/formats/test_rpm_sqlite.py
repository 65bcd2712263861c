from __future__ import annotations

import sqlite3
from io import BytesIO
from pathlib import Path

import pytest

from sekisho.errors import CorruptInput
from sekisho.formats import rpm_sqlite
from tests.unit.inventory.os.rpm_samples import sqlite_database

BLOBS = [b"first header", b"second header " * 500]


def test_blobs_are_read_in_the_order_of_their_numbers() -> None:
    assert list(rpm_sqlite.read_blobs(BytesIO(sqlite_database(BLOBS)))) == BLOBS


def test_a_database_in_write_ahead_mode_is_read_without_its_log() -> None:
    data = bytearray(sqlite_database(BLOBS))
    data[18:20] = b"\x02\x02"
    assert list(rpm_sqlite.read_blobs(BytesIO(bytes(data)))) == BLOBS


def test_a_large_database_goes_through_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(rpm_sqlite, "MAX_FILE_IN_MEMORY", 10)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert list(rpm_sqlite.read_blobs(BytesIO(sqlite_database(BLOBS)))) == BLOBS
    assert list(tmp_path.iterdir()) == []


def test_committed_frames_of_the_log_are_folded_in_and_others_are_not(tmp_path: Path) -> None:
    path = tmp_path / "rpmdb.sqlite"
    path.write_bytes(sqlite_database(BLOBS[:1]))
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("INSERT INTO Packages (blob) VALUES (?)", (BLOBS[1],))
        data, log = path.read_bytes(), (tmp_path / "rpmdb.sqlite-wal").read_bytes()
    finally:
        connection.close()
    assert list(rpm_sqlite.read_blobs(BytesIO(data))) == BLOBS[:1]
    assert list(rpm_sqlite.read_blobs(BytesIO(data), log)) == BLOBS
    uncommitted = log[: -(512 + 24)]
    assert list(rpm_sqlite.read_blobs(BytesIO(data), uncommitted)) == BLOBS[:1]
    other_salt = log[:16] + bytes(8) + log[24:]
    assert list(rpm_sqlite.read_blobs(BytesIO(data), other_salt)) == BLOBS[:1]


@pytest.mark.parametrize(
    ("defect", "data"),
    [
        ("empty", b""),
        ("not a database", b"hello" * 200),
        ("cut in the middle", sqlite_database(BLOBS * 20)[:4096]),
        (
            "schema that is not text",
            sqlite_database(BLOBS).replace(b"tablesqlite_sequence", b"table\xffqlite_sequence"),
        ),
        ("no such table", sqlite_database(BLOBS).replace(b"Packages", b"Packaged")),
    ],
)
def test_what_sqlite_cannot_read_is_refused(defect: str, data: bytes) -> None:
    with pytest.raises(CorruptInput, match="rpm database"):
        list(rpm_sqlite.read_blobs(BytesIO(data)))


def _schema(*statements: str) -> bytes:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for statement in statements:
            connection.execute(statement)
        return connection.serialize()
    finally:
        connection.close()


def test_a_view_with_an_endless_query_is_not_run() -> None:
    endless = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT n AS blob FROM t"
    with pytest.raises(CorruptInput, match="no table of packages"):
        list(rpm_sqlite.read_blobs(BytesIO(_schema(f"CREATE VIEW Packages AS {endless}"))))


@pytest.mark.parametrize(
    "sql", ["NULL", "5", "99999999999999999999", "'CREATE VIRTUAL TABLE Packages USING fts5(blob)'"]
)
def test_a_schema_that_describes_no_table_is_refused(sql: str) -> None:
    data = _schema(
        "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob)",
        "PRAGMA writable_schema = ON",
        f"UPDATE sqlite_master SET sql = {sql}",  # noqa: S608 - the values stand above
    )
    with pytest.raises(CorruptInput, match="rpm database"):
        list(rpm_sqlite.read_blobs(BytesIO(data)))


def test_a_generated_column_cannot_call_functions() -> None:
    data = _schema(
        "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob GENERATED ALWAYS AS (zeroblob(100000000)) VIRTUAL)",
        "INSERT INTO Packages (hnum) VALUES (1)",
    )
    with pytest.raises(CorruptInput, match="rpm database"):
        list(rpm_sqlite.read_blobs(BytesIO(data)))


def test_a_package_that_is_not_a_blob_is_refused() -> None:
    data = _schema("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob)", "INSERT INTO Packages VALUES (1, 5)")
    with pytest.raises(CorruptInput, match="not stored as a blob"):
        list(rpm_sqlite.read_blobs(BytesIO(data)))


def test_a_query_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rpm_sqlite, "STEPS", 1)
    monkeypatch.setattr(rpm_sqlite, "BYTES_PER_STEP", 10_000)
    with pytest.raises(CorruptInput, match="interrupted"):
        list(rpm_sqlite.read_blobs(BytesIO(sqlite_database(BLOBS * 20))))
