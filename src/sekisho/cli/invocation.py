"""One command line, parsed and resolved: what every command starts from."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from sekisho.cli.configuration import find_configuration, read_configuration, unknown_keys
from sekisho.cli.option import Option, Parser, add_options, normalise, resolve
from sekisho.cli.scan_options import ANSWERING, KEYS, UNUSED
from sekisho.cli.terminal import Voice, standard_voice
from sekisho.errors import UsageError

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
        value = values.get(option.attribute)
        if value and value != option.default:
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
