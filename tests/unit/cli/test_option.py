from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from sekisho.cli.option import Option, Parser, add_options, normalise, resolve
from sekisho.errors import UsageError

QUIET = Option(name="quiet", short="q", shape="flag", key="quiet", help="say less")
FORMAT = Option(name="format", short="f", key="format", default="table", choices=("table", "json"), help="the form")
OUTPUT = Option(name="output", short="o", shape="texts", key="output", help="where to")
KINDS = Option(
    name="kinds", aliases=("old-kinds",), shape="list", key="a.kinds", choices=("x", "y"), default=("x",), help="which"
)
CODE = Option(name="exit-code", shape="number", key="exit-code", default=0, help="the number")
OPTIONS = (QUIET, FORMAT, OUTPUT, KINDS, CODE)


def parser() -> Parser:
    made = Parser(command="test", description="a test", usage="sekisho test [OPTIONS] TARGET")
    made.add_argument("target", nargs="?", default="")
    add_options(made, OPTIONS)
    return made


def given(*words: str) -> dict[str, Any]:
    return vars(parser().parse_intermixed_args(normalise(words, OPTIONS)))


def values(
    *words: str, environment: Mapping[str, str] | None = None, configuration: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    return resolve(OPTIONS, given(*words), environment or {}, configuration or {})


def test_what_nobody_set_has_its_default() -> None:
    assert values() == {"quiet": None, "format": "table", "output": (), "kinds": ("x",), "exit_code": 0}


def test_command_line_then_environment_then_file() -> None:
    file = {"format": "json", "exit-code": 3}
    assert values(configuration=file)["exit_code"] == 3
    assert values(environment={"TRIVY_EXIT_CODE": "4"}, configuration=file)["exit_code"] == 4
    environment = {"TRIVY_EXIT_CODE": "4", "SEKISHO_EXIT_CODE": "5"}
    assert values(environment=environment, configuration=file)["exit_code"] == 5
    assert values("--exit-code", "6", environment=environment, configuration=file)["exit_code"] == 6


def test_our_variables_outrank_trivys_under_every_name() -> None:
    assert KINDS.variables == ("SEKISHO_KINDS", "SEKISHO_OLD_KINDS", "TRIVY_KINDS", "TRIVY_OLD_KINDS")
    assert values(environment={"TRIVY_OLD_KINDS": "y"})["kinds"] == ("y",)
    assert values(environment={"TRIVY_KINDS": "y", "SEKISHO_OLD_KINDS": "x,y"})["kinds"] == ("x", "y")


def test_an_empty_variable_or_key_sets_nothing() -> None:
    assert values(environment={"SEKISHO_FORMAT": "", "TRIVY_FORMAT": "json"})["format"] == "json"
    assert values(configuration={"format": None, "exit-code": None, "a.kinds": None}) == values()


@pytest.mark.parametrize(
    ("words", "quiet", "target"),
    [
        (("-q", "app"), True, "app"),
        (("--quiet", "app"), True, "app"),
        (("app", "--quiet"), True, "app"),
        (("--quiet=false", "app"), False, "app"),
        (("--quiet=1", "app"), True, "app"),
        (("-q=false", "app"), False, "app"),
        (("--", "app"), None, "app"),
        (("app",), None, "app"),
    ],
)
def test_a_bare_switch_takes_nothing_with_it(words: tuple[str, ...], quiet: bool | None, target: str) -> None:
    parsed = given(*words)
    assert (parsed.get("quiet"), parsed["target"]) == (quiet, target)


def test_lists_split_at_commas_and_add_up() -> None:
    assert values("--kinds", "x, y", "--old-kinds=x")["kinds"] == ("x", "y", "x")
    assert values("--kinds", ",")["kinds"] == ()
    assert values(configuration={"a.kinds": ["x", "y"]})["kinds"] == ("x", "y")
    assert values(configuration={"a.kinds": "x,y"})["kinds"] == ("x", "y")


def test_texts_are_taken_whole() -> None:
    assert values("-o", "a, b", "--output", "c")["output"] == ("a, b", "c")
    assert values(environment={"TRIVY_OUTPUT": "a,b"})["output"] == ("a,b",)


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("quiet", "perhaps", "configuration key quiet: true or false expected, not 'perhaps'"),
        ("quiet", ["yes"], "configuration key quiet: one value is expected"),
        ("format", "verse", "configuration key format: not one of table, json: 'verse'"),
        ("format", ["json"], "configuration key format: one value is expected"),
        ("a.kinds", ["x", "z"], "configuration key a.kinds: not one of x, y: 'z'"),
        ("a.kinds", [["x"]], "configuration key a.kinds: a list of words is expected"),
        ("a.kinds", [None], "configuration key a.kinds: a list of words is expected"),
        ("exit-code", "one", "configuration key exit-code: a whole number is expected, not 'one'"),
        ("exit-code", 1.5, "configuration key exit-code: a whole number is expected, not 1.5"),
        ("exit-code", [1], "configuration key exit-code: one value is expected"),
    ],
)
def test_a_wrong_value_is_told_with_its_origin(key: str, value: Any, complaint: str) -> None:
    with pytest.raises(UsageError) as caught:
        values(configuration={key: value})
    assert caught.value.message == complaint


@pytest.mark.parametrize("word", ["yes", "on", "True", "1", True])
def test_a_switch_is_on_in_many_words(word: Any) -> None:
    assert values(configuration={"quiet": word})["quiet"] is True


@pytest.mark.parametrize(
    ("words", "complaint", "hint"),
    [
        (("--kinsd", "x"), "unrecognized arguments: --kinsd", "did you mean --kinds?"),
        (("--xyz", "x"), "unrecognized arguments: --xyz", "`sekisho test --help` lists the options"),
        (("a", "b"), "unrecognized arguments: b", "`sekisho test --help` lists the options"),
        (("--format",), "argument -f/--format: expected one argument", "`sekisho test --help` lists the options"),
        (("--quiet=2",), "argument -q/--quiet: true or false expected, not '2'", "`sekisho test --help` lists"),
    ],
)
def test_a_complaint_comes_with_a_way_on(words: tuple[str, ...], complaint: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        given(*words)
    assert caught.value.message == complaint and caught.value.hint.startswith(hint)


def test_hidden_options_are_understood_and_not_advertised() -> None:
    made = Parser(command="test", description="", usage="")
    add_options(made, [Option(name="old", help="understood", hidden=True), Option(name="new", help="50 % more")])
    assert made.parse_args(["--old", "x"]).old == "x"
    assert "--old" not in made.format_help() and "50 % more" in made.format_help()
