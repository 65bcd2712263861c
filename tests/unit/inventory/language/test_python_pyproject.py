from __future__ import annotations

import pytest

from sekisho.inventory.language.python_names import normal_name, required_name
from sekisho.inventory.language.python_pyproject import project_beside, read_project
from sekisho.inventory.protocol import File


def test_every_spelling_of_a_wish_is_understood() -> None:
    project = read_project(
        b"""
dependency-groups = {test = ["Pytest>=8", {include-group = "x"}]}
[project]
dependencies = ["Flask[async] (>=2) ; python_version > '3'", "ruamel.yaml", 7]
optional-dependencies = {cli = ["click"]}
[tool.poetry.dependencies]
python = "^3.11"
requests = {version = "*", optional = true}
[tool.poetry.group.main.dependencies]
attrs = "*"
[tool.poetry.group.docs.dependencies]
Sphinx = "*"
[tool.poetry.dev-dependencies]
tox = "*"
[tool.pdm.dev-dependencies]
lint = ["ruff"]
"""
    )
    assert project.production == {"flask", "ruamel-yaml", "click", "requests", "attrs"}
    assert project.development == {"pytest", "sphinx", "tox", "ruff"}


def test_wrong_types_ask_for_nothing() -> None:
    project = read_project(b'project = 7\n[tool]\npoetry = []\n[tool.pdm]\ndev-dependencies = "x"\n')
    assert (project.production, project.development) == (frozenset(), frozenset())


def test_no_or_a_broken_file_is_no_project() -> None:
    assert project_beside(File("poetry.lock", b"")) is None
    assert project_beside(File("poetry.lock", b"", siblings={"pyproject.toml": b"="})) is None


@pytest.mark.parametrize(("text", "name"), [("A.b_-c", "a-b-c"), ("x", "x")])
def test_names_have_one_normal_form(text: str, name: str) -> None:
    assert normal_name(text) == name


@pytest.mark.parametrize(
    ("text", "name"), [(" Foo_Bar[x]>=1", "foo-bar"), ("a @ https://x", "a"), (">=1", ""), ("", "")]
)
def test_a_requirement_begins_with_its_name(text: str, name: str) -> None:
    assert required_name(text) == name
