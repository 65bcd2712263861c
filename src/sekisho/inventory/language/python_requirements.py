"""requirements.txt: what pip is asked to install.

Only pinned requirements (``name==1.0``) say which version that will be; ranges, bare names and addresses do not and are
left out, as a resolver would be needed to know.
Source: https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sekisho.formats.limits import MIB
from sekisho.inventory.language.dependency_graph import unique
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.package import Package

MAX_REQUIREMENTS = 8 * MIB
"""With hashes for every wheel, large ones reach half a megabyte."""
_COMMENT = re.compile(r"(?:^|\s)#.*")
_PINNED = re.compile(
    r"\s*+(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*+)\s*+(?:\[[^\]]*+\]\s*+)?\(?\s*+===?\s*+"
    r"(?P<version>[A-Za-z0-9][A-Za-z0-9.!+_-]*+)\s*+\)?(?:\Z|(?=[;,])|(?<=[\s)]))(?P<rest>.*)",
    re.DOTALL,
)
"""Possessive throughout: adjacent blanks would otherwise be tried in every division."""
_HASH = re.compile(r"--hash[=\s]\s*([a-z0-9]+):([0-9A-Fa-f]+)")
_BYTE_ORDER_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def extract(file: File) -> Iterator[Package]:
    """Every pinned requirement, at the line it begins."""
    yield from unique(_packages(file))


def _packages(file: File) -> Iterator[Package]:
    for number, line in _logical_lines(_decoded(file)):
        found = _PINNED.match(line)
        if found:
            yield Package(
                type="pypi",
                name=found["name"],
                version=found["version"],
                found_by="pip",
                path=file.path,
                lines=(number, number),
                checksums=tuple(f"{name}:{value.lower()}" for name, value in _HASH.findall(found["rest"])),
            )


def _decoded(file: File) -> str:
    """The text; Windows' editors write UTF-16 with a byte-order mark."""
    data = file.data
    encoding = next((encoding for mark, encoding in _BYTE_ORDER_MARKS if data.startswith(mark)), "")
    return data.decode(encoding, "replace") if encoding else file.text


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines joined at a trailing backslash, without comments, with the number of the first."""
    parts: list[str] = []
    first = 0
    for number, line in enumerate(text.split("\n"), 1):
        line = _COMMENT.sub("", line.rstrip("\r"))
        first = first if parts else number
        if line.endswith("\\"):
            parts.append(line[:-1])
            continue
        yield first, " ".join([*parts, line])
        parts = []
    if parts:
        yield first, " ".join(parts)


EXTRACTORS = (
    Extractor(
        name="pip",
        extract=extract,
        suffixes=(".txt",),
        pattern=r"requirements[^/]*\.txt$",
        max_size=MAX_REQUIREMENTS,
        post_build=False,
    ),
)
