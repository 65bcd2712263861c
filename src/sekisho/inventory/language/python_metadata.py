"""Core metadata: what an installed Python distribution says about itself in METADATA or PKG-INFO.

A block of mail-like headers, read up to the first blank line; the long description behind it is never looked at.
Old tools wrote descriptions without folding them and names in other encodings, so a line that is no header is passed
over, and the first header of a name counts.
Source: https://packaging.python.org/specifications/core-metadata/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sekisho.model.package import Package

_BLANK_LINE = re.compile(rb"\n\r?\n")
"""Really blank: a line of blanks belongs to a folded description."""
_WANTED = {"name", "version", "summary", "home-page", "author", "author-email", "maintainer", "maintainer-email"} | {
    "license",
    "license-expression",
    "classifier",
    "project-url",
}
_LICENSE_CLASSIFIER = "License :: "
_HOMEPAGES = frozenset({"homepage", "home-page", "home page", "home"})
MAX_LICENSE_NAME = 200
"""Characters; a longer License field is the licence's text (its first line names it well enough)."""


def read_distribution(data: bytes, path: str, extractor: str) -> Package | None:
    """The distribution described by ``data``, or None when it has no name and version."""
    fields = _headers(data)
    name, version = fields.get("name", [""])[0], fields.get("version", [""])[0]
    if not name or not version:
        return None
    return Package(
        type="pypi",
        name=name,
        version=version,
        found_by=extractor,
        path=path,
        licenses=tuple(_licenses(fields)),
        supplier=_contact(fields, "author") or _contact(fields, "maintainer"),
        homepage=_homepage(fields),
        description=_first(fields, "summary"),
    )


def _headers(data: bytes) -> dict[str, list[str]]:
    data = data.lstrip()
    end = _BLANK_LINE.search(data)
    text = (data[: end.start()] if end else data).decode("utf-8-sig", "replace")
    found: dict[str, list[str]] = {}
    for line in text.split("\n"):
        key, colon, value = line.partition(":")
        if colon and (key := key.lower()) in _WANTED:
            found.setdefault(key, []).append(value.strip())
    return found


def _first(fields: dict[str, list[str]], key: str) -> str:
    value = fields.get(key, ("",))[0]
    return "" if value == "UNKNOWN" else value


def _licenses(fields: dict[str, list[str]]) -> Iterator[str]:
    """The expression (PEP 639), else the free field, else the classifiers."""
    declared = _first(fields, "license-expression") or _first(fields, "license")
    if declared:
        yield declared[:MAX_LICENSE_NAME]
        return
    for classifier in fields.get("classifier", ()):
        if classifier.startswith(_LICENSE_CLASSIFIER) and classifier != "License :: OSI Approved":
            yield classifier.rpartition(" :: ")[2]


def _contact(fields: dict[str, list[str]], role: str) -> str:
    name, mail = _first(fields, role), _first(fields, f"{role}-email")
    return f"{name} <{mail}>" if name and mail and "<" not in mail else mail if "<" in mail else name or mail


def _homepage(fields: dict[str, list[str]]) -> str:
    declared = _first(fields, "home-page")
    if declared:
        return declared
    links = (entry.partition(",") for entry in fields.get("project-url", ()))
    return next((address.strip() for label, _, address in links if label.strip().lower() in _HOMEPAGES), "")
