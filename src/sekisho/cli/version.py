"""`sekisho version`: what is running."""

from __future__ import annotations

import sys

from sekisho import __version__
from sekisho.errors import EXIT_PASS

TYPE_CHECKING = False  # the version is asked for by scripts, often: it pays for no typing
if TYPE_CHECKING:
    from collections.abc import Sequence

    from sekisho.cli.option import Option


def all_options() -> tuple[Option, ...]:
    """The command has no options."""
    return ()


def main(argv: Sequence[str]) -> int:
    """Print the version and return the exit code."""
    if argv and argv[0] in ("-h", "--help"):
        sys.stdout.write("usage: sekisho version\n")
    else:
        sys.stdout.write(f"sekisho {__version__}\n")
    return EXIT_PASS
