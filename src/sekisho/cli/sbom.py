"""`sekisho sbom`: scan a software bill of materials (CycloneDX or SPDX JSON)."""

from __future__ import annotations

from collections.abc import Sequence

from sekisho.cli.option import Option
from sekisho.cli.scan_options import ALWAYS
from sekisho.cli.scanning import scan_command

SUMMARY = "scan a software bill of materials (CycloneDX or SPDX JSON)"


def all_options() -> tuple[Option, ...]:
    """Every option of the command."""
    return ALWAYS


def main(argv: Sequence[str]) -> int:
    """Run the command and return its exit code."""
    return scan_command("sbom", SUMMARY, all_options(), "FILE", argv)
