"""From an inventory to advice: bring the advisory data up to date, then match.

Only what this inventory needs is fetched. When it cannot be had, the findings are those of the data there are, and what
is missing stands in ``undecided``: a gap in the data must never look like a clean result.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from sekisho.advisories.ecosystem import ecosystems_of, known_system
from sekisho.advisories.location import store_directory, store_path
from sekisho.advisories.settings import settings_from
from sekisho.advisories.store import STALE_AFTER, SourceStatus, Store
from sekisho.errors import AdvisoryError, SekishoError
from sekisho.match.find import find
from sekisho.model.finding import Finding, StoreInfo, Suppressed
from sekisho.model.inventory import Gap, Inventory
from sekisho.net.http import Transport

REFRESH_AFTER = timedelta(hours=24)
"""A scan asks upstream again when what it needs is older than this."""


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """Findings, what stands behind them, and what could not be told."""

    findings: tuple[Finding, ...] = ()
    disputed: tuple[Suppressed, ...] = ()
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
    """Match an inventory. Raises AdvisoryError when there are no advisory data at all."""
    needed = needed_ecosystems(inventory)
    directory = store_directory(os.environ, settings.cache_dir)
    path = Path(settings.file) if settings.file else store_path(directory)
    if settings.update and not settings.file:
        _renew(directory, path, needed, settings, transport, now, progress, warn)
    progress("matching")
    with _opened(path) as store:
        found = find(inventory, store)
        info = store.info(needed, now)
        undecided = [*_unknown_system(inventory), *_missing(info), *_outdated(store, needed, now)]
    return Advice(
        findings=found.findings,
        disputed=found.disputed,
        gaps=found.gaps,
        store=info,
        undecided=tuple(undecided),
    )


def needed_ecosystems(inventory: Inventory) -> tuple[str, ...]:
    """The ecosystems this inventory's packages are looked up in, sorted."""
    system = inventory.system
    return tuple(sorted({name for package in inventory.packages for name in ecosystems_of(package, system)}))


def _opened(path: Path) -> Store:
    if not path.exists():
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
        return [name for name in known if not store.holds(name) or _older(sources, name, now, REFRESH_AFTER)]


def _covered(ecosystem: str, now: datetime, plan: Callable[..., object]) -> bool:
    try:
        return bool(plan([ecosystem], (), now))
    except SekishoError:
        return False


def _older(sources: tuple[SourceStatus, ...], ecosystem: str, now: datetime, limit: timedelta) -> bool:
    ages = [source.age(now) for source in sources if ecosystem in source.ecosystems]
    return any(age is None or age > limit for age in ages)


def _unknown_system(inventory: Inventory) -> list[str]:
    kept = [package for package in inventory.packages if package.is_os]
    if not kept or known_system(inventory.system):
        return []
    name = inventory.system.pretty_name or inventory.system.family if inventory.system else "an unknown distribution"
    return [f"there are no advisories for {name}: its {len(kept)} packages were not checked"]


def _missing(info: StoreInfo) -> list[str]:
    return [f"the advisory data do not cover {name}" for name in info.missing]


def _outdated(store: Store, needed: tuple[str, ...], now: datetime) -> list[str]:
    if store.starter:
        return []
    sources = store.status()
    days = STALE_AFTER.days
    return [
        f"the advisory data for {name} are older than {days} days"
        for name in needed
        if _older(sources, name, now, STALE_AFTER)
    ]
