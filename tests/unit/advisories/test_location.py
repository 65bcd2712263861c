"""Where the store lies."""

from __future__ import annotations

from pathlib import Path

from sekisho.advisories.location import SCHEMA, cache_directory, store_directory, store_path


def test_the_flag_wins_over_every_variable() -> None:
    environ = {"SEKISHO_CACHE_DIR": "/one", "XDG_CACHE_HOME": "/two", "HOME": "/three"}
    assert cache_directory(environ, "/zero") == Path("/zero")
    assert cache_directory(environ) == Path("/one")


def test_xdg_counts_only_when_absolute() -> None:
    assert cache_directory({"XDG_CACHE_HOME": "/two", "HOME": "/home/a"}) == Path("/two/sekisho")
    assert cache_directory({"XDG_CACHE_HOME": "two", "HOME": "/home/a"}) == Path("/home/a/.cache/sekisho")


def test_the_file_is_named_by_its_schema() -> None:
    directory = store_directory({"SEKISHO_CACHE_DIR": "/c"})
    assert directory == Path("/c/db")
    assert store_path(directory) == Path(f"/c/db/advisories-v{SCHEMA}.db")
