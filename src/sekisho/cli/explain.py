"""`sekisho explain ID TARGET`: why a vulnerability was matched, or why not."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sekisho.cli.deadline import time_limit
from sekisho.cli.invocation import invoke, parser_for
from sekisho.cli.option import Option
from sekisho.cli.scan_options import ALWAYS, IMAGE, REGISTRY
from sekisho.cli.scanning import settings_of, target_of
from sekisho.cli.terminal import printable
from sekisho.errors import EXIT_PASS, EXIT_UNDECIDED

if TYPE_CHECKING:
    from sekisho.inventory.take import Taken
    from sekisho.match.explain import Case, Explanation
    from sekisho.model.advisory import Exploitation

SUMMARY = "say why a vulnerability was matched to a target, or why not"


def all_options() -> tuple[Option, ...]:
    """Every option of the command."""
    return (*IMAGE, *REGISTRY, *ALWAYS)


def main(argv: Sequence[str]) -> int:
    """Run the command and return its exit code."""
    parser = parser_for("explain", SUMMARY, all_options(), "")
    parser.usage = "sekisho explain [OPTIONS] ID TARGET"
    parser.add_argument("id", metavar="ID", help="CVE-…, GHSA-…, GO-…, or any other name")
    parser.add_argument("target", nargs="?", default="", metavar="TARGET", help="what to look at")
    invocation = invoke(parser, all_options(), argv)
    from sekisho.advisories.location import store_directory, store_path
    from sekisho.advisories.store import Store
    from sekisho.match.explain import explain
    from sekisho.net.http import open_transport
    from sekisho.pipeline import take

    settings = settings_of(invocation, "image")
    with time_limit(invocation.values["timeout"]):
        transport = open_transport(offline=settings.offline, insecure=settings.insecure, ca_file=settings.ca_file)
        try:
            taken = take(target_of(invocation), settings, transport)
        finally:
            transport.close()
        file = settings.db or store_path(store_directory(os.environ, settings.cache_dir))
        with Store.open(Path(file)) as store:
            found = explain(invocation.given["id"], taken.inventory, store)
            known = next((rating for name in found.names if (rating := store.exploitation(name))), None)
    invocation.voice.clear()
    sys.stdout.write("".join(f"{printable(line)}\n" for line in _told(found, known, taken)))
    decided = bool(found.cases) or taken.inventory.complete
    return EXIT_PASS if found.records and decided else EXIT_UNDECIDED


def _told(found: Explanation, known: Exploitation | None, taken: Taken) -> list[str]:
    artifact = taken.artifact
    lines = [_headline(found, known)]
    if not found.records:
        return [*lines, "", "? no record of this name is in the advisory data, so nothing can be said about it"]
    order = {layer.diff_id: at for at, layer in enumerate(artifact.layers, 1)}
    covered = [case for case in found.cases if case.judgement.covered]
    others = [case for case in found.cases if not case.judgement.covered]
    for case in (*covered, *others):
        lines += ["", *_case(case, order, len(artifact.layers))]
    if not found.cases:
        lines += [
            "",
            f"{'✓' if taken.inventory.complete else '?'} {artifact.name} has none of the packages the records name:",
        ]
        lines += [f"    {name}" for name in found.absent]
    gaps = [gap for gap in taken.inventory.gaps if gap.weight == "incomplete"]
    if gaps:
        lines += ["", f"? not everything could be read, so there may be more ({gaps[0].path}: {gaps[0].reason})"]
    return lines


def _headline(found: Explanation, known: Exploitation | None) -> str:
    parts = [found.names[0]]
    summary = next((record.summary for record in found.records if record.summary), "")
    if summary:
        parts.append(summary)
    if known and known.epss is not None:
        parts.append(f"EPSS {known.epss:.1%}")
    if known and known.kev_added:
        parts.append(f"in CISA KEV since {known.kev_added}")
    if len(found.names) > 1:
        parts.append(f"also {', '.join(found.names[1:])}")
    return "   ".join(parts)


def _case(case: Case, layers: dict[str, int], count: int) -> list[str]:
    package, judgement = case.package, case.judgement
    mark = "✗ matched" if judgement.covered else "? undecided" if judgement.undecided else "✓ not matched"
    where = package.path
    if package.layer in layers:
        where += f"   layer {layers[package.layer]} of {count}" + ("  (base image)" if package.base else "")
    rows = [
        ("package", package.purl or package.key),
        ("found in", f"{where}  ({package.found_by})"),
        ("record", f"{case.candidate.id}  from {case.candidate.source}  modified {case.advisory.modified[:10] or '?'}"),
        ("looked up", f"{case.name} {case.version} in {case.ecosystem}"),
        ("ranges", case.ranges or "none"),
        ("compared", f"by the order of {case.comparator}"),
        ("because", judgement.reason),
        ("fix", ", ".join(judgement.fixed) if judgement.fixed else "none known" if judgement.covered else ""),
        ("more", case.advisory.url),
    ]
    return [f"{mark}: {package.name} {package.version}", *(f"  {word:<10} {text}" for word, text in rows if text)]


__all__ = ["all_options", "main"]
