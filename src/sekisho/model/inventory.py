"""What is inside an artifact: packages, the operating system, and what could not be read.

The inventory is the one value between reading and judging: matching, SBOM writing and policy all start from it, and it
is a pure function of the artifact's content and the extractor set.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from sekisho.model.package import Package

Weight = Literal["incomplete", "note"]


class OperatingSystem(msgspec.Struct, frozen=True, kw_only=True):
    """The distribution, from os-release and its older relatives."""

    family: str
    """Trivy's word: alpine debian ubuntu redhat centos rocky alma oracle fedora amazon photon azurelinux wolfi …"""
    name: str = ""
    """The release as advisories key it: ``3.19.1``, ``12.8``, ``9.4``, ``22.04``."""
    pretty_name: str = ""
    id: str = ""
    """ID of os-release."""
    version_id: str = ""
    codename: str = ""
    eol: str = ""
    """Day the vendor's free support ends, ``YYYY-MM-DD``; empty when unknown."""
    path: str = ""
    cpe: str = ""


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was there and could not be read.

    ``incomplete`` gaps make the inventory partial, so no verdict of "clean" may rest on it (exit 3). ``note`` gaps are
    files that are not what their name says, such as the broken package.json that npm packages ship as test data.
    """

    path: str
    extractor: str
    reason: str
    weight: Weight = "incomplete"
    layer: str = ""


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """Everything found in one artifact, in a stable order (type, name, version, path)."""

    packages: tuple[Package, ...] = ()
    system: OperatingSystem | None = None
    gaps: tuple[Gap, ...] = ()

    @property
    def complete(self) -> bool:
        """Say whether nothing that matters was left unread."""
        return not any(gap.weight == "incomplete" for gap in self.gaps)
