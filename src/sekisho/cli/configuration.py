"""``trivy.yaml`` and ``sekisho.yaml``: one mapping whose keys mirror the flags.

Looked for in the working directory, or where ``--config`` or SEKISHO_CONFIG says. Keys may be written in Trivy's
kebab-case or in camelCase; old names that guides still teach are understood. A key nobody knows is a warning, never
silence. Source: https://trivy.dev/latest/docs/references/configuration/config-file/
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sekisho.errors import CorruptInput, UsageError
from sekisho.formats.limits import MIB

NAMES = ("sekisho.yaml", "trivy.yaml")
MAX_CONFIGURATION = MIB
"""A configuration is written by hand."""

OLD_KEYS = {
    "skip-dirs": "scan.skip-dirs",
    "skip-files": "scan.skip-files",
    "scanners": "scan.scanners",
    "security-checks": "scan.scanners",
    "offline-scan": "scan.offline",
    "vulnerability.type": "pkg.types",
    "vulnerability.security-checks": "scan.scanners",
    "ignore-unfixed": "vulnerability.ignore-unfixed",
    "ignore-file": "ignorefile",
    "cache-dir": "cache.dir",
    "db.skip-db-update": "db.skip-update",
}
_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")


def find_configuration(named: str, directory: Path) -> Path | None:
    """The file to read: the named one, which must exist, or the first usual name in the directory."""
    if named:
        path = Path(named)
        if not path.is_file():
            raise UsageError(f"no such configuration file: {named}")
        return path
    return next((directory / name for name in NAMES if (directory / name).is_file()), None)


def read_configuration(path: Path) -> dict[str, Any]:
    """Every leaf of the file under its dotted, kebab-case key."""
    from sekisho.formats.yaml_document import decode_yaml

    try:
        body = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    if len(body) > MAX_CONFIGURATION:
        raise UsageError(f"{path} is larger than a mebibyte: it cannot be a configuration")
    try:
        document = decode_yaml(body)
    except CorruptInput as error:
        raise UsageError(f"{path}: {error.message}") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise UsageError(f"{path}: a mapping is expected")
    return {OLD_KEYS.get(key, key): value for key, value in _leaves(document, "")}


def unknown_keys(configuration: Iterable[str], known: Iterable[str]) -> list[str]:
    """Keys no option answers to, sorted."""
    return sorted(set(configuration) - set(known))


def _leaves(mapping: dict[Any, Any], prefix: str) -> Iterable[tuple[str, Any]]:
    for key, value in mapping.items():
        name = prefix + _HUMP.sub(lambda hump: "-" + hump[1].lower(), str(key)).lower()
        if isinstance(value, dict):
            yield from _leaves(value, name + ".")
        elif value is not None:  # `severity:` with nothing behind it sets nothing
            yield name, value
