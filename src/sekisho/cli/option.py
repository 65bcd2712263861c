"""An option of a command, declared once: its flag, its configuration key, its environment variables and its meaning.

Values are resolved in this order: command line, environment (``SEKISHO_…``, then Trivy's ``TRIVY_…``), configuration
file, default. The same table feeds the parsers, the reference in ``docs/`` and the shell completion.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NoReturn

import msgspec

from sekisho.errors import UsageError

Shape = Literal["text", "flag", "list", "texts", "number"]
"""``list`` is repeatable and splits at commas; ``texts`` is repeatable and takes each value whole."""
FLAG_VALUE = "BOOL"
"""What a flag may be followed by; Go's flag packages accept ``--quiet=false``."""
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """One option."""

    name: str
    """The long flag without dashes; also the attribute's name with underscores."""
    help: str
    shape: Shape = "text"
    short: str = ""
    aliases: tuple[str, ...] = ()
    """Further long flags, mostly old names of Trivy's."""
    key: str = ""
    """Dotted key of trivy.yaml; empty when there is none."""
    default: Any = None
    choices: tuple[str, ...] = ()
    metavar: str = ""
    hidden: bool = False
    """Understood so that command lines move over, but not advertised."""
    group: str = "options"

    @property
    def attribute(self) -> str:
        """The name under which the value is found."""
        return self.name.replace("-", "_")

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables, strongest first: ours under every name, then Trivy's."""
        words = [name.replace("-", "_").upper() for name in (self.name, *self.aliases)]
        return tuple(f"{prefix}_{word}" for prefix in ("SEKISHO", "TRIVY") for word in words)

    @property
    def flags(self) -> tuple[str, ...]:
        """Every spelling on the command line."""
        long = [f"--{name}" for name in (self.name, *self.aliases)]
        return (f"-{self.short}", *long) if self.short else tuple(long)


class _Help(argparse.HelpFormatter):
    """Flags as people write them: ``--quiet``, though ``--quiet=false`` is understood, too."""

    def _format_args(self, action: argparse.Action, default_metavar: str) -> str:
        return "" if action.metavar == FLAG_VALUE else super()._format_args(action, default_metavar)


class Parser(argparse.ArgumentParser):
    """A parser that knows no abbreviations and whose complaints are ours, with a hint."""

    def __init__(self, *, command: str, description: str, usage: str) -> None:
        super().__init__(
            prog=f"sekisho {command}", description=description, allow_abbrev=False, usage=usage, formatter_class=_Help
        )

    def error(self, message: str) -> NoReturn:
        """Raise UsageError in argparse's words, with the option that was probably meant."""
        raise UsageError(message, hint=self._suggestion(message) or f"`{self.prog} --help` lists the options")

    def _suggestion(self, message: str) -> str:
        from difflib import get_close_matches

        _, unknown, words = message.partition("unrecognized arguments: ")
        wrong = next((word.partition("=")[0] for word in words.split() if word.startswith("--")), "")
        known = [flag for flag in self._option_string_actions if flag.startswith("--")]
        close = get_close_matches(wrong, known, n=1, cutoff=0.7) if unknown and wrong else []
        return f"did you mean {close[0]}?" if close else ""


def add_options(parser: argparse.ArgumentParser, options: Iterable[Option]) -> None:
    """Declare options to a parser; absent ones stay unset, so that their origin can be told."""
    groups: dict[str, Any] = {"options": parser}
    for option in options:
        group = groups.get(option.group)
        if group is None:
            group = groups[option.group] = parser.add_argument_group(option.group)
        group.add_argument(*option.flags, **_keywords(option))


