"""Findings and packages by target, as Trivy groups them: the operating system first, then files and installed kinds."""

from __future__ import annotations

from sekisho.model.finding import Finding, Report, Suppressed
from sekisho.model.package import Package

AGGREGATED = {
    "python-pkg": "Python",
    "conda-pkg": "Conda",
    "gemspec": "Ruby",
    "node-pkg": "Node.js",
    "jar": "Java",
    "kubernetes": "Kubernetes",
}
"""Kinds whose packages have a file each: one target holds them all, and the path is told with the package."""
INSTALLED = {
    "cargo": "rustbinary",
    "conda": "conda-pkg",
    "gem": "gemspec",
    "golang": "gobinary",
    "k8s": "kubernetes",
    "maven": "jar",
    "npm": "node-pkg",
    "pypi": "python-pkg",
}
"""purl type → Trivy's type for a package of which only the purl is known."""
NO_SYSTEM = "none"
"""Trivy's family for system packages without a known system."""


class Target:
    """One group: a name, Trivy's class and type, and what belongs to it."""

    __slots__ = ("findings", "kind", "name", "packages", "path", "suppressed", "system")

    def __init__(self, kind: str, path: str, name: str, *, system: bool = False) -> None:
        self.kind = kind
        """Trivy's Type: a distribution's family, or what the extractor is called."""
        self.path = path
        self.name = name
        self.system = system
        self.packages: list[Package] = []
        self.findings: list[Finding] = []
        self.suppressed: list[Suppressed] = []


def package_kind(package: Package) -> str:
    """Trivy's type for a language package: its extractor, and where an SBOM names none, what is installed that way."""
    return package.found_by or INSTALLED.get(package.type, package.type)


def targets(report: Report) -> list[Target]:
    """Every target that holds a package or a finding; a known system is one even when it holds nothing."""
    system = _system_target(report)
    found: dict[tuple[str, str], Target] = {}

    def of(package: Package) -> Target:
        if package.is_os:
            return system
        kind = package_kind(package)
        path = "" if kind in AGGREGATED else package.path
        target = found.get((kind, path))
        if target is None:
            target = found[kind, path] = Target(kind, path, path or AGGREGATED.get(kind, ""))
        return target

    for package in report.inventory.packages:
        of(package).packages.append(package)
    for finding in report.findings:
        of(finding.package).findings.append(finding)
    for suppressed in report.suppressed:
        of(suppressed.finding.package).suppressed.append(suppressed)
    rest = sorted(found.values(), key=lambda target: (target.name, target.kind))
    known = report.inventory.system is not None or system.packages or system.findings
    return [system, *rest] if known else rest


def _system_target(report: Report) -> Target:
    found = report.inventory.system
    family = found.family if found else NO_SYSTEM
    label = f"{family} {found.name}" if found and found.name else family
    return Target(family, "", f"{report.artifact.name} ({label})", system=True)
