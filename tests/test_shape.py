"""The shape of the house: sizes of files and functions, docstrings and types, measured on the source itself."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from statistics import median

SOURCE = Path(__file__).parent.parent / "src" / "sekisho"
MAX_FILE, P95_FILE, MEDIAN_FILE = 700, 450, 150
MAX_FUNCTION, P95_FUNCTION, MEDIAN_FUNCTION = 80, 45, 10

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text()) for path in sorted(SOURCE.rglob("*.py"))}


def functions() -> list[tuple[str, Function]]:
    return [
        (f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}", node)
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, Function)
    ]


def length(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def percentile(values: list[int], share: float) -> int:
    return sorted(values)[int(share * (len(values) - 1))]


def test_files_stay_small() -> None:
    sizes = {str(path.relative_to(SOURCE)): len(path.read_text().splitlines()) for path in trees()}
    assert {name: size for name, size in sizes.items() if size > MAX_FILE} == {}
    assert percentile(list(sizes.values()), 0.95) <= P95_FILE
    assert median(sizes.values()) <= MEDIAN_FILE


def test_functions_stay_small() -> None:
    sizes = {name: length(node) for name, node in functions()}
    assert {name: size for name, size in sizes.items() if size > MAX_FUNCTION} == {}
    assert percentile(list(sizes.values()), 0.95) <= P95_FUNCTION
    assert median(sizes.values()) <= MEDIAN_FUNCTION


def public(tree: ast.AST) -> list[Function]:
    """Functions and methods a reader may call: none inside functions, and none of private classes."""
    found: list[Function] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Function) and not node.name.startswith("_"):
            found.append(node)
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            found += public(node)
    return found


def test_public_functions_are_documented_and_typed() -> None:
    missing = [
        f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}"
        for path, tree in trees().items()
        for node in public(tree)
        if not (ast.get_docstring(node) and node.returns is not None)
    ]
    assert missing == []


def test_no_room_is_called_utils() -> None:
    banned = {"utils", "util", "helpers", "helper", "manager", "misc", "common"}
    assert [str(path) for path in trees() if path.stem in banned or path.parent.name in banned] == []
