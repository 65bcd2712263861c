"""Installed gems: the Ruby file RubyGems writes below ``specifications/``.

It is a program, but RubyGems generates it: one attribute a line, literals only, after a stub comment that repeats name,
version and platform. Nothing is evaluated.
Source: https://guides.rubygems.org/specification-reference/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sekisho.errors import CorruptInput
from sekisho.formats.limits import MIB
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.package import Package

FOUND_BY = "gemspec"
_BLOCK = re.compile(r"^[ \t]*Gem::Specification\.new\b[^\n]*\|[ \t]*(\w+)[ \t]*\|", re.MULTILINE)
_ATTRIBUTE = re.compile(
    r"^[ \t]*(\w+)\.(name|version|licenses?|homepage|authors?|platform)[ \t]*=[ \t]*([^\n]{1,1024})", re.MULTILINE
)
_STRING = re.compile(r"\"((?:[^\"\\]++|\\.)*+)\"|'([^']*)'|%q<([^>]*)>")
_STUB = re.compile(r"^# stub: (\S+) (\S+) ", re.MULTILINE)
_UNICODE = re.compile(r"\\u([0-9A-Fa-f]{4})")


def extract_gemspec(file: File) -> Iterator[Package]:
    """The gem; nothing when the file holds no specification, CorruptInput when name or version is not a literal."""
    text = file.text
    block = _BLOCK.search(text)
    if block is None:
        return
    attributes = [found for found in _ATTRIBUTE.finditer(text, block.end()) if found[1] == block[1]]
    said = {found[2].removesuffix("s"): found[3] for found in attributes}
    line = text.count("\n", 0, attributes[0].start(2)) + 1 if attributes else 1
    stub = _STUB.search(text, 0, block.start())
    name = _first(said.get("name", "")) or (stub[1] if stub else "")
    version = _first(said.get("version", "")) or (stub[2] if stub else "")
    if not name or not version:
        raise CorruptInput("the gem specification names no gem and version")
    platform = _first(said.get("platform", ""))
    yield Package(
        type="gem",
        name=name,
        version=version,
        found_by=FOUND_BY,
        path=file.path,
        licenses=tuple(dict.fromkeys(_strings(said.get("license", "")))),
        supplier=", ".join(_strings(said.get("author", ""))[:3]),
        homepage=_first(said.get("homepage", "")),
        lines=(line, line),
        facts={"platform": platform} if platform and platform != "ruby" else {},
    )


def _strings(value: str) -> list[str]:
    """The literals of a value before its comment; one with an interpolation is not known."""
    found = []
    for one in _STRING.finditer(_without_comment(value)):
        text = _UNICODE.sub(_character, one[1] or one[2] or one[3] or "")
        if text and "#{" not in text:
            found.append(text)
    return found


def _character(code: re.Match[str]) -> str:
    """The character of an escape; half of a surrogate pair is none and could not be written down."""
    character = chr(int(code[1], 16))
    return "\ufffd" if "\ud800" <= character <= "\udfff" else character


def _without_comment(value: str) -> str:
    """Cut `` # …`` where it begins outside of a literal."""
    comment = _STRING.sub(lambda one: " " * len(one[0]), value).find(" #")
    return value if comment < 0 else value[:comment]


def _first(value: str) -> str:
    """The literal a value begins with; empty when it begins with anything else (a constant, a call)."""
    found = _STRING.match(value)
    return next(iter(_strings(found[0])), "") if found else ""


EXTRACTORS = (
    Extractor(
        name=FOUND_BY,
        extract=extract_gemspec,
        suffixes=(".gemspec",),
        pattern=r"(?:^|/)specifications/",
        max_size=4 * MIB,
        authoritative=False,  # gems ship odd specifications as test data
        pre_build=False,
    ),
)
