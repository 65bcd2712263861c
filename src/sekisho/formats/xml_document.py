"""XML documents that somebody else wrote: a plain tree of elements, bounded, without entities.

No project file needs a document type's entities, and nine of them expand to a billion ("billion laughs"): declaring one
is refused. Nothing outside the document is ever fetched. Namespace prefixes are dropped: ``a:version`` is ``version``.
Source: https://www.w3.org/TR/xml/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats.limits import MIB

MAX_XML_DOCUMENT = 32 * MIB
"""The largest public Gradle verification-metadata.xml is near 3 MiB."""
MAX_ELEMENTS = 1_000_000
"""About 300 bytes each in memory."""
MAX_DEPTH = 200
"""Nested elements; project files use ten."""


class Element:
    """One element: its local name, attributes, children in order, own text without surrounding blanks, and line."""

    __slots__ = ("attributes", "children", "line", "tag", "text")

    def __init__(self, tag: str, attributes: dict[str, str], line: int) -> None:
        self.tag = tag
        self.attributes = attributes
        self.line = line
        self.text = ""
        self.children: list[Element] = []

    def child(self, tag: str) -> Element | None:
        """The first child called ``tag``."""
        return next((child for child in self.children if child.tag == tag), None)

    def all(self, *path: str) -> Iterator[Element]:
        """Every element reached by following ``path`` from here, in document order."""
        found = (child for child in self.children if child.tag == path[0])
        if len(path) == 1:
            yield from found
        else:
            for child in found:
                yield from child.all(*path[1:])

    def text_of(self, tag: str) -> str:
        """Text of the first child called ``tag``; empty when there is none."""
        child = self.child(tag)
        return child.text if child is not None else ""


def decode_xml(data: bytes, max_size: int = MAX_XML_DOCUMENT) -> Element:
    """The root element; BoundExceeded above a bound, CorruptInput when it is not XML or declares entities."""
    from xml.parsers import expat

    if len(data) > max_size:
        raise BoundExceeded(f"an XML document of {len(data)} bytes is larger than {max_size}")
    builder = _Builder(expat.ParserCreate(), data)
    try:
        builder.parser.Parse(data.lstrip(), True)
    except expat.ExpatError as error:
        line = error.lineno + builder.skipped
        raise CorruptInput(f"not XML: {expat.ErrorString(error.code)} at line {line}") from None
    except (ValueError, LookupError, UnicodeError) as error:
        raise CorruptInput(f"not XML: {error}") from None
    return builder.root


class _Builder:
    """Collects expat's events; the first element becomes the only child of a nameless one."""

    def __init__(self, parser: Any, data: bytes) -> None:
        self.parser = parser
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = _refuse_declaration
        parser.AttlistDeclHandler = _refuse_declaration
        self.skipped = data.count(b"\n", 0, len(data) - len(data.lstrip()))
        self._top = Element("", {}, 0)
        self._stack: list[Element] = []
        self._texts: list[list[str]] = []
        self._count = 0

    @property
    def root(self) -> Element:
        """The document's one outermost element."""
        return self._top.children[0]

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._stack) >= MAX_DEPTH:
            raise BoundExceeded(f"an XML document of more than {MAX_ELEMENTS} elements, or nested beyond {MAX_DEPTH}")
        line = self.parser.CurrentLineNumber + self.skipped
        element = Element(tag.rpartition(":")[2], attributes, line)
        (self._stack[-1] if self._stack else self._top).children.append(element)
        self._stack.append(element)
        self._texts.append([])

    def _end(self, _tag: str) -> None:
        self._stack.pop().text = "".join(self._texts.pop()).strip()

    def _characters(self, text: str) -> None:
        self._texts[-1].append(text)


def _refuse_declaration(*_declaration: Any) -> NoReturn:
    """Entities and default attribute values can both be repeated into gigabytes."""
    raise CorruptInput("the XML declares entities or attributes; none are expected here")
