"""The explicit table of extractors: a newcomer adds one file beside the others and one line here."""

from __future__ import annotations

import importlib
from functools import cache

from sekisho.inventory.protocol import Extractor

MODULES: tuple[str, ...] = ()
"""Each module defines ``EXTRACTORS``: a tuple of :class:`~sekisho.inventory.protocol.Extractor`."""


@cache
def extractors() -> tuple[Extractor, ...]:
    """Every extractor, in the order of the table."""
    found: list[Extractor] = []
    for module in MODULES:
        found += importlib.import_module(f"sekisho.inventory.{module}").EXTRACTORS
    return tuple(found)
