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


def test_public_functions_are_documented_and_typed() -> None:
    missing = [
        name
        for name, node in functions()
        if not node.name.startswith("_") and not (ast.get_docstring(node) and node.returns is not None)
    ]
    nested = {
        f"{path.relative_to(SOURCE)}:{inner.lineno} {inner.name}"
        for path, tree in trees().items()
        for outer in ast.walk(tree)
        if isinstance(outer, Function)
        for inner in ast.walk(outer)
        if isinstance(inner, Function) and inner is not outer
    }
    assert [name for name in missing if name not in nested] == []


def test_no_room_is_called_utils() -> None:
    banned = {"utils", "util", "helpers", "helper", "manager", "misc", "common"}
    assert [str(path) for path in trees() if path.stem in banned or path.parent.name in banned] == []
