"""Entry point: argv → exit code, nothing else."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line."""
    from sekisho.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
