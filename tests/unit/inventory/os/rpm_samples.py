"""Small rpm headers and databases, built byte by byte from the descriptions of their formats."""

from __future__ import annotations

import sqlite3
from struct import pack
from zlib import adler32

from sekisho.formats import rpm_header

PAGE = 512
Value = str | int | bytes | list[str] | list[int]


def header(tags: dict[int, Value]) -> bytes:
    """A header with one entry a tag: str → STRING, list[str] → STRING_ARRAY, int(s) → INT32, bytes → BIN."""
    index, store = b"", b""
    for tag, value in sorted(tags.items()):
        if isinstance(value, int):
            value = [value]
        if isinstance(value, str):
            kind, count, data = 6, 1, value.encode() + b"\0"
        elif isinstance(value, bytes):
            kind, count, data = 7, len(value), value
        elif all(isinstance(item, int) for item in value):
            store += b"\0" * (-len(store) % 4)
            kind, count, data = 4, len(value), pack(f">{len(value)}I", *value)
        else:
            kind, count, data = 8, len(value), b"".join(str(item).encode() + b"\0" for item in value)
        index += pack(">IIII", tag, kind, len(store), count)
        store += data
    return pack(">II", len(index) // 16, len(store)) + index + store


def package(name: str, version: str = "1.0", release: str = "1", **more: Value) -> bytes:
    """The header of one package; keywords are the names of constants in ``rpm_header``."""
    tags: dict[int, Value] = {rpm_header.NAME: name, rpm_header.VERSION: version, rpm_header.RELEASE: release}
    tags.update({getattr(rpm_header, tag): value for tag, value in more.items()})
    return header(tags)


def bdb_database(blobs: list[bytes], order: str = "<") -> bytes:
    """One hash page with the counter and a reference to each blob, then the overflow chains."""
    room = PAGE - 26
    items, chains = [b"\x01" + bytes(4), b"\x01" + pack(order + "I", len(blobs))], []
    for number, blob in enumerate(blobs, 1):
        items += [b"\x01" + pack(order + "I", number), pack(order + "B3xII", 3, 2 + len(chains), len(blob))]
        parts = [blob[start : start + room] for start in range(0, len(blob), room)]
        for i, part in enumerate(parts):
            me = 2 + len(chains)
            following = 0 if i == len(parts) - 1 else me + 1
            chains.append(_bdb_page(order, me, 7, following, 0, len(part), part))
    offsets, body, place = [], bytearray(PAGE), PAGE
    for item in items:
        place -= len(item)
        body[place : place + len(item)] = item
        offsets.append(place)
    table = pack(f"{order}{len(offsets)}H", *offsets)
    assert 26 + len(table) <= place, "too many packages for one page"
    content = table + bytes(body[26 + len(table) :])
    hash_page = _bdb_page(order, 1, 13, 0, len(offsets), place, content)
    last = 1 + len(chains)
    meta = pack(order + "8xIIIIBBBxII", 0, 0x061561, 9, PAGE, 0, 8, 0, 0, last).ljust(PAGE, b"\0")
    return meta + hash_page + b"".join(chains)


def _bdb_page(order: str, number: int, kind: int, following: int, entries: int, offset: int, body: bytes) -> bytes:
    return (pack(order + "8xIIIHHBB", number, 0, following, entries, offset, 0, kind) + body).ljust(PAGE, b"\0")


def ndb_database(blobs: list[bytes]) -> bytes:
    """One page of slots, then the blobs with their heads, padding and checksummed tails."""
    slots = pack("<4sIII16x", b"RpmP", 0, 1, 1)
    body, place = b"", 4096 // 16
    for number, blob in enumerate(blobs, 1):
        raw = pack("<4sIII", b"BlbS", number, 1, len(blob)) + blob
        raw += bytes(-(len(raw) + 12) % 16)
        raw += pack("<II4s", adler32(raw), len(blob), b"BlbE")
        slots += pack("<4sIII", b"Slot", number, place, len(raw) // 16)
        body += raw
        place += len(raw) // 16
    return slots + pack("<4sIII", b"Slot", 0, 0, 0) * ((4096 - len(slots)) // 16) + body


def sqlite_database(blobs: list[bytes], schema: str = "") -> bytes:
    """The table of rpm 4.16, or ``schema`` in its place."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        schema = schema or "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)"
        connection.executescript(f"PRAGMA page_size = 512; {schema}")
        connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(blob,) for blob in blobs])
        return connection.serialize()
    finally:
        connection.close()
