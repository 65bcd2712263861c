"""What the scanning commands share: parse, scan, write the reports, decide the exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sekisho.cli.deadline import time_limit
from sekisho.cli.delivery import date_of_output, deliver, only_bills, outputs_of
from sekisho.cli.invocation import KNOWN_SCANNERS, Invocation, invoke, parser_for
from sekisho.cli.option import Option
from sekisho.cli.quantity import byte_count
from sekisho.cli.terminal import Voice
from sekisho.errors import UsageError
from sekisho.model.severity import parse_severities

if TYPE_CHECKING:
    from sekisho.source.target import Target


def settings_of(invocation: Invocation, view: str) -> Any:
    """The scan's settings from the values of its options."""
    from sekisho.pipeline import ScanSettings
    from sekisho.source.registry import RegistrySettings

    values = invocation.values
    registry = RegistrySettings(**_registry(values))
    direct = {
        name: values[name]
        for name in (
            "severity", "ignore_unfixed", "ignore_status", "pkg_types", "pkg_relationships", "include_dev_deps",
            "skip_dirs", "skip_files", "allow_partial", "offline", "skip_db_update", "insecure",
        )
    }  # fmt: skip
    return ScanSettings(
        view=view,  # type: ignore[arg-type]
        **direct,
        ignore_files=_ignore_files(values["ignorefile"]),
        distro=values["distro"] or "",
        scanners=_scanners(values, invocation.voice),
        platform=values.get("platform") or "",
        mirror=values["mirror"] or "",
        db=values["db"] or "",
        cache_dir=values["cache_dir"] or "",
        layer_cache=values["cache_backend"] != "memory",
        image_sources=tuple(values.get("image_src") or ("docker", "podman", "remote")),
        sockets={engine: values[f"{engine}_host"] for engine in ("docker", "podman") if values.get(f"{engine}_host")},
        registry=registry,
        ca_file=values.get("cacert") or "",
        branch=values.get("branch") or "",
        tag=values.get("tag") or "",
        commit=values.get("commit") or "",
        max_image_size=byte_count(values["max_image_size"]) if values.get("max_image_size") else 0,
        progress=invocation.voice.progress,
        warn=invocation.voice.warning,
    )


def _scanners(values: Mapping[str, Any], voice: Voice) -> tuple[str, ...]:
    """Bills of materials alone need no advisories, unless a verdict is asked for as well (Trivy's way)."""
    if values["severity"]:
        parse_severities(",".join(values["severity"]))  # before the work, not after it
    asked: tuple[str, ...] = values["scanners"]
    if unknown := ", ".join(sorted(set(asked) - KNOWN_SCANNERS)):
        voice.warning(f"this version does not scan for: {unknown}")
    if not asked and not values["exit_code"] and only_bills(outputs_of(values)):
        voice.note("note: a bill of materials lists packages; --scanners vuln adds their vulnerabilities")
        return ()
    return asked or ("vuln",)


def _registry(values: Mapping[str, Any]) -> dict[str, Any]:
    password = ",".join(values.get("password") or ())
    if values.get("password_stdin"):
        password = sys.stdin.readline().rstrip("\n")
    mirrors: dict[str, tuple[str, ...]] = {}
    for pair in values.get("registry_mirror") or ():
        host, equals, mirror = pair.partition("=")
        if not equals:
            raise UsageError(f"--registry-mirror: HOST=MIRROR is expected, not {pair!r}")
        mirrors[host] = (*mirrors.get(host, ()), mirror)
    return {
        "username": ",".join(values.get("username") or ()),
        "password": password,
        "token": values.get("registry_token") or "",
        "insecure": bool(values.get("insecure")),
        "mirrors": mirrors,
    }


def _ignore_files(named: str | None) -> tuple[str, ...]:
    from sekisho.triage.ignore_file import DEFAULT_NAMES

    if named:
        if not Path(named).is_file():
            # Trivy's default name may be absent; a file somebody named may not.
            if named in DEFAULT_NAMES:
                return ()
            raise UsageError(f"no such ignore file: {named}")
        return (named,)
    return tuple(name for name in DEFAULT_NAMES if Path(name).is_file())


def target_of(invocation: Invocation) -> Target:
    """What to look at: the target typed, or ``--input``, or SCAN_IMAGE; raises UsageError for none and for two."""
    from sekisho.source.target import parse_target, path_target

    values, given = invocation.values, invocation.given
    path, typed = values.get("input") or "", str(given.get("target") or "")
    if typed and "input" in given:
        raise UsageError(f"two things to scan: --input {path} and {typed}", hint="name one of them")
    if typed:
        return parse_target(typed)
    if path:
        return path_target(path)
    named = os.environ.get("SCAN_IMAGE", "") if "input" in values else ""
    if not named:
        ways = ", use --input FILE, or set SCAN_IMAGE" if "input" in values else ""
        raise UsageError("nothing to scan was named", hint=f"name a target{ways}")
    return parse_target(named)


def scan_command(command: str, summary: str, options: Sequence[Option], target: str, argv: Sequence[str]) -> int:
    """Run one of the scanning commands; its name is also how it takes its target."""
    invocation = invoke(parser_for(command, summary, options, target), options, argv)
    if invocation.values["download_db_only"]:
        from sekisho.cli.db import update_default

        return update_default(invocation)
    date_of_output(os.environ)
    from sekisho.pipeline import run

    with time_limit(invocation.values["timeout"]):
        report = run(target_of(invocation), settings_of(invocation, command))
    return deliver(report, invocation)
