"""KEV, EPSS and vulnrichment."""

from __future__ import annotations

import json

import pytest

from sekisho.advisories.feeds.epss import read_scores, score_date
from sekisho.advisories.feeds.kev import read_catalogue
from sekisho.advisories.feeds.protocol import Defect
from sekisho.advisories.feeds.ssvc import read_archive, read_compact, read_cve
from sekisho.errors import CorruptInput
from sekisho.model.advisory import Exploitation, Score
from tests.simulators.feeds import zip_of


def test_kev_says_since_when_and_whether_for_ransom() -> None:
    entry = {"cveID": "CVE-2021-44228", "dateAdded": "2021-12-10", "dueDate": "2021-12-24", "cwes": ["CWE-20"]}
    known, unknown = entry | {"knownRansomwareCampaignUse": "Known"}, entry | {"knownRansomwareCampaignUse": "Unknown"}
    found = list(read_catalogue(json.dumps({"vulnerabilities": [known, unknown, {"cveID": 3}]}).encode()))
    assert found[0] == Exploitation(
        cve="CVE-2021-44228", kev_added="2021-12-10", kev_due="2021-12-24", ransomware=True, cwes=("CWE-20",)
    )
    assert found[1].ransomware is False  # type: ignore[union-attr]
    assert isinstance(found[2], Defect)


@pytest.mark.parametrize("document", [b"", b"[]", b'{"vulnerabilities": {}}', b"[" * 100_000])
def test_another_catalogue_is_refused(document: bytes) -> None:
    with pytest.raises(CorruptInput):
        list(read_catalogue(document))


EPSS = """#model_version:v2026.06.15,score_date:2026-08-16T00:00:00+0000
cve,epss,percentile
CVE-1999-0001,0.03351,0.8765
"""


def test_epss_has_a_day_and_a_score_a_line() -> None:
    assert score_date(EPSS) == "2026-08-16T00:00:00+0000"
    assert list(read_scores(EPSS)) == [Exploitation(cve="CVE-1999-0001", epss=0.03351, percentile=0.8765)]


def test_a_line_that_is_no_score_is_a_defect() -> None:
    found = list(read_scores(EPSS + "CVE-1999-0002,,\nnonsense\n"))
    assert [type(one) for one in found[1:]] == [Defect, Defect]


def test_other_columns_are_refused() -> None:
    assert score_date("cve,epss\n") == ""
    with pytest.raises(CorruptInput):
        list(read_scores("<html>moved</html>"))


CVE = {
    "cveMetadata": {"cveId": "CVE-2024-45617"},
    "containers": {
        "cna": {
            "providerMetadata": {"shortName": "redhat"},
            "metrics": [
                {"cvssV3_1": {"vectorString": "CVSS:3.1/AV:P"}},
                {"other": {"type": "Red Hat severity rating"}},
            ],
            "problemTypes": [{"descriptions": [{"cweId": "CWE-457"}, {"description": "no id"}]}],
        },
        "adp": [
            {
                "providerMetadata": {"shortName": "CISA-ADP"},
                "metrics": [
                    {
                        "other": {
                            "type": "ssvc",
                            "content": {
                                "options": [
                                    {"Exploitation": "poc"},
                                    {"Automatable": "no"},
                                    {"Technical Impact": "partial"},
                                ]
                            },
                        }
                    }
                ],
            }
        ],
    },
}
EXPECTED = Exploitation(
    cve="CVE-2024-45617",
    ssvc="poc/no/partial",
    scores=(Score("redhat", "CVSS_V3", "CVSS:3.1/AV:P"),),
    cwes=("CWE-457",),
)


def test_a_cve_record_gives_scores_of_all_containers_and_cisas_decision() -> None:
    assert read_cve(CVE) == EXPECTED


@pytest.mark.parametrize(
    "record", [None, [], {"containers": []}, {"containers": {"cna": 3, "adp": [None, {"metrics": [3, {"other": []}]}]}}]
)
def test_a_cve_record_of_another_shape_says_nothing(record: object) -> None:
    assert read_cve(record) == Exploitation(cve="")


def test_the_archive_is_read_record_by_record() -> None:
    archive = zip_of(
        {"v/README.md": b"", "v/2024/CVE-2024-45617.json": CVE, "v/2024/CVE-2024-1.json": b"{", "v/x.json": b"{"}
    )
    found = list(read_archive(archive))
    assert found[0] == EXPECTED
    assert [type(one) for one in found] == [Exploitation, Defect]


def test_compact_lines_say_the_same() -> None:
    line = {
        "id": "CVE-2024-45617",
        "cvss": [{"src": "cna:RedHat", "ver": "3.1", "vector": "CVSS:3.1/AV:P"}, {"src": "adp:x", "ver": "2.0"}],
        "cwe": ["CWE-457"],
        "ssvc": {"Exploitation": "poc", "Automatable": "no", "Technical Impact": "partial", "timestamp": "t"},
    }
    found = list(read_compact(json.dumps(line).encode() + b"\n\nnot json\n"))
    assert found[0] == EXPECTED
    assert isinstance(found[1], Defect)
