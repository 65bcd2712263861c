"""`sekisho repo`: scan a git repository by path or URL."""

from __future__ import annotations

from collections.abc import Sequence

from sekisho.cli.option import Option
from sekisho.cli.scan_options import ALWAYS, REPOSITORY
from sekisho.cli.scanning import scan_command

SUMMARY = "scan a git repository by path or URL"


def all_options() -> tuple[Option, ...]:
    """Every option of the command."""
    return (*REPOSITORY, *ALWAYS)


def main(argv: Sequence[str]) -> int:
    """Run the command and return its exit code."""
    return scan_command("repo", SUMMARY, all_options(), "URL", argv)
