"""What sekisho knows beyond Trivy's schema: what could not be told, the data it rests on, why each finding is one."""

from __future__ import annotations

from typing import Any

from sekisho.model.advisory import Exploitation
from sekisho.model.finding import Finding, Match, Report


def knowledge(report: Report) -> dict[str, Any]:
    """The value of the top-level key ``Sekisho``; empty parts are left out."""
    gaps = [
        {"Path": gap.path, "Extractor": gap.extractor, "Reason": gap.reason, "Weight": gap.weight}
        for gap in report.inventory.gaps
    ]
    store = report.store
    advisories = {
        "BuiltAt": store.built_at,
        "Digest": store.digest,
        "Sources": store.sources,
        "Missing": store.missing,
        "Stale": store.stale,
        "Starter": store.starter,
    } if store else {}  # fmt: skip
    owned = [
        {"Name": package.name, "Version": package.version, "Path": package.path, "OwnedBy": package.owned_by}
        for package in report.inventory.packages
        if package.owned_by
    ]
    return _present({
        "Undecided": report.undecided,
        "Gaps": gaps,
        "Advisories": _present(advisories),
        "Owned": owned,
        "Explanations": [_explanation(finding) for finding in report.findings if finding.matches],
    })  # fmt: skip


def _explanation(finding: Finding) -> dict[str, Any]:
    return _present({
        "VulnerabilityID": finding.id,
        "PURL": finding.package.purl,
        "Path": finding.package.path,
        "Aliases": finding.aliases,
        "Matches": [_match(match) for match in finding.matches],
        "Conflict": finding.conflict,
        "Exploitation": _exploitation(finding.exploitation) if finding.exploitation else {},
    })  # fmt: skip


def _match(match: Match) -> dict[str, Any]:
    return _present({
        "Advisory": match.advisory,
        "Source": match.source,
        "URL": match.url,
        "Ecosystem": match.ecosystem,
        "Name": match.name,
        "Version": match.version,
        "Comparator": match.comparator,
        "CoveredBy": match.covered_by,
        "Fixed": match.fixed,
        "Modified": match.modified,
        "SHA256": match.sha256,
    })  # fmt: skip


def _exploitation(known: Exploitation) -> dict[str, Any]:
    return _present({
        "EPSS": known.epss,
        "Percentile": known.percentile,
        "KEVAdded": known.kev_added,
        "KEVDue": known.kev_due,
        "Ransomware": known.ransomware,
        "SSVC": known.ssvc,
    })  # fmt: skip


def _present(fields: dict[str, Any]) -> dict[str, Any]:
    """Only what says something; an EPSS of zero does."""
    return {name: value for name, value in fields.items() if value or (value == 0 and value is not False)}
