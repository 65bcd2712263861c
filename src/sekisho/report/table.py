"""The table for people: what mends what, where it lies, what could not be told, and the verdict.

Findings are grouped by the fix that closes them, worst first, and every vulnerability is named. The words are the same
without colour, and no line is wider than the terminal unless a single name is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sekisho.model.finding import Report
from sekisho.model.inventory import Inventory
from sekisho.model.severity import Severity
from sekisho.report.fixes import fixes
from sekisho.report.options import RenderOptions
from sekisho.report.paint import Painter, Word, safe, wrap
from sekisho.report.remarks import doubts, notes, open_questions, warnings
from sekisho.report.summary import counted, data_age, hidden_counts, over_on, severity_counts
from sekisho.report.table_fixes import FixTable

REASONS_SHOWN = 20
"""Doubts spelled out; the rest is counted, and the JSON has them all."""
QUESTIONS_SHOWN = 5
"""Open questions spelled out."""
_NOT_HIDDEN = frozenset({"severity", "owned", "disputed"})
"""Set aside by the severities asked for, or by what the advisories themselves say: counted, yet hidden by nobody."""
DIGEST_ENDS = 4
MIN_WIDTH = 40


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
        self._doubts = doubts(report)
        self._questions = open_questions(report)

    def lines(self) -> list[str]:
        """Header, warnings, fixes, numbers, verdict, hint."""
        layers = {layer.diff_id: number for number, layer in enumerate(self._report.artifact.layers, 1)}
        sections = (
            self._header(),
            self._remarks(),
            FixTable(self._groups, layers, self._width, self._pen, brief=self._options.brief).lines(),
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
        return lines + wrap([Word(part, part) for part in self._basis()], self._width, "", "   ")

    def _basis(self) -> Iterator[str]:
        """The age of the data and the time it took; neither in a report that shall be the same tomorrow."""
        store, dated = self._report.store, bool(self._options.date)
        if store is None:
            # Matched, yet without a store: no package is of a kind that anybody publishes advisories for.
            matched = any(gap.extractor == "match" for gap in self._report.inventory.gaps)
            yield "no advisories for any of it" if matched else "advisories not asked for"
        elif store.built_at:
            age = "" if dated else data_age(self._report)
            yield f"advisories {safe(store.built_at[:16].replace('T', ' '))} UTC" + (f" ({age} old)" if age else "")
        else:
            yield "no advisories"
        if self._report.elapsed and not dated:
            yield f"scanned in {self._report.elapsed:.1f} s"

    def _remarks(self) -> list[str]:
        """Warnings, doubts, open questions and notes, in this order."""
        found: list[str] = []
        for warning in warnings(self._report):
            found += self._sentence(f"! {warning}", "warning")
        for reason in self._doubts[:REASONS_SHOWN]:
            found += self._sentence(f"? could not tell: {reason}", "doubt")
        if len(self._doubts) > REASONS_SHOWN:
            found.append(f"  and {len(self._doubts) - REASONS_SHOWN} more reasons, all in --format json")
        for question in self._questions[:QUESTIONS_SHOWN]:
            found += self._sentence(f"? {question}", "warning")
        if len(self._questions) > QUESTIONS_SHOWN:
            found.append(f"  and {len(self._questions) - QUESTIONS_SHOWN} more that were not judged, in --format json")
        for note in notes(self._report):
            found += [self._pen.paint(line, "dim") for line in self._wrapped(note, "  ")]
        return found

    def _wrapped(self, text: str, indent: str) -> list[str]:
        return wrap([Word(word, word) for word in text.split(" ")], self._width, indent)

    def _sentence(self, text: str, style: str) -> list[str]:
        """A sentence behind its mark, further lines indented below it."""
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
            several = f" ({each:,} counting every package)" if each != total else ""
            lines = self._sentence(f"✗ {counted(total, 'finding')}{several}: {self._ways_out()}", "bad")
            unknown = self._doubts or self._questions
            return lines + (self._sentence("? and there may be more: see above", "doubt") if unknown else [])
        if self._doubts:
            return self._sentence("? no verdict: nothing was found, but not everything could be told", "doubt")
        if report.store is None:
            return []
        checked = _checked(report.inventory)
        if not checked:
            why = "none of the packages is of a kind with advisories" if report.inventory.packages else ""
            return self._sentence(f"? nothing was checked: {why or 'no packages were found'}", "doubt")
        against = ", ".join(map(safe, report.store.sources)) or "the advisories"
        result = f"no {self._asked()}known vulnerabilities{self._but()}"
        lines = self._sentence(f"✓ {result}: {counted(checked, 'package')} checked against {against}", "good")
        return lines + (self._sentence("? but not all could be judged: see above", "doubt") if self._questions else [])

    def _but(self) -> str:
        """That somebody set something aside, by anything but the severities the sentence names."""
        aside = sum(1 for item in self._report.suppressed if item.kind not in _NOT_HIDDEN)
        return f" but the {aside:,} hidden" if aside else ""

    def _ways_out(self) -> str:
        """How many upgrades close how many, and how many nothing closes yet."""
        mendable = [group for group in self._groups if group.target]
        closed = sum(len(group.worst) for group in mendable)
        rest = sum(len(group.worst) for group in self._groups) - closed
        verb = "closes" if len(mendable) == 1 else "close"
        ways = [f"{counted(len(mendable), 'upgrade')} {verb} {closed:,}"] if mendable else []
        return "; ".join([*ways, f"{rest:,} without a fix"] if rest else ways)

    def _asked(self) -> str:
        """The severities asked for, when not all were."""
        if len(self._options.severities) == len(Severity):
            return ""
        return " or ".join(word.name.lower() for word in sorted(self._options.severities, reverse=True)) + " "

    def _hint(self) -> list[str]:
        """The next command, or the next step where no command helps."""
        report, step = self._report, ""
        if report.store and (report.store.starter or report.store.missing or report.store.stale):
            step = "get current advisories:  sekisho db update"
        elif self._groups and over_on(report) and all(group.state for group in self._groups):
            step = "nothing mends these where they are: build on a release that is still supported"
        elif self._groups:
            from shlex import quote

            worst = next(iter(self._groups[0].worst))
            step = f"why, and where:  sekisho explain {quote(safe(worst))} {quote(safe(report.artifact.name))}"
        return [self._pen.paint("hint:", "hint") + f" {step}"] if step else []


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
    yield counted(len(report.inventory.packages), "package")
    if report.artifact.layers:
        yield counted(len(report.artifact.layers), "layer")


def _kinds(report: Report) -> list[str]:
    kinds = Counter(package.type for package in report.inventory.packages)
    return ["  ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))] if kinds else []


def _checked(inventory: Inventory) -> int:
    """Packages that somebody publishes advisories for."""
    from sekisho.advisories.ecosystem import ecosystems_of

    return sum(1 for package in inventory.packages if ecosystems_of(package, inventory.system))
