"""The explicit table of formats: a newcomer adds one file beside the others and one line here.

A format is a function ``render(report, *, options) -> str | bytes``; its module is imported when it is asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import msgspec

from sekisho.errors import UsageError
from sekisho.model.finding import Report
from sekisho.report.options import RenderOptions

Renderer = Callable[..., str | bytes]


class Format(msgspec.Struct, frozen=True):
    """One way to write a report."""

    name: str
    module: str
    """Below :mod:`sekisho.report`."""
    function: str
    description: str
    lists_packages: bool = False
    """A bill of materials: it needs no advisories."""


FORMATS = (
    Format("table", "table", "render", "for people: findings grouped by the upgrade that closes them"),
    Format("json", "trivy_json", "render", "Trivy's JSON report, schema 2"),
    Format("cyclonedx", "bill", "render_cyclonedx", "CycloneDX 1.6 JSON", lists_packages=True),
    Format("spdx-json", "bill", "render_spdx_json", "SPDX 2.3 JSON", lists_packages=True),
)
SYNONYMS = {"cyclonedx-json": "cyclonedx", "trivy-json": "json"}
"""Names by which other tools' users ask for the same."""
_BY_NAME = {known.name: known for known in FORMATS}


def names() -> tuple[str, ...]:
    """Every format's name, in the order of the table."""
    return tuple(_BY_NAME)


def format_named(name: str) -> Format:
    """Look a format up; raise UsageError, naming all, when there is none of the name."""
    known = _BY_NAME.get(SYNONYMS.get(name, name))
    if known is None:
        raise UsageError(f"no such format: {name!r}", hint=f"formats: {', '.join(names())}")
    return known


def render(name: str, report: Report, options: RenderOptions) -> bytes:
    """Write the report in the named format, as the bytes that go to a file or a terminal."""
    known = format_named(name)
    renderer: Renderer = getattr(importlib.import_module(f"sekisho.report.{known.module}"), known.function)
    try:
        text = renderer(report, options=options)
    except UnicodeEncodeError:
        # A path on the command line that is not UTF-8 reaches us with lone surrogates, which no document may hold.
        text = renderer(msgspec.convert(_without_surrogates(msgspec.to_builtins(report)), Report), options=options)
    return text if isinstance(text, bytes) else text.encode("utf-8", "replace")


def _without_surrogates(node: Any) -> Any:
    if isinstance(node, str):
        return node.encode("utf-8", "replace").decode()
    if isinstance(node, list | tuple):
        return [_without_surrogates(item) for item in node]
    if isinstance(node, dict):
        return {_without_surrogates(key): _without_surrogates(value) for key, value in node.items()}
    return node
