"""Layers, each with its own finds → one inventory, as a container would see the files.

A path shows the finds of the highest layer that has it, unless a layer above hides it: by a file at the same path or
at one of its parents, by a whiteout, or by an opaque directory. A package's own layer is the lowest one from which on
it was there without a break, so that rewriting a package database does not claim all of its packages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from sekisho.inventory.layer import LayerInventory
from sekisho.inventory.os.release import choose_system
from sekisho.model.inventory import Gap, Inventory, OperatingSystem
from sekisho.model.package import OS_TYPES, OwnedPaths, Package
from sekisho.model.purl import package_purl

Skip = Callable[[str], bool]


class _Cover:
    """The union of what some layers hide below themselves."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._whiteouts: set[str] = set()
        self._opaque: set[str] = set()

    def add(self, layer: LayerInventory) -> None:
        if layer.files:
            self._files.update(layer.files.split("\0"))
        self._whiteouts.update(layer.whiteouts)
        self._opaque.update(layer.opaque)

    def hides(self, path: str) -> bool:
        if path in self._files or path in self._whiteouts or "" in self._opaque:
            return True
        at = path.rfind("/")
        while at > 0:
            parent = path[:at]
            if parent in self._files or parent in self._whiteouts or parent in self._opaque:
                return True
            at = path.rfind("/", 0, at)
        return False


def merge_layers(layers: Sequence[LayerInventory], skip: Skip = lambda _: False) -> Inventory:
    """The visible inventory of an image, base layer first."""
    cover = _Cover()
    packages: list[Package] = []
    owned: list[OwnedPaths] = []
    systems: list[OperatingSystem] = []
    gaps: list[Gap] = []
    origin = _Origin(layers)
    for at in range(len(layers) - 1, -1, -1):
        layer = layers[at]

        def visible(path: str) -> bool:
            file = path.partition("!/")[0]
            return not cover.hides(file) and not skip(file)

        packages += [origin.placed(package, at) for package in layer.packages if visible(package.path)]
        owned += [entry.owned for entry in layer.owned if visible(entry.path)]
        systems += [system for system in layer.systems if visible(system.path)]
        gaps += [msgspec.structs.replace(gap, layer=layer.layer.diff_id) for gap in layer.gaps if visible(gap.path)]
        if at:
            cover.add(layer)
    return assemble(packages, owned, systems, gaps)


def assemble(
    packages: Iterable[Package],
    owned: Iterable[OwnedPaths],
    systems: Iterable[OperatingSystem],
    gaps: Iterable[Gap],
) -> Inventory:
    """Give every package its purl and its owner, drop exact repetitions, and put all in a stable order."""
    packages = list(packages)
    system = choose_system(systems)
    names = _owner_names(packages)
    owners = {path: name for entry in owned if (name := names.get(entry.package)) for path in entry.paths}
    unique: dict[tuple[str, ...], Package] = {}
    for package in packages:
        identified = msgspec.structs.replace(
            package, purl=package_purl(package, system), owned_by=_owner(package, owners)
        )
        unique.setdefault((package.type, package.name, package.version, package.path, package.arch), identified)
    ordered = sorted(unique.values(), key=lambda p: (p.type not in OS_TYPES, p.type, p.name, p.version, p.path, p.arch))
    return Inventory(
        packages=tuple(ordered),
        system=system,
        gaps=tuple(sorted(gaps, key=lambda gap: (gap.path, gap.extractor, gap.reason))),
    )


def _owner_names(packages: Iterable[Package]) -> dict[str, str]:
    """File list's name (``libc6`` or ``libc6:amd64``) → ``name@version`` of the distribution's package.

    A vendor's own repository (Docker's, NVIDIA's) publishes no advisories: what its packages brought is judged by
    itself, so they own nothing here.
    """
    names: dict[str, str] = {}
    for package in packages:
        if package.type in OS_TYPES and package.facts.get("repository") != "third-party":
            names[package.name] = package.key
            names[f"{package.name}:{package.arch}"] = package.key
    return names


def _owner(package: Package, owners: dict[str, str]) -> str:
    if not owners or package.type in OS_TYPES:
        return ""
    path = package.path.partition("!/")[0]
    # Debian's lists keep the names from before /lib became a link to /usr/lib.
    return owners.get(path) or owners.get(path.removeprefix("usr/"), "")


class _Origin:
    """Finds the layer a package came with."""

    def __init__(self, layers: Sequence[LayerInventory]) -> None:
        self._layers = layers
        self._keys: list[dict[str, set[tuple[str, str, str]]]] = []
        for layer in layers:
            by_path: dict[str, set[tuple[str, str, str]]] = {}
            for package in layer.packages:
                by_path.setdefault(package.path, set()).add((package.name, package.version, package.arch))
            self._keys.append(by_path)

    def placed(self, package: Package, at: int) -> Package:
        key = (package.name, package.version, package.arch)
        found = at
        for below in range(at - 1, -1, -1):
            keys = self._keys[below].get(package.path)
            if keys is None:
                continue
            if key not in keys:
                break
            found = below
        layer = self._layers[found].layer
        return msgspec.structs.replace(package, layer=layer.diff_id, base=layer.base)
