"""What the scanning commands share: parse, scan, write the reports, decide the exit code."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from sekisho.cli.configuration import find_configuration, read_configuration, unknown_keys
from sekisho.cli.option import Option, add_options, normalise, resolve
from sekisho.cli.scan_options import ANSWERING, FORMATS, UNUSED
from sekisho.cli.terminal import Voice, standard_voice, wants_colour, width
from sekisho.errors import EXIT_BLOCKED, EXIT_PASS, EXIT_UNDECIDED, Undecided, UsageError
from sekisho.model.finding import Report

_UNITS = {"b": 1, "k": 1 << 10, "kb": 10**3, "m": 1 << 20, "mb": 10**6, "g": 1 << 30, "gb": 10**9, "": 1}
_DURATIONS = {"s": 1.0, "m": 60.0, "h": 3600.0, "ms": 0.001}


class Invocation(msgspec.Struct):
    """One parsed command line: every option's value, the target, and the voice to speak with."""

    values: dict[str, Any]
    given: dict[str, Any]
    """As parsed, positionals among them."""
    target: str
    voice: Voice


def parser_for(command: str, summary: str, options: Sequence[Option], target: str) -> argparse.ArgumentParser:
    """The parser of one command; ``target`` is the positional's name in the help, empty for none."""
    parser = argparse.ArgumentParser(
        prog=f"sekisho {command}",
        description=summary,
        allow_abbrev=False,
        usage=f"sekisho {command} [OPTIONS] {target}",
    )
    if target:
        parser.add_argument("target", nargs="?", default="", help="what to scan", metavar=target)
    add_options(parser, options)
    return parser


def invoke(parser: argparse.ArgumentParser, options: Sequence[Option], arguments: Sequence[str]) -> Invocation:
    """Parse a command line and resolve it against environment and configuration."""
    given = vars(parser.parse_args(normalise(arguments, options)))
    environment = os.environ
    named = str(given.get("config") or environment.get("SEKISHO_CONFIG") or environment.get("TRIVY_CONFIG") or "")
    file = find_configuration(named, Path.cwd())
    configuration = read_configuration(file) if file else {}
    values = resolve(options, given, environment, configuration)
    voice = standard_voice(quiet=values["quiet"], progress=not values["no_progress"])
    for key in unknown_keys(configuration, (option.key for option in options)):
        voice.warning(f"{file}: the key {key} is not known here and changes nothing")
    _refuse_unanswered(values)
    _note_unused(given, voice)
    return Invocation(values, given, str(given.get("target") or environment.get("SCAN_IMAGE") or ""), voice)


def _refuse_unanswered(values: Mapping[str, Any]) -> None:
    if "scanners" not in values:
        return
    for option in ANSWERING:
        if values.get(option.attribute):
            raise UsageError(
                f"--{option.name} is not supported in this version, and leaving it out would change the answer",
                hint="remove the option, or the configuration key",
            )
    unknown = set(values["scanners"]) - {"vuln", "none"}
    if unknown and "vuln" not in values["scanners"]:
        raise UsageError(f"no such scanner in this version: {', '.join(sorted(unknown))}", hint="known: vuln")


def _note_unused(given: Mapping[str, Any], voice: Voice) -> None:
    named = [f"--{option.name}" for option in UNUSED if option.attribute in given]
    if named:
        voice.note(f"note: {', '.join(named)}: understood, without effect here")


def settings_of(invocation: Invocation, view: str) -> Any:
    """The scan's settings from the values of its options."""
    from sekisho.scan import ScanSettings
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
        scanners=values["scanners"],
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
        max_image_size=_bytes(values.get("max_image_size") or ""),
        progress=invocation.voice.progress,
        warn=invocation.voice.warning,
    )


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


def _bytes(text: str) -> int:
    number = text.strip().lower().rstrip("bkmgi").strip()
    unit = text.strip().lower()[len(number) :].strip().replace("i", "")
    try:
        return int(float(number) * _UNITS[unit]) if text else 0
    except (ValueError, KeyError):
        raise UsageError(f"not a size: {text!r}", hint="write it as 500MB or 10GB") from None


