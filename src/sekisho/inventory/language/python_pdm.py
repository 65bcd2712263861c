"""pdm.lock: what PDM resolved. ``groups`` say which package serves what; ``default`` is the application itself.

Source: https://pdm-project.org/latest/usage/lockfile/
"""

from __future__ import annotations

from collections.abc import Iterator

from sekisho.formats.json_document import as_list, as_text
from sekisho.formats.toml_document import MAX_TOML_DOCUMENT, decode_toml
from sekisho.inventory.language.python_lock_graph import LockGraph, Need, Table
from sekisho.inventory.language.python_names import required_name
from sekisho.inventory.language.python_pyproject import project_beside
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.package import Package, Relation


def extract(file: File) -> Iterator[Package]:
    """Every package of the lock; raises CorruptInput when it is not TOML."""
    graph = LockGraph(decode_toml(file.data).get("package"), _needs)
    project = project_beside(file)
    direct = graph.named(project.production | project.development) if project else set()
    for key, tables in graph.tables.items():
        relation: Relation = "" if project is None else "direct" if key in direct else "indirect"
        dev = all(_is_development(table) for table in tables)
        origin = {"resolved": as_text(tables[0].get("git")), "commit": as_text(tables[0].get("revision"))}
        yield graph.package(key, "pdm", file.path, relation, dev, **origin)


def _needs(table: Table) -> Iterator[Need]:
    return ((required_name(text), "") for text in as_list(table.get("dependencies")) if isinstance(text, str))


def _is_development(table: Table) -> bool:
    """Whether no group of the application is served; locks before 4.4 name no groups at all."""
    groups = as_list(table.get("groups"))
    return bool(groups) and "default" not in groups


EXTRACTORS = (
    Extractor(
        name="pdm",
        extract=extract,
        names=("pdm.lock",),
        max_size=MAX_TOML_DOCUMENT,
        siblings=("pyproject.toml",),
        post_build=False,
    ),
)
