"""The text files of Go modules: ``go.mod``, ``go.work``, ``go.sum`` and ``vendor/modules.txt``.

``go.mod`` says what a module asks for, ``go.sum`` which archives were ever verified, ``modules.txt`` what was copied
into ``vendor``. Each statement keeps its line. The grammar of ``go.mod`` is a list of directives, alone or in
parentheses; words may be quoted. Directives nobody knows are kept aside instead of being refused: every few Go releases
add one.
Source: https://go.dev/ref/mod#go-mod-file, #go-work-file, #go-sum-files and #vendoring
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from sekisho.errors import CorruptInput

_TOKEN = re.compile(r'//.*|"(?:[^"\\]++|\\.)*+"|`[^`]*+`|=>|[()\[\],]|(?:(?!//)[^\s()\[\],"`])++|["`].*+')
_STATEMENT_PAIRS = frozenset(("require", "exclude"))
_SINGLE = frozenset(("tool", "ignore", "use", "godebug"))
_KNOWN = _STATEMENT_PAIRS | _SINGLE | {"module", "go", "toolchain", "replace", "retract"}
_INDIRECT = re.compile(r"indirect\s*+(?:;|\Z)")
_LOCAL = ("./", "../", "/", ".\\", "..\\")


class Require(msgspec.Struct, frozen=True):
    """A module version the build asks for, or with ``exclude`` refuses."""

    path: str
    version: str
    line: int
    indirect: bool = False


class Replace(msgspec.Struct, frozen=True):
    """``old`` (any version when ``old_version`` is empty) comes from ``new``, a directory if that has no version."""

    old: str
    old_version: str
    new: str
    new_version: str
    line: int

    @property
    def is_local(self) -> bool:
        """Say whether the replacement is a directory of the machine that builds."""
        return not self.new_version


class Retract(msgspec.Struct, frozen=True):
    """Versions from ``low`` to ``high``, both included, that the author takes back."""

    low: str
    high: str
    line: int
    rationale: str = ""


class Word(msgspec.Struct, frozen=True):
    """One argument of a simple directive (``tool``, ``ignore``, ``use``, ``godebug``) and its line."""

    text: str
    line: int


class Unknown(msgspec.Struct, frozen=True):
    """A statement of a directive that is not known here."""

    directive: str
    words: tuple[str, ...]
    line: int


class ModFile(msgspec.Struct, kw_only=True):
    """A ``go.mod`` or ``go.work`` file, statement by statement."""

    module: str = ""
    module_line: int = 0
    deprecated: str = ""
    """The text after ``// Deprecated:`` at the module line."""
    go: str = ""
    go_line: int = 0
    toolchain: str = ""
    toolchain_line: int = 0
    require: list[Require] = []
    exclude: list[Require] = []
    replace: list[Replace] = []
    retract: list[Retract] = []
    godebug: list[Word] = []
    tool: list[Word] = []
    ignore: list[Word] = []
    use: list[Word] = []
    unknown: list[Unknown] = []

    def replacements(self) -> Replacements:
        """The rules of ``replace``, ready to be asked."""
        return Replacements(self.replace)


class Replacements:
    """What takes the place of a module: a rule for its version comes before a rule for all versions."""

    __slots__ = ("_rules",)

    def __init__(self, rules: list[Replace]) -> None:
        self._rules = {(rule.old, rule.old_version): rule for rule in rules}

    def find(self, path: str, version: str) -> Replace | None:
        """The rule for ``path@version``, None when it stays what it is."""
        return self._rules.get((path, version)) or self._rules.get((path, ""))


class Sum(msgspec.Struct, frozen=True):
    """A verified module archive and its ``h1:`` hash."""

    path: str
    version: str
    hash: str
    line: int


class Vendored(msgspec.Struct, frozen=True):
    """A module of which at least one package was copied into ``vendor``."""

    path: str
    version: str
    line: int
    explicit: bool = False
    replace: Replace | None = None


class _Statement(msgspec.Struct, frozen=True):
    directive: str
    words: list[str]
    comment: str
    """The comment on the same line, without slashes."""
    above: str
    """The comment lines directly above, one text."""
    line: int


def parse_modfile(text: str) -> ModFile:
    """Read ``go.mod`` or ``go.work``; CorruptInput names the line that cannot be understood."""
    found = ModFile()
    for statement in _statements(text):
        _add(found, statement)
    return found


