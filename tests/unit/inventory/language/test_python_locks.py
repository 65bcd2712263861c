"""poetry.lock, uv.lock, pdm.lock and pylock.toml: one graph, four spellings."""

from __future__ import annotations

from types import ModuleType

import pytest

from sekisho.errors import CorruptInput
from sekisho.inventory.dispatch import Dispatcher
from sekisho.inventory.language import python_pdm, python_poetry, python_pylock, python_uv
from sekisho.inventory.protocol import File
from sekisho.model.package import Package

PYPROJECT = """
[project]
dependencies = ["Main_One>=1"]
[tool.poetry.group.dev.dependencies]
tester = "*"
"""


def read(module: ModuleType, text: str, pyproject: str = "") -> dict[str, Package]:
    siblings = {"pyproject.toml": pyproject.encode()} if pyproject else None
    (extractor,) = module.EXTRACTORS
    return {p.key: p for p in extractor.extract(File("x.lock", text.encode(), siblings=siblings))}


POETRY = """
[[package]]
name = "main-one"
version = "1.0"
description = "the first"
files = [{file = "m.whl", hash = "sha256:aa"}, {file = "m.tar.gz", hash = "sha256:bb"}]
[package.dependencies]
Shared = {version = "*", markers = "x"}

[[package]]
name = "tester"
version = "2.0"
[package.dependencies]
shared = "*"
deep = [{version = "1"}, {version = "2"}]

[[package]]
name = "shared"
version = "3.0"

[[package]]
name = "deep"
version = "1.0"
[package.source]
type = "git"
url = "https://git.example.test/deep"
resolved_reference = "0123abc"

[[package]]
name = "deep"
version = "2.0"
"""


def test_poetry_asks_pyproject_what_is_direct_and_for_development() -> None:
    assert {key: (p.relation, p.dev) for key, p in read(python_poetry, POETRY, PYPROJECT).items()} == {
        "main-one@1.0": ("direct", False),
        "tester@2.0": ("direct", True),
        "shared@3.0": ("indirect", False),
        "deep@1.0": ("indirect", True),
        "deep@2.0": ("indirect", True),
    }


def test_poetry_alone_tells_edges_checksums_and_sources() -> None:
    found = read(python_poetry, POETRY)
    assert {p.relation for p in found.values()} == {""}
    assert found["main-one@1.0"].depends_on == ("shared@3.0",)
    assert found["tester@2.0"].depends_on == ("deep@1.0", "deep@2.0", "shared@3.0")
    assert found["main-one@1.0"].checksums == ("sha256:aa", "sha256:bb")
    assert found["main-one@1.0"].description == "the first"
    assert found["deep@1.0"].facts == {"resolved": "https://git.example.test/deep", "commit": "0123abc"}


@pytest.mark.parametrize(
    ("field", "dev"),
    [
        ('category = "dev"', True),
        ('category = "main"', False),
        ('groups = ["dev", "main"]', False),
        ('groups = ["docs"]', True),
    ],
)
def test_poetry_of_other_versions_says_itself_what_is_for_development(field: str, dev: bool) -> None:
    (package,) = read(python_poetry, f'[[package]]\nname = "a"\nversion = "1"\n{field}\n', PYPROJECT).values()
    assert package.dev is dev


def test_a_broken_pyproject_does_not_cost_the_lock() -> None:
    assert len(read(python_poetry, POETRY, "= nothing")) == 5


UV = """
[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "a" }, { name = "member" }]
[package.dev-dependencies]
dev = [{ name = "tester" }]

[[package]]
name = "member"
version = "0.2.0"
source = { editable = "packages/member" }

[[package]]
name = "a"
version = "1.0"
source = { registry = "https://registry.example.test/simple" }
dependencies = [{ name = "b", version = "1.0" }]
sdist = { url = "x", hash = "sha256:aa" }
wheels = [{ url = "y", hash = "sha256:bb" }]
[package.optional-dependencies]
extra = [{ name = "g" }]

[[package]]
name = "b"
version = "1.0"

[[package]]
name = "b"
version = "2.0"

[[package]]
name = "g"
version = "4.0"
source = { git = "https://git.example.test/g?rev=x#0123abc" }

[[package]]
name = "tester"
version = "2.0"
dependencies = [{ name = "b", version = "2.0" }]
"""


