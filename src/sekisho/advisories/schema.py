"""The store's tables, and how its file is opened.

::

    meta      key → value: built_at, digest, starter, builder
    source    one row a source: where from, licence, validators, when, how many, why stale, its zstd dictionary
    adv       (source, id) → modification, synonyms, SHA-256 of the raw record, Advisory and its Affected, packed apart
    pkg       (ecosystem, name, source) → packed candidates: all there is to match, in one probe
    about     name → (source, id) of records about it: errata and distribution records of a CVE
    alias     name → its group; alias_group → the group's names
    epss, kev, ssvc   CVE as a number → what is known about its being used

Clustered keys (WITHOUT ROWID) make a look-up one descent of one tree, and a miss, the usual case, the cheapest of all.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from sekisho.advisories.location import SCHEMA
from sekisho.advisories.packing import REBUILD
from sekisho.errors import AdvisoryError

if TYPE_CHECKING:
    import sqlite3

APPLICATION_ID = 0x53454B49
"""``SEKI``, in the file's header (https://www.sqlite.org/fileformat2.html#application_id)."""
TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE source (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, feed TEXT NOT NULL, rank INTEGER NOT NULL, licence TEXT NOT NULL,
  redistributable INTEGER NOT NULL, url TEXT NOT NULL DEFAULT '', state TEXT NOT NULL DEFAULT '{}',
  fetched_at TEXT NOT NULL DEFAULT '', checked_at TEXT NOT NULL DEFAULT '', sha256 TEXT NOT NULL DEFAULT '',
  records INTEGER NOT NULL DEFAULT 0, packages INTEGER NOT NULL DEFAULT 0, defects INTEGER NOT NULL DEFAULT 0,
  stale TEXT NOT NULL DEFAULT '', ecosystems TEXT NOT NULL DEFAULT '[]', dictionary BLOB NOT NULL DEFAULT x'');
CREATE TABLE adv (
  source INTEGER NOT NULL, id TEXT NOT NULL, modified TEXT NOT NULL, aliases TEXT NOT NULL, sha256 BLOB NOT NULL,
  data BLOB NOT NULL, affected BLOB NOT NULL, PRIMARY KEY (source, id)) WITHOUT ROWID;
CREATE TABLE pkg (
  ecosystem TEXT NOT NULL, name TEXT NOT NULL, source INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (ecosystem, name, source)) WITHOUT ROWID;
CREATE TABLE about (
  name TEXT NOT NULL, source INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY (name, source, id)) WITHOUT ROWID;
CREATE TABLE alias (name TEXT PRIMARY KEY, grp INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE alias_group (grp INTEGER PRIMARY KEY, names TEXT NOT NULL);
CREATE TABLE epss (cve INTEGER PRIMARY KEY, score INTEGER NOT NULL, percentile INTEGER NOT NULL);
CREATE TABLE kev (cve INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE ssvc (cve INTEGER PRIMARY KEY, data BLOB NOT NULL);
"""
PERMYRIAD = 100_000
"""EPSS publishes five decimals; they are kept as whole numbers."""
_MMAP = 1 << 30
_CVE = re.compile(r"CVE-([0-9]{4})-([0-9]{4,8})")
_YEAR = 10**8


def cve_key(name: str) -> int | None:
    """A CVE id as a number that sorts as the id does; None for what is no CVE id."""
    found = _CVE.fullmatch(name)
    return int(found[1]) * _YEAR + int(found[2]) if found else None


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that takes no locks and sees one unchanging file, even after another has taken its place.

    Raises AdvisoryError when there is no store, or not one of this version.
    """
    import sqlite3
    from urllib.parse import quote

    if not path.is_file():
        raise AdvisoryError(f"there is no advisory store at {path}", hint="run: sekisho db update")
    try:
        connection = sqlite3.connect(
            f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        connection.execute(f"PRAGMA mmap_size={_MMAP}")
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error as error:
        raise AdvisoryError(f"the advisory store {path} cannot be read", detail=str(error), hint=REBUILD) from None
    if application != APPLICATION_ID or version != SCHEMA:
        connection.close()
        raise AdvisoryError(f"{path} is not an advisory store of version {SCHEMA}", hint=REBUILD)
    return connection


def open_writer(path: Path) -> sqlite3.Connection:
    """A connection to a file nobody else knows yet: no waiting for the disk until the very end.

    Rows of a clustered table that exceed a quarter of a page spill onto pages of their own; with pages of 16 KiB few
    do, and the file is an eighth smaller than with the usual 4 KiB.
    """
    import sqlite3

    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(
        "PRAGMA page_size=16384; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE; PRAGMA cache_size=-32768;"
    )
    return connection


def create(connection: sqlite3.Connection) -> None:
    """Lay out an empty store."""
    connection.executescript(f"{TABLES} PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={SCHEMA};")


def check(connection: sqlite3.Connection) -> None:
    """Raise AdvisoryError when the file is damaged."""
    import sqlite3

    try:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        found = str(error)
    if found != "ok":
        raise AdvisoryError("the advisory store is damaged", detail=str(found), hint=REBUILD)
