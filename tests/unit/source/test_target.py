from __future__ import annotations

from pathlib import Path

import pytest

from sekisho.errors import NotFound, UsageError
from sekisho.source.target import parse_target, path_target
from tests.simulators.images import Layout, docker_archive


def test_a_word_that_is_no_path_is_an_image_name() -> None:
    assert parse_target("alpine:3.19").transport == "any"
    assert parse_target("registry:ghcr.io/a/b:1").name == "ghcr.io/a/b:1"
    assert parse_target("docker:app").transport == "docker"
    assert parse_target("podman:app").transport == "podman"


def test_a_path_is_recognised_by_what_lies_there(tmp_path: Path) -> None:
    Layout(tmp_path / "layout").image({"a": b""})
    (tmp_path / "app.tar").write_bytes(docker_archive({"a": b""}))
    (tmp_path / "bom.json").write_text('{"bomFormat": "CycloneDX"}')
    (tmp_path / "tree").mkdir()
    kinds = {name: parse_target(str(tmp_path / name)).transport for name in ("layout", "app.tar", "bom.json", "tree")}
    assert kinds == {"layout": "oci", "app.tar": "archive", "bom.json": "sbom", "tree": "dir"}


def test_tags_and_digests_follow_a_path(tmp_path: Path) -> None:
    Layout(tmp_path / "layout").image({"a": b""})
    path, digest = str(tmp_path / "layout"), "sha256:" + "1" * 64
    assert parse_target(f"oci:{path}:v1").tag == "v1"
    assert parse_target(f"{path}@{digest}").digest == digest
    assert path_target(f"{path}:v1").path == path


def test_a_path_that_contains_a_colon_wins_over_a_tag(tmp_path: Path) -> None:
    Layout(tmp_path / "a:b").image({"a": b""})
    target = parse_target(f"oci:{tmp_path}/a:b")
    assert (target.path, target.tag) == (f"{tmp_path}/a:b", "")


def test_a_missing_path_is_not_taken_for_an_image(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no such file"):
        parse_target("./no/such/thing")
    with pytest.raises(NotFound):
        path_target("nothing.tar")
    with pytest.raises(UsageError):
        parse_target(" ")
