"""CISA's vulnrichment: SSVC decision points, and CVSS and CWE for the CVEs whose assigner gave none.

Upstream is a repository of CVE records with CISA's container inside, fetched as one archive. A mirror may offer
``vulnrichment-compact.jsonl.gz`` instead, one line a CVE.
Source: https://github.com/cisagov/vulnrichment, https://www.cisa.gov/ssvc, https://cveproject.github.io/cve-schema/
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import msgspec

from sekisho.advisories.feeds.asking import Asking
from sekisho.advisories.feeds.inflate import gunzip
from sekisho.advisories.feeds.protocol import MAX_RECORD, MAX_RECORDS, Declaration, Defect, Delivery, Request
from sekisho.errors import CorruptInput, NotFound
from sekisho.formats.limits import GIB
from sekisho.formats.zip import Archive
from sekisho.model.advisory import Exploitation, Score

MAX_COMPACT = GIB
"""The inflated lines; 60 MB for 62,000 CVEs."""
_COMPACT = "vulnrichment-compact.jsonl.gz"
_ARCHIVE = "cisagov/vulnrichment/zip/refs/heads/develop"
_POINTS = ("Exploitation", "Automatable", "Technical Impact")
_JSON: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
_METRICS = {"cvssV4_0": "CVSS_V4", "cvssV3_1": "CVSS_V3", "cvssV3_0": "CVSS_V3", "cvssV2_0": "CVSS_V2"}
"""CVE schema's word for a metric → OSV's."""


class _Score(msgspec.Struct):
    src: str = ""
    ver: str = ""
    vector: str | None = None


class _Line(msgspec.Struct):
    id: str
    cvss: list[_Score] | None = None
    cwe: list[str] | None = None
    ssvc: dict[str, str] | None = None


_LINE = msgspec.json.Decoder(_Line)


class SsvcFeed:
    """See the module."""

    declaration = Declaration(
        name="ssvc",
        title="CISA vulnrichment (SSVC, CVSS, CWE)",
        licence="CC0-1.0",
        redistributable=True,
        base_url="https://codeload.github.com",
        mirrored_as="cve",
        cadence="daily",
        settled=timedelta(days=7),
    )

    def sources(self, ecosystem: str) -> tuple[str, ...]:
        """Itself, by its name only."""
        return ("ssvc",) if ecosystem == "ssvc" else ()

    def fetch(self, request: Request) -> Delivery:
        """The compact lines where a mirror has them, else the whole archive."""
        asking = Asking(request)
        compact = request.base_url != self.declaration.base_url
        try:
            path = _COMPACT if compact else _ARCHIVE
            body = asking.get(path)
        except NotFound:
            if not compact:
                raise
            compact, path = False, _ARCHIVE
            body = asking.get(path)
        url = asking.url(path)
        if body is None:
            return Delivery(kind="unchanged", state=asking.state(), url=url)
        return Delivery(
            kind="full",
            state=asking.state(),
            exploitations=read_compact(gunzip(body, MAX_COMPACT)) if compact else read_archive(body),
            url=url,
            received=asking.received,
            digest=hashlib.sha256(body).hexdigest(),
        )


def read_compact(lines: bytes) -> Iterator[Exploitation | Defect]:
    """One CVE a line: ``{id, cvss: [{src, ver, vector}], cwe: [], ssvc: {point: value}}``."""
    for line in lines.split(b"\n"):
        if not line:
            continue
        try:
            read = _LINE.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            yield Defect("ssvc", str(error))
            continue
        scores = tuple(
            Score(score.src.rpartition(":")[2].lower(), f"CVSS_V{score.ver[:1]}", score.vector)
            for score in read.cvss or ()
            if score.vector
        )
        yield Exploitation(cve=read.id, ssvc=_decision(read.ssvc or {}), scores=scores, cwes=tuple(read.cwe or ()))


def read_archive(body: bytes) -> Iterator[Exploitation | Defect]:
    """Every ``CVE-*.json`` of the repository's archive."""
    archive = Archive(BytesIO(body), MAX_RECORDS)
    for member in archive.members:
        name = member.name.rpartition("/")[2]
        if not name.startswith("CVE-") or not name.endswith(".json"):
            continue
        try:
            yield read_cve(_JSON.decode(archive.read(member, MAX_RECORD)))
        except (CorruptInput, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            yield Defect(name, str(error))


def read_cve(record: object) -> Exploitation:
    """A CVE record of schema 5: scores and CWEs of every container, the decision points of CISA's."""
    containers = _dict(_dict(record).get("containers"))
    scores: list[Score] = []
    cwes: dict[str, None] = {}
    decision: dict[str, str] = {}
    for container in (_dict(containers.get("cna")), *map(_dict, _list(containers.get("adp")))):
        source = str(_dict(container.get("providerMetadata")).get("shortName") or "cna").lower()
        for metric in map(_dict, _list(container.get("metrics"))):
            scores += _scores(metric, source)
            decision = _options(metric) or decision
        for problem in map(_dict, _list(container.get("problemTypes"))):
            for description in map(_dict, _list(problem.get("descriptions"))):
                if isinstance(cwe := description.get("cweId"), str):
                    cwes[cwe] = None
    cve = _dict(_dict(record).get("cveMetadata")).get("cveId")
    return Exploitation(
        cve=cve if isinstance(cve, str) else "", ssvc=_decision(decision), scores=tuple(scores), cwes=tuple(cwes)
    )


def _scores(metric: dict[str, Any], source: str) -> Iterator[Score]:
    for word, kind in _METRICS.items():
        vector = _dict(metric.get(word)).get("vectorString")
        if isinstance(vector, str):
            yield Score(source, kind, vector)


def _options(metric: dict[str, Any]) -> dict[str, str]:
    other = _dict(metric.get("other"))
    if other.get("type") != "ssvc":
        return {}
    options = _list(_dict(other.get("content")).get("options"))
    return {key: value for option in map(_dict, options) for key, value in option.items() if isinstance(value, str)}


def _decision(points: dict[str, str]) -> str:
    """``active/yes/total``; empty when CISA has not decided."""
    values = [points.get(point, "") for point in _POINTS]
    return "/".join(values) if any(values) else ""


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
