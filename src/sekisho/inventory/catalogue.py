"""The explicit table of extractors: a newcomer adds one file beside the others and one line here."""

from __future__ import annotations

import importlib
from functools import cache

from sekisho.inventory.protocol import Extractor

MODULES: tuple[str, ...] = (
    "os.alpm",
    "os.apk",
    "os.chisel",
    "os.dpkg",
    "os.rpm",
    "os.release",
    "binary.executable",
    "language.bun_lock",
    "language.conan",
    "language.conda",
    "language.dart",
    "language.dotnet",
    "language.dotnet_nuget",
    "language.elixir",
    "language.golang",
    "language.gradle",
    "language.haskell",
    "language.java",
    "language.julia",
    "language.maven_pom",
    "language.node_installed",
    "language.npm_lock",
    "language.php",
    "language.pnpm_lock",
    "language.python_installed",
    "language.python_pdm",
    "language.python_pipenv",
    "language.python_poetry",
    "language.python_pylock",
    "language.python_requirements",
    "language.python_uv",
    "language.r_language",
    "language.ruby",
    "language.ruby_gemspec",
    "language.rust",
    "language.swift",
    "language.yarn_lock",
)
"""Each module defines ``EXTRACTORS``: a tuple of :class:`~sekisho.inventory.protocol.Extractor`."""


@cache
def extractors() -> tuple[Extractor, ...]:
    """Every extractor, in the order of the table."""
    found: list[Extractor] = []
    for module in MODULES:
        found += importlib.import_module(f"sekisho.inventory.{module}").EXTRACTORS
    return tuple(found)
