"""``.trivyignore`` and ``.trivyignore.yaml``: findings somebody decided to set aside.

The plain form has one id a line, ``#`` comments and an optional ``exp:YYYY-MM-DD``. The YAML form adds paths, purls
and a statement. An expired rule no longer applies, and the report says so.
Source: https://trivy.dev/latest/docs/configuration/filtering/
"""

from __future__ import annotations

import re
from datetime import date
from fnmatch import translate
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from sekisho.errors import CorruptInput, UsageError
from sekisho.formats.limits import MIB
from sekisho.model.finding import Finding

DEFAULT_NAMES = (".trivyignore", ".trivyignore.yaml", ".trivyignore.yml")
MAX_IGNORE_FILE = 4 * MIB
"""Forty thousand rules; a longer list is not triage but a mistake."""
_YAML_SECTIONS = ("vulnerabilities", "misconfigurations", "secrets", "licenses")


class IgnoreRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule: which id, at which paths or purls (all when none are given), until when, and why."""

    id: str
    paths: tuple[str, ...] = ()
    purls: tuple[str, ...] = ()
    expires: date | None = None
    statement: str = ""
    source: str = ""

    def active(self, today: date) -> bool:
        """Say whether the rule still applies on that day; it ends as the day of expiry begins."""
        return self.expires is None or today < self.expires

    def covers(self, finding: Finding) -> bool:
        """Say whether the rule sets this finding aside."""
        if self.id != finding.id and self.id not in finding.aliases:
            return False
        if self.paths and not any(_glob(pattern).match(finding.package.path) for pattern in self.paths):
            return False
        return not self.purls or any(_same_package(purl, finding.package.purl) for purl in self.purls)


def read_ignore_file(path: Path) -> tuple[IgnoreRule, ...]:
    """Every rule of a file; raises UsageError naming the line that cannot be understood."""
    try:
        if path.stat().st_size > MAX_IGNORE_FILE:
            raise UsageError(f"{path} is larger than {MAX_IGNORE_FILE // MIB} MiB")
        text = path.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"cannot read the ignore file {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"the ignore file {path} is not UTF-8 text") from None
    if path.suffix in (".yaml", ".yml"):
        return _yaml_rules(text, str(path))
    return tuple(_plain_rules(text, str(path)))


def _plain_rules(text: str, name: str) -> list[IgnoreRule]:
    rules = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        expires = None
        for word in words[1:]:
            if not word.startswith("exp:"):
                raise UsageError(f"{name}:{number}: not understood: {word!r}", hint="write `ID exp:2026-12-31`")
            expires = _day(word.removeprefix("exp:"), f"{name}:{number}")
        rules.append(IgnoreRule(id=words[0], expires=expires, source=name))
    return rules


def _yaml_rules(text: str, name: str) -> tuple[IgnoreRule, ...]:
    from sekisho.formats.yaml_document import decode_yaml

    try:
        document = decode_yaml(text.encode())
    except CorruptInput as error:
        raise UsageError(f"{name}: {error.message}") from None
    if document is None:
        return ()
    if not isinstance(document, dict):
        raise UsageError(f"{name}: a mapping with {', '.join(_YAML_SECTIONS)} is expected")
    rules = []
    for section in _YAML_SECTIONS:
        entries = document.get(section) or []
        if not isinstance(entries, list):
            raise UsageError(f"{name}: {section} is not a list")
        rules += [_yaml_rule(entry, f"{name}: {section}[{at}]", name) for at, entry in enumerate(entries)]
    return tuple(rules)


def _yaml_rule(entry: Any, where: str, name: str) -> IgnoreRule:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        raise UsageError(f"{where}: a mapping with an `id` is expected")
    expires = entry.get("expired_at")
    return IgnoreRule(
        id=entry["id"],
        paths=_words(entry.get("paths"), where),
        purls=_words(entry.get("purls"), where),
        expires=_day(str(expires)[:10], where) if expires else None,
        statement=str(entry.get("statement") or ""),
        source=name,
    )


def _words(value: Any, where: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise UsageError(f"{where}: a list of texts is expected")
    return tuple(value)


def _day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{where}: not a day: {text!r}", hint="write days as YYYY-MM-DD") from None


@cache
def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern.lstrip("/").replace("**", "*")))


def _same_package(wanted: str, purl: str) -> bool:
    """Compare purls as a person means them: what the rule leaves out (version, qualifiers) may be anything."""
    base, _, qualifiers = wanted.partition("?")
    offered, _, offered_qualifiers = purl.partition("?")
    if base != offered and base != offered.partition("@")[0]:
        return False
    return not qualifiers or set(qualifiers.split("&")) <= set(offered_qualifiers.split("&"))
