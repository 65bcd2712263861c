from __future__ import annotations

import re

import pytest

from sekisho.errors import CorruptInput
from sekisho.inventory.language.golang import EXTRACTORS
from sekisho.inventory.protocol import File, Item
from sekisho.model.inventory import Gap
from sekisho.model.package import Package

GO_MOD, GO_WORK, VENDOR = EXTRACTORS


def items(text: str, path: str = "src/go.mod", **siblings: str) -> list[Item]:
    names = {"go_sum": "go.sum", "modules": "vendor/modules.txt"}
    given = {names[key]: value.encode() for key, value in siblings.items()}
    return list(GO_MOD.extract(File(path, text.encode(), siblings=given)))


def packages(text: str, **siblings: str) -> dict[str, Package]:
    return {item.key: item for item in items(text, **siblings) if isinstance(item, Package)}


def test_a_module_is_the_root_of_what_it_requires() -> None:
    found = packages("module m.test/m\ngo 1.20\nrequire (\n\ta.test/a v1.0.0\n\tb.test/b v2.0.0 // indirect\n)\n")
    assert [(package.key, package.relation, package.lines) for package in found.values()] == [
        ("m.test/m@", "root", (1, 1)),
        ("a.test/a@v1.0.0", "direct", (4, 4)),
        ("b.test/b@v2.0.0", "indirect", (5, 5)),
    ]
    assert found["m.test/m@"].depends_on == ("a.test/a@v1.0.0",)
    assert {(package.type, package.found_by) for package in found.values()} == {("golang", "gomod")}


def test_go_sum_gives_the_hashes() -> None:
    go_sum = "a.test/a v1.0.0 h1:yes=\na.test/a v1.0.0/go.mod h1:no=\n"
    found = packages("module m\ngo 1.20\nrequire a.test/a v1.0.0\n", go_sum=go_sum)
    assert found["a.test/a@v1.0.0"].checksums == ("h1:yes=",)
    assert len(found) == 2


@pytest.mark.parametrize("go", ["go 1.16", ""])
def test_before_go_1_17_the_rest_stands_in_go_sum(go: str) -> None:
    go_sum = "a.test/a v0.9.0 h1:x=\na.test/a v1.0.0 h1:x=\nc.test/c v1.0.0 h1:o=\nc.test/c v1.1.0 h1:c=\n"
    found = packages(f"module m\n{go}\nrequire a.test/a v1.0.0\n", go_sum=go_sum)
    assert list(found) == ["m@", "a.test/a@v1.0.0", "c.test/c@v1.1.0"]
    added = found["c.test/c@v1.1.0"]
    assert (added.relation, added.checksums, added.lines) == ("indirect", ("h1:c=",), None)


def test_before_go_1_17_a_vendor_directory_is_more_exact_than_go_sum() -> None:
    modules = "# a.test/a v1.0.0\n## explicit\na.test/a\n# c.test/c v1.0.0\nc.test/c\n"
    go_sum = "c.test/c v1.1.0 h1:c=\nd.test/d v1.0.0 h1:d=\n"
    found = packages("module m\ngo 1.16\nrequire a.test/a v1.0.0\n", go_sum=go_sum, modules=modules)
    assert list(found) == ["m@", "a.test/a@v1.0.0", "c.test/c@v1.0.0"]


def test_since_go_1_17_go_mod_is_complete() -> None:
    found = packages("module m\ngo 1.17\n", go_sum="c.test/c v1.1.0 h1:c=\n", modules="# d v1.0.0\nd\n")
    assert list(found) == ["m@"]


def test_a_replacement_takes_the_place_of_the_module() -> None:
    text = "module m\ngo 1.20\nrequire a.test/a v1.0.0\nrequire b.test/b v1.0.0\n"
    found = packages(text + "replace a.test/a => f.test/a v1.0.1\nreplace b.test/b v0.9.0 => f.test/b v2.0.0\n")
    assert list(found) == ["m@", "f.test/a@v1.0.1", "b.test/b@v1.0.0"]
    assert found["f.test/a@v1.0.1"].facts == {"replaces": "a.test/a@v1.0.0"}
    assert found["m@"].depends_on == ("b.test/b@v1.0.0", "f.test/a@v1.0.1")


