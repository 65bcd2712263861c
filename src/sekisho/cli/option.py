"""An option of a command, declared once: its flag, its configuration key, its environment variables and its meaning.

Values are resolved in this order: command line, environment (``SEKISHO_…``, then Trivy's ``TRIVY_…``), configuration
file, default. The same table feeds the parsers, the reference in ``docs/`` and the shell completion.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from sekisho.errors import UsageError

Shape = Literal["text", "flag", "list", "number", "count"]
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
    def variables(self) -> tuple[str, str]:
        """The environment variables, strongest first."""
        word = self.name.replace("-", "_").upper()
        return f"SEKISHO_{word}", f"TRIVY_{word}"

    @property
    def flags(self) -> tuple[str, ...]:
        """Every spelling on the command line."""
        long = [f"--{name}" for name in (self.name, *self.aliases)]
        return (f"-{self.short}", *long) if self.short else tuple(long)


def add_options(parser: argparse.ArgumentParser, options: Iterable[Option]) -> None:
    """Declare options to a parser; absent ones stay unset, so that their origin can be told."""
    groups: dict[str, Any] = {}
    for option in options:
        group = groups.get(option.group)
        if group is None:
            group = groups[option.group] = parser.add_argument_group(option.group)
        group.add_argument(*option.flags, **_keywords(option))


def _keywords(option: Option) -> dict[str, Any]:
    keywords: dict[str, Any] = {"dest": option.attribute, "default": argparse.SUPPRESS}
    keywords["help"] = argparse.SUPPRESS if option.hidden else _help(option)
    if option.shape == "flag":
        # Go's flag packages accept --flag=false; nargs="?" is how argparse does.
        return keywords | {"nargs": "?", "const": True, "type": _boolean, "metavar": "BOOL"}
    if option.shape == "list":
        return keywords | {"action": "append", "metavar": option.metavar or "LIST"}
    if option.shape == "number":
        keywords["type"] = int
    if option.choices:
        keywords["choices"] = option.choices
        return keywords
    return keywords | {"metavar": option.metavar or option.name.rpartition("-")[2].upper()}


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
        if variable in environment:
            return _shaped(option, environment[variable], variable)
    if option.key and option.key in configuration:
        return _shaped(option, configuration[option.key], f"configuration key {option.key}")
    return option.default if option.shape != "list" else tuple(option.default or ())


def _shaped(option: Option, value: Any, where: str) -> Any:
    try:
        if option.shape == "flag":
            return value if isinstance(value, bool) else _boolean(str(value))
        if option.shape == "list":
            return tuple(_list(value))
        if option.shape == "number":
            return int(value)
    except (argparse.ArgumentTypeError, ValueError) as error:
        raise UsageError(f"{where}: {error}") from None
    if isinstance(value, list | dict):
        raise UsageError(f"{where}: one value is expected")
    if option.choices and value not in option.choices:
        raise UsageError(f"{where}: not one of {', '.join(option.choices)}: {value!r}")
    return str(value)


def _list(value: Any) -> Iterable[str]:
    entries = value if isinstance(value, list | tuple) else [value]
    for entry in entries:
        for word in str(entry).split(","):
            if word.strip():
                yield word.strip()
