"""The whole road in one function: open → inventory → match → triage → report.

>>> import sekisho
>>> report = sekisho.scan("oci:./image", severity="CRITICAL,HIGH")  # doctest: +SKIP
>>> [finding.id for finding in report.findings]                     # doctest: +SKIP
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from sekisho.advisories.location import cache_directory
from sekisho.errors import BoundExceeded, NotFound, UsageError
from sekisho.formats.limits import MAX_JSON_DOCUMENT
from sekisho.inventory.cache import LayerCache
from sekisho.inventory.take import Taken, take_inventory
from sekisho.match.advise import Advice, DataSettings, advise
from sekisho.model.artifact import Artifact, Kind
from sekisho.model.finding import Report
from sekisho.model.inventory import Inventory, OperatingSystem
from sekisho.model.package import Package
from sekisho.model.platform import parse_platform
from sekisho.model.severity import Severity, parse_severities
from sekisho.net.http import Transport, open_transport
from sekisho.source.open import OpenSettings, open_target
from sekisho.source.registry import RegistrySettings
from sekisho.source.skip import skip_paths
from sekisho.source.target import Target, parse_target
from sekisho.triage.ignore_file import read_ignore_file
from sekisho.triage.sift import Sieve, Sifted, sift

View = Literal["", "image", "fs", "rootfs", "repo", "sbom"]


def _silence(_: str) -> None:
    return None


class ScanSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a scan can be told. Texts and lists of words are taken as the command line takes them."""

    view: View = ""
    """What to take the target for; empty: what it looks like."""
    severity: str | tuple[str, ...] = ()
    ignore_unfixed: bool = False
    ignore_status: tuple[str, ...] = ()
    ignore_files: tuple[str, ...] = ()
    pkg_types: tuple[str, ...] = ("os", "library")
    pkg_relationships: tuple[str, ...] = ()
    include_dev_deps: bool = False
    skip_dirs: tuple[str, ...] = ()
    skip_files: tuple[str, ...] = ()
    distro: str = ""
    scanners: tuple[str, ...] = ("vuln",)
    platform: str = ""
    allow_partial: bool = False
    offline: bool = False
    skip_db_update: bool = False
    mirror: str = ""
    db: str = ""
    cache_dir: str = ""
    layer_cache: bool = True
    image_sources: tuple[str, ...] = ("docker", "podman", "remote")
    sockets: dict[str, str] = {}
    registry: RegistrySettings = RegistrySettings()
    insecure: bool = False
    ca_file: str = ""
    branch: str = ""
    tag: str = ""
    commit: str = ""
    max_image_size: int = 0
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    transport: Transport | None = None
    progress: Callable[[str], None] = _silence
    warn: Callable[[str], None] = _silence


_LISTS = frozenset(
    {
        *("severity", "ignore_status", "ignore_files", "pkg_types", "pkg_relationships"),
        *("skip_dirs", "skip_files", "scanners", "image_sources"),
    }
)


def scan(target: str, **options: Any) -> Report:
    """Scan one target and report on it.

    ``target`` is written as on the command line: a registry reference, a path, or either with a transport in front.
    ``options`` are the fields of :class:`ScanSettings`. Raises :class:`~sekisho.errors.SekishoError`; findings are not
    errors, and what could not be known stands in ``Report.undecided``.
    """
    try:
        settings = ScanSettings(**{name: _words(name, value) for name, value in options.items()})
    except TypeError as error:
        raise UsageError(f"scan(): {error}") from None
    return run(parse_target(target), settings)


def _words(name: str, value: Any) -> Any:
    """Lists of words may be given as one text with commas, as on the command line."""
    if name in _LISTS and isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    return tuple(value) if name in _LISTS else value


def run(target: Target, settings: ScanSettings) -> Report:
    """The pipeline, for a parsed target."""
    started = time.monotonic()
    now = settings.clock()
    rules = tuple(rule for file in settings.ignore_files for rule in read_ignore_file(Path(file)))
    with _transport(settings) as transport:
        taken = take(target, settings, transport)
        advice = _advice(taken.inventory, settings, transport, now)
    if "vuln" in settings.scanners:
        advice = msgspec.structs.replace(advice, undecided=(*_unread(taken, settings), *advice.undecided))
    sifted = sift(advice.findings, sieve_of(settings, rules), now.date())
    for remark in sifted.remarks:
        settings.warn(remark)
    return _report(taken, advice, sifted, now, time.monotonic() - started)


@contextlib.contextmanager
def _transport(settings: ScanSettings) -> Iterator[Transport]:
    """The transport that was handed in, or one of our own, closed afterwards."""
    if settings.transport is not None:
        yield settings.transport
        return
    own = open_transport(offline=settings.offline, insecure=settings.insecure, ca_file=settings.ca_file)
    try:
        yield own
    finally:
        own.close()


def _advice(inventory: Inventory, settings: ScanSettings, transport: Transport, now: datetime) -> Advice:
    if "vuln" not in settings.scanners:
        return Advice()
    data = DataSettings(
        file=settings.db,
        cache_dir=settings.cache_dir,
        mirror=settings.mirror,
        update=not (settings.skip_db_update or settings.offline),
    )
    return advise(inventory, data, transport, now, settings.progress, settings.warn)


