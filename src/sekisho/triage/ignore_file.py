"""``.trivyignore`` and ``.trivyignore.yaml``: findings somebody decided to set aside.

The plain form has one id a line, an optional ``exp:YYYY-MM-DD``, ``#`` comments, and whatever words follow, which are
kept as the statement. The YAML form adds paths and purls. An expired rule no longer applies, and the report says so.
Source: https://trivy.dev/latest/docs/configuration/filtering/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from sekisho.errors import CorruptInput, UsageError
from sekisho.formats.limits import MIB
from sekisho.model.finding import Finding
from sekisho.model.purl import Purl, parse_purl
from sekisho.source.skip import skip_paths

DEFAULT_NAMES = (".trivyignore", ".trivyignore.yaml", ".trivyignore.yml")
MAX_IGNORE_FILE = 4 * MIB
"""Forty thousand rules; a longer list is not triage but a mistake."""
DISTINCT_PURLS = 4096
"""Purls and patterns kept in parsed form; only those of rules come up again and again."""
_ALMOST_EXPIRY = ("exp=", "exp-", "expires", "expired", "expiry", "until:", "until=")
"""Words that were meant to end a rule; taken for a statement, they would make it last for ever."""
_VULNERABILITIES = "vulnerabilities"
_YAML_SECTIONS = (_VULNERABILITIES, "misconfigurations", "secrets", "licenses")


class IgnoreRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule: which id, at which paths or purls (all when none are given), until when, and why."""

    id: str
    paths: tuple[str, ...] = ()
    purls: tuple[str, ...] = ()
    expires: date | None = None
    statement: str = ""
    source: str = ""
    section: str = ""
    """What kind of finding it is about; empty: whatever bears the id."""

    def active(self, today: date) -> bool:
        """Say whether the rule still applies on that day; it ends as the day of expiry begins."""
        return self.expires is None or today < self.expires

    def covers(self, finding: Finding) -> bool:
        """Say whether the rule sets this finding aside."""
        if self.section not in ("", _VULNERABILITIES):
            return False
        if self.id != finding.id and self.id not in finding.aliases:
            return False
        if self.paths and not any(_at(pattern, finding.package.path) for pattern in self.paths):
            return False
        return not self.purls or any(_same_package(purl, finding.package.purl) for purl in self.purls)


def read_ignore_file(path: Path) -> tuple[IgnoreRule, ...]:
    """Every rule of a file; raises UsageError naming the line that cannot be understood."""
    try:
        if path.stat().st_size > MAX_IGNORE_FILE:
            raise UsageError(f"{path} is larger than {MAX_IGNORE_FILE // MIB} MiB")
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise UsageError(f"cannot read the ignore file {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"the ignore file {path} is not UTF-8 text") from None
    if path.suffix in (".yaml", ".yml"):
        return _yaml_rules(text, str(path))
    return tuple(_plain_rules(text, str(path)))


def _plain_rules(text: str, name: str) -> Iterator[IgnoreRule]:
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        expires = None
        statement = []
        for word in words[1:]:
            if word.lower().startswith("exp:"):
                expires = _day(word[4:], f"{name}:{number}")
            elif word.lower().startswith(_ALMOST_EXPIRY):
                raise UsageError(f"{name}:{number}: not understood: {word!r}", hint="write `ID exp:2026-12-31`")
            else:
                statement.append(word)
        yield IgnoreRule(id=words[0], expires=expires, statement=" ".join(statement), source=name)


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
        rules += [_yaml_rule(entry, f"{name}: {section}[{at}]", name, section) for at, entry in enumerate(entries)]
    return tuple(rules)


def _yaml_rule(entry: Any, where: str, name: str, section: str) -> IgnoreRule:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        raise UsageError(f"{where}: a mapping with an `id` is expected")
    expires = entry.get("expired_at")
    purls = _words(entry.get("purls"), where)
    for purl in purls:
        _checked_purl(purl, where)
    return IgnoreRule(
        id=entry["id"],
        paths=_words(entry.get("paths"), where),
        purls=purls,
        expires=_day(str(expires)[:10], where) if expires else None,
        statement=str(entry.get("statement") or ""),
        source=name,
        section=section,
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


@lru_cache(maxsize=DISTINCT_PURLS)
def _glob(pattern: str) -> Callable[[str], bool]:
    return skip_paths((), (pattern,))


def _at(pattern: str, path: str) -> bool:
    """Say whether a pattern means this path; archives within archives may be written as Trivy does."""
    matches = _glob(pattern)
    return matches(path) or ("!/" in path and (matches(path.replace("!/", "/")) or matches(path.partition("!/")[0])))


@lru_cache(maxsize=DISTINCT_PURLS)
def _parsed(purl: str) -> Purl | None:
    try:
        return parse_purl(purl)
    except CorruptInput:
        return None


def _checked_purl(purl: str, where: str) -> None:
    if _parsed(purl) is None:
        raise UsageError(f"{where}: not a purl: {purl!r}", hint="write purls as pkg:TYPE/NAME@VERSION")


def _same_package(wanted: str, offered: str) -> bool:
    """Compare purls as a person means them: what the rule leaves out (version, qualifiers) may be anything."""
    rule, package = _parsed(wanted), _parsed(offered)
    if rule is None or package is None:
        return False
    if (rule.type, rule.namespace, rule.name) != (package.type, package.namespace, package.name):
        return False
    if rule.version not in ("", package.version) or rule.subpath not in ("", package.subpath):
        return False
    known = dict(package.qualifiers)
    return all(known.get(key, value) == value for key, value in rule.qualifiers)
