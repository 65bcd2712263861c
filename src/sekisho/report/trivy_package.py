"""One package in Trivy's words: the version in its parts, the source, the layer, the identifiers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from sekisho.model.package import Package
from sekisho.report import trivy_schema as schema
from sekisho.report.targets import AGGREGATED, Target
from sekisho.report.trivy_identity import package_id
from sekisho.report.trivy_uid import language_uid, system_uid

if TYPE_CHECKING:
    from sekisho.model.purl import Purl

_SPLIT = frozenset({"deb", "rpm"})
"""Package managers whose versions Trivy writes as epoch, version and release; apk's stays whole."""

EPOCH_DIGITS = 9
"""dpkg and rpm keep an epoch in 32 bits; a longer one is no epoch."""
_ANALYZERS = {
    "conan": "conan-lock",
    "gradle": "gradle-lockfile",
    "hex": "mix-lock",
    "pub": "pubspec-lock",
    "sbt": "sbt-lockfile",
}
"""Types whose analyser has another name in Trivy."""


def split_version(version: str) -> tuple[int, str, str]:
    """Epoch, version and release of ``[epoch:]version[-release]``."""
    epoch, colon, rest = version.partition(":")
    if not colon or not epoch.isdecimal() or len(epoch) > EPOCH_DIGITS:
        epoch, rest = "0", version
    upstream, dash, release = rest.rpartition("-")
    return int(epoch), (upstream if dash else rest), (release if dash else "")


class PackageWriter:
    """Writes packages and their identifiers, each once."""

    def __init__(self, layers: Mapping[str, schema.LayerEntry], *, from_sbom: bool = False) -> None:
        self._layers = layers
        self._from_sbom = from_sbom
        self._identifiers: dict[tuple[str, ...], schema.IdentifierEntry] = {}

    def layer(self, diff_id: str) -> schema.LayerEntry | None:
        """The layer as findings and packages name it; None outside images."""
        if not diff_id:
            return None
        return self._layers.get(diff_id) or schema.LayerEntry(DiffID=diff_id)

    def name(self, package: Package, kind: str) -> str:
        """Trivy's PkgID."""
        return package_id(package, kind, from_sbom=self._from_sbom)

    def write_all(self, target: Target, packages: Iterable[Package]) -> list[schema.Package]:
        """The packages of a target in Trivy's order: by relationship, name, version and path."""
        known = list(packages)
        names: dict[str, str] = {}
        for package in known:
            ident = self.name(package, target.kind)
            names[package.name if target.system else package.key] = ident
        entries = [self.write(package, target, names) for package in known]
        return sorted(entries, key=_order)

    def identifier(self, package: Package, target: Target) -> schema.IdentifierEntry:
        """The identifiers of a package that is told about without being listed."""
        found = self._identifiers.get(_key(package))
        return found or self.write(package, target, {}).Identifier

    def write(self, package: Package, target: Target, names: Mapping[str, str]) -> schema.Package:
        """One entry. ``names`` leads from our keys to Trivy's IDs, for the dependencies."""
        entry = schema.Package(
            ID=self.name(package, target.kind),
            Name=package.name,
            Identifier=schema.IdentifierEntry(package.purl, "", package.facts.get("bom-ref", "")),
            Version=package.version,
            Arch=package.arch,
            Dev=package.dev,
            Licenses=package.licenses,
            Indirect=package.relation == "indirect",
            Relationship=package.relation,
            DependsOn=tuple(sorted({names[key] for key in package.depends_on if names.get(key)})),
            FilePath=trivy_path(package.path) if target.kind in AGGREGATED else "",
            Locations=(schema.LocationEntry(*package.lines),) if package.lines else (),
            AnalyzedBy=_ANALYZERS.get(package.found_by, package.found_by),
        )
        if target.system:
            _complete_system_package(entry, package)
        else:
            identity = _identity(package) if self._from_sbom else None
            path = trivy_path(package.path)
            entry.Identifier.UID = language_uid(path, entry, identity)
        entry.Layer = self.layer(package.layer)
        self._identifiers[_key(package)] = entry.Identifier
        return entry


def trivy_path(path: str) -> str:
    """``app.war!/lib/x.jar`` as Trivy writes it: ``app.war/lib/x.jar``."""
    return path.replace("!/", "/")


def _complete_system_package(entry: schema.Package, package: Package) -> None:
    entry.Identifier.UID = system_uid(package.name, package.version, package.arch, package.path)
    entry.SrcName = package.source_name or package.name
    entry.SrcVersion = package.source_version or package.version
    if package.type in _SPLIT:
        entry.Epoch, entry.Version, entry.Release = split_version(package.version)
        entry.SrcEpoch, entry.SrcVersion, entry.SrcRelease = split_version(entry.SrcVersion)
    entry.Maintainer = package.supplier
    entry.Modularitylabel = package.modularity
    if "repository" in package.facts:
        entry.Repository = schema.RepositoryEntry(package.facts["repository"])
    entry.Digest = package.checksums[0] if package.checksums else ""


def _identity(package: Package) -> Purl | None:
    from sekisho.model.purl import parse_purl

    return parse_purl(package.purl) if package.purl else None


def _key(package: Package) -> tuple[str, ...]:
    return package.type, package.name, package.version, package.arch, package.path


_RANKS = {"root": 1, "workspace": 2, "direct": 3, "indirect": 4, "": 5}


def _order(entry: schema.Package) -> tuple[int, str, str, str]:
    return _RANKS[entry.Relationship], entry.Name, entry.Version, entry.FilePath
