"""pylock.toml, the lock file that every Python installer can read.

Source: PEP 751, https://packaging.python.org/specifications/pylock-toml/
"""

from __future__ import annotations

from collections.abc import Iterator

from sekisho.formats.json_document import as_list, as_table, as_text
from sekisho.formats.toml_document import MAX_TOML_DOCUMENT, decode_toml
from sekisho.inventory.language.python_lock_graph import LockGraph, Need, Table
from sekisho.inventory.language.python_names import normal_name
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.package import Package


def extract(file: File) -> Iterator[Package]:
    """Every package of the lock but directories of the project itself; raises CorruptInput when it is not TOML."""
    graph = LockGraph(decode_toml(file.data).get("packages"), _needs)
    for key, (table, *_) in graph.tables.items():
        if as_text(table.get("version")) or "directory" not in table:
            yield graph.package(key, "pylock", file.path, "", False, **_origin(table))


def _needs(table: Table) -> Iterator[Need]:
    for dependency in map(as_table, as_list(table.get("dependencies"))):
        yield normal_name(as_text(dependency.get("name"))), as_text(dependency.get("version"))


def _origin(table: Table) -> dict[str, str]:
    source = as_table(table.get("vcs"))
    return {"resolved": as_text(source.get("url")), "commit": as_text(source.get("commit-id"))}


EXTRACTORS = (
    Extractor(
        name="pylock",
        extract=extract,
        suffixes=(".toml",),
        pattern=r"(?:^|/)pylock\.(?:[^/.]+\.)?toml$",
        max_size=MAX_TOML_DOCUMENT,
        post_build=False,
    ),
)
