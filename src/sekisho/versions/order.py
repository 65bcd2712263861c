"""Which order an ecosystem uses, found by the name OSV gives it or by its purl type.

An order is its key function: versions compare as their keys do. A version that has no place in an order (``(devel)``
of a Go binary) raises CorruptInput, and the caller must then say that it could not tell.
Names: https://ossf.github.io/osv-schema/#defined-ecosystems
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache, lru_cache
from typing import TypeAlias

import msgspec

from sekisho.errors import BoundExceeded

Key: TypeAlias = str
"""See :mod:`sekisho.versions.sort_key`; comparable with keys of the same order only."""
KeyOf: TypeAlias = Callable[[str], Key]

MAX_VERSION = 1024
"""Characters. The longest version in OSV's dumps is under 200, and every order takes time in proportion."""
REMEMBERED_KEYS = 16_384
"""Keys kept per order: bounds of advisories repeat a lot; about 300 bytes each."""


def comparison(key: KeyOf) -> Callable[[str, str], int]:
    """Make the comparing function of an order: negative, zero or positive, as the first is older, equal or newer."""

    def compare(a: str, b: str) -> int:
        left, right = key(a), key(b)
        return (left > right) - (left < right)

    return compare


class Order(msgspec.Struct, frozen=True):
    """The order of one ecosystem."""

    name: str
    """deb, rpm, apk, semver, pep440, … — what an explanation calls it."""
    key: KeyOf
    """The sort key of a version, remembered; raises CorruptInput when the version has no place in the order."""
    public: Callable[[str], str]
    """The version without the part a bound may leave out: PEP 440's local segment, rpm's release, …"""

    def compare(self, a: str, b: str) -> int:
        """Say whether ``a`` is older (negative), the same (zero) or newer (positive) than ``b``."""
        left, right = self.key(a), self.key(b)
        return (left > right) - (left < right)

    def against(self, version: str, bound: str) -> Key:
        """The key of ``version`` to hold against ``bound``: of its public part, unless the bound names the rest too."""
        if self.public is str or self.public(bound) != bound:
            return self.key(version)
        return self.key(self.public(version))

    def same(self, version: str, named: str) -> bool:
        """Say whether an advisory that names ``named`` means ``version``."""
        return version == named or self.against(version, named) == self.key(named)


@cache
def order_named(name: str) -> Order:
    """The order of a module of this package, by the module's name.

    Where what the ecosystem calls a release is less than its versions tell apart, the module's ``release_key`` decides.
    """
    module = importlib.import_module(f"sekisho.versions.{name}")
    key = getattr(module, "release_key", module.key)
    return Order(name, _remembering(key), getattr(module, "public", str))


@lru_cache(maxsize=256)
def order_of(ecosystem: str) -> Order:
    """The order of an OSV ecosystem, with or without suffix (``Debian:12``); ``generic`` when it is not known."""
    for base in ecosystem.casefold().split(":"):
        if base not in REPACKAGERS:
            return order_named(ECOSYSTEMS.get(base.strip(), "generic"))
    return order_named("generic")


@lru_cache(maxsize=256)
def order_of_type(purl_type: str) -> Order:
    """The order of a purl type (``deb``, ``golang``, ``pypi``); ``generic`` when it is not known."""
    return order_named(TYPES.get(purl_type.lower(), "generic"))


def _remembering(key: KeyOf) -> KeyOf:
    @lru_cache(maxsize=REMEMBERED_KEYS)
    def bounded(version: str) -> Key:
        if len(version) > MAX_VERSION:
            raise BoundExceeded(f"a version of {len(version)} characters: {version[:40]!r}…")
        return key(version)

    return bounded


REPACKAGERS = frozenset({"root", "tuxcare"})
"""Vendors whose ecosystem names another one behind the colon: ``Root:Alpine:3.18``."""

_BY_ORDER = {
    "deb": ("Debian", "Ubuntu", "Echo", "Linux Mint", "opam"),
    "rpm": (
        "AlmaLinux",
        "Amazon Linux",
        "Azure Linux",
        "CentOS",
        "Fedora",
        "Mageia",
        "openEuler",
        "openSUSE",
        "Oracle Linux",
        "Photon OS",
        "Red Hat",
        "Rocky Linux",
        "SUSE",
    ),
    "apk": ("Alpaquita", "Alpine", "BellSoft Hardened Containers", "Chainguard", "CleanStart", "MinimOS", "Wolfi"),
    "alpm": ("Arch Linux",),
    "portage": ("Gentoo",),
    "golang": ("Go",),
    "pep440": ("PyPI",),
    "npm": ("npm",),
    "semver": ("crates.io", "Hex", "SwiftURL", "GitHub Actions", "Julia", "VSCode", "Kubernetes"),
    "maven": ("Maven",),
    "gem": ("RubyGems",),
    "packagist": ("Packagist",),
    "nuget": ("NuGet",),
    "pub": ("Pub",),
    "dotted": ("CRAN", "Bioconductor", "Hackage", "GHC"),
    "conan": ("ConanCenter",),
    "bitnami": ("Bitnami",),
}
ECOSYSTEMS = {name.casefold(): order for order, names in _BY_ORDER.items() for name in names}
"""OSV's word, case folded → name of the order."""

TYPES = {
    "alpm": "alpm",
    "apk": "apk",
    "bioconductor": "dotted",
    "bitnami": "bitnami",
    "cargo": "semver",
    "cocoapods": "gem",
    "composer": "packagist",
    "conan": "conan",
    "cran": "dotted",
    "deb": "deb",
    "ebuild": "portage",
    "gem": "gem",
    "githubactions": "semver",
    "golang": "golang",
    "hackage": "dotted",
    "hex": "semver",
    "julia": "semver",
    "maven": "maven",
    "npm": "npm",
    "nuget": "nuget",
    "opam": "deb",
    "otp": "semver",
    "portage": "portage",
    "pub": "pub",
    "pypi": "pep440",
    "rpm": "rpm",
    "swift": "semver",
    "vscode-extension": "semver",
}
"""purl type → name of the order."""
