"""The Debian security tracker: what Debian's security team thinks of each CVE in each source package and release.

One document: ``{source package: {CVE: {description, releases: {codename: {status, fixed_version, urgency, …}}}}}``.
``resolved`` with version "0" means never affected; ``open`` is vulnerable without a repair; ``undetermined`` is not
known; ``nodsa`` is vulnerable and judged not to be worth an update of its own, for now or for good. Records of another
shape occur (a list of releases instead of a table) and are defects.
Source: https://security-tracker.debian.org/tracker/data/json and its documentation in security-tracker.git
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec

from sekisho.advisories.ecosystem import debian_release
from sekisho.advisories.feeds.asking import Asking
from sekisho.advisories.feeds.inflate import gunzip
from sekisho.advisories.feeds.protocol import Declaration, Defect, Delivery, Record, Request
from sekisho.errors import CorruptInput, NotFound
from sekisho.formats.limits import GIB
from sekisho.model.advisory import Advisory, Affected, FixState, Interval

MAX_TRACKER = GIB
"""The document; 70 MB at the time of writing."""
_NO_DSA: dict[str, FixState] = {"ignored": "will_not_fix", "postponed": "fix_deferred"}
_TRACKER = "https://security-tracker.debian.org/tracker/{id}"


class _Release(msgspec.Struct):
    status: str = ""
    fixed_version: str = ""
    urgency: str = ""
    nodsa: str | None = None
    nodsa_reason: str | None = None


class _Issue(msgspec.Struct):
    description: str = ""
    releases: dict[str, _Release] = {}


_TABLE = msgspec.json.Decoder(dict[str, dict[str, msgspec.Raw]])
_ISSUE = msgspec.json.Decoder(_Issue)


class DebianFeed:
    """See the module."""

    declaration = Declaration(
        name="debian",
        title="Debian security tracker",
        licence="free project data (https://www.debian.org/license)",
        redistributable=True,
        base_url="https://security-tracker.debian.org",
        mirrored_as="security-tracker.debian.org",
        cadence="twice an hour",
    )

    def sources(self, ecosystem: str) -> tuple[str, ...]:
        """One document for every release."""
        return ("debian",) if ecosystem.partition(":")[0] in {"Debian", "debian"} else ()

    def fetch(self, request: Request) -> Delivery:
        """The whole document, unless it is the one that was read before."""
        asking = Asking(request)
        try:
            path = "tracker/data/json"
            body = asking.get(path, max_size=MAX_TRACKER)
        except NotFound:
            path = "tracker/data/json.gz"
            body = asking.get(path, max_size=MAX_TRACKER)
        url = asking.url(path)
        if body is None:
            return Delivery(kind="unchanged", state=asking.state(), url=url)
        return Delivery(
            kind="full",
            state=asking.state(),
            records=read_tracker(gunzip(body, MAX_TRACKER)),
            url=url,
            received=asking.received,
        )


def read_tracker(document: bytes) -> Iterator[Record | Defect]:
    """One record for each CVE, over all its packages and releases, in the order of their ids."""
    try:
        table = _TABLE.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CorruptInput("the Debian tracker's document cannot be read", detail=str(error)) from None
    issues: dict[str, list[tuple[str, msgspec.Raw]]] = {}
    for package in sorted(table):
        for id_, raw in table[package].items():
            issues.setdefault(id_, []).append((package, raw))
    for id_ in sorted(issues):
        yield from _record(id_, issues[id_])


def _record(id_: str, parts: list[tuple[str, msgspec.Raw]]) -> Iterator[Record | Defect]:
    digest = hashlib.sha256()
    affected: list[Affected] = []
    description = ""
    unread = 0
    for package, raw in parts:
        digest.update(package.encode() + b"\0" + bytes(raw) + b"\0")
        try:
            issue = _ISSUE.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            unread += 1
            yield Defect(id_, f"{package}: {error}")
            continue
        description = description or issue.description
        affected += _affected(package, issue.releases)
    if unread == len(parts):
        return
    advisory = Advisory(
        id=id_,
        source="debian",
        details=description,
        url=_TRACKER.format(id=id_),
        references=(_TRACKER.format(id=id_),),
        affected=tuple(affected),
    )
    yield Record(advisory, digest.digest())


def _affected(package: str, releases: dict[str, _Release]) -> Iterator[Affected]:
    for codename in sorted(releases):
        if number := debian_release(codename):
            yield _judged(package, f"Debian:{number}", releases[codename])


def _judged(package: str, ecosystem: str, release: _Release) -> Affected:
    """The tracker's words for one release in ours."""
    urgency = release.urgency.rstrip("*")
    severity = "" if urgency in {"not yet assigned", "end-of-life"} else urgency
    if release.status == "undetermined":
        return Affected(ecosystem=ecosystem, name=package, state="under_investigation", severity=severity)
    if release.fixed_version == "0":
        return Affected(ecosystem=ecosystem, name=package, state="not_affected", severity=severity)
    return Affected(
        ecosystem=ecosystem,
        name=package,
        intervals=(Interval(fixed=release.fixed_version),),
        state=_state(release, urgency),
        severity=severity,
    )


def _state(release: _Release, urgency: str) -> FixState:
    if urgency == "end-of-life":
        return "end_of_life"
    if release.nodsa is not None and not release.fixed_version:
        return _NO_DSA.get(release.nodsa_reason or "", "affected")
    return "fixed" if release.fixed_version else "affected"
