"""Packages as a bill of materials lists them: one component a purl, however many places hold it."""

from __future__ import annotations

from collections.abc import Iterable

from sekisho.model.package import Package


class Component:
    """What has one identity, and every place it was found in."""

    __slots__ = ("package", "places", "ref")

    def __init__(self, ref: str, package: Package) -> None:
        self.ref = ref
        """The purl, or for what has none a name like it."""
        self.package = package
        """The first find: its licences, supplier and so on stand for all."""
        self.places: list[Package] = [package]

    @property
    def licenses(self) -> tuple[str, ...]:
        """What any of the places declares, in order of appearance."""
        if len(self.places) == 1:
            return self.package.licenses
        return tuple(dict.fromkeys(licence for place in self.places for licence in place.licenses))

    @property
    def dev(self) -> bool:
        """Needed for development only, in every place."""
        return all(place.dev for place in self.places)


def component_ref(package: Package) -> str:
    """The identity that documents use for a package."""
    return package.purl or f"{package.type}:{package.name}@{package.version}"


def components(packages: Iterable[Package]) -> list[Component]:
    """Every distinct component, in the inventory's order."""
    found: dict[str, Component] = {}
    for package in packages:
        ref = component_ref(package)
        known = found.get(ref)
        if known is None:
            found[ref] = Component(ref, package)
        else:
            known.places.append(package)
    return list(found.values())


def edges(packages: Iterable[Package]) -> dict[str, list[str]]:
    """Who depends on whom, by ref, sorted. Keys are looked up at the same path, those of a system by name."""
    known = [(package, component_ref(package)) for package in packages]
    targets: dict[tuple[str, str], str] = {}
    for package, ref in known:
        targets[_scope(package), package.name if package.is_os else package.key] = ref
    found: dict[str, set[str]] = {}
    for package, ref in known:
        scope = _scope(package)
        for key in package.depends_on:
            target = targets.get((scope, key))
            if target and target != ref:
                found.setdefault(ref, set()).add(target)
    return {ref: sorted(found[ref]) for ref in sorted(found)}


def top(packages: Iterable[Package]) -> list[str]:
    """Refs of what the artifact asks for itself: everything that no lock file calls indirect, sorted."""
    return sorted({component_ref(package) for package in packages if package.relation != "indirect"})


def _scope(package: Package) -> str:
    return package.type if package.is_os else package.path
