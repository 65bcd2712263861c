"""Bundler's ``Gemfile.lock``.

Sections begin in the first column; resolved gems are indented by four blanks under ``specs:``, what each needs by six.
A gem that is locked for several platforms (``nokogiri (1.13.3-x86_64-linux)``) is one package, as in Trivy.
Source: https://bundler.io/guides/rationale.html#checking-your-code-into-version-control
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sekisho.inventory.protocol import Extractor, File
from sekisho.model.package import Package

FOUND_BY = "bundler"
_SPEC = re.compile(r" {4}(\S+) \(([^)]*)\)")
_NEED = re.compile(r" {6}(\S+)")
_DIRECT = re.compile(r" {2}([^\s!]+)")
_CHECKSUM = re.compile(r" {2}(\S+) \(([^)]*)\) (sha256)=(\w+)")
_SOURCES = frozenset({"GEM", "GIT", "PATH", "PLUGIN SOURCE"})


class _Gem:
    __slots__ = ("line", "needs", "revision", "version")

    def __init__(self, version: str, line: int, revision: str) -> None:
        self.version = version
        self.line = line
        self.revision = revision
        self.needs: list[str] = []


def extract_gemfile_lock(file: File) -> Iterator[Package]:
    """Every locked gem, with what it needs; direct when the Gemfile asks for it."""
    gems: dict[str, _Gem] = {}
    direct: set[str] = set()
    checksums: dict[tuple[str, str], str] = {}
    section, revision, current = "", "", _Gem("", 0, "")
    for number, line in enumerate(file.text.splitlines(), 1):
        if line[:1] not in ("", " "):
            section, revision = line.strip(), ""
        elif section in _SOURCES:
            if found := _SPEC.match(line):
                current = gems.setdefault(found[1], _Gem(found[2].partition("-")[0], number, revision))
            elif found := _NEED.match(line):
                current.needs.append(found[1])
            elif line.startswith("  revision: "):
                revision = line[12:].strip()
        elif section == "DEPENDENCIES" and (found := _DIRECT.match(line)):
            direct.add(found[1])
        elif section == "CHECKSUMS" and (found := _CHECKSUM.match(line)):
            checksums.setdefault((found[1], found[2].partition("-")[0]), f"{found[3]}:{found[4]}")
    for name, gem in gems.items():
        yield _package(file, name, gem, gems, name in direct, checksums.get((name, gem.version), ""))


def _package(file: File, name: str, gem: _Gem, gems: dict[str, _Gem], direct: bool, checksum: str) -> Package:
    return Package(
        type="gem",
        name=name,
        version=gem.version,
        found_by=FOUND_BY,
        path=file.path,
        relation="direct" if direct else "indirect",
        depends_on=tuple(sorted({f"{need}@{gems[need].version}" for need in gem.needs if need in gems})),
        checksums=(checksum,) if checksum else (),
        lines=(gem.line, gem.line),
        facts={"revision": gem.revision} if gem.revision else {},
    )


EXTRACTORS = (
    Extractor(name=FOUND_BY, extract=extract_gemfile_lock, names=("Gemfile.lock", "gems.locked"), post_build=False),
)
