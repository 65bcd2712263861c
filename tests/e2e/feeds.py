"""The upstream of the shop's advisories, on loopback."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.images import RECORDS
from tests.simulators.feeds import FeedServer, publish_bucket, serving

HOST = "/osv-vulnerabilities.storage.googleapis.com"
TRACKER = "/security-tracker.debian.org/tracker/data/json"
KEV = "/www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"
EPSS = "/epss.empiricalsecurity.com/epss_scores-current.csv.gz"
SSVC = "/cve/vulnrichment-compact.jsonl.gz"


@contextmanager
def upstream() -> Iterator[FeedServer]:
    """npm's bucket, Debian's tracker, and the signals."""
    with serving() as server:
        publish_bucket(server, "npm", [record for record in RECORDS if record["id"].startswith("GHSA")])
        server.publish(TRACKER, {"openssl": tracked("CVE-2023-5363", "3.0.11-1"), "zlib": tracked("CVE-2023-9999")})
        server.publish(KEV, {"vulnerabilities": [{"cveID": "CVE-2021-23337"}]})
        scores = b"cve,epss,percentile\nCVE-2021-23337,0.42,0.97\n"
        server.publish(EPSS, gzip.compress(scores, mtime=0))
        server.publish(SSVC, gzip.compress(b'{"id": "CVE-2024-0001"}\n', mtime=0))
        yield server


def tracked(name: str, fixed: str = "") -> dict[str, object]:
    """One vulnerability of one source package in Debian 12."""
    state = {"status": "resolved", "fixed_version": fixed} if fixed else {"status": "open"}
    releases = {"bookworm": {"repositories": {"bookworm": "1"}, "urgency": "low", **state}}
    return {name: {"description": name, "releases": releases}}
