"""Language packages that came with an operating-system package: who speaks for them?

The distribution does, where its advisories know the owning package at all: a finding in the package's own ecosystem
would tell the same thing twice, or contradict a repair the distribution has ported back, and is set aside with that
reason. Where they have never named the owner (a package built in-house, a release without data), nobody has looked,
and the finding counts.
"""

from __future__ import annotations

from sekisho.advisories.ecosystem import lookups
from sekisho.advisories.store import Store
from sekisho.model.inventory import Inventory
from sekisho.model.package import Package


class Owners:
    """The operating-system packages of an inventory that its distribution's advisories know."""

    def __init__(self, inventory: Inventory, store: Store) -> None:
        named = {package.owned_by for package in inventory.packages if package.owned_by}
        pairs = {
            package.key: lookups(package, inventory.system)
            for package in inventory.packages
            if package.is_os and package.key in named
        }
        known = store.candidates(pair for wanted in pairs.values() for pair in wanted)
        self._known = frozenset(key for key, wanted in pairs.items() if any(pair in known for pair in wanted))

    def speak_for(self, package: Package) -> bool:
        """Say whether the distribution's advisories speak for this package through its owner."""
        return package.owned_by in self._known


def spoken_for(package: Package) -> str:
    """The reason to set a finding of such a package aside."""
    return f"it belongs to {package.owned_by}, for which the distribution's advisories speak"
