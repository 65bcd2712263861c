"""Trivy's JSON report, schema 2: what scripts, dashboards and CI steps already parse.

Field for field, with Go's own habits: two spaces, keys in the order of the types, empty values left out, and ``&``,
``<`` and ``>`` escaped. What only we know stands under ``Sekisho`` at the end.
"""

from __future__ import annotations

import msgspec

from sekisho.model.advisory import Score
from sekisho.model.cvss import base_score
from sekisho.model.finding import Finding, Report, Suppressed
from sekisho.report import trivy_schema as schema
from sekisho.report.image_config import image_config
from sekisho.report.knowledge import knowledge
from sekisho.report.options import RenderOptions
from sekisho.report.targets import AGGREGATED, Target, targets
from sekisho.report.trivy_identity import artifact_id, fingerprint
from sekisho.report.trivy_package import PackageWriter, trivy_path
from sekisho.report.trivy_source import data_source, primary_url, source_id, vendor_ids
from sekisho.sbom.identity import content_uuid

SCHEMA_VERSION = 2
_ESCAPES = ((b"&", rb"\u0026"), (b"<", rb"\u003c"), (b">", rb"\u003e"), ("\u2028".encode(), rb"\u2028"),
            ("\u2029".encode(), rb"\u2029"))  # fmt: skip
"""What Go's encoder escapes so that JSON can stand in HTML; none of it occurs outside strings."""
_VECTORS = {"CVSS_V2": "V2", "CVSS_V3": "V3", "CVSS_V4": "V40"}
_SILENT = frozenset({"severity", "status", "unfixed", "dev", "owned"})
"""Filters that are no judgement about a finding: Trivy does not list what they drop."""
_STATUSES = {"disputed": "not_affected"}
"""Reasons of ours → the word VEX has for them."""
_SBOM_KINDS = frozenset({"cyclonedx", "spdx"})


def render(report: Report, *, options: RenderOptions) -> bytes:
    """The report as Trivy would write it, with a final newline."""
    artifact = report.artifact
    identity = artifact_id(artifact)
    created = options.date or report.created_at
    results = msgspec.json.encode(_ResultWriter(report, options, identity).all())
    document = schema.Document(
        SchemaVersion=SCHEMA_VERSION,
        Trivy=schema.Tool(options.tool_version),
        ReportID=options.report_id or content_uuid(artifact.name.encode(), created.encode(), results),
        CreatedAt=created,
        ArtifactID=identity,
        ArtifactName=artifact.name,
        ArtifactType=artifact.kind,
        Metadata=_metadata(report),
        Results=None if results == b"[]" else msgspec.Raw(results),
        Sekisho=knowledge(report) or None if options.extras else None,
    )
    text = msgspec.json.format(msgspec.json.encode(document), indent=2)
    for character, escaped in _ESCAPES:
        text = text.replace(character, escaped)
    return text + b"\n"


def _metadata(report: Report) -> schema.MetadataEntry | None:
    artifact, commit = report.artifact, report.artifact.commit
    image = artifact.kind == "container_image"
    entry = schema.MetadataEntry(
        Size=sum(layer.uncompressed_size for layer in artifact.layers),
        OS=_system(report),
        ImageID=artifact.image_id,
        DiffIDs=tuple(layer.diff_id for layer in artifact.layers),
        RepoTags=artifact.repo_tags,
        RepoDigests=artifact.repo_digests,
        Reference=artifact.reference,
        ImageConfig=image_config(artifact.config) if image else None,
        Layers=[
            schema.LayerEntry(Size=layer.uncompressed_size, Digest=layer.digest, DiffID=layer.diff_id)
            for layer in artifact.layers
        ]
        or None,
    )
    if commit:
        entry.RepoURL, entry.Branch, entry.Tags = commit.url, commit.branch, commit.tags
        entry.Commit, entry.CommitMsg = commit.commit, commit.message
        entry.Author, entry.Committer = commit.author, commit.committer
    return entry if entry != schema.MetadataEntry() else None


def _system(report: Report) -> schema.OsEntry | None:
    system = report.inventory.system
    if not system:
        return None
    over = bool(system.eol) and system.eol < report.created_at[:10]
    return schema.OsEntry(Family=system.family, Name=system.name, EOSL=over)


