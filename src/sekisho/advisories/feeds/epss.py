"""EPSS: the probability, by FIRST's model, that a CVE is exploited within the next 30 days.

A gzip of ``cve,epss,percentile`` lines below a comment that names model and day. No score is not a score of zero.
Source: https://www.first.org/epss/data_stats
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sekisho.advisories.feeds.asking import Asking
from sekisho.advisories.feeds.inflate import gunzip
from sekisho.advisories.feeds.protocol import Declaration, Defect, Delivery, Request
from sekisho.errors import CorruptInput
from sekisho.formats.limits import MIB
from sekisho.model.advisory import Exploitation

MAX_SCORES = 512 * MIB
"""The inflated file; 10 MB for 360,000 CVEs."""
_PATH = "epss_scores-current.csv.gz"


class EpssFeed:
    """See the module."""

    declaration = Declaration(
        name="epss",
        title="Exploit Prediction Scoring System",
        licence="free with attribution to FIRST (https://www.first.org/epss/)",
        redistributable=True,
        base_url="https://epss.empiricalsecurity.com",
        mirrored_as="epss.empiricalsecurity.com",
        cadence="daily",
    )

    def sources(self, ecosystem: str) -> tuple[str, ...]:
        """Itself, by its name only."""
        return ("epss",) if ecosystem == "epss" else ()

    def fetch(self, request: Request) -> Delivery:
        """Today's scores, unless they are the ones that were read before."""
        asking = Asking(request)
        body = asking.get(_PATH, max_size=MAX_SCORES)
        url = asking.url(_PATH)
        if body is None:
            return Delivery(kind="unchanged", state=asking.state(asking.cursor), url=url)
        text = gunzip(body, MAX_SCORES).decode("ascii", "replace")
        return Delivery(
            kind="full",
            state=asking.state(score_date(text)),
            exploitations=read_scores(text),
            url=url,
            received=asking.received,
            digest=hashlib.sha256(body).hexdigest(),
        )


def score_date(text: str) -> str:
    """The day the scores are of, from the comment; empty when it does not say."""
    comment = text[: text.find("\n")] if text.startswith("#") else ""
    return comment.partition("score_date:")[2].partition(",")[0].strip()


def read_scores(text: str) -> Iterator[Exploitation | Defect]:
    """Every line; raises CorruptInput when the columns are not the promised ones."""
    lines = iter(text.splitlines())
    header = next(lines, "")
    if header.startswith("#"):
        header = next(lines, "")
    if header.split(",")[:3] != ["cve", "epss", "percentile"]:
        raise CorruptInput("the EPSS file does not start with cve,epss,percentile")
    for line in lines:
        try:
            cve, epss, percentile = line.split(",")
            yield Exploitation(cve=cve, epss=float(epss), percentile=float(percentile))
        except ValueError:
            yield Defect("epss", f"not a score: {line[:80]!r}")
