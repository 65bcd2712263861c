"""Trivy's JSON report, schema 2, as types: a field's place here is its place in the file, a default is left out.

The names are Trivy's own, so that this file can be read beside https://trivy.dev/docs/latest/guide/configuration/reporting/.
"""

from __future__ import annotations

from typing import Any

import msgspec


class LayerEntry(msgspec.Struct, omit_defaults=True, kw_only=True):
    """Where in the image something comes from; ``Size`` in the list of layers only."""

    Size: int = 0
    Digest: str = ""
    DiffID: str = ""


class IdentifierEntry(msgspec.Struct, omit_defaults=True):
    """The names of one package at one place."""

    PURL: str = ""
    UID: str = ""
    BOMRef: str = ""


class LocationEntry(msgspec.Struct, omit_defaults=True):
    """Lines of a lock file, counted from 1."""

    StartLine: int = 0
    EndLine: int = 0


class RepositoryEntry(msgspec.Struct, omit_defaults=True, frozen=True):
    """Whose package repository it came from: ``third-party`` for a vendor's own."""

    Class: str = ""


class Package(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One package, its version in parts where the package manager thinks in parts."""

    ID: str = ""
    Name: str = ""
    Identifier: IdentifierEntry
    Version: str = ""
    Release: str = ""
    Epoch: int = 0
    Arch: str = ""
    Dev: bool = False
    SrcName: str = ""
    SrcVersion: str = ""
    SrcRelease: str = ""
    SrcEpoch: int = 0
    Licenses: tuple[str, ...] = ()
    Maintainer: str = ""
    Modularitylabel: str = ""
    Repository: RepositoryEntry | None = None
    Indirect: bool = False
    Relationship: str = ""
    DependsOn: tuple[str, ...] = ()
    Layer: LayerEntry | None = None
    FilePath: str = ""
    Digest: str = ""
    Locations: tuple[LocationEntry, ...] = ()
    AnalyzedBy: str = ""


class DataSourceEntry(msgspec.Struct, omit_defaults=True, frozen=True):
    """Whose advisory it is."""

    ID: str = ""
    Name: str = ""
    URL: str = ""


class CvssEntry(msgspec.Struct, omit_defaults=True):
    """One source's vectors and base scores."""

    V2Vector: str = ""
    V3Vector: str = ""
    V40Vector: str = ""
    V2Score: float | int = 0
    V3Score: float | int = 0
    V40Score: float | int = 0


class Vulnerability(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One finding."""

    VulnerabilityID: str
    VendorIDs: tuple[str, ...] = ()
    PkgID: str = ""
    PkgName: str = ""
    PkgPath: str = ""
    PkgIdentifier: IdentifierEntry
    InstalledVersion: str = ""
    FixedVersion: str = ""
    Status: str = ""
    Layer: LayerEntry | None = None
    SeveritySource: str = ""
    PrimaryURL: str = ""
    DataSource: DataSourceEntry | None = None
    Fingerprint: str = ""
    Title: str = ""
    Description: str = ""
    Severity: str = ""
    CweIDs: tuple[str, ...] = ()
    VendorSeverity: dict[str, int] | None = None
    CVSS: dict[str, CvssEntry] | None = None
    References: tuple[str, ...] = ()
    PublishedDate: str = ""
    LastModifiedDate: str = ""


class ModifiedFinding(msgspec.Struct):
    """A finding that somebody set aside (``--show-suppressed``)."""

    Type: str
    Status: str
    Statement: str
    Source: str
    Finding: Vulnerability


class Result(msgspec.Struct, omit_defaults=True, kw_only=True):
    """All that one target holds: the operating system, a lock file, a binary, or all packages of one installed kind."""

    Target: str
    Class: str = ""
    Type: str = ""
    Packages: list[Package] | None = None
    Vulnerabilities: list[Vulnerability] | None = None
    ExperimentalModifiedFindings: list[ModifiedFinding] | None = None


class OsEntry(msgspec.Struct, omit_defaults=True, kw_only=True):
    """The distribution; both names are written even when empty."""

    Family: str
    Name: str
    EOSL: bool = False


class MetadataEntry(msgspec.Struct, omit_defaults=True, kw_only=True):
    """What is known about the artifact itself."""

    Size: int = 0
    OS: OsEntry | None = None
    ImageID: str = ""
    DiffIDs: tuple[str, ...] = ()
    RepoTags: tuple[str, ...] = ()
    RepoDigests: tuple[str, ...] = ()
    Reference: str = ""
    ImageConfig: dict[str, Any] | None = None
    Layers: list[LayerEntry] | None = None
    RepoURL: str = ""
    Branch: str = ""
    Tags: tuple[str, ...] = ()
    Commit: str = ""
    CommitMsg: str = ""
    Author: str = ""
    Committer: str = ""


class Tool(msgspec.Struct):
    """The scanner's version, under the key where Trivy puts its own."""

    Version: str


class Document(msgspec.Struct, omit_defaults=True, kw_only=True):
    """The whole file. ``Sekisho`` is ours; Trivy's readers pass over it."""

    SchemaVersion: int
    Trivy: Tool
    ReportID: str = ""
    CreatedAt: str = ""
    ArtifactID: str = ""
    ArtifactName: str = ""
    ArtifactType: str = ""
    Metadata: MetadataEntry | None = None
    Results: msgspec.Raw | None = None
    Sekisho: dict[str, Any] | None = None
