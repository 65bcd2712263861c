"""`sekisho db`: the advisory data: update, status, export, import, build."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sekisho.cli.deadline import time_limit
from sekisho.cli.invocation import Invocation, invoke, parser_for
from sekisho.cli.option import Option
from sekisho.cli.scan_options import DATA, GENERAL, NETWORK
from sekisho.errors import EXIT_PASS, EXIT_UNDECIDED, UsageError

SUMMARY = "the advisory data: update, status, export, import, build"
USAGE = """\
sekisho db update [ECOSYSTEM…]   fetch what is asked for, or what scans needed before
sekisho db status                what there is, from where, and how old
sekisho db export FILE           write the store to a tar (.zst compresses it)
sekisho db import FILE           take a store over from such a tar
sekisho db build --from DIR      build from a directory laid out like the upstream hosts
sekisho db build --starter DIR   build a demonstration store from OSV records"""
NAMES = ("cache-dir", "mirror", "offline", "insecure", "cacert", "config", "quiet", "no-progress", "debug")
OPTIONS: tuple[Option, ...] = (
    Option(name="everything", shape="flag", help="update: every ecosystem sekisho knows"),
    Option(name="force", shape="flag", help="update: accept a source that shrank; import: accept an older store"),
    Option(name="reset", shape="flag", help="update: start from nothing"),
    Option(name="from", help="build: a directory laid out like the upstream hosts"),
    Option(name="starter", help="build: a directory of OSV records, for a demonstration only"),
    Option(name="format", help="status: table or json", default="table", choices=("table", "json")),
    Option(name="timeout", help="give up after", default="60m", group="general"),
)


def all_options() -> tuple[Option, ...]:
    """Every option of the command."""
    from sekisho.cli.scan_options import SCAN

    shared = {option.name: option for option in (*DATA, *NETWORK, *GENERAL, *SCAN)}
    return (*OPTIONS, *(shared[name] for name in NAMES))


def main(argv: Sequence[str]) -> int:
    """Run the command and return its exit code."""
    parser = parser_for("db", SUMMARY, all_options(), "")
    parser.usage = USAGE.replace("\n", "\n       ")
    parser.add_argument("action", choices=tuple(ACTIONS), metavar="ACTION")
    parser.add_argument("words", nargs="*", default=[], metavar="WORD")
    invocation = invoke(parser, all_options(), argv)
    with time_limit(invocation.values["timeout"]):
        return ACTIONS[invocation.given["action"]](invocation, list(invocation.given["words"]))


def update_default(invocation: Invocation) -> int:
    """What ``--download-db-only`` does: update for what this machine's scans need."""
    return _update(invocation, [])


def _update(invocation: Invocation, words: list[str]) -> int:
    from sekisho.advisories.location import store_directory
    from sekisho.advisories.mirror import BASE, DirectoryTransport
    from sekisho.advisories.settings import settings_from
    from sekisho.advisories.update import scope_of, update
    from sekisho.net.http import open_transport

    values = invocation.values
    directory = store_directory(os.environ, values["cache_dir"] or "")
    source = values.get("from") or ""
    if source:
        transport, feeds = DirectoryTransport(Path(source)), settings_from({}, BASE)
    else:
        transport = open_transport(  # type: ignore[assignment]
            offline=values["offline"], insecure=values["insecure"], ca_file=values["cacert"] or ""
        )
        feeds = settings_from(os.environ, values["mirror"] or "")

    def progress(name: str, done: int, total: int) -> None:
        invocation.voice.progress(f"{name} ({done + 1} of {total})" if name else "writing")

    scope = scope_of(directory, words)
    result = update(
        directory, scope, transport, feeds, datetime.now(UTC), progress,
        everything=bool(values.get("everything")),
        force=bool(values.get("force")), reset=bool(values.get("reset")),
    )  # fmt: skip
    for outcome in result.outcomes:
        count = f"{outcome.after:,} records" if outcome.after else ""
        note = f"  {outcome.defect_count} unreadable" if outcome.defect_count else ""
        invocation.voice.note(f"{outcome.verdict:<10}{outcome.source:<28}{count:>18}{note}")
    error = result.error()
    if error is not None:
        invocation.voice.error(error)
        return EXIT_UNDECIDED
    return EXIT_PASS


