"""The table for people: what mends what, where it lies, what could not be told, and the verdict.

Findings are grouped by the fix that closes them, worst first, and every vulnerability is named. The words are the same
without colour, and no line is wider than the terminal unless a single name is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sekisho.model.finding import Report
from sekisho.model.severity import Severity
from sekisho.report.fixes import fixes
from sekisho.report.options import RenderOptions
from sekisho.report.paint import Painter, Word, safe, wrap
from sekisho.report.summary import data_age, hidden_counts, over_on, severity_counts
from sekisho.report.table_fixes import FixTable

REASONS_SHOWN = 20
"""Doubts spelled out; the rest is counted, and the JSON has them all."""
DIGEST_ENDS = 4
MIN_WIDTH = 40
_STARTER = (
    "! starter advisories: a small set for the demonstration, which knows about a hundred records. "
    "What it does not find proves nothing. Get the real data:  sekisho db update"
)


def render(report: Report, *, options: RenderOptions) -> str:
    """The whole table, with a final newline."""
    return "\n".join(_Table(report, options).lines()) + "\n"


class _Table:
    """Draws one report."""

    def __init__(self, report: Report, options: RenderOptions) -> None:
        self._report = report
        self._options = options
        self._width = max(options.width, MIN_WIDTH)
        self._pen = Painter(options.colour, options.links)
        self._groups = fixes(report.findings)
        self._counts = severity_counts(self._groups)
        self._doubts = self._reasons()

    def lines(self) -> list[str]:
        """Header, warnings, fixes, numbers, verdict, hint."""
        layers = {layer.diff_id: number for number, layer in enumerate(self._report.artifact.layers, 1)}
        sections = (
            self._header(),
            self._warnings(),
            FixTable(self._groups, layers, self._width, self._pen).lines(),
            [*self._numbers(), *self._verdict(), *self._hint()],
        )
        lines: list[str] = []
        for section in sections:
            if section:
                lines += [*([""] if lines else []), *section]
        return lines

    def _header(self) -> list[str]:
        artifact = self._report.artifact
        parts = [
            safe(artifact.name),
            safe(artifact.platform),
            _identity(self._report),
            " · ".join(_contents(self._report)),
        ]
        words = [
            Word(part, self._pen.paint(part, "strong") if at == 0 else part) for at, part in enumerate(parts) if part
        ]
        lines = wrap(words, self._width, "", "  ")
        return lines + wrap([Word(part, part) for part in _basis(self._report)], self._width, "", "   ")

    def _reasons(self) -> list[str]:
        """Why a clean result would not be one; gaps that nobody turned into a reason count as well."""
        told = [safe(reason) for reason in self._report.undecided]
        if told:
            return told
        gaps = [gap for gap in self._report.inventory.gaps if gap.weight == "incomplete"]
        return [f"{safe(gap.path)} was not read: {safe(gap.reason)}" for gap in gaps]

    def _warnings(self) -> list[str]:
        report, found = self._report, list[str]()
        if report.store and report.store.starter:
            found += self._sentence(_STARTER, "doubt")
        system, over = report.inventory.system, over_on(report)
        if system and over:
            name = safe(f"{system.family} {system.name}")
            found += self._sentence(f"! {name} is out of support since {over}: new holes are not mended", "warning")
        for reason in self._doubts[:REASONS_SHOWN]:
            found += self._sentence(f"? could not tell: {reason}", "doubt")
        if len(self._doubts) > REASONS_SHOWN:
            found.append(f"  and {len(self._doubts) - REASONS_SHOWN} more reasons, all in --format json")
        for note in _notes(report):
            lines = wrap([Word(word, word) for word in note.split(" ")], self._width, "  ")
            found += [self._pen.paint(line, "dim") for line in lines]
        return found

    def _sentence(self, text: str, style: str) -> list[str]:
        first, *rest = wrap([Word(word, word) for word in text.split(" ")], self._width - 2, "")
        return [self._pen.paint(line, style) for line in (first, *(f"  {line}" for line in rest))]

    def _numbers(self) -> list[str]:
        """How many of each severity that was asked for, and what the filters took away."""
        if self._report.store is None:
            return _kinds(self._report)
        words = [
            Word(f"{severity.name} {count}", self._pen.severity(severity, f"{severity.name} {count}"))
            for severity, count in self._counts.items()
            if count or (severity in self._options.severities and severity is not Severity.UNKNOWN)
        ]
        hidden = hidden_counts(self._report.suppressed)
        if hidden:
            text = f"   hidden: {', '.join(hidden)}"
            words.append(Word(text, self._pen.paint(text, "dim")))
        return wrap(words, self._width, "", "   ")

    def _verdict(self) -> list[str]:
        report, total = self._report, sum(self._counts.values())
        if total:
            each = len(report.findings)
            counted = f" ({each:,} counting every package)" if each != total else ""
            lines = self._sentence(f"✗ {_count(total, 'finding')}{counted}: {self._ways_out()}", "bad")
            return lines + (self._sentence("? and there may be more: see above", "doubt") if self._doubts else [])
        if self._doubts:
            return self._sentence("? no verdict: nothing was found, but not everything could be told", "doubt")
        if report.store is None:
            return []
        if not report.inventory.packages:
            return self._sentence("? nothing was checked: no packages were found", "doubt")
        return self._sentence(f"✓ no {self._asked()}known vulnerabilities: {_checked(report)}", "good")

    def _ways_out(self) -> str:
        """How many upgrades close how many, and how many nothing closes yet."""
        mendable = [group for group in self._groups if group.target]
        closed = sum(len(group.worst) for group in mendable)
        rest = sum(len(group.worst) for group in self._groups) - closed
        verb = "closes" if len(mendable) == 1 else "close"
        ways = [f"{_count(len(mendable), 'upgrade')} {verb} {closed:,}"] if mendable else []
        return "; ".join([*ways, f"{rest:,} without a fix"] if rest else ways)

    def _asked(self) -> str:
        """The severities asked for, when not all were."""
        if len(self._options.severities) == len(Severity):
            return ""
        return " or ".join(word.name.lower() for word in sorted(self._options.severities, reverse=True)) + " "

    def _hint(self) -> list[str]:
        report, command = self._report, ""
        if report.store and (report.store.starter or report.store.missing or report.store.stale):
            command = "get current advisories:  sekisho db update"
        elif self._groups:
            worst = next(iter(self._groups[0].worst))
            command = f"why, and where:  sekisho explain {safe(worst)} {safe(report.artifact.name)}"
        return [self._pen.paint("hint:", "hint") + f" {command}"] if command else []


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"


def _identity(report: Report) -> str:
    """The digest, shortened, or the commit."""
    artifact = report.artifact
    digest = safe(artifact.manifest_digest or artifact.image_id)
    if digest:
        algorithm, _, value = digest.partition(":")
        return f"{algorithm}:{value[:DIGEST_ENDS]}…{value[-DIGEST_ENDS:]}"
    return safe(artifact.commit.commit[:12]) if artifact.commit else ""


def _contents(report: Report) -> Iterator[str]:
    system = report.inventory.system
    yield safe(f"{system.family} {system.name}".rstrip()) if system else "no operating system"
    yield _count(len(report.inventory.packages), "package")
    if report.artifact.layers:
        yield _count(len(report.artifact.layers), "layer")


def _basis(report: Report) -> Iterator[str]:
    """The age of the data and the time it took."""
    store = report.store
    if store is None:
        yield "advisories not asked for"
    elif store.built_at:
        age = data_age(report)
        yield f"advisories {safe(store.built_at[:16].replace('T', ' '))} UTC" + (f" ({age} old)" if age else "")
    else:
        yield "no advisories"
    if report.elapsed:
        yield f"scanned in {report.elapsed:.1f} s"


def _notes(report: Report) -> Iterator[str]:
    owned = sum(1 for package in report.inventory.packages if package.owned_by)
    if owned:
        yield f"{_count(owned, 'library package')} installed by the operating system, judged as part of it"
    odd = sum(1 for gap in report.inventory.gaps if gap.weight == "note")
    if odd:
        yield f"{_count(odd, 'file')} not what the name says, passed over"


def _kinds(report: Report) -> list[str]:
    kinds = Counter(package.type for package in report.inventory.packages)
    return ["  ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))] if kinds else []


def _checked(report: Report) -> str:
    packages = _count(len(report.inventory.packages), "package")
    sources = report.store.sources if report.store else ()
    return f"{packages} checked against {', '.join(map(safe, sources)) or 'the advisories'}"