class _ResultWriter:
    """Writes the list of results; keeps what many findings share."""

    def __init__(self, report: Report, options: RenderOptions, identity: str) -> None:
        self._report = report
        self._options = options
        self._identity = identity
        layers = {
            layer.diff_id: schema.LayerEntry(Digest=layer.digest, DiffID=layer.diff_id)
            for layer in report.artifact.layers
        }
        self._packages = PackageWriter(layers, from_sbom=report.artifact.kind in _SBOM_KINDS)
        self._cvss: dict[tuple[Score, ...], dict[str, schema.CvssEntry] | None] = {}

    def all(self) -> list[schema.Result]:
        """One result a target, in Trivy's order."""
        return [self._result(target) for target in targets(self._report)]

    def _result(self, target: Target) -> schema.Result:
        options = self._options
        listed: list[schema.Package] = []
        if options.list_all_packages:
            shown = [package for package in target.packages if options.include_dev or not package.dev]
            listed = self._packages.write_all(target, shown)
        found = sorted((self._vulnerability(finding, target) for finding in target.findings), key=_order)
        aside = [
            self._modified(suppressed, target)
            for suppressed in target.suppressed
            if options.show_suppressed and suppressed.kind not in _SILENT
        ]
        return schema.Result(
            Target=target.name,
            Class="os-pkgs" if target.system else "lang-pkgs",
            Type=target.kind,
            Packages=listed or None,
            Vulnerabilities=[entry for _, entry in found] or None,
            ExperimentalModifiedFindings=aside or None,
        )

    def _modified(self, suppressed: Suppressed, target: Target) -> schema.ModifiedFinding:
        _, entry = self._vulnerability(suppressed.finding, target)
        status = _STATUSES.get(suppressed.kind, suppressed.kind)
        return schema.ModifiedFinding("vulnerability", status, suppressed.statement, suppressed.source, entry)

    def _vulnerability(self, finding: Finding, target: Target) -> tuple[int, schema.Vulnerability]:
        package = finding.package
        ident = self._packages.name(package, target.kind)
        best = finding.matches[0] if finding.matches else None
        entry = schema.Vulnerability(
            VulnerabilityID=finding.id,
            VendorIDs=vendor_ids(finding),
            PkgID=ident,
            PkgName=package.name,
            PkgPath=trivy_path(package.path) if target.kind in AGGREGATED else "",
            PkgIdentifier=self._packages.identifier(package, target),
            InstalledVersion=package.version,
            FixedVersion=finding.fixed_version,
            Status="fixed" if finding.fixed_version else finding.state or "affected",
            Layer=self._packages.layer(package.layer),
            SeveritySource=source_id(finding.severity_source, best.advisory if best else ""),
            PrimaryURL=primary_url(finding),
            DataSource=data_source(best) if best else None,
            Fingerprint=fingerprint(self._identity, target.name, ident, finding.id),
            Title=finding.title,
            Description=finding.description,
            Severity=finding.severity.name,
            CweIDs=finding.cwes,
            VendorSeverity=_vendor_severity(finding),
            CVSS=self._scores(finding.scores),
            References=finding.references,
            PublishedDate=finding.published,
            LastModifiedDate=finding.modified,
        )
        return -finding.severity, entry

    def _scores(self, scores: tuple[Score, ...]) -> dict[str, schema.CvssEntry] | None:
        if scores not in self._cvss:
            self._cvss[scores] = _cvss(scores)
        return self._cvss[scores]


def _order(ranked: tuple[int, schema.Vulnerability]) -> tuple[str, str, str, int, str, str]:
    """Package, worst first, name, path: Trivy's order within a target."""
    rank, entry = ranked
    return entry.PkgName, entry.PkgID, entry.InstalledVersion, rank, entry.VulnerabilityID, entry.PkgPath


def _vendor_severity(finding: Finding) -> dict[str, int] | None:
    rated = {source_id(source): int(severity) for source, severity in finding.vendor_severities}
    return dict(sorted(rated.items())) or None


def _cvss(scores: tuple[Score, ...]) -> dict[str, schema.CvssEntry] | None:
    """Vectors and their base scores by source; of two vectors of one kind and source the first counts."""
    by_source: dict[str, schema.CvssEntry] = {}
    for score in scores:
        generation = _VECTORS.get(score.kind)
        if generation is None:
            continue
        entry = by_source.setdefault(source_id(score.source), schema.CvssEntry())
        if not getattr(entry, f"{generation}Vector"):
            setattr(entry, f"{generation}Vector", score.value)
            setattr(entry, f"{generation}Score", _number(base_score(score.value)))
    return dict(sorted(by_source.items())) or None


def _number(score: float) -> float | int:
    """Go writes 10, not 10.0."""
    return int(score) if score.is_integer() else score
