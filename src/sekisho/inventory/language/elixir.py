"""Hex packages of Elixir (``mix.lock``) and Erlang (``rebar.lock``).

Both files are terms of their language, one dependency a line or tuple; only literals occur and nothing is evaluated.
Sources: https://hexdocs.pm/mix/Mix.Tasks.Deps.html, https://rebar3.org/docs/configuration/dependencies/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sekisho.inventory.protocol import Extractor, File, Item
from sekisho.model.inventory import Gap
from sekisho.model.package import Package

_LOCKED = re.compile(r'\s*"([^"]+)": \{:(hex|git), (?::"?([^",\s]+)"?|"[^"]*"), "([^"]+)"(.*)')
_NAMED = re.compile(r'\s*+"[^"]*+":')
_NEED = re.compile(r"\{:(\w+), ")
_OUTER_CHECKSUM = re.compile(r'"([0-9a-f]{64})"\},?\s*\Z')
_REBAR_PACKAGE = re.compile(r'\{<<"([^"]+)">>,\s*\{pkg,\s*<<"([^"]+)">>,\s*<<"([^"]+)">>')
_REBAR_GIT = re.compile(r'\{<<"([^"]+)">>,\s*\{git,\s*"[^"]*",\s*\{ref,\s*"([^"]+)"')


def extract_mix_lock(file: File) -> Iterator[Item]:
    """One dependency a line; one from a git repository has a commit and no version. What cannot be read is a gap."""
    found: list[tuple[int, re.Match[str]]] = []
    for number, line in enumerate(file.text.splitlines(), 1):
        if entry := _LOCKED.match(line):
            found.append((number, entry))
        elif _NAMED.match(line):
            yield Gap(path=file.path, extractor="hex", reason=f"line {number}: an entry of an unknown form")
    keys = {entry[1]: f"{entry[3]}@{entry[4]}" for _, entry in found if entry[2] == "hex"}
    for number, entry in found:
        is_hex = entry[2] == "hex"
        checksum = _OUTER_CHECKSUM.search(entry[5]) if is_hex else None
        needs = {keys[need] for need in _NEED.findall(entry[5]) if need in keys} if is_hex else set()
        yield Package(
            type="hex",
            name=(entry[3] or entry[1]) if is_hex else entry[1],
            version=entry[4] if is_hex else "",
            found_by="hex",
            path=file.path,
            checksums=(f"sha256:{checksum[1]}",) if checksum else (),
            depends_on=tuple(sorted(needs)),
            lines=(number, number),
            facts={} if is_hex else {"revision": entry[4]},
        )


def extract_rebar_lock(file: File) -> Iterator[Package]:
    """Packages from hex.pm, then those from git repositories, which have a commit and no version."""
    text = file.text
    for entry in _REBAR_PACKAGE.finditer(text):
        yield Package(type="hex", name=entry[2], version=entry[3], found_by="rebar", path=file.path)
    for entry in _REBAR_GIT.finditer(text):
        yield Package(type="hex", name=entry[1], found_by="rebar", path=file.path, facts={"revision": entry[2]})


EXTRACTORS = (
    Extractor(name="hex", extract=extract_mix_lock, names=("mix.lock",), post_build=False),
    Extractor(name="rebar", extract=extract_rebar_lock, names=("rebar.lock",), post_build=False),
)