def test_uv_lists_the_project_as_root_and_its_members() -> None:
    found = read(python_uv, UV)
    assert {key: (p.relation, p.dev, p.depends_on) for key, p in found.items()} == {
        "app@0.1.0": ("root", False, ("a@1.0", "member@0.2.0")),
        "member@0.2.0": ("workspace", False, ()),
        "a@1.0": ("direct", False, ("b@1.0", "g@4.0")),
        "b@1.0": ("indirect", False, ()),
        "b@2.0": ("indirect", True, ()),
        "g@4.0": ("indirect", False, ()),
        "tester@2.0": ("direct", True, ("b@2.0",)),
    }
    assert found["a@1.0"].checksums == ("sha256:bb", "sha256:aa")
    assert found["g@4.0"].facts["commit"] == "0123abc"


def test_uv_needs_no_root_and_lists_no_package_without_a_version() -> None:
    text = '[[package]]\nname = "a"\nversion = "1"\n[[package]]\nname = "app"\nsource = {virtual = "sub"}\n'
    assert {key: p.relation for key, p in read(python_uv, text).items()} == {"a@1": "indirect"}
    assert {key: p.relation for key, p in read(python_uv, text.partition('[[package]]\nname = "app"')[0]).items()} == {
        "a@1": ""
    }


PDM = """
[[package]]
name = "Main.One"
version = "1.0"
groups = ["default"]
dependencies = ["shared<3,>=1", "gone; python_version < '3'"]

[[package]]
name = "Main.One"
version = "1.0"
extras = ["x"]
groups = ["dev"]
dependencies = ["Main.One==1.0", "extra"]

[[package]]
name = "shared"
version = "2.0"
git = "https://git.example.test/shared"
revision = "0123abc"
groups = ["default", "dev"]

[[package]]
name = "extra"
version = "1.0"
groups = ["dev"]
"""


def test_pdm_joins_the_entries_of_one_package() -> None:
    found = read(python_pdm, PDM, PYPROJECT)
    assert {key: (p.relation, p.dev, p.depends_on) for key, p in found.items()} == {
        "Main.One@1.0": ("direct", False, ("extra@1.0", "shared@2.0")),
        "shared@2.0": ("indirect", False, ()),
        "extra@1.0": ("indirect", True, ()),
    }
    assert found["shared@2.0"].facts["commit"] == "0123abc"


def test_pdm_without_groups_marks_nothing_as_development() -> None:
    (package,) = read(python_pdm, '[[package]]\nname = "a"\nversion = "1"\n').values()
    assert (package.dev, package.relation) == (False, "")


PYLOCK = """
[[packages]]
name = "a"
version = "1.0"
dependencies = [{name = "b"}]
wheels = [{url = "x", hashes = {sha256 = "aa"}}]

[[packages]]
name = "b"
vcs = {type = "git", url = "https://git.example.test/b", commit-id = "0123abc"}

[[packages]]
name = "here"
directory = {path = "."}
"""


def test_pylock_leaves_out_directories_and_keeps_repositories() -> None:
    found = read(python_pylock, PYLOCK)
    assert {key: (p.depends_on, p.checksums) for key, p in found.items()} == {
        "a@1.0": (("b@",), ("sha256:aa",)),
        "b@": ((), ()),
    }
    assert found["b@"].facts == {"resolved": "https://git.example.test/b", "commit": "0123abc"}


@pytest.mark.parametrize(
    ("path", "wanted"),
    [("pylock.toml", True), ("a/pylock.dev.toml", True), ("mypylock.toml", False), ("pylock.a.b.toml", False)],
)
def test_pylock_may_have_a_name(path: str, wanted: bool) -> None:
    assert bool(Dispatcher(python_pylock.EXTRACTORS).wanted(path)) is wanted


@pytest.mark.parametrize("module", [python_poetry, python_uv, python_pdm, python_pylock])
def test_wrong_types_and_broken_text_are_corrupt(module: ModuleType) -> None:
    key = "packages" if module is python_pylock else "package"
    for wrong in ("7", '"x"', '["x"]', "[{name = 3}]", '[{version = "1"}]'):
        with pytest.raises(CorruptInput, match="not a Python lock file"):
            read(module, f"{key} = {wrong}\n")
    assert read(module, "") == {}
    with pytest.raises(CorruptInput, match="not TOML"):
        read(module, "this is not")


@pytest.mark.parametrize("module", [python_poetry, python_uv, python_pdm, python_pylock])
def test_a_name_in_endless_versions_does_not_make_endless_edges(module: ModuleType) -> None:
    need = {python_poetry: 'dependencies = {a = "*"}', python_pdm: 'dependencies = ["a"]'}.get(
        module, 'dependencies = [{name = "a"}]'
    )
    key = "packages" if module is python_pylock else "package"
    text = "".join(f'[[{key}]]\nname = "a"\nversion = "{at}"\n{need}\n' for at in range(300))
    found = read(module, text)
    assert (len(found), max(len(p.depends_on) for p in found.values())) == (300, 32)