def seconds(text: str) -> float:
    """Read Go's way of writing durations: ``90s``, ``5m``, ``1h30m``."""
    import re

    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|[smh])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text.strip():
        raise UsageError(f"not a duration: {text!r}", hint="write it as 90s, 5m or 1h30m")
    return sum(float(number) * _DURATIONS[unit] for number, unit in parts)


@contextmanager
def time_limit(text: str) -> Iterator[None]:
    """Raise Undecided when the work takes longer than the user allows."""
    limit = seconds(text)

    def expired(_signal: int, _frame: object) -> None:
        raise Undecided(f"the scan took longer than {text}", hint="allow more with --timeout")

    before = signal.signal(signal.SIGALRM, expired)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def outputs_of(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Pairs of format and file; an empty file is standard output."""
    pairs: list[tuple[str, str]] = []
    for entry in values["output"]:
        name, equals, file = entry.partition("=")
        pairs.append((name, file) if equals and name in FORMATS else (values["format"], entry))
    pairs = pairs or [(values["format"], "")]
    for name, _ in pairs:
        if name not in FORMATS:
            raise UsageError(f"no such format: {name}", hint=f"known formats: {', '.join(FORMATS)}")
    return pairs


def deliver(report: Report, invocation: Invocation) -> int:
    """Write every asked-for report and return the exit code."""
    values = invocation.values
    invocation.voice.clear()
    for name, file in outputs_of(values):
        body = _rendered(report, name, values, to_file=bool(file))
        if file:
            Path(file).write_bytes(body)
        else:
            sys.stdout.buffer.write(body)
            sys.stdout.flush()
    _say_gaps(report, invocation.voice, values)
    return exit_code(report, values)


def _rendered(report: Report, name: str, values: Mapping[str, Any], *, to_file: bool) -> bytes:
    from sekisho.model.severity import parse_severities
    from sekisho.report.catalogue import render
    from sekisho.report.options import RenderOptions

    colour = not to_file and wants_colour(sys.stdout, os.environ, values["color"])
    options: dict[str, Any] = {
        "width": width(sys.stdout, os.environ),
        "colour": colour,
        "links": colour and sys.stdout.isatty(),
        "list_all_packages": values["list_all_pkgs"],
        "show_suppressed": values["show_suppressed"],
    }
    if values["severity"]:
        options["severities"] = parse_severities(",".join(values["severity"]))
    return render(name, report, RenderOptions(**options))


def _say_gaps(report: Report, voice: Voice, values: Mapping[str, Any]) -> None:
    if values["format"] == "table" and not values["output"]:
        return
    for reason in report.undecided:
        voice.warning(f"could not tell: {reason}")


def exit_code(report: Report, values: Mapping[str, Any]) -> int:
    """The verdict: asked-for thresholds first, then whether the answer is complete."""
    system = report.inventory.system
    if values["exit_on_eol"] and system and system.eol and system.eol < report.created_at[:10]:
        return int(values["exit_on_eol"])
    if values["exit_code"] and report.findings:
        return int(values["exit_code"])
    return EXIT_UNDECIDED if report.undecided else EXIT_PASS


def scan_command(command: str, summary: str, options: Sequence[Option], target: str, argv: Sequence[str]) -> int:
    """Run one of the scanning commands; its name is also how it takes its target."""
    parser = parser_for(command, summary, options, target)
    invocation = invoke(parser, options, argv)
    values = invocation.values
    if values["download_db_only"]:
        from sekisho.cli.db import update_default

        return update_default(invocation)
    path = values.get("input") or ""
    if not path and not invocation.target:
        parser.print_usage(sys.stderr)
        raise UsageError("nothing to scan was named", hint="name a target, use --input FILE, or set SCAN_IMAGE")
    outputs_of(values)
    from sekisho.scan import run
    from sekisho.source.target import parse_target, path_target

    with time_limit(values["timeout"]):
        wanted = path_target(path) if path else parse_target(invocation.target)
        report = run(wanted, settings_of(invocation, command))
    return deliver(report, invocation)


__all__ = ["EXIT_BLOCKED", "deliver", "exit_code", "invoke", "parser_for", "scan_command", "settings_of"]
