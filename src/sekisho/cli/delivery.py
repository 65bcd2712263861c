"""What becomes of a report: which formats go where, and which exit code it is.

``SOURCE_DATE_EPOCH`` dates what is written, so that equal input gives equal bytes. It never dates the judgement: the
age of advisories, exceptions and distributions is told by the clock.
Source: https://reproducible-builds.org/specs/source-date-epoch/
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sekisho.cli.terminal import abandon, wants_colour, width
from sekisho.errors import EXIT_PASS, EXIT_UNDECIDED, Undecided, UsageError

if TYPE_CHECKING:
    from sekisho.cli.invocation import Invocation
    from sekisho.model.finding import Report

Output = tuple[str, str]
"""A format and a file; an empty file is standard output."""
_FORMAT_WORD = re.compile(r"[a-z][a-z0-9-]*")
_LATEST = 253402300799
"""The last second of the year 9999, where RFC 3339 ends."""


def outputs_of(values: Mapping[str, Any]) -> tuple[Output, ...]:
    """Every output asked for; raises UsageError for a format nobody knows."""
    from sekisho.report.catalogue import format_named

    default = format_named(values["format"]).name
    pairs = (_output(entry, default) for entry in values["output"])
    return tuple((format_named(name).name, file) for name, file in pairs) or ((default, ""),)


def _output(entry: str, default: str) -> Output:
    # A word before "=" is a format, known or mistyped; a file whose name has one is written as ./a=b.
    word, equals, file = entry.partition("=")
    name, file = (word, file) if equals and _FORMAT_WORD.fullmatch(word) else (default, entry)
    return name, "" if file == "-" else file


def only_bills(outputs: Iterable[Output]) -> bool:
    """Say whether nothing but bills of materials is asked for: they need no advisories."""
    from sekisho.report.catalogue import format_named

    return all(format_named(name).lists_packages for name, _ in outputs)


def date_of_output(environment: Mapping[str, str]) -> str:
    """The date to write into reports, from SOURCE_DATE_EPOCH; empty when it is not set. Raises UsageError."""
    from datetime import UTC, datetime

    text = environment.get("SOURCE_DATE_EPOCH", "").strip()
    if not text:
        return ""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_LATEST)) and int(text) <= _LATEST):
        raise UsageError(f"SOURCE_DATE_EPOCH: seconds since 1970 are expected, not {text!r}")
    return datetime.fromtimestamp(int(text), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def deliver(report: Report, invocation: Invocation) -> int:
    """Write every asked-for report and return the exit code."""
    import msgspec

    values, voice, outputs = invocation.values, invocation.voice, outputs_of(invocation.values)
    code = exit_code(report, values)
    date = date_of_output(os.environ)
    if date:
        report = msgspec.structs.replace(report, elapsed=0.0)
    voice.clear()
    for name, file in outputs:
        body = _rendered(report, name, values, date, to_file=bool(file))
        if file:
            _write(body, file)
        else:
            _print(body)
    if ("table", "") not in outputs:
        for reason in report.undecided:
            voice.warning(f"could not tell: {reason}")
    return code


def exit_code(report: Report, values: Mapping[str, Any]) -> int:
    """The verdict: asked-for thresholds first, then whether the answer is complete."""
    system = report.inventory.system
    if values["exit_on_eol"] and system and system.eol and system.eol < report.created_at[:10]:
        return int(values["exit_on_eol"])
    if values["exit_code"] and report.findings:
        return int(values["exit_code"])
    return EXIT_UNDECIDED if report.undecided else EXIT_PASS


def _rendered(report: Report, name: str, values: Mapping[str, Any], date: str, *, to_file: bool) -> bytes:
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
        "include_dev": values["include_dev_deps"],
        "brief": not to_file and sys.stdout.isatty(),
        "date": date,
    }
    if values["severity"]:
        options["severities"] = parse_severities(",".join(values["severity"]))
    return render(name, report, RenderOptions(**options))


def _write(body: bytes, file: str) -> None:
    try:
        Path(file).write_bytes(body)
    except OSError as error:
        raise Undecided(f"cannot write the report to {file}: {error.strerror}") from None


def _print(body: bytes) -> None:
    """To standard output; whoever stops reading (`| head`) has seen enough, and the verdict stands all the same."""
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
        return
    abandon(sys.stdout)
