"""The distribution a document speaks of, by the name that an os-release, a purl or Trivy gives it."""

from __future__ import annotations

import re

from sekisho.inventory.os.eol import end_of_life
from sekisho.inventory.os.release import FAMILIES
from sekisho.model.inventory import OperatingSystem

_DISTRO = re.compile(r"(.+?)-(\d.*)\Z", re.DOTALL)
_FLAVOUR = re.compile(r"[-. ]")
"""What parts a distribution's name from its edition: ``opensuse-leap``, ``opensuse.leap``, ``centos-stream``."""
_YEARLY = frozenset({"alpine", "ubuntu", "opensuse-leap", "opensuse.leap"})
"""Distributions whose releases are told apart by the second number, too."""


def operating_system(name: str, version: str, **known: str) -> OperatingSystem:
    """A distribution by the name that an os-release, a purl or Trivy gives it."""
    ident = name.lower()
    family = FAMILIES.get(ident, ident)
    given = {"id": ident, "version_id": version, "eol": end_of_life(family, version)}
    given |= {key: value for key, value in known.items() if value}
    return OperatingSystem(family=family, name=version, **given)


def named_system(namespace: str, distro: str) -> OperatingSystem:
    """The distribution a purl names: apk purls hold the bare release, the others the distribution's name before it."""
    found = _DISTRO.match(distro)
    if found:
        return operating_system(found[1], found[2])
    return operating_system(namespace, distro.removeprefix(f"{namespace}-"))  # a codename, or an apk's bare release


def same_release(one: OperatingSystem, other: OperatingSystem) -> bool:
    """Say whether advisories for the one are those for the other; what is not said in numbers does not differ."""
    if _FLAVOUR.split(one.family)[0] != _FLAVOUR.split(other.family)[0]:
        return False
    if not (one.name[:1].isdigit() and other.name[:1].isdigit()):
        return True
    digits = 2 if one.family in _YEARLY else 1
    return one.name.split(".")[:digits] == other.name.split(".")[:digits]