def _build(invocation: Invocation, words: list[str]) -> int:
    if invocation.values.get("starter"):
        return _build_starter(invocation)
    if not invocation.values.get("from"):
        raise UsageError("nothing to build from", hint="sekisho db build --from DIRECTORY [ECOSYSTEM…]")
    return _update(invocation, words)


def _build_starter(invocation: Invocation) -> int:
    from sekisho.advisories.location import store_directory, store_path
    from sekisho.advisories.starter import build_from_records

    values = invocation.values
    path = store_path(store_directory(os.environ, values["cache_dir"] or ""))
    path.parent.mkdir(parents=True, exist_ok=True)
    applied = build_from_records([Path(values["starter"])], path, datetime.now(UTC))
    invocation.voice.note(f"built a demonstration store of {applied.after} records")
    return EXIT_PASS


def _status(invocation: Invocation, words: list[str]) -> int:
    from sekisho.advisories.location import store_directory, store_path
    from sekisho.advisories.store import STALE_AFTER, Store

    path = store_path(store_directory(os.environ, invocation.values["cache_dir"] or ""))
    now = datetime.now(UTC)
    with Store.open(path) as store:
        sources, built, starter = store.status(), store.built_at, store.starter
    if invocation.values["format"] == "json":
        import msgspec

        body = msgspec.json.format(msgspec.json.encode({"path": str(path), "built_at": built, "sources": sources}))
        sys.stdout.buffer.write(body + b"\n")
        return EXIT_PASS
    lines = [f"{path}", f"built {built}" + ("  DEMONSTRATION SET, not real data" if starter else ""), ""]
    lines.append(f"{'source':<28}{'records':>10}  {'age':<8}{'licence':<24}")
    for one in sources:
        age = one.age(now)
        old = "unknown" if age is None else f"{age.days} d" if age.days else f"{age.seconds // 3600} h"
        said = f"  {one.stale}" if one.stale else "  stale" if age is not None and age > STALE_AFTER else ""
        lines.append(f"{one.name:<28}{one.records:>10,}  {old:<8}{one.licence:<24}{said}".rstrip())
    sys.stdout.write("\n".join(lines) + "\n")
    return EXIT_PASS


def _export(invocation: Invocation, words: list[str]) -> int:
    from sekisho.advisories.carry import export_store
    from sekisho.advisories.location import store_directory

    directory = store_directory(os.environ, invocation.values["cache_dir"] or "")
    carried = export_store(directory, _file(words, "export"))
    if carried.restricted:
        names = ", ".join(carried.restricted)
        invocation.voice.warning(f"the terms of {names} forbid handing their data on: keep this file to yourselves")
    return EXIT_PASS


def _import(invocation: Invocation, words: list[str]) -> int:
    from sekisho.advisories.carry import import_store
    from sekisho.advisories.location import store_directory

    directory = store_directory(os.environ, invocation.values["cache_dir"] or "")
    carried = import_store(directory, _file(words, "import"), force=bool(invocation.values.get("force")))
    invocation.voice.note(f"imported: built {carried.built_at}, {len(carried.sources)} sources")
    return EXIT_PASS


def _file(words: list[str], action: str) -> Path:
    if len(words) != 1:
        raise UsageError(f"`db {action}` takes one file", hint=f"sekisho db {action} FILE")
    return Path(words[0])


ACTIONS: dict[str, Callable[[Invocation, list[str]], int]] = {
    "update": _update,
    "status": _status,
    "export": _export,
    "import": _import,
    "build": _build,
}
