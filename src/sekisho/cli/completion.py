"""`sekisho completion SHELL`: a static completion script, generated from the same parsers."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from sekisho.cli.option import Option, add_options
from sekisho.errors import EXIT_PASS, UsageError

SHELLS = ("bash", "zsh", "tcsh")
USAGE = "sekisho completion bash|zsh|tcsh"


def all_options() -> tuple[Option, ...]:
    """The command has no options."""
    return ()


def whole_parser() -> argparse.ArgumentParser:
    """One parser of every command, for tools that read parsers; the command line itself builds only what it needs."""
    from sekisho.cli.app import COMMANDS

    parser = argparse.ArgumentParser(prog="sekisho", description="One checkpoint for the container supply chain.")
    commands = parser.add_subparsers(dest="command")
    for command in COMMANDS:
        module = import_module(f"sekisho.cli.{command.module}")
        sub = commands.add_parser(command.name, aliases=list(command.aliases), help=command.summary)
        add_options(sub, (option for option in module.all_options() if not option.hidden))
        if command.name not in ("version", "db"):
            sub.add_argument("target", nargs="?")
    return parser


def main(argv: Sequence[str]) -> int:
    """Print the script and return the exit code."""
    if argv and argv[0] in ("-h", "--help"):
        sys.stdout.write(f"usage: {USAGE}\n")
        return EXIT_PASS
    if len(argv) != 1 or argv[0] not in SHELLS:
        raise UsageError("name one shell", hint=USAGE)
    try:
        import shtab
    except ImportError:
        raise UsageError(
            "shell completion needs the extra `completion`", hint="pip install 'sekisho[completion]'"
        ) from None
    sys.stdout.write(shtab.complete(whole_parser(), shell=argv[0]) + "\n")
    return EXIT_PASS
