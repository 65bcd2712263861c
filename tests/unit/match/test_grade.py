"""Whose word on severity counts, and that every word is kept."""

from __future__ import annotations

import pytest

from sekisho.advisories.candidate import Candidate
from sekisho.match.grade import Grade, grade
from sekisho.model.advisory import Advisory, Exploitation, Score
from sekisho.model.severity import Severity
from tests.unit.match.examples import CRITICAL, HIGH_V4, MEDIUM

V2_TEN = "AV:N/AC:L/Au:N/C:C/I:C/A:C"


def record(
    source: str = "osv/npm", *scores: Score, package: str = "", word: str = "", id_: str = "GHSA-1"
) -> tuple[Candidate, Advisory | None]:
    """``package`` is the vendor's word for the package, ``word`` the one for the whole record."""
    return Candidate(id=id_, source=source, severity=package), Advisory(
        id=id_, source=source, severity=word, scores=scores
    )


def chosen(*records: tuple[Candidate, Advisory | None], known: Exploitation | None = None) -> tuple[str, str]:
    graded = grade(records, known)
    return str(graded.severity), graded.source


V2, V3, V4 = Score("ghsa", "CVSS_V2", V2_TEN), Score("ghsa", "CVSS_V3", CRITICAL), Score("ghsa", "CVSS_V4", HIGH_V4)
CISA = Exploitation(cve="CVE-2024-1", scores=(Score("cisa", "CVSS_V3", MEDIUM),))


def test_the_word_for_the_package_outweighs_everything() -> None:
    records = record("debian", V3, package="unimportant", word="high")
    assert chosen(records, known=CISA) == ("LOW", "debian")


def test_the_publishers_word_outweighs_scores() -> None:
    assert chosen(record("osv/npm", V3, V4, word="MODERATE")) == ("MEDIUM", "osv/npm")


def test_another_records_word_outweighs_the_first_ones_score() -> None:
    assert chosen(record("osv/npm", V3), record("glad/npm", word="low")) == ("LOW", "glad/npm")


def test_a_vendors_own_scale_is_a_word() -> None:
    assert chosen(record("osv/Ubuntu", V3, Score("ubuntu", "word", "negligible"))) == ("LOW", "ubuntu")


@pytest.mark.parametrize(
    ("scores", "expected"),
    [((V2, V3, V4), "HIGH"), ((V2, V3), "CRITICAL"), ((V2,), "HIGH"), ((), "UNKNOWN")],
)
def test_version_4_outweighs_3_and_3_outweighs_2(scores: tuple[Score, ...], expected: str) -> None:
    assert chosen(record("osv/npm", *scores))[0] == expected


def test_version_2_knows_nothing_above_high() -> None:
    assert chosen(record("osv/npm", V2)) == ("HIGH", "ghsa")


def test_cisa_is_asked_last() -> None:
    assert chosen(record("osv/npm", V2), known=CISA) == ("HIGH", "ghsa")
    assert chosen(record("alpine/v3.19"), known=CISA) == ("MEDIUM", "cisa")
    newer = Exploitation(cve="CVE-2024-1", scores=(Score("cisa", "CVSS_V4", HIGH_V4),))
    assert chosen(record("osv/npm", V3), known=newer) == ("CRITICAL", "ghsa")


def test_every_opinion_and_every_vector_is_kept() -> None:
    graded = grade([record("osv/npm", V2, V3, word="low"), record("glad/npm", V3, word="high")], CISA)
    assert graded == Grade(
        Severity.LOW,
        "osv/npm",
        (
            ("osv/npm", Severity.LOW),
            ("glad/npm", Severity.HIGH),
            ("ghsa", Severity.CRITICAL),
            ("cisa", Severity.MEDIUM),
        ),
        (V3, V2, CISA.scores[0]),
    )


@pytest.mark.parametrize("vector", ["CVSS:3.1/AV:X", "nonsense", "", "CVSS:4.0/"])
def test_a_vector_that_cannot_be_read_is_no_opinion(vector: str) -> None:
    broken = Score("ghsa", "CVSS_V3", vector)
    assert chosen(record("osv/npm", broken)) == ("UNKNOWN", "")
    assert grade([record("osv/npm", broken)], None).scores == (broken,)


def test_a_word_nobody_knows_is_no_opinion() -> None:
    assert chosen(record("osv/npm", V3, word="spicy")) == ("CRITICAL", "ghsa")


def test_a_malicious_package_is_critical() -> None:
    assert chosen(record("osv/npm", word="low", id_="MAL-2024-1")) == ("CRITICAL", "osv/npm")


def test_without_details_the_package_row_still_counts() -> None:
    assert chosen((Candidate(id="CVE-1", source="debian", severity="high"), None)) == ("HIGH", "debian")
