"""Hostile feeds, and the laws that intervals, synonyms and packed rows obey whatever is put into them."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sekisho.advisories.closure import Closure
from sekisho.advisories.feeds.bucket import records_of
from sekisho.advisories.feeds.debian import read_tracker
from sekisho.advisories.feeds.epss import read_scores
from sekisho.advisories.feeds.intervals import intervals_of
from sekisho.advisories.feeds.kev import read_catalogue
from sekisho.advisories.feeds.osv import read_index
from sekisho.advisories.feeds.osv_record import read_osv
from sekisho.advisories.feeds.protocol import Defect, Record
from sekisho.advisories.feeds.secdb import read_secdb
from sekisho.advisories.feeds.ssvc import read_archive, read_compact, read_cve
from sekisho.advisories.feeds.timestamps import instant
from sekisho.advisories.packing import Packer, Unpacker
from sekisho.errors import AdvisoryError, CorruptInput

VOCABULARY = """
id modified aliases related upstream withdrawn summary details severity type score affected package ecosystem
name ranges events introduced fixed last_affected limit versions references url database_specific
ecosystem_specific imports custom_ranges packages pkg secfixes releases status fixed_version urgency nodsa
vulnerabilities cveID containers cna adp metrics other content options cveMetadata cveId cvss cwe ssvc 0 1.0
CVE-2024-0001 GHSA-x npm Debian:12 bookworm SEMVER ECOSYSTEM GIT resolved open
"""
WORDS = st.sampled_from(VOCABULARY.split())
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS | st.text(max_size=8)
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=5)
)
RECORDS = st.fixed_dictionaries(
    {"id": WORDS | st.text(max_size=8)},
    optional={
        "aliases": st.lists(WORDS, max_size=3) | DOCUMENTS,
        "severity": DOCUMENTS,
        "database_specific": DOCUMENTS,
        "affected": DOCUMENTS
        | st.lists(
            st.fixed_dictionaries(
                {"package": st.fixed_dictionaries({"name": WORDS, "ecosystem": WORDS}) | DOCUMENTS},
                optional={
                    "ranges": st.lists(
                        st.fixed_dictionaries(
                            {"type": WORDS, "events": st.lists(st.dictionaries(WORDS, WORDS), max_size=5)}
                        ),
                        max_size=3,
                    ),
                    "ecosystem_specific": DOCUMENTS,
                    "versions": DOCUMENTS,
                },
            ),
            max_size=3,
        ),
    },
)


@given(RECORDS | DOCUMENTS)
def test_any_document_is_a_record_or_a_defect(document: Any) -> None:
    found = read_osv(json.dumps(document).encode(), "s", (), "n")
    assert isinstance(found, Record | Defect)
    if isinstance(found, Record):
        assert found.advisory.id == document["id"]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    assert isinstance(read_osv(body, "s"), Record | Defect)
    assert all(read_index(body))
    for read in (read_tracker, read_catalogue, read_compact, read_archive):
        with suppress(CorruptInput):
            list(read(body))
    with suppress(CorruptInput):
        list(records_of(body, lambda data, name: Defect(name, "")))
    with suppress(CorruptInput):
        list(read_secdb({"main": body}, "s", "Alpine:edge", "{id}"))


@given(DOCUMENTS)
def test_any_json_is_read_or_refused_by_every_feed(document: Any) -> None:
    body = json.dumps(document).encode()
    read_cve(document)
    list(read_compact(body))
    for read in (read_tracker, read_catalogue):
        with suppress(CorruptInput):
            list(read(body))
    with suppress(CorruptInput):
        list(read_secdb({"main": body}, "s", "Alpine:edge", "{id}"))


@given(st.text(max_size=300))
def test_any_text_is_scores_or_refused(text: str) -> None:
    try:
        list(read_scores(text))
    except CorruptInput:
        assert "cve,epss,percentile" not in text.split("\n")[0]


@given(st.text(max_size=40) | st.datetimes().map(lambda moment: moment.isoformat()))
def test_a_timestamp_is_an_instant_in_utc_or_nothing(text: str) -> None:
    moment = instant(text)
    assert moment is None or moment.utcoffset() is not None


EVENTS = st.lists(st.tuples(st.sampled_from(["introduced", "fixed", "limit"]), st.integers(0, 20)), max_size=8)


def affected(version: int, events: list[tuple[str, int]]) -> bool:
    """OSV's own algorithm (https://ossf.github.io/osv-schema/#evaluation), for versions that are whole numbers."""
    vulnerable = False
    for kind, at in sorted(events, key=lambda event: (event[1], event[0] != "introduced")):
        if version >= at:
            vulnerable = kind == "introduced"
    return vulnerable


@given(EVENTS, st.integers(0, 21))
def test_intervals_say_what_osvs_algorithm_says(events: list[tuple[str, int]], version: int) -> None:
    found = intervals_of([(kind, str(at)) for kind, at in events], "ECOSYSTEM", lambda text: text.rjust(3, "0"))
    inside = any(int(one.introduced) <= version < int(one.fixed or one.limit or 99) for one in found)
    alternating = all((kind == "introduced") == (place % 2 == 0) for place, (kind, _) in enumerate(events))
    ordered = [at for _, at in events] == sorted({at for _, at in events})
    if ordered or not alternating:
        assert inside == affected(version, events)


NAMES = st.builds("{}-{}".format, st.sampled_from(["CVE", "GHSA", "PYSEC"]), st.integers(0, 5))


@given(st.lists(st.tuples(NAMES, st.lists(NAMES, max_size=3)), max_size=12))
def test_groups_are_disjoint_and_hold_one_cve_at_most(links: list[tuple[str, list[str]]]) -> None:
    closure = Closure()
    for id_, aliases in links:
        closure.link(id_, aliases)
    groups = closure.groups()
    names = [name for group in groups for name in group]
    assert len(names) == len(set(names))
    for group in groups:
        cves = [name for name in group if name.startswith("CVE-")]
        assert len(cves) <= 1
        assert group[:1] == cves or not cves


@given(st.binary(max_size=400), st.binary(max_size=400))
def test_what_was_packed_is_unpacked_and_damage_is_told(row: bytes, damage: bytes) -> None:
    if not row.startswith(b"\x28\xb5\x2f\xfd"):
        assert Unpacker().unpack(Packer().pack(row)) == row
    try:
        Unpacker().unpack(b"\x28\xb5\x2f\xfd" + damage)
    except AdvisoryError as error:
        assert "damaged" in error.message
