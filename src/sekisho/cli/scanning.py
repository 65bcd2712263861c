"""What the scanning commands share: parse, scan, write the reports, decide the exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from sekisho.cli.configuration import find_configuration, read_configuration, unknown_keys
from sekisho.cli.deadline import time_limit
from sekisho.cli.delivery import date_of_output, deliver, only_bills, outputs_of
from sekisho.cli.option import Option, Parser, add_options, normalise, resolve
from sekisho.cli.quantity import byte_count
from sekisho.cli.scan_options import ANSWERING, KEYS, UNUSED
from sekisho.cli.terminal import Voice, standard_voice
from sekisho.errors import UsageError
from sekisho.model.severity import parse_severities

if TYPE_CHECKING:
    from sekisho.source.target import Target

KNOWN_SCANNERS = frozenset({"vuln", "none"})
MAX_EXIT_CODE = 255
"""Beyond it the system keeps the low eight bits: 256 would say 0."""


class Invocation(msgspec.Struct):
    """One parsed command line: every option's value, the target, and the voice to speak with."""

    values: dict[str, Any]
    given: dict[str, Any]
    """As parsed, positionals among them."""
    voice: Voice


def parser_for(command: str, summary: str, options: Sequence[Option], target: str) -> Parser:
    """The parser of one command; ``target`` is the positional's name in the help, empty for none."""
    parser = Parser(command=command, description=summary, usage=f"sekisho {command} [OPTIONS] {target}")
    if target:
        parser.add_argument("target", nargs="?", default="", help="what to scan", metavar=target)
    add_options(parser, options)
    return parser


def invoke(parser: Parser, options: Sequence[Option], arguments: Sequence[str]) -> Invocation:
    """Parse a command line and resolve it against environment and configuration."""
    # Intermixed: `explain ID --offline TARGET` and `db import --force FILE` are command lines, too.
    given = vars(parser.parse_intermixed_args(normalise(arguments, options)))
    environment = os.environ
    named = str(given.get("config") or environment.get("SEKISHO_CONFIG") or environment.get("TRIVY_CONFIG") or "")
    file = find_configuration(named, Path.cwd())
    configuration = read_configuration(file) if file else {}
    values = resolve(options, given, environment, configuration)
    voice = standard_voice(quiet=values["quiet"], progress=not values["no_progress"])
    if values["debug"]:
        os.environ["SEKISHO_DEBUG"] = "1"
    for key in unknown_keys(configuration, KEYS):
        voice.warning(f"{file}: the key {key} is not known here and changes nothing")
    _refuse(values)
    _note_unused(given, voice)
    return Invocation(values, given, voice)


def _refuse(values: Mapping[str, Any]) -> None:
    for name in ("exit_code", "exit_on_eol"):
        if not 0 <= values.get(name, 0) <= MAX_EXIT_CODE:
            raise UsageError(f"an exit code is between 0 and {MAX_EXIT_CODE}, not {values[name]}")
    for option in ANSWERING:
        if values.get(option.attribute):
            raise UsageError(
                f"--{option.name} is not supported in this version, and leaving it out would change the answer",
                hint="remove the option, or the configuration key",
            )
    asked = set(values.get("scanners", ()))
    unknown = ", ".join(sorted(asked - KNOWN_SCANNERS))
    if unknown and "vuln" not in asked:
        raise UsageError(f"no such scanner in this version: {unknown}", hint="known: vuln")


def _note_unused(given: Mapping[str, Any], voice: Voice) -> None:
    named = [f"--{option.name}" for option in UNUSED if option.attribute in given]
    if named:
        voice.note(f"note: {', '.join(named)}: understood, without effect here")


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


__all__ = ["Invocation", "deliver", "invoke", "parser_for", "scan_command", "settings_of", "target_of"]