def _keywords(option: Option) -> dict[str, Any]:
    keywords: dict[str, Any] = {"dest": option.attribute, "default": argparse.SUPPRESS}
    keywords["help"] = argparse.SUPPRESS if option.hidden else _help(option)
    if option.shape == "flag":
        # Go's flag packages accept `--quiet=false`; nargs="?" is how argparse does.
        return keywords | {"nargs": "?", "const": True, "type": _boolean, "metavar": FLAG_VALUE}
    if option.shape in ("list", "texts"):
        return keywords | {"action": "append", "metavar": option.metavar or _metavar(option)}
    if option.shape == "number":
        keywords["type"] = int
    if option.choices:
        keywords["choices"] = option.choices
        return keywords
    return keywords | {"metavar": option.metavar or _metavar(option)}


def _metavar(option: Option) -> str:
    return "LIST" if option.shape == "list" else option.name.rpartition("-")[2].upper()


def _help(option: Option) -> str:
    shown = "" if option.default in (None, False, (), "") else f" (default: {_words(option.default)})"
    return (option.help + shown).replace("%", "%%")


def _words(value: Any) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _boolean(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise argparse.ArgumentTypeError(f"true or false expected, not {text!r}")


def normalise(arguments: Iterable[str], options: Iterable[Option]) -> list[str]:
    """Keep a positional after a bare flag from being taken for its value: ``--quiet REF`` becomes ``--quiet=true
    REF``."""
    flags = {flag for option in options if option.shape == "flag" for flag in option.flags}
    done: list[str] = []
    literal = False
    for argument in arguments:
        literal = literal or argument == "--"
        if argument in flags and not literal:
            argument = f"{argument}=true" if argument.startswith("--") else f"{argument}true"
        done.append(argument)
    return done


def resolve(
    options: Iterable[Option],
    given: Mapping[str, Any],
    environment: Mapping[str, str],
    configuration: Mapping[str, Any],
) -> dict[str, Any]:
    """Give every option its value and its proper type; raises UsageError naming where a bad value came from."""
    values: dict[str, Any] = {}
    for option in options:
        values[option.attribute] = _value(option, given, environment, configuration)
    return values


def _value(
    option: Option, given: Mapping[str, Any], environment: Mapping[str, str], configuration: Mapping[str, Any]
) -> Any:
    if option.attribute in given:
        return _shaped(option, given[option.attribute], f"--{option.name}")
    for variable in option.variables:
        # An empty variable is how pipelines say "not set"; Trivy reads it so, too.
        if environment.get(variable):
            return _shaped(option, environment[variable], variable)
    if option.key and configuration.get(option.key) is not None:
        return _shaped(option, configuration[option.key], f"configuration key {option.key}")
    return tuple(option.default or ()) if option.shape in ("list", "texts") else option.default


def _shaped(option: Option, value: Any, where: str) -> Any:
    several = option.shape in ("list", "texts")
    entries = [value] if not isinstance(value, list | tuple) else value if several else [None]
    if not all(isinstance(entry, str | int | float) for entry in entries):
        raise UsageError(f"{where}: {'a list of words' if several else 'one value'} is expected")
    try:
        return _READ[option.shape](option, value if not several else [str(entry) for entry in entries])
    except (argparse.ArgumentTypeError, ValueError) as error:
        raise UsageError(f"{where}: {error}") from None


def _flag(_: Option, value: Any) -> bool:
    return value if isinstance(value, bool) else _boolean(str(value))


def _number(_: Option, value: Any) -> int:
    try:
        return int(str(value).strip())
    except ValueError:
        raise ValueError(f"a whole number is expected, not {value!r}") from None


def _word(option: Option, value: Any) -> str:
    if option.choices and str(value) not in option.choices:
        raise ValueError(f"not one of {', '.join(option.choices)}: {value!r}")
    return str(value)


def _list(option: Option, entries: list[str]) -> tuple[str, ...]:
    words = (word.strip() for entry in entries for word in entry.split(","))
    return tuple(_word(option, word) for word in words if word)


_READ: dict[Shape, Callable[[Option, Any], Any]] = {
    "text": _word,
    "flag": _flag,
    "list": _list,
    "texts": lambda _, entries: tuple(entries),
    "number": _number,
}
