from __future__ import annotations

from pathlib import Path

import pytest

from sekisho.cli.configuration import MAX_CONFIGURATION, find_configuration, read_configuration, unknown_keys
from sekisho.errors import UsageError


def read(tmp_path: Path, body: str) -> dict[str, object]:
    (tmp_path / "trivy.yaml").write_text(body)
    return read_configuration(tmp_path / "trivy.yaml")


def test_leaves_have_dotted_kebab_case_keys(tmp_path: Path) -> None:
    body = "severity: [LOW]\ndb:\n  skipUpdate: true\nscan:\n  skip-dirs: [a]\nlistAllPkgs: false\nexitOnEOL: 3\n"
    assert read(tmp_path, body) == {
        "severity": ["LOW"],
        "db.skip-update": True,
        "scan.skip-dirs": ["a"],
        "list-all-pkgs": False,
        "exit-on-eol": 3,
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("skipDirs: [a]", {"scan.skip-dirs": ["a"]}),
        ("vulnerability: {type: [os]}", {"pkg.types": ["os"]}),
        ("security-checks: vuln", {"scan.scanners": "vuln"}),
        ("ignoreUnfixed: true", {"vulnerability.ignore-unfixed": True}),
        ("cacheDir: /c", {"cache.dir": "/c"}),
    ],
)
def test_old_keys_are_the_new_ones(tmp_path: Path, old: str, new: dict[str, object]) -> None:
    assert read(tmp_path, old) == new


@pytest.mark.parametrize("body", ["", "# nothing\n", "severity:\ndb:\n  mirror: ~\n"])
def test_what_is_empty_sets_nothing(tmp_path: Path, body: str) -> None:
    assert read(tmp_path, body) == {}


@pytest.mark.parametrize("body", ["- a\n", "word\n", "a: [\n", "a: &x [*x]\n", "\x00"])
def test_what_is_no_mapping_is_refused(tmp_path: Path, body: str) -> None:
    with pytest.raises(UsageError, match=r"trivy\.yaml"):
        read(tmp_path, body)


def test_a_file_that_is_no_configuration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="larger than a mebibyte"):
        read(tmp_path, "#" * (MAX_CONFIGURATION + 1))
    with pytest.raises(UsageError, match="cannot read"):
        read_configuration(tmp_path)


def test_the_usual_names_are_looked_for_in_order(tmp_path: Path) -> None:
    assert find_configuration("", tmp_path) is None
    (tmp_path / "trivy.yaml").touch()
    assert find_configuration("", tmp_path) == tmp_path / "trivy.yaml"
    (tmp_path / "sekisho.yaml").touch()
    assert find_configuration("", tmp_path) == tmp_path / "sekisho.yaml"
    assert find_configuration(str(tmp_path / "trivy.yaml"), tmp_path) == tmp_path / "trivy.yaml"
    with pytest.raises(UsageError, match="no such configuration file"):
        find_configuration(str(tmp_path / "other.yaml"), tmp_path)


def test_unknown_keys_are_named_in_order() -> None:
    assert unknown_keys(["b", "known", "a"], ["known"]) == ["a", "b"]
