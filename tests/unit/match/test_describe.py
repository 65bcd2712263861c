"""What a finding tells: names, fixes, states, texts, and everything it rests on."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from sekisho.advisories.store import Store
from sekisho.match.find import find
from sekisho.model.advisory import Advisory, Exploitation
from sekisho.model.inventory import Inventory
from tests.unit.match.examples import CRITICAL, DEBIAN, MEDIUM, affected, build, deb, found, library, one, record

RATED = Exploitation(
    cve="CVE-2024-0001",
    epss=0.25,
    percentile=0.9,
    kev_added="2024-02-01",
    kev_due="2024-02-22",
    ssvc="active/yes/total",
)


def npm(id_: str, **fields: Any) -> dict[str, Any]:
    return record(id_, affected("npm", "a", "introduced 0, fixed 2.0.0"), **fields)


def test_the_name_people_know_is_the_cve_then_githubs(tmp_path: Path) -> None:
    path = build(
        tmp_path / "s.db",
        [
            npm("SNYK-1", aliases=["GHSA-aaaa", "CVE-2024-0001"]),
            npm("SNYK-2", aliases=["GHSA-bbbb"]),
            npm("SNYK-3"),
        ],
    )
    told = found(path, library("npm", "a", "1.0.0")).findings
    assert [(finding.id, finding.aliases) for finding in told] == [
        ("CVE-2024-0001", ("GHSA-aaaa", "SNYK-1")),
        ("GHSA-bbbb", ("SNYK-2",)),
        ("SNYK-3", ()),
    ]


def test_exploitation_is_attached_by_the_cve_behind_an_alias(tmp_path: Path) -> None:
    path = build(tmp_path / "s.db", [npm("GHSA-1", aliases=["CVE-2024-0001"])], known=[RATED])
    known = one(path, library("npm", "a", "1.0.0")).exploitation
    assert known is not None
    assert (known.cve, known.epss, known.kev_added, known.ssvc) == (
        "CVE-2024-0001", 0.25, "2024-02-01", "active/yes/total",
    )  # fmt: skip


def test_exploitation_of_a_related_cve_is_not_borrowed(tmp_path: Path) -> None:
    path = build(tmp_path / "s.db", [npm("GHSA-1", related=["CVE-2024-0001"])], known=[RATED])
    assert one(path, library("npm", "a", "1.0.0")).exploitation is None


def test_no_epss_score_is_not_a_score_of_zero(tmp_path: Path) -> None:
    path = build(tmp_path / "s.db", [npm("CVE-2024-0002")], known=[RATED])
    assert one(path, library("npm", "a", "1.0.0")).exploitation is None


def test_what_the_sources_say_is_united_best_first(tmp_path: Path) -> None:
    first = npm(
        "GHSA-1",
        aliases=["CVE-2024-0001"],
        summary="Short",
        severity=[{"type": "CVSS_V3", "score": CRITICAL}],
        references=[{"type": "WEB", "url": "https://one.example"}, {"type": "WEB", "url": "https://both.example"}],
        database_specific={"cwe_ids": ["CWE-79"], "severity": "HIGH"},
    )
    second = npm(
        "OTHER-1",
        aliases=["CVE-2024-0001"],
        summary="Another title",
        details="Long",
        severity=[{"type": "CVSS_V3", "score": MEDIUM}],
        references=[{"type": "WEB", "url": "https://both.example"}, {"type": "WEB", "url": "https://two.example"}],
        database_specific={"cwe_ids": ["CWE-20", "CWE-79"]},
    )
    finding = one(build(tmp_path / "s.db", [first, second]), library("npm", "a", "1.0.0"))
    assert (finding.title, finding.description) == ("Short", "Long")
    assert finding.cwes == ("CWE-79", "CWE-20")
    assert finding.references == ("https://one.example", "https://both.example", "https://two.example")
    assert [score.source for score in finding.scores] == ["ghsa", "other"]
    assert finding.url == "https://github.com/advisories/GHSA-1"


def test_a_match_tells_what_was_compared_with_what(tmp_path: Path) -> None:
    path = build(tmp_path / "s.db", [npm("GHSA-1")])
    [match] = one(path, library("npm", "a", "1.0.0")).matches
    with Store.open(path) as store:
        digest = store.digest("GHSA-1", "osv/npm")
    assert (match.advisory, match.source, match.ecosystem, match.name) == ("GHSA-1", "osv/npm", "npm", "a")
    assert (match.version, match.comparator, match.covered_by, match.fixed) == ("1.0.0", "npm", "<2.0.0", ("2.0.0",))
    assert (match.modified, match.sha256) == ("2024-01-01T00:00:00Z", digest)
    assert len(digest) == 64


def test_a_fix_comes_from_the_first_database_that_knows_one(tmp_path: Path) -> None:
    path = build(
        tmp_path / "s.db",
        [
            record("GHSA-1", affected("PyPI", "a", "introduced 0, last_affected 1.9"), aliases=["CVE-2024-0001"]),
            record("PYSEC-1", affected("PyPI", "a", "introduced 0, fixed 2.0"), aliases=["CVE-2024-0001"]),
        ],
    )
    finding = one(path, library("pypi", "a", "1.0"))
    assert (finding.fixed_version, finding.state) == ("2.0", "fixed")
    assert finding.conflict == "sources disagree where it is fixed: GHSA-1 nowhere, PYSEC-1 2.0"


def test_without_a_fix_it_is_affected_unless_the_vendor_says_more(tmp_path: Path) -> None:
    releases = {"bookworm": {"status": "open", "nodsa": "minor", "nodsa_reason": "ignored"}}
    path = build(
        tmp_path / "s.db",
        [record("GHSA-1", affected("npm", "a", "introduced 0"))],
        tracker={"a": {"CVE-2024-0001": {"releases": releases}}},
    )
    assert one(path, library("npm", "a", "1.0.0")).state == "affected"
    assert one(path, deb("a", "1.0-1"), DEBIAN).state == "will_not_fix"


def test_dates_are_compared_as_moments(tmp_path: Path) -> None:
    """As text, ``2024-05-01T01…+02:00`` would come after ``2024-04-30T23:30…Z``, which is half an hour later."""
    path = build(
        tmp_path / "s.db",
        [
            npm("GHSA-1", aliases=["CVE-2024-0001"], published="2024-04-30T23:30:00Z")
            | {"modified": "2024-06-01T00:00:00Z"},
            npm("OTHER-1", aliases=["CVE-2024-0001"], published="2024-05-01T01:00:00+02:00")
            | {"modified": "2024-05-31T23:00:00-04:00"},
        ],
    )
    finding = one(path, library("npm", "a", "1.0.0"))
    assert (finding.published, finding.modified) == ("2024-05-01T01:00:00+02:00", "2024-05-31T23:00:00-04:00")


class CountingStore(Store):
    """Notes which records are read."""

    read: ClassVar[list[str]] = []

    def head(self, id_: str, source: str) -> Advisory | None:
        self.read.append(id_)
        return super().head(id_, source)


def test_a_record_is_read_once_however_many_packages_share_it(tmp_path: Path) -> None:
    path = build(tmp_path / "s.db", [npm("GHSA-1", summary="Short")])
    packages = tuple(library("npm", "a", "1.0.0", path=f"p{n}") for n in range(3))
    with CountingStore.open(path) as store:
        told = find(Inventory(packages=packages), store).findings
    assert [(finding.package.path, finding.title) for finding in told] == [
        ("p0", "Short"),
        ("p1", "Short"),
        ("p2", "Short"),
    ]
    assert CountingStore.read == ["GHSA-1"]
