"""uv.lock: what uv resolved, with the project itself and the members of its workspace among the packages.

Source: https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sekisho.formats.json_document import as_list, as_table, as_text
from sekisho.formats.toml_document import MAX_TOML_DOCUMENT, decode_toml
from sekisho.inventory.language.dependency_graph import only_reachable
from sekisho.inventory.language.python_lock_graph import LockGraph, Need, Table
from sekisho.inventory.language.python_names import normal_name
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.package import Package, Relation

_LOCAL_SOURCES = ("virtual", "editable")
"""How uv marks the project (".") and the members of its workspace (a path)."""


def extract(file: File) -> Iterator[Package]:
    """Every package of the lock that has a version; raises CorruptInput when it is not TOML."""
    graph = LockGraph(decode_toml(file.data).get("package"), _needs)
    members = {key: place for key, tables in graph.tables.items() if (place := _member(tables[0]))}
    groups = (as_table(graph.tables[key][0].get("dev-dependencies")).values() for key in members)
    development = {target for group in groups for need in _listed(group) for target in graph.find(*need)}
    direct = development.union(*(graph.edges[key] for key in members))
    only_development = only_reachable(development, members, graph.edges)
    for key, (table, *_) in graph.tables.items():
        relation: Relation = "direct" if key in direct else "indirect" if members else ""
        if key in members:
            relation = "root" if members[key] == "." else "workspace"
        if as_text(table.get("version")):
            yield graph.package(key, "uv", file.path, relation, key in only_development, **_origin(table))


def _member(table: Table) -> str:
    """The path of a package that belongs to the project itself, ``.`` for its root; empty for any other."""
    source = as_table(table.get("source"))
    return next((as_text(source[kind]) for kind in _LOCAL_SOURCES if kind in source), "")


def _needs(table: Table) -> Iterator[Need]:
    """Dependencies, and those of the extras: a lock lists only the extras that somebody asks for."""
    return _listed([table.get("dependencies"), *as_table(table.get("optional-dependencies")).values()])


def _listed(lists: Iterable[object]) -> Iterator[Need]:
    tables = (as_table(item) for items in lists for item in as_list(items))
    return ((normal_name(as_text(table.get("name"))), as_text(table.get("version"))) for table in tables)


def _origin(table: Table) -> dict[str, str]:
    address = as_text(as_table(table.get("source")).get("git"))
    return {"resolved": address, "commit": address.partition("#")[2]}


EXTRACTORS = (
    Extractor(
        name="uv",
        extract=extract,
        names=("uv.lock",),
        max_size=MAX_TOML_DOCUMENT,
        post_build=False,
    ),
)
