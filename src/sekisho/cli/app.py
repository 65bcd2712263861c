"""From argv to a command, and from whatever happens to an exit code.

Only the module of the command that was typed is imported: ``--help`` needs none of them.
"""

from __future__ import annotations

import os
import sys

from sekisho import __version__
from sekisho.errors import EXIT_INTERNAL, EXIT_PASS, EXIT_UNDECIDED, EXIT_USAGE, SekishoError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""
EXIT_BROKEN_PIPE = 141
"""128 + SIGPIPE: nobody reads on, and no verdict was reached."""


class Command:
    """One line of the command table. A plain class: ``--help`` must not pay for more."""

    __slots__ = ("aliases", "module", "name", "summary")

    def __init__(self, name: str, module: str, summary: str, aliases: tuple[str, ...] = ()) -> None:
        self.name = name
        self.module = module
        self.summary = summary
        self.aliases = aliases


COMMANDS: tuple[Command, ...] = (
    Command("image", "image", "scan a container image for vulnerabilities", ("i",)),
    Command("fs", "filesystem", "scan a directory of source code: lock files and manifests", ("filesystem",)),
    Command("rootfs", "rootfs", "scan an unpacked root file system: what is installed"),
    Command("repo", "repository", "scan a git repository, by path or URL", ("repository",)),
    Command("sbom", "sbom", "scan a software bill of materials"),
    Command("explain", "explain", "say why a vulnerability was matched, or why not"),
    Command("db", "db", "the advisory data: update, status, export, import, build"),
    Command("completion", "completion", "print a shell completion script"),
    Command("version", "version", "print the version"),
)

HELP = """\
usage: sekisho COMMAND [OPTIONS] …

One checkpoint for the container supply chain.

commands:
{commands}

`sekisho COMMAND --help` tells the options of a command.
exit codes: 0 pass · 1 findings at the asked threshold · 2 usage · 3 could not decide · 70 internal error
"""


def find_command(word: str) -> Command | None:
    """The command of that name or alias."""
    return next((command for command in COMMANDS if word == command.name or word in command.aliases), None)


def run(argv: Sequence[str]) -> int:
    """Run one command line and return its exit code; never raises."""
    try:
        return _told(argv)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        from sekisho.cli.terminal import abandon

        abandon(sys.stdout, sys.stderr)
        return EXIT_BROKEN_PIPE


def _told(argv: Sequence[str]) -> int:
    """Run, and tell people about whatever goes wrong."""
    try:
        _prepare_output()
        code = _run(argv)
        sys.stdout.flush()
        return code
    except SystemExit as stop:  # argparse ends this way after --help
        return stop.code if isinstance(stop.code, int) else EXIT_USAGE
    except SekishoError as error:
        _say(error)
        return error.exit_code
    except BrokenPipeError:
        raise
    except OSError as error:
        _say(_of_machine(error))
        return EXIT_UNDECIDED
    except Exception as error:  # noqa: BLE001 - the edge: a defect must not look like a verdict
        return _internal(error)


def _prepare_output() -> None:
    """Make sure that words can be written whatever the streams are: closed, or of a narrow encoding."""
    if sys.stdout is None or sys.stderr is None:  # started with >&- or 2>&-
        nowhere = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8", closefd=False)
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")


def _run(argv: Sequence[str]) -> int:
    words = list(argv)
    if not words:
        sys.stderr.write(_help())
        return EXIT_USAGE
    if words[0] in ("-h", "--help", "help"):
        if len(words) == 1:
            sys.stdout.write(_help())
            return EXIT_PASS
        words = [words[1], "--help"]
    if words[0] in ("-v", "-V", "--version"):
        words[0] = "version"
    command = find_command(words[0])
    if command is None:
        raise UsageError(f"no such command: {words[0]!r}", hint=_suggestion(words[0]))
    return _module(command, words[1:])


def _module(command: Command, arguments: list[str]) -> int:
    from importlib import import_module

    code = import_module(f"sekisho.cli.{command.module}").main(arguments)
    return int(code)


def _say(error: SekishoError) -> None:
    from sekisho.cli.terminal import standard_voice

    standard_voice().error(error)


def _help() -> str:
    lines = (f"  {command.name:<12}{command.summary}" for command in COMMANDS)
    return HELP.format(commands="\n".join(lines))


def _suggestion(word: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(word, [command.name for command in COMMANDS], n=1)
    return f"did you mean `sekisho {close[0]}`?" if close else "`sekisho --help` lists the commands"


def _of_machine(error: OSError) -> SekishoError:
    where = f" ({error.filename})" if error.filename else ""
    return SekishoError(
        f"this machine refuses: {error.strerror or error}{where}",
        hint="is there room on the disk, and may this user write there? --cache-dir and TMPDIR choose other places",
    )


def _internal(error: Exception) -> int:
    if os.environ.get("SEKISHO_DEBUG"):
        import traceback

        traceback.print_exc()
    where = f"sekisho {__version__}, Python {sys.version.partition(' ')[0]}"
    _say(
        SekishoError(
            f"a defect in sekisho itself: {type(error).__name__}: {error}",
            detail=where,
            hint="set SEKISHO_DEBUG=1 for the traceback, and please report it",
        )
    )
    return EXIT_INTERNAL
