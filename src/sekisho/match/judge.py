"""Does one record cover one package? The answer with its reason, for findings and for `explain` alike.

The rules are OSV's (https://ossf.github.io/osv-schema/#evaluation): ranges and listed versions are OR-ed; a record
limited to an architecture or an rpm module stream speaks only of those.
"""

from __future__ import annotations

import msgspec

from sekisho.advisories.candidate import Candidate
from sekisho.errors import CorruptInput
from sekisho.model.advisory import Interval
from sekisho.model.package import Package
from sekisho.versions.order import Order
from sekisho.versions.ranges import covers


class Judgement(msgspec.Struct, frozen=True):
    """Whether a record covers a version, what decided it, and the versions that mend it."""

    covered: bool
    reason: str
    """The interval or listed version that covers it, or why none does."""
    fixed: tuple[str, ...] = ()
    undecided: bool = False
    """Neither yes nor no could be said; never to be read as "not affected"."""


def judge(package: Package, version: str, candidate: Candidate, order: Order) -> Judgement:
    """Judge ``version`` (the source package's for deb and apk) of ``package`` against one record."""
    if candidate.withdrawn:
        return Judgement(False, f"the record was withdrawn on {candidate.withdrawn[:10]}")
    if candidate.state == "not_affected":
        return Judgement(False, "the vendor says it is not affected")
    if candidate.arches and package.arch not in candidate.arches and package.arch != "noarch":
        return Judgement(
            False, f"only for {', '.join(candidate.arches)}, this is {package.arch or 'of no architecture'}"
        )
    if stream := _other_stream(package, candidate):
        return Judgement(False, stream)
    if candidate.undecidable:
        return Judgement(False, candidate.undecidable, undecided=True)
    return _judge_version(version, candidate, order)


def _judge_version(version: str, candidate: Candidate, order: Order) -> Judgement:
    try:
        for interval in candidate.intervals:
            if covers(order, interval, version):
                return Judgement(True, readable(interval), _fixes(interval))
        for named in candidate.versions:
            if order.same(version, named):
                return Judgement(True, f"= {named}", _fixes_after(version, candidate, order))
    except CorruptInput as error:
        return Judgement(False, f"{version!r} cannot be compared: {error.message}", undecided=True)
    ranges = ", or ".join(readable(interval) for interval in candidate.intervals)
    if candidate.versions and not ranges:
        return Judgement(False, f"{version} is none of the {len(candidate.versions)} versions named")
    return Judgement(False, f"{version} is outside {ranges}" if ranges else "no version is named")


def readable(interval: Interval) -> str:
    """``>=1.2, <1.2.9`` as a person writes it."""
    parts = [] if interval.introduced in ("", "0") else [f">={interval.introduced}"]
    if interval.fixed:
        parts.append(f"<{interval.fixed}")
    elif interval.last_affected:
        parts.append(f"<={interval.last_affected}")
    elif interval.limit:
        parts.append(f"<{interval.limit}")
    return ", ".join(parts) or "every version"


def _fixes(interval: Interval) -> tuple[str, ...]:
    return (interval.fixed,) if interval.fixed else ()


def _fixes_after(version: str, candidate: Candidate, order: Order) -> tuple[str, ...]:
    """The first fix that is newer, when only a list of versions covers this one."""
    newer = [i.fixed for i in candidate.intervals if i.fixed and order.compare(version, i.fixed) < 0]
    return (min(newer, key=order.key),) if newer else ()


def _other_stream(package: Package, candidate: Candidate) -> str:
    """Why a modular erratum and a package do not belong together; empty when they do."""
    stream = ":".join(package.modularity.split(":")[:2])
    if candidate.modularity and stream != candidate.modularity:
        return f"only for module {candidate.modularity}, this is {stream or 'not modular'}"
    return ""