def test_a_directory_takes_the_version_and_leaves_the_name() -> None:
    found = packages("module m\ngo 1.20\nrequire a.test/a v1.0.0\nreplace a.test/a => ./a\n")
    assert found["a.test/a@"].facts == {"replaces": "a.test/a@v1.0.0", "replaced_by": "./a"}


def test_two_requirements_with_one_replacement_are_listed_once() -> None:
    required = "module m\ngo 1.20\nrequire a v1.0.0 // indirect\nrequire b v1.0.0\n"
    found = packages(required + "replace a => f v1.0.0\nreplace b => f v1.0.0\n")
    assert [(package.key, package.relation) for package in found.values()] == [("m@", "root"), ("f@v1.0.0", "direct")]


@pytest.mark.parametrize(
    ("lines", "version", "directive"),
    [
        ("go 1.21", "v1.21.0", "go"),
        ("go 1.22.3", "v1.22.3", "go"),
        ("go 1.22.3\ntoolchain go1.23.6", "v1.23.6", "toolchain"),
        ("go 1.22.3\ntoolchain go1.23.6-acme", "v1.23.6", "toolchain"),
        ("go 1.22.3\ntoolchain default", "v1.22.3", "go"),
    ],
)
def test_since_go_1_21_a_toolchain_is_asked_for(lines: str, version: str, directive: str) -> None:
    found = packages(f"module m\n{lines}\n")
    library = found[f"stdlib@{version}"]
    assert (library.relation, library.facts) == ("direct", {"from": "toolchain", "directive": directive})
    assert found["m@"].depends_on == (library.key,)


@pytest.mark.parametrize("lines", ["go 1.20", "", "toolchain go1.22.1", "go 1.99999999999999999999"])
def test_an_older_or_odd_go_line_says_nothing_about_the_library(lines: str) -> None:
    assert list(packages(f"module m\n{lines}\n")) == ["m@"]


def test_a_deprecated_module_says_so() -> None:
    assert packages("// Deprecated: use n.\nmodule m\n")["m@"].facts == {"deprecated": "use n."}


def test_a_directive_that_hides_versions_makes_the_inventory_incomplete() -> None:
    gaps = [item for item in items("module m\nruire (\n\ta v1.0.0\n\tb v1.0.0\n)\nnovel x\n") if isinstance(item, Gap)]
    assert [(gap.reason, gap.weight) for gap in gaps] == [
        ("line 3: unknown directive 'ruire'", "incomplete"),
        ("line 6: unknown directive 'novel'", "note"),
    ]


def test_a_broken_go_mod_is_corrupt() -> None:
    with pytest.raises(CorruptInput, match="line 2: require"):
        items("module m\nrequire a\n")


def test_a_workspace_asks_for_a_toolchain_and_leaves_modules_to_their_own_files() -> None:
    found = list(GO_WORK.extract(File("go.work", b"go 1.22.1\nuse ./a\nreplace x => y v1.0.0\n")))
    assert [(item.key, item.path) for item in found if isinstance(item, Package)] == [("stdlib@v1.22.1", "go.work")]


MODULES = b"""\
# a.test/a v1.0.0
## explicit
a.test/a
# b.test/b v1.0.0 => c.test/c v2.0.0
c.test/c
# d.test/d v1.0.0 => ./d
d.test/d
"""


def test_a_vendor_directory_alone_is_listed() -> None:
    found = [item for item in VENDOR.extract(File("x/vendor/modules.txt", MODULES)) if isinstance(item, Package)]
    assert [(package.key, package.relation, package.lines) for package in found] == [
        ("a.test/a@v1.0.0", "", (1, 1)),
        ("c.test/c@v2.0.0", "indirect", (4, 4)),
        ("d.test/d@", "indirect", (6, 6)),
    ]
    assert {package.found_by for package in found} == {"go-vendor"}


@pytest.mark.parametrize("sibling", ["../go.mod", "../go.work"])
def test_a_vendor_directory_beside_its_module_is_not_listed_twice(sibling: str) -> None:
    assert list(VENDOR.extract(File("x/vendor/modules.txt", MODULES, siblings={sibling: b""}))) == []


def test_only_modules_txt_of_a_vendor_directory_is_wanted() -> None:
    wanted = [
        bool(re.search(VENDOR.pattern, path))
        for path in ("vendor/modules.txt", "a/vendor/modules.txt", "a/modules.txt")
    ]
    assert wanted == [True, True, False]
