from __future__ import annotations

import pytest

from sekisho.errors import CorruptInput
from sekisho.formats.modfile import (
    Replace,
    Require,
    Retract,
    Sum,
    Unknown,
    Vendored,
    Word,
    parse_go_sum,
    parse_modfile,
    parse_vendor_modules,
)

EVERYTHING = """\
// Deprecated: use example.test/new
// instead.
module example.test/app // the old one

go 1.25

toolchain go1.25.3

godebug default=go1.21
godebug (
	panicnil=1
)

require example.test/a v1.0.0 // indirect; needed by b
require (
	// a word about b
	example.test/b v1.2.3
	"example.test/c" `v2.0.0+incompatible` // indirect
)

exclude example.test/b v1.2.0

replace (
	example.test/a => ../a
	example.test/b v1.2.3 => example.test/fork v1.2.4
)

retract (
	v0.1.0 // published by accident
	// never worked
	[v0.2.0, v0.2.9]
)

tool example.test/b/cmd/gen

ignore (
	./node_modules
)
"""


def test_every_directive_is_read_with_its_line() -> None:
    mod = parse_modfile(EVERYTHING)
    assert (mod.module, mod.module_line) == ("example.test/app", 3)
    assert mod.deprecated == "use example.test/new instead."
    assert (mod.go, mod.go_line, mod.toolchain, mod.toolchain_line) == ("1.25", 5, "go1.25.3", 7)
    assert mod.godebug == [Word("default=go1.21", 9), Word("panicnil=1", 11)]
    assert mod.require == [
        Require("example.test/a", "v1.0.0", 14, indirect=True),
        Require("example.test/b", "v1.2.3", 17),
        Require("example.test/c", "v2.0.0+incompatible", 18, indirect=True),
    ]
    assert mod.exclude == [Require("example.test/b", "v1.2.0", 21)]
    assert mod.replace == [
        Replace("example.test/a", "", "../a", "", 24),
        Replace("example.test/b", "v1.2.3", "example.test/fork", "v1.2.4", 25),
    ]
    assert mod.retract == [
        Retract("v0.1.0", "v0.1.0", 29, "published by accident"),
        Retract("v0.2.0", "v0.2.9", 31, "never worked"),
    ]
    assert mod.tool == [Word("example.test/b/cmd/gen", 34)]
    assert mod.ignore == [Word("./node_modules", 37)]
    assert mod.unknown == []


def test_a_workspace_names_its_directories() -> None:
    work = parse_modfile("go 1.22.1\r\n\r\nuse (\r\n\t./a\r\n\t./b // second\r\n)\r\n")
    assert (work.go, work.use) == ("1.22.1", [Word("./a", 4), Word("./b", 5)])


def test_a_comment_that_begins_like_indirect_is_not_it() -> None:
    mod = parse_modfile("require a.test/a v1.0.0 // indirectly\nrequire a.test/b v1.0.0 // not indirect\n")
    assert [entry.indirect for entry in mod.require] == [False, False]


def test_the_rule_for_one_version_comes_before_the_rule_for_all() -> None:
    rules = parse_modfile("replace a => b v1.0.0\nreplace a v2.0.0 => c v3.0.0\n").replacements()
    exact, general = rules.find("a", "v2.0.0"), rules.find("a", "v1.5.0")
    assert exact is not None
    assert general is not None
    assert (exact.new, general.new, rules.find("b", "v1.0.0")) == ("c", "b", None)


def test_a_rule_for_another_version_does_not_apply() -> None:
    assert parse_modfile("replace a v2.0.0 => c v3.0.0\n").replacements().find("a", "v2.0.1") is None


def test_a_directive_from_the_future_is_kept_aside() -> None:
    mod = parse_modfile("module m\nfuture (\n\tx v1.0.0\n)\nbeyond\n")
    assert mod.unknown == [Unknown("future", ("x", "v1.0.0"), 3), Unknown("beyond", (), 5)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("require a.test/a\n", "line 1: require with 'a.test/a'"),
        ("\nmodule a b\n", "line 2: module"),
        ("require (\n\ta v1.0.0\n", "line 1: the parenthesis after 'require' is never closed"),
        ('module "a\n', "line 1: a quoted word is never closed"),
        ("replace a v1 v2 => b\n", "line 1: replace"),
        ("replace a b\n", "line 1: replace"),
        ("retract [v1.0.0, v1.2.0\n", "line 1: retract"),
    ],
)
def test_a_statement_that_makes_no_sense_names_its_line(text: str, reason: str) -> None:
    with pytest.raises(CorruptInput) as caught:
        parse_modfile(text)
    assert caught.value.message.startswith(reason)


def test_go_sum_lists_archives_not_mere_go_mod_files() -> None:
    text = "a.test/a v1.0.0 h1:x=\na.test/a v1.0.0/go.mod h1:y=\n\na.test/b v2.0.0/go.mod h1:z=\ngarbage\n"
    assert parse_go_sum(text) == [Sum("a.test/a", "v1.0.0", "h1:x=", 1)]


def test_vendored_modules_are_those_with_packages() -> None:
    text = """\
# a.test/a v1.0.0
## explicit; go 1.21
a.test/a
a.test/a/sub
# a.test/b v1.0.0 => ../b
a.test/b
# a.test/c v1.0.0 => d.test/c v1.1.0
## explicit
d.test/c
# a.test/empty v1.0.0
## explicit
# a.test/any => f.test/any v0.2.0
"""
    assert parse_vendor_modules(text) == [
        Vendored("a.test/a", "v1.0.0", 1, explicit=True),
        Vendored("a.test/b", "v1.0.0", 5, replace=Replace("a.test/b", "v1.0.0", "../b", "", 5)),
        Vendored(
            "a.test/c", "v1.0.0", 7, explicit=True, replace=Replace("a.test/c", "v1.0.0", "d.test/c", "v1.1.0", 7)
        ),
    ]
