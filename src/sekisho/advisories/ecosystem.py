"""Under which names the store keeps a package: ecosystems in OSV's words, names as each ecosystem compares them.

A language package belongs to one ecosystem whatever image it lies in; a distribution package belongs to one *release*
of its distribution (``Debian:12``), because the same upstream version is mended differently in each.
Source: https://ossf.github.io/osv-schema/#defined-ecosystems
"""

from __future__ import annotations

import re

from sekisho.model.inventory import OperatingSystem
from sekisho.model.package import Package
from sekisho.versions.order import order_of

LANGUAGES = {
    "golang": "Go",
    "pypi": "PyPI",
    "npm": "npm",
    "maven": "Maven",
    "cargo": "crates.io",
    "gem": "RubyGems",
    "composer": "Packagist",
    "nuget": "NuGet",
    "pub": "Pub",
    "hex": "Hex",
    "conan": "ConanCenter",
    "swift": "SwiftURL",
    "cran": "CRAN",
    "hackage": "Hackage",
    "julia": "Julia",
    "opam": "opam",
    "bitnami": "Bitnami",
    "githubactions": "GitHub Actions",
}
"""purl type → ecosystem, for everything that is matched without regard to the distribution."""
_BASES = frozenset(LANGUAGES.values()) | {"GHC", "OSS-Fuzz", "Bioconductor", "Kubernetes", "Linux", "Android", "VSCode"}
"""Ecosystems whose suffix names a registry (``Maven:https://…``) or a product line, not another order of versions."""
SECDB_SYSTEMS = {"wolfi": "Wolfi", "chainguard": "Chainguard"}

_PEP503 = re.compile(r"[-_.]+")
_MAJOR = re.compile(r"\d+")
_ALPINE = re.compile(r"v?(\d+\.\d+)")
_UBUNTU = re.compile(r"(\d+)\.(\d\d)")
_LOWER = frozenset({"Packagist", "NuGet", "GitHub Actions", "Pub", "Hex", "Bitnami", "ConanCenter"})
_DEBIAN = {
    "wheezy": "7",
    "jessie": "8",
    "stretch": "9",
    "buster": "10",
    "bullseye": "11",
    "bookworm": "12",
    "trixie": "13",
    "forky": "14",
    "duke": "15",
    "sid": "sid",
}
"""Codename → the release's number as os-release's VERSION_ID will have it; unstable has none."""
_RHEL = frozenset({"redhat", "rhel", "centos", "alma", "almalinux"})
"""Rebuilds that share package versions with AlmaLinux, through whose errata they are matched."""
_OSV_SYSTEMS = {
    "rocky": "Rocky Linux:{major}",
    "rockylinux": "Rocky Linux:{major}",
    "azurelinux": "Azure Linux:{major}",
    "azure": "Azure Linux:{major}",
    "photon": "Photon OS:{name}",
    "mageia": "Mageia:{major}",
    "openeuler": "openEuler:{name}",
    "minimos": "MinimOS",
    "echo": "Echo",
    "opensuse-leap": "openSUSE:Leap {name}",
    "opensuse.leap": "openSUSE:Leap {name}",
    "opensuse-tumbleweed": "openSUSE:Tumbleweed",
    "opensuse.tumbleweed": "openSUSE:Tumbleweed",
} | SECDB_SYSTEMS
"""Trivy's word for a distribution → OSV's, where one word and the release are all there is to it."""
_PACKAGE_MANAGER = {"deb", "rpm", "apk"}


def store_name(ecosystem: str, name: str) -> str:
    """The name as the store keys it: spelled so that two names of one package are equal, and otherwise untouched."""
    base = ecosystem.partition(":")[0]
    if base == "PyPI":
        return _PEP503.sub("-", name).lower()
    if base == "SwiftURL":
        return name.removeprefix("https://").removesuffix(".git").lower()
    return name.lower() if base in _LOWER else name


def store_ecosystem(ecosystem: str) -> str:
    """The ecosystem as the store keys it: with its release for a distribution, without its registry for a language."""
    base = ecosystem.partition(":")[0]
    return base if base in _BASES else ecosystem


def ecosystems_of(package: Package, system: OperatingSystem | None) -> tuple[str, ...]:
    """Where a package is looked up; empty when nobody publishes advisories for it that the store could hold."""
    if package.type in _PACKAGE_MANAGER:
        ecosystem = system_ecosystem(system)
        # An apk in a Debian image is no Debian package, whatever its name.
        return (ecosystem,) if ecosystem and order_of(ecosystem).name == package.type else ()
    ecosystem = LANGUAGES.get(package.type, "")
    return (ecosystem,) if ecosystem else ()


def lookups(package: Package, system: OperatingSystem | None) -> tuple[tuple[str, str], ...]:
    """The (ecosystem, name) pairs to ask the store for: source packages for deb and apk, binary packages for rpm.

    Wolfi and its kin name either the origin or the package itself, so both are asked for.
    """
    names = [package.name]
    if package.type in {"deb", "apk"} and package.source_name:
        names = [package.source_name]
    found: dict[tuple[str, str], None] = {}
    for ecosystem in ecosystems_of(package, system):
        if package.type == "apk" and not ecosystem.startswith("Alpine:"):
            names = [*names, package.name]
        for name in names:
            found[ecosystem, store_name(ecosystem, name)] = None
    return tuple(found)


def known_system(system: OperatingSystem | None) -> bool:
    """Say whether there are advisories for this distribution at all; without them its packages cannot be judged."""
    return bool(system_ecosystem(system))


def system_ecosystem(system: OperatingSystem | None) -> str:
    """OSV's word for a release of a distribution: ``Debian:12``, ``Ubuntu:22.04:LTS``; empty when there is none."""
    if system is None:
        return ""
    family, name = system.family.lower(), system.name or system.version_id
    if family == "debian":
        return _debian(name, system.codename)
    if family == "ubuntu":
        return _ubuntu(name)
    if family == "alpine":
        return _alpine(name)
    if family in _RHEL:
        return _with_major("AlmaLinux:{major}", name)
    if family in {"alpaquita", "bellsoft"}:
        return _bellsoft(system, name)
    return _with_major(_OSV_SYSTEMS.get(family, ""), name)


def debian_release(codename: str) -> str:
    """The number of a Debian release (``12`` for ``bookworm``), ``sid`` for unstable, empty when unknown."""
    return _DEBIAN.get(codename, "")


def _debian(name: str, codename: str) -> str:
    major = _MAJOR.match(name)
    release = major[0] if major else _DEBIAN.get(codename) or _DEBIAN.get(name.partition("/")[0])
    return f"Debian:{release}" if release else ""


def _ubuntu(name: str) -> str:
    release = _UBUNTU.match(name)
    if not release:
        return ""
    long_term = int(release[1]) % 2 == 0 and release[2] == "04"
    return f"Ubuntu:{release[0]}{':LTS' if long_term else ''}"


def _alpine(name: str) -> str:
    if "edge" in name or "_alpha" in name:
        return "Alpine:edge"
    release = _ALPINE.match(name)
    return f"Alpine:v{release[1]}" if release else ""


def _bellsoft(system: OperatingSystem, name: str) -> str:
    hardened = "hardened" in f"{system.id} {system.pretty_name}".lower()
    major = _MAJOR.match(name)
    return f"{'BellSoft Hardened Containers' if hardened else 'Alpaquita'}:{major[0] if major else 'stream'}"


def _with_major(pattern: str, name: str) -> str:
    major = _MAJOR.match(name)
    if "{" in pattern and not major:
        return ""
    return pattern.format(major=major[0] if major else "", name=name)
