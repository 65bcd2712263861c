"""poetry.lock: what Poetry resolved.

Which packages serve development stands in the lock (``category`` before version 2, ``groups`` since 2.1) or can only be
told from pyproject.toml beside it (2.0); so does what is direct.
Source: https://python-poetry.org/docs/basic-usage/#installing-with-poetrylock
"""

from __future__ import annotations

from collections.abc import Iterator

from sekisho.formats.json_document import as_table, as_text
from sekisho.formats.toml_document import MAX_TOML_DOCUMENT, decode_toml
from sekisho.inventory.language.dependency_graph import only_reachable
from sekisho.inventory.language.python_lock_graph import LockGraph, Need, Table
from sekisho.inventory.language.python_names import normal_name
from sekisho.inventory.language.python_pyproject import project_beside
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.package import Package, Relation


def extract(file: File) -> Iterator[Package]:
    """Every package of the lock; raises CorruptInput when it is not TOML."""
    graph = LockGraph(decode_toml(file.data).get("package"), _needs)
    project = project_beside(file)
    production = graph.named(project.production) if project else set()
    development = graph.named(project.development) if project else set()
    only_development = only_reachable(development, production, graph.edges)
    for key, (table, *_) in graph.tables.items():
        direct = key in production or key in development
        relation: Relation = "" if project is None else "direct" if direct else "indirect"
        declared = _declared_development(table)
        dev = key in only_development if declared is None else declared
        yield graph.package(key, "poetry", file.path, relation, dev, **_origin(table))


def _needs(table: Table) -> Iterator[Need]:
    return ((normal_name(name), "") for name in as_table(table.get("dependencies")))


def _declared_development(table: Table) -> bool | None:
    """What the lock itself says; None where it is silent."""
    if isinstance(table.get("groups"), list):
        return "main" not in table["groups"]
    return table["category"] == "dev" if isinstance(table.get("category"), str) else None


def _origin(table: Table) -> dict[str, str]:
    source = as_table(table.get("source"))
    if source.get("type") in (None, "legacy"):
        return {}
    return {"resolved": as_text(source.get("url")), "commit": as_text(source.get("resolved_reference"))}


EXTRACTORS = (
    Extractor(
        name="poetry",
        extract=extract,
        names=("poetry.lock",),
        max_size=MAX_TOML_DOCUMENT,
        siblings=("pyproject.toml",),
        post_build=False,
    ),
)
