"""`sekisho image`: scan a container image for vulnerabilities."""

from __future__ import annotations

from collections.abc import Sequence

from sekisho.cli.option import Option
from sekisho.cli.scan_options import ALWAYS, IMAGE, REGISTRY
from sekisho.cli.scanning import scan_command

SUMMARY = "scan a container image for vulnerabilities"


def all_options() -> tuple[Option, ...]:
    """Every option of the command."""
    return (*IMAGE, *REGISTRY, *ALWAYS)


def main(argv: Sequence[str]) -> int:
    """Run the command and return its exit code."""
    return scan_command("image", SUMMARY, all_options(), "REF", argv)
