"""Paths to pass over: ``--skip-dirs`` and ``--skip-files``, as globs relative to the artifact's root.

``**`` spans directories, ``*`` does not. A directory that is skipped is not entered, and what lies below it is not
read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

SOURCE_TREE_DIRECTORIES = (".git", "**/.git")
"""Holds history, not dependencies."""


def skip_paths(
    directories: Iterable[str], files: Iterable[str] = (), *, source_tree: bool = False
) -> Callable[[str], bool]:
    """A predicate on paths: true for a skipped directory, for anything below one, and for a skipped file."""
    below = [_expression(glob) + r"(?:/.*)?" for glob in directories]
    if source_tree:
        below += [_expression(glob) + r"(?:/.*)?" for glob in SOURCE_TREE_DIRECTORIES]
    exact = [_expression(glob) for glob in files]
    if not below and not exact:
        return lambda _: False
    pattern = re.compile("|".join((*below, *exact)))
    return lambda path: pattern.fullmatch(path) is not None


def _expression(glob: str) -> str:
    glob = glob.strip().removeprefix("./").strip("/")
    out = ""
    at = 0
    while at < len(glob):
        if glob.startswith("**/", at):
            out, at = out + "(?:[^/]+/)*", at + 3
        elif glob.startswith("**", at):
            out, at = out + ".*", at + 2
        elif glob[at] == "*":
            out, at = out + "[^/]*", at + 1
        elif glob[at] == "?":
            out, at = out + "[^/]", at + 1
        else:
            out, at = out + re.escape(glob[at]), at + 1
    return out
