"""A small shop: what lies in its image, and what is known about it."""

from __future__ import annotations

import json
from typing import Any

from tests.simulators.feeds import osv
from tests.simulators.images import Content

RELEASE = b'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n'


def deb(name: str, version: str, source: str = "") -> bytes:
    origin = f"Source: {source}\n" if source else ""
    status = "Status: install ok installed\n"
    return f"Package: {name}\n{status}{origin}Architecture: amd64\nVersion: {version}\n\n".encode()


def node(name: str, version: str) -> bytes:
    return json.dumps({"name": name, "version": version}).encode()


BASE: Content = {
    "etc/os-release": RELEASE,
    "var/lib/dpkg/status": deb("libssl3", "3.0.9-1", "openssl") + deb("zlib1g", "1:1.2.13", "zlib"),
}
APP: Content = {
    "srv/node_modules/lodash/package.json": node("lodash", "4.17.20"),
    "srv/node_modules/ws/package.json": node("ws", "8.18.0"),
}
CRITICAL = [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]
LOW = [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"}]
RECORDS: list[dict[str, Any]] = [
    osv("DEBIAN-CVE-2023-5363", "Debian:12", "openssl", fixed="3.0.11-1", upstream=["CVE-2023-5363"], severity=LOW),
    osv("DEBIAN-CVE-2023-9999", "Debian:12", "zlib", upstream=["CVE-2023-9999"], severity=LOW),
    osv("GHSA-35jh-r3h4-6jhm", "npm", "lodash", fixed="4.17.21", aliases=["CVE-2021-23337"], severity=CRITICAL),
    osv("GHSA-3h5v-q93c-6h6q", "npm", "ws", fixed="8.17.1", aliases=["CVE-2024-37890"], severity=CRITICAL),
]
"""One critical with a fix, one low with a fix, one low without, and one that is mended already."""
FOUND = ["CVE-2021-23337", "CVE-2023-5363", "CVE-2023-9999"]


def ids(report: dict[str, Any]) -> list[str]:
    """The vulnerabilities of a Trivy report, sorted."""
    return sorted(entry["VulnerabilityID"] for entry in vulnerabilities(report))


def vulnerabilities(report: dict[str, Any]) -> list[dict[str, Any]]:
    """All of a Trivy report's vulnerabilities."""
    return [entry for result in report.get("Results", []) for entry in result.get("Vulnerabilities", [])]
