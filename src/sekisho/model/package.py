"""A package found in an artifact, and the evidence for it.

A package is what an ecosystem versions and an advisory names. The same name and version found in two places is two
packages here: each has its own path and its own layer; writers merge them where a format wants one.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Relation = Literal["", "root", "workspace", "direct", "indirect"]
OS_TYPES = frozenset({"apk", "deb", "rpm", "alpm", "portage"})
"""Types kept by an operating system's package manager: matched by distribution, not by ecosystem."""


class Package(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One package at one path."""

    type: str
    """The purl type: apk deb rpm golang pypi npm maven cargo gem composer nuget conan conda hex pub swift cocoapods
    …"""
    name: str
    """The full name in the ecosystem's own writing: ``golang.org/x/net``, ``@babel/core``, ``org.slf4j:slf4j-api``."""
    version: str = ""
    """The full version as the ecosystem compares it (deb and rpm: ``[epoch:]version-release``); empty when unknown."""
    found_by: str = ""
    """The extractor, in Trivy's words for it: dpkg, apk, gobinary, gomod, node-pkg, npm, python-pkg, jar, …"""
    path: str = ""
    """Where it was read, from the artifact's root without a leading slash; ``outer.jar!/inner.jar`` for nested
    archives."""
    layer: str = ""
    """diffID of the layer that brought it; empty outside images. Set by the merge, not by extractors."""
    purl: str = ""
    """Package URL. Set by the merge, which knows the distribution; not by extractors."""

    arch: str = ""
    source_name: str = ""
    """Distribution packages: the source (deb), origin (apk) or source rpm's name; empty when the same as ``name``."""
    source_version: str = ""
    """Version of the source package, when it differs from ``version``."""
    modularity: str = ""
    """rpm's MODULARITYLABEL, ``name:stream:version:context``."""
    licenses: tuple[str, ...] = ()
    """As declared, one expression or name each; not normalised."""
    supplier: str = ""
    """Maintainer, vendor or author as declared."""
    homepage: str = ""
    description: str = ""
    checksums: tuple[str, ...] = ()
    """``algorithm:value`` as the ecosystem writes it: ``sha512:…`` hex, ``h1:…`` for Go."""
    relation: Relation = ""
    dev: bool = False
    """Needed for development only; left out of findings unless asked for."""
    depends_on: tuple[str, ...] = ()
    """Keys (see :attr:`key`) of packages at the same path, or for distributions plain package names."""
    lines: tuple[int, int] | None = None
    """First and last line of the entry in its lock file, counted from 1."""
    evidence: tuple[str, ...] = ()
    """Further paths that support the find (RECORD, copyright, md5sums)."""
    facts: dict[str, str] = {}
    """Ecosystem facts that no other field carries, e.g. ``build.GOOS``, ``replaces``, ``goversion``."""
    owned_by: str = ""
    """``name@version`` of the OS package whose file list holds this path; such a package is listed, not matched
    again."""
    base: bool = False
    """True when it came with the base image rather than with the application's own layers."""

    @property
    def key(self) -> str:
        """``name@version``: unique among the packages at one path."""
        return f"{self.name}@{self.version}"

    @property
    def is_os(self) -> bool:
        """Say whether an operating system's package manager keeps it."""
        return self.type in OS_TYPES


class OwnedPaths(msgspec.Struct, frozen=True):
    """The paths an operating-system package installed (from its file list), as ``usr/bin/x`` without leading slash."""

    package: str
    """``name`` or ``name:arch`` as the package manager's own list is called."""
    paths: list[str]
