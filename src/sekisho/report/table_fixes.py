"""The middle of the table: one row a fix, what it closes, where it lies, and below it every vulnerability by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from sekisho.model.package import Package
from sekisho.model.severity import Severity
from sekisho.report.fixes import Fix
from sekisho.report.paint import Painter, Word, safe, wrap
from sekisho.report.trivy_source import primary_url

MANAGERS = {"apk": "apk", "deb": "apt", "rpm": "dnf", "alpm": "pacman", "portage": "emerge"}
PLACES_SHOWN = 3
"""Places named for one fix; the rest is counted, and the JSON has them all."""
UNRATED_SHOWN = 12
"""Vulnerabilities without a rating that a brief table names for one fix."""
INDENT, DEEPER = "  ", "      "
_WORD_WIDTH = len("CRITICAL") + 2
_NAME_SHARE = 3
"""A name takes at most a third of the width before it pushes the rest aside."""
_MOST = 0.85
"""Rows of which a column is as wide as the widest."""


class FixTable:
    """Lays the groups out in three columns, or the last one below where the terminal is narrow.

    ``brief`` cuts the lists of unrated vulnerabilities short.
    """

    def __init__(
        self, groups: list[Fix], layers: Mapping[str, int], width: int, pen: Painter, *, brief: bool = False
    ) -> None:
        self._brief = brief
        self._groups = groups
        self._layers = layers
        self._width = width
        self._pen = pen
        self._name_width = min(_usual(len(safe(group.name)) for group in groups), width // _NAME_SHARE)
        self._what_width = min(_usual(len(self._what(group)) for group in groups), width * 3 // 5)
        self._close_width = _usual(len(_closes(group)) for group in groups)

    def lines(self) -> list[str]:
        """The header and every group; nothing when there is none."""
        if not self._groups:
            return []
        rows = [self._row(group) for group in self._groups]
        where = "where" if any(len(row) == 1 for row in rows) else ""
        head = f"{'fix':<{self._what_width}}   {'closes':<{self._close_width}}   {where}"
        lines = [INDENT + self._pen.paint(head[: self._width - len(INDENT)].rstrip(), "dim")]
        for group, row in zip(self._groups, rows, strict=True):
            lines += row
            lines += self._names(group)
        return lines

    def _what(self, group: Fix) -> str:
        name = safe(group.name).ljust(self._name_width)
        change = f" → {safe(group.target)}" if group.target else f"  {group.state}"
        return f"{name} {safe(group.installed) or 'version unknown'}{change}"

    def _row(self, group: Fix) -> list[str]:
        """One line; the place goes below where it does not fit, and then the counts."""
        what, closes, where = self._what(group), _closes(group), self._where(group)
        start = f"{INDENT}{what:<{self._what_width}}   "
        padding = " " * max(self._close_width - len(closes), 0) + "   "
        if len(start) + len(closes) + len(padding) + len(where) <= self._width:
            return [f"{start}{self._painted_counts(group)}{padding}{where}"]
        below = wrap([Word(part, part) for part in where.split(" ")], self._width, DEEPER)
        for begin in (start, f"{INDENT}{what}   "):
            if len(begin) + len(closes) <= self._width:
                return [begin + self._painted_counts(group), *below]
        parts = [Word(part, part) for part in what.split()]
        counted = [Word(closes, self._painted_counts(group))]
        return [*wrap(parts, self._width, INDENT), *wrap(counted, self._width, DEEPER), *below]

    def _painted_counts(self, group: Fix) -> str:
        counted = [self._pen.severity(severity, text) for severity, text in _counts(group)]
        if group.exploited:
            counted.append(self._pen.paint("KEV", "bad"))
        return "  ".join(counted)

    def _names(self, group: Fix) -> list[str]:
        """Every vulnerability once, worst first, each severity with its own lines."""
        pages = {finding.id: primary_url(finding) for finding in group.findings}
        known = {finding.id for finding in group.findings if finding.exploitation and finding.exploitation.kev_added}
        by_severity: dict[Severity, list[Word]] = {}
        for name, severity in group.worst.items():
            seen = safe(name)
            sent = self._pen.link(seen, pages[name])
            if name in known:
                seen, sent = f"{seen} KEV", f"{sent} {self._pen.paint('KEV', 'bad')}"
            by_severity.setdefault(severity, []).append(Word(seen, sent))
        lines = []
        for severity, words in by_severity.items():
            if self._brief and severity is Severity.UNKNOWN and len(words) > UNRATED_SHOWN:
                more = f"and {len(words) - UNRATED_SHOWN:,} more in --format json"
                words = [*words[:UNRATED_SHOWN], *(Word(part, part) for part in more.split())]
            first, *rest = wrap(words, self._width, DEEPER + " " * _WORD_WIDTH)
            word = self._pen.severity(severity, severity.name) + " " * (_WORD_WIDTH - len(severity.name))
            lines += [DEEPER + word + first.lstrip(" "), *rest]
        return lines

    def _where(self, group: Fix) -> str:
        packages = group.packages
        if packages[0].is_os:
            return self._system_place(group, packages)
        places = list(dict.fromkeys(self._place(package) for package in packages))
        more = len(places) - PLACES_SHOWN
        shown = ", ".join(places[:PLACES_SHOWN])
        return f"{shown} and {more} more" if more > 0 else shown

    def _place(self, package: Package) -> str:
        where = "/" + safe(package.path) if package.path else "no path"
        return f"{where} (owned by {safe(package.owned_by)})" if package.owned_by else where

    def _system_place(self, group: Fix, packages: list[Package]) -> str:
        """Layer, package manager, and the packages when their names are not the source's."""
        parts = []
        numbers = sorted({self._layers[package.layer] for package in packages if package.layer in self._layers})
        if numbers:
            parts.append(f"layer {', '.join(map(str, numbers))}")
        parts.append(MANAGERS.get(group.kind, group.kind))
        if all(package.base for package in packages):
            parts.append("(base image)")
        names = list(dict.fromkeys(safe(package.name) for package in packages))
        if names != [group.name]:
            parts.append(", ".join(names))
        return "  ".join(parts)


def _usual(lengths: Iterable[int]) -> int:
    """A width that most fit into: a few endless ones, such as Go's pseudo-versions, shall not widen every row."""
    ordered = sorted(lengths)
    return ordered[round((len(ordered) - 1) * _MOST)] if ordered else 0


def _counts(group: Fix) -> list[tuple[Severity, str]]:
    counts = Counter(group.worst.values())
    return [(severity, f"{counts[severity]} {severity.name.lower()}") for severity in sorted(counts, reverse=True)]


def _closes(group: Fix) -> str:
    """What is seen of the middle column: ``2 critical  5 high  KEV``."""
    counted = [text for _, text in _counts(group)]
    return "  ".join([*counted, "KEV"] if group.exploited else counted)