def _statements(text: str) -> Iterator[_Statement]:
    """One statement a line, with its directive whether it stands on the line or before a parenthesis."""
    block = ""
    opened = 0
    above: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        words = _TOKEN.findall(line)
        comment = words.pop()[2:].strip() if words and words[-1].startswith("//") else ""
        if not words:
            if comment:
                above.append(comment)
            else:
                above = []
            continue
        if block and words == [")"]:
            block = ""
        elif not block and words[1:] == ["("]:
            block, opened = words[0], number
        elif not block and words[1:] == ["(", ")"]:
            pass
        else:
            directive = block or words[0]
            arguments = [_unquote(word, number) for word in (words if block else words[1:])]
            yield _Statement(directive, arguments, comment, "\n".join(above), number)
        above = []
    if block:
        raise CorruptInput(f"line {opened}: the parenthesis after {block!r} is never closed")


def _unquote(word: str, line: int) -> str:
    if word[0] not in '"`':
        return word
    if len(word) < 2 or word[-1] != word[0]:
        raise CorruptInput(f"line {line}: a quoted word is never closed")
    return word[1:-1]


def _add(found: ModFile, statement: _Statement) -> None:
    """Sort one statement into the file; CorruptInput when its words do not fit its directive."""
    directive, words, line = statement.directive, statement.words, statement.line
    if directive in _STATEMENT_PAIRS and len(words) == 2:
        indirect = _INDIRECT.match(statement.comment) is not None
        getattr(found, directive).append(Require(words[0], words[1], line, indirect))
    elif directive in _SINGLE and len(words) == 1:
        getattr(found, directive).append(Word(words[0], line))
    elif directive == "module" and len(words) == 1:
        found.module, found.module_line = words[0], line
        found.deprecated = _deprecation(statement)
    elif directive == "go" and len(words) == 1:
        found.go, found.go_line = words[0], line
    elif directive == "toolchain" and len(words) == 1:
        found.toolchain, found.toolchain_line = words[0], line
    elif directive == "replace" and "=>" in words:
        found.replace.append(_replace(words, line))
    elif directive == "retract":
        found.retract.append(_retract(statement))
    elif directive in _KNOWN:
        raise CorruptInput(f"line {line}: {directive} with {' '.join(words)[:80]!r}")
    else:
        found.unknown.append(Unknown(directive, tuple(words), line))


def _deprecation(statement: _Statement) -> str:
    for text in (statement.above, statement.comment):
        if text.startswith("Deprecated:"):
            return " ".join(text.removeprefix("Deprecated:").split())
    return ""


def _replace(words: list[str], line: int) -> Replace:
    arrow = words.index("=>")
    old, new = words[:arrow], words[arrow + 1 :]
    if len(old) not in (1, 2) or len(new) not in (1, 2):
        raise CorruptInput(f"line {line}: replace with {' '.join(words)[:80]!r}")
    local = len(new) == 1 or new[0].startswith(_LOCAL)
    return Replace(old[0], "".join(old[1:]), new[0], "" if local else new[1], line)


def _retract(statement: _Statement) -> Retract:
    words, line = statement.words, statement.line
    rationale = statement.comment or statement.above.replace("\n", " ")
    if len(words) == 1:
        return Retract(words[0], words[0], line, rationale)
    if len(words) == 5 and (words[0], words[2], words[4]) == ("[", ",", "]"):
        return Retract(words[1], words[3], line, rationale)
    raise CorruptInput(f"line {line}: retract with {' '.join(words)[:80]!r}")


def parse_go_sum(text: str) -> list[Sum]:
    """The module archives of ``go.sum``, in file order; hashes of mere ``go.mod`` files are left out."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split()
        if len(words) == 3 and not words[1].endswith("/go.mod"):
            found.append(Sum(words[0], words[1], words[2], number))
    return found


def parse_vendor_modules(text: str) -> list[Vendored]:
    """The modules of ``vendor/modules.txt`` that have packages in the directory, each once, in file order.

    ``# path version`` or ``# path version => path version`` opens a module, ``## explicit; go 1.21`` says more about
    it, and each bare line is a package of it. Modules without packages are named only to be consistent with ``go.mod``.
    """
    found: dict[str, Vendored] = {}
    current: Vendored | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("# "):
            current = _vendored(line[2:].split(), number)
        elif line.startswith("## "):
            if current and "explicit" in line[3:].partition(";")[0].split():
                current = msgspec.structs.replace(current, explicit=True)
        elif line.strip() and current:
            found.setdefault(f"{current.path}@{current.version}", current)
    return list(found.values())


def _vendored(words: list[str], line: int) -> Vendored | None:
    """The module a heading names; None for headings without any version."""
    old, new = words, []
    if "=>" in words:
        arrow = words.index("=>")
        old, new = words[:arrow], words[arrow + 1 :]
    if not old or len(old) > 2 or len(new) > 2 or len(old) + len(new) < 2 or (len(old) == 1 and len(new) != 2):
        return None
    version = "".join(old[1:])
    replace = Replace(old[0], version, new[0], "".join(new[1:]), line) if new else None
    return Vendored(old[0], version, line, replace=replace)
