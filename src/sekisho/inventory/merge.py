"""Layers, each with its own finds → one inventory, as a container would see the files.

A path shows the finds of the highest layer that has it, unless a layer above hides it: by a file at the same path or
at one of its parents, by a whiteout, or by an opaque directory. A package's own layer is the lowest one from which on
it was there without a break, so that rewriting a package database does not claim all of its packages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from sekisho.inventory.cover import Cover
from sekisho.inventory.layer import LayerInventory, path_of
from sekisho.inventory.os.release import choose_system
from sekisho.model.inventory import Gap, Inventory, OperatingSystem
from sekisho.model.package import OS_TYPES, OwnedPaths, Package
from sekisho.model.purl import package_purl

FHS_TYPES = frozenset({"apk", "deb"})
"""Types whose distributions keep to the Filesystem Hierarchy Standard; Red Hat's software collections lie in opt."""
LOCAL_PLACES = ("opt/", "usr/local/", "srv/", "home/")
"""What the standard keeps free of the distribution: https://refspecs.linuxfoundation.org/FHS_3.0/fhs/ch04s09.html"""

Skip = Callable[[str], bool]


def merge_layers(layers: Sequence[LayerInventory], skip: Skip = lambda _: False) -> Inventory:
    """The visible inventory of an image, base layer first."""
    cover = Cover()
    packages: list[Package] = []
    owned: list[OwnedPaths] = []
    systems: list[OperatingSystem] = []
    gaps: list[Gap] = []
    origin = _Origin(layers)
    for at in range(len(layers) - 1, -1, -1):
        layer = layers[at]

        def visible(path: str) -> bool:
            file = path_of(path)
            return not cover.hides(file) and not skip(file)

        packages += [
            origin.placed(found, at) for package in layer.packages for found in _shown(package, layer, visible)
        ]
        owned += [entry.owned for entry in layer.owned if visible(entry.path)]
        systems += [system for system in layer.systems if visible(system.path)]
        gaps += [msgspec.structs.replace(gap, layer=layer.layer.diff_id) for gap in layer.gaps if visible(gap.path)]
        if at:
            cover.add(layer)
    return assemble(packages, owned, systems, gaps, [layer.layer.diff_id for layer in layers])


def _shown(package: Package, layer: LayerInventory, visible: Callable[[str], bool]) -> tuple[Package, ...]:
    """The package where it can be seen: at its path, else at another name of the same file, else nowhere."""
    if visible(package.path):
        return (package,)
    file = path_of(package.path)
    for link in layer.links.get(file, ()):
        if visible(link):
            return (msgspec.structs.replace(package, path=link + package.path.removeprefix(file)),)
    return ()


def assemble(
    packages: Iterable[Package],
    owned: Iterable[OwnedPaths],
    systems: Iterable[OperatingSystem],
    gaps: Iterable[Gap],
    layers: Sequence[str] = (),
) -> Inventory:
    """Give every package its purl and its owner, drop exact repetitions, and put all in a stable order.

    ``layers`` are the diffIDs from the base upwards, as far as the packages come from layers.
    """
    packages = list(packages)
    system = choose_system(systems)
    owners = _Owners(packages, owned, layers)
    unique: dict[tuple[str, ...], Package] = {}
    for package in packages:
        identified = msgspec.structs.replace(
            package, purl=package_purl(package, system), owned_by=owners.owner_of(package)
        )
        unique.setdefault((package.type, package.name, package.version, package.path, package.arch), identified)
    ordered = sorted(unique.values(), key=lambda p: (p.type not in OS_TYPES, p.type, p.name, p.version, p.path, p.arch))
    return Inventory(
        packages=tuple(ordered),
        system=system,
        gaps=tuple(sorted(gaps, key=lambda gap: (gap.path, gap.extractor, gap.reason))),
    )


class _Owners:
    """Which distribution's package brought the file a package was found in.

    What is owned is not matched by itself, so ownership is never assumed: a vendor's own repository (Docker's,
    NVIDIA's) publishes no advisories; no distribution installs below ``opt`` or ``usr/local``, but a company's own
    packages do; and a file that a later layer brought has replaced the one the package installed.
    """

    def __init__(self, packages: Iterable[Package], owned: Iterable[OwnedPaths], layers: Sequence[str]) -> None:
        self._heights = {diff_id: height for height, diff_id in enumerate(layers)}
        names: dict[str, Package] = {}
        """By what the file lists are called: ``libc6`` or ``libc6:amd64``."""
        for package in packages:
            if package.type in OS_TYPES and package.facts.get("repository") != "third-party":
                names[package.name] = names[f"{package.name}:{package.arch}"] = package
        self._by_path = {
            path: owner
            for entry in owned
            if (owner := names.get(entry.package))
            for path in entry.paths
            if owner.type not in FHS_TYPES or not path.startswith(LOCAL_PLACES)
        }

    def owner_of(self, package: Package) -> str:
        """``name@version`` of the owner; empty when there is none."""
        if not self._by_path or package.type in OS_TYPES:
            return ""
        path = path_of(package.path)
        # Debian's lists keep the names from before /lib became a link to /usr/lib.
        owner = self._by_path.get(path) or self._by_path.get(path.removeprefix("usr/"))
        if owner is None or self._height(package) > self._height(owner):
            return ""
        return owner.key

    def _height(self, package: Package) -> int:
        return self._heights.get(package.layer, 0)


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
