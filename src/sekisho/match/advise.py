"""From an inventory to advice: bring the advisory data up to date, then match.

Only what this inventory needs is fetched. When it cannot be had, the findings are those of the data there are, and what
is missing stands in ``undecided``: a gap in the data must never look like a clean result.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from sekisho.advisories.ecosystem import ecosystems_of, known_system
from sekisho.advisories.location import store_directory, store_path
from sekisho.advisories.settings import settings_from
from sekisho.advisories.store import STALE_AFTER, SourceStatus, Store
from sekisho.errors import AdvisoryError, SekishoError
from sekisho.match.find import exempt, find
from sekisho.match.owner import Owners
from sekisho.model.finding import Finding, StoreInfo, Suppressed
from sekisho.model.inventory import Gap, Inventory
from sekisho.net.http import Transport

REFRESH_AFTER = timedelta(hours=24)
"""A scan asks upstream again when what it needs is older than this."""
CLOCK_SKEW = timedelta(hours=1)
"""A store may come from a machine whose clock runs a little ahead; one from further in the future tells no age."""


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """Findings, what stands behind them, and what could not be told."""

    findings: tuple[Finding, ...] = ()
    set_aside: tuple[Suppressed, ...] = ()
    gaps: tuple[Gap, ...] = ()
    store: StoreInfo | None = None
    undecided: tuple[str, ...] = ()


class DataSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where advisory data lie and whether they may be renewed."""

    file: str = ""
    """A store file to use as it is; empty: the one in the cache."""
    cache_dir: str = ""
    mirror: str = ""
    update: bool = True


def advise(
    inventory: Inventory,
    settings: DataSettings,
    transport: Transport,
    now: datetime,
    progress: Callable[[str], None],
    warn: Callable[[str], None],
) -> Advice:
    """Match an inventory.

    Raises AdvisoryError when there are no advisory data and something would have to be looked up in them.
    """
    needed = needed_ecosystems(inventory)
    directory = store_directory(os.environ, settings.cache_dir)
    path = Path(settings.file) if settings.file else store_path(directory)
    if settings.update and not settings.file:
        _renew(directory, path, needed, settings, transport, now, progress, warn)
    if not needed and not settings.file and not path.exists():
        return Advice(gaps=tuple(_uncovered(inventory)), undecided=tuple(_unknown_system(inventory)))
    progress("matching")
    with _opened(path, named=bool(settings.file)) as store:
        found = find(inventory, store)
        needed = needed_ecosystems(inventory, Owners(inventory, store))
        info = store.info(needed, now)
        undecided = [*_unknown_system(inventory), *_missing(info), *_outdated(store, needed, now)]
    return Advice(
        findings=found.findings,
        set_aside=found.set_aside,
        gaps=(*found.gaps, *_uncovered(inventory)),
        store=info,
        undecided=tuple(undecided),
    )


def needed_ecosystems(inventory: Inventory, owners: Owners | None = None) -> tuple[str, ...]:
    """The ecosystems this inventory's packages are looked up in, sorted.

    With ``owners`` only those that a verdict rests on: what the distribution speaks for needs no other data.
    """
    system = inventory.system
    matched = (
        package for package in inventory.packages if not exempt(package) and not (owners and owners.speak_for(package))
    )
    return tuple(sorted({name for package in matched for name in ecosystems_of(package, system)}))


def _opened(path: Path, *, named: bool) -> Store:
    if not named and not path.exists():
        raise AdvisoryError(
            "there are no advisory data on this machine",
            detail="without them nothing can be said about vulnerabilities",
            hint="run `sekisho db update` where there is a network, or `sekisho db import FILE`",
        )
    return Store.open(path)


def _renew(
    directory: Path,
    path: Path,
    needed: tuple[str, ...],
    settings: DataSettings,
    transport: Transport,
    now: datetime,
    progress: Callable[[str], None],
    warn: Callable[[str], None],
) -> None:
    """Fetch what the inventory needs and the store has not, or has only old."""
    scope = _due(path, needed, now)
    if not scope:
        return
    from sekisho.advisories.update import scope_of, update

    def report(source: str, done: int, total: int) -> None:
        progress(f"advisories: {source} ({done + 1} of {total})" if source else "advisories: writing")

    try:
        wished = scope_of(directory, scope)
        result = update(directory, wished, transport, settings_from(os.environ, settings.mirror), now, report)
    except SekishoError as error:
        if not path.exists():
            raise
        warn(f"the advisory data could not be updated: {error.message}")
        return
    failed = result.error()
    if failed is not None:
        warn(failed.message)


def _due(path: Path, needed: tuple[str, ...], now: datetime) -> list[str]:
    from sekisho.advisories.plan import plan

    known = [name for name in needed if _covered(name, now, plan)]
    try:
        store = Store.open(path)
    except AdvisoryError:
        return known
    with store:
        if store.starter:
            return []
        sources = store.status()
        return [name for name in known if not store.holds(name) or _age(sources, name, now) > REFRESH_AFTER]


def _covered(ecosystem: str, now: datetime, plan: Callable[..., object]) -> bool:
    try:
        return bool(plan([ecosystem], (), now))
    except SekishoError:
        return False


def _age(sources: tuple[SourceStatus, ...], ecosystem: str, now: datetime) -> timedelta:
    """How long ago the source that was confirmed first was; a time that is unknown or still to come is long ago."""
    ages = [source.age(now) for source in sources if ecosystem in source.ecosystems]
    return max(
        (timedelta.max if age is None or age < -CLOCK_SKEW else age for age in ages),
        default=timedelta(0),
    )


def _unknown_system(inventory: Inventory) -> list[str]:
    kept = [package for package in inventory.packages if package.is_os]
    if not kept or known_system(inventory.system):
        return []
    name = inventory.system.pretty_name or inventory.system.family if inventory.system else "an unknown distribution"
    return [f"there are no advisories for {name}: its {len(kept)} packages were not checked"]


def _uncovered(inventory: Inventory) -> Iterator[Gap]:
    """Libraries of kinds nobody publishes advisories for: listed, and said not to have been checked."""
    kinds = Counter(p.type for p in inventory.packages if not p.is_os and not ecosystems_of(p, inventory.system))
    for kind, count in sorted(kinds.items()):
        reason = f"there are no advisories for packages of type {kind}: {count} were not checked"
        yield Gap(path="", extractor="match", reason=reason, weight="note")


def _missing(info: StoreInfo) -> list[str]:
    return [f"the advisory data do not cover {name}" for name in info.missing]


def _outdated(store: Store, needed: tuple[str, ...], now: datetime) -> Iterator[str]:
    sources = () if store.starter else store.status()
    for name in needed:
        age = _age(sources, name, now)
        if age == timedelta.max:
            yield f"nobody knows how old the advisory data for {name} are"
        elif age > STALE_AFTER:
            yield f"the advisory data for {name} are older than {STALE_AFTER.days} days"
