"""Every command line that the documentation shows is understood by the parsers."""

from __future__ import annotations

import ast
import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest

from sekisho.cli import configuration, scan_options
from sekisho.cli.app import COMMANDS, find_command
from sekisho.cli.option import Parser, add_options, normalise
from sekisho.triage.ignore_file import read_ignore_file
from tests.e2e.command import ROOT

PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")
_FLAG = re.compile(r"`(--[a-z][a-z-]*)")
PLACEHOLDERS = {"…", "[OPTIONS]", "[ECOSYSTEM…]", "COMMAND", "SHELL", "bash|zsh|tcsh"}


def shown(page: Path) -> list[str]:
    """The `sekisho …` lines of a page: in blocks, after a prompt or a variable, and in the running text."""
    text = page.read_text()
    lines = [
        line
        for language, block in _FENCE.findall(text)
        if language in ("", "sh", "console")
        for line in block.splitlines()
    ]
    lines += _INLINE.findall(_FENCE.sub("", text))
    lines = [re.sub(r"^(\$ |\.venv/bin/|[A-Z_]+=\S+ )+", "", line.strip()) for line in lines]
    return [line for line in lines if line.startswith("sekisho ")]


SHOWN = [(page, line) for page in PAGES for line in shown(page)]


def test_there_is_something_to_check() -> None:
    pages = {page.name for page, _ in SHOWN}
    assert {"README.md", "scan-an-image.md", "air-gap.md", "in-ci.md", "explain.md", "other-targets.md"} <= pages
    assert len(SHOWN) > 25


@pytest.mark.parametrize(("page", "line"), SHOWN, ids=[f"{page.name}: {line}" for page, line in SHOWN])
def test_a_command_line_is_understood(page: Path, line: str) -> None:
    words = [word for word in shlex.split(line.partition("   ")[0], comments=True)[1:] if word not in PLACEHOLDERS]
    if not words or words[0].startswith("-"):
        return
    command = find_command(words[0])
    assert command is not None, f"{page.name}: {line}"
    module = import_module(f"sekisho.cli.{command.module}")
    parser = Parser(command=command.name, description="", usage="")
    parser.add_argument("words", nargs="*", default=[])
    add_options(parser, module.all_options())
    parsed = parser.parse_intermixed_args(normalise(words[1:], module.all_options()))
    if command.name == "db" and parsed.words:
        assert parsed.words[0] in module.ACTIONS


def test_every_option_the_pages_name_exists() -> None:
    known = {flag for one in COMMANDS for option in options_of(one.module) for flag in option.flags} | {"--help"}
    foreign = {"--write", "--import-mode", "--group"}
    named = {(page.name, flag) for page in PAGES for flag in _FLAG.findall(page.read_text())}
    assert {(name, flag) for name, flag in named if flag not in known | foreign} == set()


def test_every_option_a_hint_names_exists() -> None:
    known = {flag for one in COMMANDS for option in options_of(one.module) for flag in option.flags} | {"--help"}
    known |= {"--version", "--hash", "--compare-versions"}  # of the program itself, of pip, of dpkg
    named = set()
    for path in sorted((ROOT / "src").rglob("*.py")):
        if path.name == "git.py":  # whose options are git's
            continue
        texts = (node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant))
        named |= {(path.name, flag) for text in texts if isinstance(text, str) for flag in _OPTION.findall(text)}
    assert {(name, flag) for name, flag in named if flag not in known} == set()


def options_of(module: str) -> tuple[scan_options.Option, ...]:
    options: tuple[scan_options.Option, ...] = import_module(f"sekisho.cli.{module}").all_options()
    return options


def test_names_and_keys_of_options_are_told_apart() -> None:
    for one in COMMANDS:
        flags = [flag for option in options_of(one.module) for flag in option.flags]
        keys = [option.key for option in options_of(one.module) if option.key]
        assert len(flags) == len(set(flags)) and len(keys) == len(set(keys)), one.name
        assert all(option.help and option.help[-1] != "." for option in options_of(one.module))


def test_old_keys_lead_to_keys_there_are() -> None:
    assert {new for new in configuration.OLD_KEYS.values() if new not in scan_options.KEYS} == set()


def test_the_ignore_files_of_the_guide_are_read(tmp_path: Path) -> None:
    blocks = dict(_FENCE.findall((ROOT / "docs" / "guide" / "set-aside.md").read_text()))
    (tmp_path / ".trivyignore").write_text(blocks[""])
    (tmp_path / ".trivyignore.yaml").write_text(blocks["yaml"])
    assert [rule.id for rule in read_ignore_file(tmp_path / ".trivyignore")] == ["CVE-2023-12345", "CVE-2023-23456"]
    (rule,) = read_ignore_file(tmp_path / ".trivyignore.yaml")
    assert (rule.id, rule.statement) == ("CVE-2023-12345", "fonts come from us only")


def test_the_python_of_the_pages_compiles_and_imports() -> None:
    blocks = [block for page in PAGES for language, block in _FENCE.findall(page.read_text()) if language == "python"]
    assert len(blocks) >= 2
    for block in blocks:
        compile(block, "<page>", "exec")
        for module, names in re.findall(r"^from (sekisho\S*) import (.+)$", block, re.MULTILINE):
            assert all(hasattr(import_module(module), name.strip()) for name in names.split(","))
