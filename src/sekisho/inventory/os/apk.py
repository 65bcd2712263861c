"""Alpine's package database, one paragraph of one-letter fields a package.

Depends (``D:``) name packages, shared objects (``so:``), commands (``cmd:``) or paths; what packages provide (``p:``)
turns them into package names. ``F:`` opens a directory and every ``R:`` after it is a file in it.
Source: https://wiki.alpinelinux.org/wiki/Apk_spec#Installed_Database_V2
"""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Iterator

from sekisho.errors import CorruptInput
from sekisho.inventory.os.ownership import PathBudget
from sekisho.inventory.protocol import Extractor, File, Item
from sekisho.model.inventory import Gap
from sekisho.model.package import OwnedPaths, Package

_REQUIREMENT = re.compile(r"[<>=~@]")
_OPERATOR = re.compile(r"[()]|\b(?:AND|OR|WITH)\b")
_DIGESTS = {"Q1": ("sha1", 20), "Q2": ("sha256", 32)}

Fields = dict[str, str]


def extract(file: File) -> Iterator[Item]:
    """Yield every installed package and the files it owns, and a gap for those without name or version.

    Raises CorruptInput when no package has both.
    """
    budget = PathBudget()
    paragraphs = list(_paragraphs(file.text))
    entries = [(fields, lines) for lines in paragraphs if _is_package(fields := _fields(lines))]
    if paragraphs and not entries:
        raise CorruptInput("apk database holds no package")
    providers = _providers([fields for fields, _ in entries])
    for fields, lines in entries:
        yield _package(fields, providers, file.path)
        if paths := _owned(lines, budget):
            yield OwnedPaths(fields["P"], paths)
    if lost := len(paragraphs) - len(entries):
        reason = f"{lost} of {len(paragraphs)} packages have no name or no version"
        yield Gap(path=file.path, extractor="apk", reason=reason)


def _paragraphs(text: str) -> Iterator[list[str]]:
    """The lines of each package; a second name (``P:``) begins another one, should the blank line be lost."""
    for block in text.replace("\r\n", "\n").split("\n\n"):
        if block.strip():
            first, *others = f"\n{block.strip()}".split("\nP:")
            lines = first.strip("\n").split("\n") if first.strip("\n") else []
            yield [*lines, *(f"P:{others[0]}".split("\n") if others else ())]
            yield from (f"P:{other}".split("\n") for other in others[1:])


def _fields(lines: list[str]) -> Fields:
    """The package's own fields; those of its files begin with the first directory."""
    fields: Fields = {}
    for line in lines:
        key, _, value = line.partition(":")
        if key == "F":
            break
        fields.setdefault(key, value.strip())
    return fields


def _is_package(fields: Fields) -> bool:
    return bool(fields.get("P") and fields.get("V"))


def _package(fields: Fields, providers: dict[str, str], path: str) -> Package:
    name = fields["P"]
    origin = fields.get("o", "")
    return Package(
        type="apk",
        name=name,
        version=fields["V"],
        found_by="apk",
        path=path,
        arch=fields.get("A", ""),
        source_name="" if origin == name else origin,
        licenses=_licenses(fields.get("L", "")),
        supplier=fields.get("m", ""),
        homepage=fields.get("U", ""),
        description=fields.get("T", ""),
        checksums=_checksums(fields.get("C", "")),
        depends_on=_depends(fields, providers),
    )


def _owned(lines: list[str], budget: PathBudget) -> list[str]:
    paths: list[str] = []
    prefix = ""
    for line in lines:
        if line.startswith("R:"):
            budget.spend(len(prefix) + len(line))
            paths.append(prefix + line[2:])
        elif line.startswith("F:"):
            prefix = f"{line[2:]}/" if len(line) > 2 else ""
    return paths


def _providers(entries: list[Fields]) -> dict[str, str]:
    """From what can be required to the package that gives it; a package's own name wins over what others provide."""
    providers: dict[str, str] = {}
    for fields in entries:
        for word in fields.get("p", "").split():
            providers.setdefault(_requirement(word), fields["P"])
    providers.update((fields["P"], fields["P"]) for fields in entries)
    return providers


def _depends(fields: Fields, providers: dict[str, str]) -> tuple[str, ...]:
    """Names of the installed packages this one needs; conflicts (``!name``) are no needs."""
    wanted = {providers.get(_requirement(word), "") for word in fields.get("D", "").split()}
    return tuple(sorted(wanted - {"", fields["P"]}))


def _requirement(word: str) -> str:
    """``so:libc.musl-x86_64.so.1=1`` → ``so:libc.musl-x86_64.so.1``."""
    return _REQUIREMENT.split(word, maxsplit=1)[0]


def _licenses(text: str) -> tuple[str, ...]:
    """One SPDX expression, or the blank-separated names that packages had before expressions."""
    if not text:
        return ()
    return (text,) if _OPERATOR.search(text) else tuple(text.split())


def _checksums(text: str) -> tuple[str, ...]:
    """``Q1`` and base64 is the SHA-1 of the package's control part; ``Q2`` is SHA-256."""
    algorithm, size = _DIGESTS.get(text[:2], ("", 0))
    try:
        digest = a2b_base64(text[2:].encode())
    except (Base64Error, ValueError):
        return ()
    return (f"{algorithm}:{digest.hex()}",) if algorithm and len(digest) == size else ()


EXTRACTORS = (Extractor(name="apk", extract=extract, paths=("lib/apk/db/installed", "usr/lib/apk/db/installed")),)
