"""YAML documents that somebody else wrote, composed from libyaml's events.

Aliases are refused: no lock file has them, and nine of them expand to a billion nodes. Depth is bounded. Keys are
always text. Values come in two readings: lock files write versions such as ``1.10`` without quotes, so
:func:`decode_yaml_text` leaves every scalar as it is written, while :func:`decode_yaml` knows null, booleans and
numbers as the YAML 1.2 core schema does (``no`` and dates stay text).
Source: https://yaml.org/spec/1.2.2/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats.limits import MIB

MAX_YAML_DOCUMENT = 16 * MIB
"""The largest pnpm-lock.yaml of public monorepos is near 3 MiB, which takes half a second."""
MAX_YAML_DIRECTIVES = 8
"""Lines beginning with %: libyaml compares each %TAG with all before it, and lock files have none."""
MAX_YAML_DOCUMENTS = 100
"""Documents in one file; pnpm writes two."""
MAX_YAML_DEPTH = 64
"""Nested collections; lock files need six."""
_WORDS: dict[str, Any] = {"": None, "~": None} | {
    spelling: value
    for word, value in (("null", None), ("true", True), ("false", False))
    for spelling in (word, word.capitalize(), word.upper())
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,400}\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]{1,400}|[0-9]{1,400}(?:\.[0-9]{0,400})?)(?:[eE][-+]?[0-9]{1,4})?\Z")


def decode_yaml(data: bytes, max_size: int = MAX_YAML_DOCUMENT) -> Any:
    """The first document as dicts, lists and typed scalars; None when there is none."""
    return next(_documents(data, max_size, _typed), None)


def decode_yaml_text(data: bytes, max_size: int = MAX_YAML_DOCUMENT) -> list[Any]:
    """Every document as dicts, lists and text; a plain null or an absent value is the empty text."""
    found = list(islice(_documents(data, max_size, _as_written), MAX_YAML_DOCUMENTS + 1))
    if len(found) > MAX_YAML_DOCUMENTS:
        raise BoundExceeded(f"the YAML has more than {MAX_YAML_DOCUMENTS} documents")
    return found


def _typed(value: str, plain: bool) -> Any:
    if not plain:
        return value
    if value in _WORDS:
        return _WORDS[value]
    if _INTEGER.match(value):
        return int(value)
    return float(value) if _FLOAT.match(value) else value


def _as_written(value: str, plain: bool) -> Any:
    return "" if plain and value in ("~", "null") else value


def _documents(data: bytes, max_size: int, scalar: Callable[[str, bool], Any]) -> Iterator[Any]:
    import yaml

    if len(data) > max_size:
        raise BoundExceeded(f"a YAML document of {len(data)} bytes is larger than {max_size}")
    if data.count(b"\n%") > MAX_YAML_DIRECTIVES:
        raise BoundExceeded(f"the YAML has more than {MAX_YAML_DIRECTIVES} directives")
    try:
        yield from _composed(data.decode("utf-8-sig", "replace"), scalar)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise CorruptInput(f"not YAML: {error.problem or error.context}{where}") from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise CorruptInput(f"not YAML: {str(error).splitlines()[0][:200]}") from None
    except RecursionError:
        raise CorruptInput("the YAML is nested too deeply") from None


def _composed(text: str, scalar: Callable[[str, bool], Any]) -> Iterator[Any]:
    """Build each document on an explicit stack: libyaml's own composer recurses."""
    from yaml import events

    read = _events(text)
    started, ended = (
        (events.MappingStartEvent, events.SequenceStartEvent),
        (events.MappingEndEvent, events.SequenceEndEvent),
    )
    stack: list[_Collection] = []
    top = _Collection(None)
    while True:
        event = read()
        kind = type(event)
        if kind is events.ScalarEvent:
            top.add(event.value if top.wants_key else scalar(event.value, event.implicit[0]))
        elif kind in started:
            if len(stack) >= MAX_YAML_DEPTH:
                raise BoundExceeded(f"YAML collections are nested more than {MAX_YAML_DEPTH} deep")
            stack.append(top)
            top = _Collection({} if kind is events.MappingStartEvent else [])
        elif kind in ended:
            finished, top = top, stack.pop()
            top.add(finished.value)
        elif kind is events.DocumentEndEvent:
            yield top.value
            top = _Collection(None)
        elif kind is events.AliasEvent:
            raise CorruptInput(f"the YAML uses an alias at line {event.start_mark.line + 1}; none is expected here")
        elif kind is events.StreamEndEvent or event is None:
            return


def _events(text: str) -> Callable[[], Any]:
    """The next-event function of libyaml, or of the Python parser where PyYAML was built without it."""
    try:
        from yaml._yaml import CParser
    except ImportError:
        from yaml import SafeLoader

        return SafeLoader(text).get_event
    get_event: Callable[[], Any] = CParser(text).get_event
    return get_event


class _Collection:
    """A mapping, sequence or document (None until its root is known) under construction."""

    __slots__ = ("key", "value", "wants_key")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.key = ""
        self.wants_key = type(value) is dict

    def add(self, item: Any) -> None:
        """Take the next item: a key or its value in a mapping, an element in a sequence, the root of a document."""
        value = self.value
        if self.wants_key:
            if type(item) is not str:
                raise CorruptInput("a key of the YAML is not a scalar")
            self.key = item
            self.wants_key = False
        elif type(value) is dict:
            value[self.key] = item
            self.wants_key = True
        elif type(value) is list:
            value.append(item)
        else:
            self.value = item
