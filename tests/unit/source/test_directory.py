from __future__ import annotations

import os
from pathlib import Path

import pytest

from sekisho.errors import NotFound, SourceError
from sekisho.source.directory import open_directory
from sekisho.source.skip import skip_paths


def paths(root: Path, *skipped: str) -> list[str]:
    return [file.path for file in open_directory(root, skip=skip_paths(skipped)).walk()]


def test_files_come_in_a_stable_order_with_paths_from_the_root(tmp_path: Path) -> None:
    for name in ("b/z", "b/a", "a", "c/d/e"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    assert paths(tmp_path) == ["a", "b/a", "b/z", "c/d/e"]


def test_links_are_named_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "out").symlink_to("/etc")
    assert [(file.path, file.kind) for file in open_directory(tmp_path).walk()] == [
        ("loop", "symlink"),
        ("out", "symlink"),
    ]


def test_pipes_and_sockets_are_passed_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert paths(tmp_path) == []


def test_skipped_directories_are_not_entered(tmp_path: Path) -> None:
    for name in ("keep/a", "tmp/b", "var/cache/c", "x/node_modules/d"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert paths(tmp_path, "/tmp", "var/cache", "**/node_modules") == ["keep/a"]


def test_what_may_not_be_read_is_said(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (tmp_path / "closed").mkdir(mode=0o000)
    assert [(file.path, file.kind) for file in open_directory(tmp_path).walk()] == [("closed", "unreadable")]


def test_a_missing_directory_and_a_file_are_errors(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        open_directory(tmp_path / "nothing")
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match="not a directory"):
        open_directory(tmp_path / "file")


@pytest.mark.parametrize(
    ("glob", "path", "skipped"),
    [
        ("/tmp", "tmp", True),
        ("/tmp", "tmp/a/b", True),
        ("/tmp", "tmpfile", False),
        ("usr/*/doc", "usr/share/doc/x", True),
        ("usr/*/doc", "usr/share/a/doc/x", False),
        ("**/test", "a/b/test/c", True),
        ("**/test", "test", True),
        ("a?c", "abc/x", True),
        ("a.c", "abc", False),
    ],
)
def test_globs_mean_what_they_say(glob: str, path: str, skipped: bool) -> None:
    assert skip_paths([glob])(path) is skipped


def test_skipped_files_do_not_take_their_namesakes_along() -> None:
    skip = skip_paths([], ["app/go.mod"])
    assert skip("app/go.mod")
    assert not skip("app/go.mod/x")
    assert not skip("lib/app/go.mod")