def take(target: Target, settings: ScanSettings, transport: Transport) -> Taken:
    """Open the target and take its inventory."""
    if target.transport == "sbom" or settings.view == "sbom":
        read = _read_sbom(target)
        return Taken(read.artifact, _narrow(read.inventory, settings))
    target = _viewed(target, settings.view)
    skip = skip_paths(settings.skip_dirs, settings.skip_files)
    opened = open_target(target, open_settings(target, settings, transport))
    directory = cache_directory(os.environ, settings.cache_dir) / "layers" if settings.layer_cache else None
    cache = LayerCache(directory)
    try:
        taken = take_inventory(
            opened,
            cache,
            post_build=settings.view not in ("fs", "repo"),
            allow_partial=settings.allow_partial,
            max_size=settings.max_image_size,
            skip=skip,
            progress=settings.progress,
        )
    finally:
        opened.close()
    if cache.problem:
        settings.warn(cache.problem)
    return Taken(taken.artifact, _narrow(taken.inventory, settings))


def open_settings(target: Target, settings: ScanSettings, transport: Transport) -> OpenSettings:
    """What opening needs to know, from what the scan was told."""
    kind: Kind = "repository" if settings.view == "repo" else "filesystem"
    return OpenSettings(
        transport=transport,
        platform=parse_platform(settings.platform) if settings.platform else None,
        registry=settings.registry,
        image_sources=("remote",) if target.transport == "registry" else settings.image_sources,
        sockets=settings.sockets,
        offline=settings.offline,
        kind=kind,
        skip=skip_paths(settings.skip_dirs, (), source_tree=settings.view in ("fs", "repo")),
        branch=settings.branch,
        tag=settings.tag,
        commit=settings.commit,
    )


def sieve_of(settings: ScanSettings, rules: tuple[Any, ...]) -> Sieve:
    """The sieve the settings describe."""
    severity = settings.severity if isinstance(settings.severity, str) else ",".join(settings.severity)
    states = set(settings.ignore_status)
    if settings.ignore_unfixed:
        from sekisho.triage.sift import UNFIXED

        states |= UNFIXED
    return Sieve(
        severities=parse_severities(severity) if severity else frozenset(Severity),
        ignored_states=frozenset(states),
        rules=rules,
        include_dev=settings.include_dev_deps,
    )


def _viewed(target: Target, view: View) -> Target:
    if view == "repo":
        return msgspec.structs.replace(target, transport="git", name=target.name or target.text)
    if view in ("fs", "rootfs") and target.transport in ("any", "oci"):
        return msgspec.structs.replace(target, transport="dir", path=target.path or target.text)
    return target


def _read_sbom(target: Target) -> Taken:
    from sekisho.sbom.read import read_sbom

    path = Path(target.path or target.name)
    try:
        if path.stat().st_size > MAX_JSON_DOCUMENT:
            raise BoundExceeded(f"{path} is larger than {MAX_JSON_DOCUMENT:,} bytes")
        kind, inventory, _ = read_sbom(path.read_bytes())
    except OSError as error:
        raise NotFound(f"cannot read {path}: {error.strerror}") from None
    return Taken(Artifact(name=target.text, kind=kind), inventory)


def _narrow(inventory: Inventory, settings: ScanSettings) -> Inventory:
    """Leave out the packages the user did not ask for."""

    def asked(package: Package) -> bool:
        if ("os" if package.is_os else "library") not in settings.pkg_types:
            return False
        if package.dev and not settings.include_dev_deps:
            return False
        return not settings.pkg_relationships or (package.relation or "unknown") in settings.pkg_relationships

    packages = tuple(package for package in inventory.packages if asked(package))
    system = inventory.system
    if settings.distro:
        family, _, name = settings.distro.partition("/")
        system = OperatingSystem(family=family, name=name, id=family, version_id=name)
    return msgspec.structs.replace(inventory, packages=packages, system=system)


def _unread(taken: Taken, settings: ScanSettings) -> list[str]:
    """Why an image, root file system or bill of materials in which nothing was recognised is not a clean one."""
    inventory = taken.inventory
    if settings.view in ("fs", "repo") or taken.artifact.kind == "repository":
        return []
    if "os" not in settings.pkg_types or settings.pkg_relationships or not inventory.complete:
        return []
    if any(package.is_os for package in inventory.packages):
        return []
    if inventory.system is not None and not settings.distro:
        name = inventory.system.pretty_name or inventory.system.family
        return [f"this is {name}, but it has no package database that can be read: its packages were not checked"]
    return [] if inventory.packages else ["no packages were found, so nothing was checked"]


def _report(taken: Taken, advice: Advice, sifted: Sifted, now: datetime, elapsed: float) -> Report:
    incomplete = [gap for gap in taken.inventory.gaps if gap.weight == "incomplete"]
    undecided = [f"{gap.path or gap.extractor}: {gap.reason}" for gap in incomplete]
    inventory = msgspec.structs.replace(taken.inventory, gaps=(*taken.inventory.gaps, *advice.gaps))
    return Report(
        artifact=taken.artifact,
        inventory=inventory,
        findings=sifted.kept,
        suppressed=(*sifted.suppressed, *advice.set_aside),
        store=advice.store,
        created_at=now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        elapsed=elapsed,
        undecided=(*undecided, *advice.undecided),
    )
