"""Does one record cover one package? The answer with its reason, for findings and for `explain` alike.

The rules are OSV's (https://ossf.github.io/osv-schema/#evaluation): ranges and listed versions are OR-ed; a record
limited to an architecture or an rpm module stream speaks only of those. What cannot be compared is undecided, which is
not a no.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

import msgspec

from sekisho.advisories.candidate import Candidate
from sekisho.errors import CorruptInput
from sekisho.match.rebuild import common_interval, common_version
from sekisho.model.advisory import Interval
from sekisho.model.package import Package
from sekisho.versions.order import Order
from sekisho.versions.ranges import covers

_MODULAR = (".module+", ".module_")
"""How the release of an rpm tells that it was built in a module."""
_OTHER_REPOSITORY = "it has no fix to compare with, and the package is not the distribution's own build"


class Judgement(msgspec.Struct, frozen=True):
    """Whether a record covers a version, what decided it, and the versions that mend it."""

    covered: bool
    reason: str
    """The interval or listed version that covers it, or why none does."""
    fixed: tuple[str, ...] = ()
    """Newer versions that the record does not cover, nearest first."""
    undecided: bool = False
    """Neither yes nor no could be said; never to be read as "not affected"."""


def judge(package: Package, version: str, candidate: Candidate, order: Order, *, rebuilt: bool = False) -> Judgement:
    """Judge ``version`` (the source package's for deb and apk) of ``package`` against one record.

    ``rebuilt``: the record speaks of another rebuild of the same sources (see :mod:`sekisho.match.rebuild`).
    """
    refused = _inapplicable(package, version, candidate)
    if refused is not None:
        return refused
    if not version:
        return Judgement(False, "the package has no version here", undecided=True)
    judgement = _judge_version(version, candidate, order, rebuilt)
    if judgement.covered and not judgement.fixed and package.is_os and _from_elsewhere(package):
        return Judgement(False, _OTHER_REPOSITORY, undecided=True)
    return judgement


def _inapplicable(package: Package, version: str, candidate: Candidate) -> Judgement | None:
    """The judgement that needs no comparison; None when the versions must tell."""
    if candidate.state == "not_affected":
        return Judgement(False, "the vendor says it is not affected")
    if candidate.state == "under_investigation" and not candidate.intervals:
        return Judgement(False, "the vendor has not yet determined whether it is affected", undecided=True)
    if candidate.arches and package.arch and package.arch not in {*candidate.arches, "noarch"}:
        return Judgement(False, f"only for {', '.join(candidate.arches)}, this is {package.arch}")
    if candidate.undecidable:
        return Judgement(False, candidate.undecidable, undecided=True)
    return _other_stream(package, version, candidate) if package.type == "rpm" else None


def _from_elsewhere(package: Package) -> bool:
    return package.facts.get("repository") == "third-party"


def _other_stream(package: Package, version: str, candidate: Candidate) -> Judgement | None:
    """Why a modular record and a package do not belong together; None when they may.

    Streams of a module are lines of their own, so versions of one say nothing about another, nor about the
    package of the same name outside modules.
    """
    stream = ":".join(package.modularity.split(":")[:2])
    modular = bool(stream) or any(sign in version for sign in _MODULAR)
    if not candidate.modularity:
        limited = any(sign in interval.fixed for interval in candidate.intervals for sign in _MODULAR)
        if limited == modular or not candidate.intervals:
            return None
        return Judgement(False, f"only for packages {'in' if limited else 'outside'} modules")
    if stream == candidate.modularity:
        return None
    if modular and not stream:
        reason = f"only for module {candidate.modularity}, and it is not known which one this is from"
        return Judgement(False, reason, undecided=True)
    return Judgement(False, f"only for module {candidate.modularity}, this is {stream or 'not modular'}")


def _judge_version(version: str, candidate: Candidate, order: Order, rebuilt: bool) -> Judgement:
    intervals = candidate.intervals
    if rebuilt:
        version, intervals = common_version(version), tuple(map(common_interval, intervals))
    problem = ""
    for interval in intervals:
        try:
            if covers(order, interval, version):
                return Judgement(True, readable(interval), _fixes(version, intervals, order))
        except CorruptInput as error:
            problem = error.message
    for named in candidate.versions:
        if version == named or _same(order, version, named):
            return Judgement(True, f"= {named}", _fixes(version, intervals, order))
    if problem:
        return Judgement(False, f"{version!r} cannot be compared: {problem}", undecided=True)
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


def _same(order: Order, version: str, named: str) -> bool:
    try:
        return order.same(version, named)
    except CorruptInput:
        return False


def _fixes(version: str, intervals: Sequence[Interval], order: Order) -> tuple[str, ...]:
    """The newer versions at which an interval ends and no other goes on, in order."""
    ends = dict.fromkeys(interval.fixed for interval in intervals if interval.fixed)
    fixes = [end for end in ends if _ahead(order, version, end) and not _within(order, intervals, end)]
    return tuple(sorted(fixes, key=order.key))


def _ahead(order: Order, version: str, fixed: str) -> bool:
    try:
        return order.compare(version, fixed) < 0
    except CorruptInput:
        return False


def _within(order: Order, intervals: Iterable[Interval], fixed: str) -> bool:
    for interval in intervals:
        with suppress(CorruptInput):
            if covers(order, interval, fixed):
                return True
    return False
