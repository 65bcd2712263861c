"""Alpine's secdb format: which version of a package first mended which vulnerability, for one branch.

``{"packages": [{"pkg": {"name": …, "secfixes": {"1.2-r3": ["CVE-… GHSA-…", …]}}}]}``. A version "0" means never
affected; one string may name several ids. Only what is mended is listed: absence is not safety. Wolfi and Chainguard
publish the same format.
Source: https://wiki.alpinelinux.org/wiki/Package_policies#Security_fixes, https://secdb.alpinelinux.org
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

import msgspec

from sekisho.advisories.feeds.protocol import Defect, Record
from sekisho.errors import CorruptInput
from sekisho.model.advisory import Advisory, Affected, Interval

_ID = re.compile(r"(?<![^\s,;(])[A-Z][A-Z0-9]*-[A-Za-z0-9:._-]*[A-Za-z0-9](?![^\s,;)])")
"""A whole word that looks like an id; ``CVE-2022-????`` stands for a number nobody had yet."""
Fix = tuple[str, str, str, tuple[str, ...]]
"""(repository, package, first version without the hole, other ids of the same entry)."""


class _Package(msgspec.Struct):
    name: str
    secfixes: dict[str, list[str] | None] | list[None] | None = None
    """PHP-made documents write an empty table as an empty list."""


class _Entry(msgspec.Struct):
    pkg: _Package


class _Document(msgspec.Struct):
    packages: list[msgspec.Raw] | None = None


_DOCUMENT = msgspec.json.Decoder(_Document)
_ENTRY = msgspec.json.Decoder(_Entry)


def read_secdb(documents: dict[str, bytes], source: str, ecosystem: str, url: str) -> Iterator[Record | Defect]:
    """One record for each id of a branch over its repositories (name → document); ``url`` has ``{id}`` in it."""
    fixes: dict[str, list[Fix]] = {}
    for repository in sorted(documents):
        yield from _collect(repository, documents[repository], fixes)
    for id_ in sorted(fixes):
        yield _record(id_, sorted(fixes[id_]), source, ecosystem, url)


def _collect(repository: str, document: bytes, fixes: dict[str, list[Fix]]) -> Iterator[Defect]:
    try:
        entries = _DOCUMENT.decode(document).packages or []
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CorruptInput(f"the secdb document of {repository} cannot be read", detail=str(error)) from None
    for raw in entries:
        try:
            package = _ENTRY.decode(raw).pkg
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            yield Defect(repository, str(error))
            continue
        if not isinstance(package.secfixes, dict):
            continue
        for version, texts in package.secfixes.items():
            for text in texts or ():
                for id_, others in _names(text):
                    fixes.setdefault(id_, []).append((repository, package.name, version, others))


def _names(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The ids an entry speaks of, CVEs if there are any, each with its synonyms.

    Only a GHSA beside a single CVE is a synonym; an XSA or ZBX number may stand for several holes at once.
    """
    found = list(dict.fromkeys(_ID.findall(text)))
    cves = [name for name in found if name.startswith("CVE-")]
    synonyms = tuple(name for name in found if name.startswith("GHSA-")) if len(cves) == 1 else ()
    for name in cves or found:
        yield name, synonyms


def _record(id_: str, fixes: list[Fix], source: str, ecosystem: str, url: str) -> Record:
    affected: dict[tuple[str, str], Affected] = {}
    for _, package, version, _ in fixes:
        if version == "0":
            one = Affected(ecosystem=ecosystem, name=package, state="not_affected")
        else:
            one = Affected(ecosystem=ecosystem, name=package, intervals=(Interval(fixed=version),), state="fixed")
        affected[package, version] = one
    address = url.format(id=id_)
    advisory = Advisory(
        id=id_,
        source=source,
        aliases=tuple(dict.fromkeys(name for *_, others in fixes for name in others)),
        url=address,
        references=(address,),
        affected=tuple(affected.values()),
    )
    return Record(advisory, hashlib.sha256(msgspec.json.encode(fixes)).digest())
