"""The names by which Trivy's readers tell artifacts, packages and findings apart, computed as Trivy does."""

from __future__ import annotations

from hashlib import sha256

from sekisho.errors import SekishoError
from sekisho.model.artifact import Artifact
from sekisho.model.package import Package
from sekisho.model.reference import parse_reference

WITHOUT_ID = frozenset({"python-pkg", "gemspec", "jar", "conda-pkg", "conda-environment", "pip", "pipenv"})
"""Types for which Trivy knows no ID of a package: the path tells them apart."""
_SEPARATORS = {
    "conan": "/",
    "dotnet-core": "/",
    "jar": ":",
    "pom": ":",
    "gradle": ":",
    "sbt": ":",
}
_GO = frozenset({"gomod", "gobinary"})


def package_id(package: Package, kind: str, *, from_sbom: bool = False) -> str:
    """Trivy's PkgID: ``name@version`` with each ecosystem's own separator; empty for kinds that have none."""
    if package.type == "rpm":
        return f"{package.name}@{package.version.rpartition(':')[2]}.{package.arch}"
    if not from_sbom and kind in WITHOUT_ID:
        return ""
    if not package.version:
        return package.name
    if kind in _GO and not package.version.startswith("v"):
        return f"{package.name}@v{package.version}"
    return f"{package.name}{_SEPARATORS.get(kind, '@')}{package.version}"


def artifact_id(artifact: Artifact) -> str:
    """Trivy's ArtifactID: the image within its repository, or the commit of a repository; empty for a file system."""
    if artifact.kind == "container_image" and artifact.image_id:
        context = _context(artifact.reference)
        return _digest(f"{artifact.image_id}:{context}") if context else artifact.image_id
    if artifact.commit and artifact.commit.commit:
        return _digest(f"{artifact.commit.url or artifact.name}@{artifact.commit.commit}")
    return ""


def fingerprint(artifact: str, target: str, package: str, vulnerability: str) -> str:
    """Trivy's Fingerprint of a finding: the same in every later scan of the same artifact."""
    return _digest(f"{artifact}:{target}:{package}:{vulnerability}")


def _context(reference: str) -> str:
    """Registry and repository; what is no reference stands for itself."""
    if not reference:
        return ""
    try:
        return parse_reference(reference).context
    except SekishoError:
        return reference


def _digest(text: str) -> str:
    return "sha256:" + sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
