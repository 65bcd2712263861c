"""Where the advisory store lies: ``<cache>/db/advisories-v<schema>.db``, one file that is replaced as a whole.

The cache directory is ``--cache-dir``, else ``SEKISHO_CACHE_DIR``, else ``$XDG_CACHE_HOME/sekisho``, else
``~/.cache/sekisho`` (https://specifications.freedesktop.org/basedir-spec/latest/).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

SCHEMA = 1
"""Raised whenever the tables or the encoding of their rows change; another schema's file is left alone."""


def cache_directory(environ: Mapping[str, str], chosen: str = "") -> Path:
    """The directory everything is cached in; it need not exist."""
    if named := chosen or environ.get("SEKISHO_CACHE_DIR", ""):
        return Path(named)
    base = environ.get("XDG_CACHE_HOME", "")
    if base and Path(base).is_absolute():
        return Path(base) / "sekisho"
    return Path(environ.get("HOME") or Path.home()) / ".cache" / "sekisho"


def store_directory(environ: Mapping[str, str], chosen: str = "") -> Path:
    """The directory of the advisory store, its lock and its notes."""
    return cache_directory(environ, chosen) / "db"


def store_path(directory: Path) -> Path:
    """The store's file inside its directory."""
    return directory / f"advisories-v{SCHEMA}.db"
