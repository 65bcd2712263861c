"""``META-INF/MANIFEST.MF``: what a jar says about itself.

A main section and named ones, separated by blank lines; a line that begins with a blank continues the one before.
Signed jars have a section per class, so only the main one is split up and the rest is searched when somebody asks.
Source: https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html#jar-manifest
"""

from __future__ import annotations

import re

_BREAK = re.compile(rb"\r\n?")
_BLANK = re.compile(rb"\n[ \t]*\n")


class Manifest:
    """The fields of the main section, and of the others where it lacks one. Field names differ not by case."""

    __slots__ = ("_main", "_rest")

    def __init__(self, data: bytes) -> None:
        unfolded = _BREAK.sub(b"\n", data).lstrip(b"\n").replace(b"\n ", b"")
        sections = _BLANK.split(unfolded, 1)
        self._rest = sections[1] if len(sections) == 2 else b""
        self._main: dict[str, str] = {}
        for line in sections[0].split(b"\n"):
            key, colon, value = line.partition(b":")
            if colon:
                self._main[key.strip().lower().decode("utf-8", "replace")] = value.strip().decode("utf-8", "replace")

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._main

    def main(self, *names: str) -> str:
        """The first of ``names`` that the main section fills; empty when none is."""
        return next((value for name in names if (value := self._main.get(name.lower()))), "")

    def field(self, *names: str) -> str:
        """The first of ``names`` that the main section fills, or, name by name, any other section."""
        for name in names:
            if value := self._main.get(name.lower()) or self._elsewhere(name):
                return value
        return ""

    def _elsewhere(self, name: str) -> str:
        if not self._rest:
            return ""
        found = re.search(rb"(?im)^%s:(.*)$" % re.escape(name.encode()), self._rest)
        return found[1].strip().decode("utf-8", "replace") if found else ""
