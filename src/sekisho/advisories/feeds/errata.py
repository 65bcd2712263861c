"""What distinguishes a distribution's erratum from a vulnerability: it mends several at once, for one set of builds.

An erratum (ALSA, RLSA, RHSA, USN, DSA …) lists the CVEs it mends as ``related``, ``upstream`` or even ``aliases``; they
are not names of one thing. The same is true of any record that claims two CVEs as its aliases. Such a record is *about*
its CVEs (``upstream``) and never makes them synonyms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from sekisho.errors import CorruptInput
from sekisho.model.advisory import Affected, Interval
from sekisho.versions.order import order_of

_ERRATUM = re.compile(
    r"(?:AL[SBE]A|R[LX][SBE]A|RH[SBE]A|EL[SBE]A|ALAS|USN|LSN|DSA|DLA|DTSA|(?:open)?SUSE|MGASA|openEuler|AZL|PHSA)[-:]"
)
_INFORMATIONAL = {"ALBA": "bugfix", "RLBA": "bugfix", "RHBA": "bugfix", "ALEA": "enhancement", "RLEA": "enhancement"}
"""Errata that mend bugs or bring features: vulnerabilities only where they name a CVE."""
_SEVERITY = re.compile(r"(Critical|Important|Moderate|Low): ")
_MODULE = re.compile(r"(?<![\w:/.-])([A-Za-z][\w.+-]*:[\w.+-]*\w)(?![\w:/])")
_MODULAR = re.compile(r"\.module[_+]")


def is_cve(name: str) -> bool:
    """Say whether a name is a CVE id."""
    return name.startswith("CVE-")


def names_of(
    id_: str, aliases: Sequence[str], upstream: Sequence[str], related: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(aliases, upstream) of a record, with the CVEs of an erratum or of an umbrella record as its upstream."""
    others = tuple(dict.fromkeys(alias for alias in aliases if alias and alias != id_))
    about = dict.fromkeys(name for name in upstream if name and name != id_)
    cves = [name for name in (*others, id_) if is_cve(name)]
    if _ERRATUM.match(id_):
        about |= dict.fromkeys(name for name in (*others, *related) if is_cve(name))
        others = tuple(name for name in others if not is_cve(name))
    elif len(cves) > 1:
        about |= dict.fromkeys(cves)
    return others, tuple(about)


def informational_of(id_: str, upstream: Sequence[str]) -> str:
    """The class of an erratum that mends no vulnerability; empty for every other record."""
    return "" if upstream else _INFORMATIONAL.get(id_[:4], "")


def severity_of(id_: str, summary: str) -> str:
    """The vendor's word at the start of an erratum's title."""
    word = _SEVERITY.match(summary) if _ERRATUM.match(id_) else None
    return word[1] if word else ""


def module_of(summary: str) -> str:
    """The one ``module:stream`` an erratum's title names; empty when it names none or several."""
    found = set(_MODULE.findall(summary))
    return found.pop() if len(found) == 1 else ""


def is_modular(intervals: Iterable[Interval]) -> bool:
    """Say whether a package was built in a module, which its release tells."""
    return any(_MODULAR.search(interval.fixed) for interval in intervals)


def merged(affected: Sequence[Affected]) -> tuple[Affected, ...]:
    """Keep, of several builds of one package in one erratum, the oldest that mends it.

    Rebuilds for later minor releases (``.module_el8.5.0`` after ``.module_el8.3.0``) carry the same repair: who has the
    first one is mended. Everything else stays as it is.
    """
    places: dict[tuple[str, str], int] = {}
    kept: list[Affected] = []
    for one in affected:
        place = places.setdefault((one.ecosystem, one.name), len(kept))
        if place == len(kept):
            kept.append(one)
        elif _rebuilt(kept[place], one):
            kept[place] = _older(kept[place], one)
        else:
            kept.append(one)
    return tuple(kept)


def _rebuilt(first: Affected, second: Affected) -> bool:
    intervals = (*first.intervals, *second.intervals)
    return (
        len(intervals) == 2
        and intervals[0].introduced == intervals[1].introduced == "0"
        and all(interval.fixed for interval in intervals)
        and msgspec.structs.replace(second, intervals=()) == msgspec.structs.replace(first, intervals=())
        and first.ecosystem.partition(":")[0] in {"AlmaLinux", "Rocky Linux", "Red Hat"}
    )


def _older(first: Affected, second: Affected) -> Affected:
    compare = order_of(first.ecosystem).compare
    try:
        return second if compare(second.intervals[0].fixed, first.intervals[0].fixed) < 0 else first
    except CorruptInput:
        return first
