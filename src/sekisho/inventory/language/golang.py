"""Go source trees: ``go.mod`` with ``go.sum``, ``go.work``, and ``vendor/modules.txt``.

Since Go 1.17 ``go.mod`` names every module the build uses. Before, it names what its own packages import; the rest is
in ``vendor/modules.txt`` exactly, or in ``go.sum`` as a superset. ``modules.txt`` is read by itself only where no
``go.mod`` stands beside the directory, so no module is listed twice, and ``go.sum`` is never read by itself.

The ``go`` line is a demand for a language version and became one for a toolchain with Go 1.21: from there on it stands
for the standard library, if no ``toolchain`` line is more exact.
Source: https://go.dev/ref/mod, https://go.dev/doc/toolchain
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sekisho.formats.go_buildinfo import release_version
from sekisho.formats.modfile import (
    ModFile,
    Replace,
    Sum,
    Unknown,
    Vendored,
    parse_go_sum,
    parse_modfile,
    parse_vendor_modules,
)
from sekisho.inventory.protocol import Extractor, File, Item
from sekisho.model.inventory import Gap, Weight
from sekisho.model.package import Package, Relation

GO_MOD = "gomod"
VENDOR = "go-vendor"
_TYPE = "golang"
_RELEASE = re.compile(r"(\d{1,4})\.(\d{1,4})")
_VERSION = re.compile(r"v\d")
_COMPLETE = (1, 17)
_TOOLCHAIN = (1, 21)


def extract_go_mod(file: File) -> Iterator[Item]:
    """The main module, what it requires after replacements, and the standard library."""
    module = parse_modfile(file.text)
    sums = parse_go_sum(_text(file.sibling("go.sum")))
    hashes = {(entry.path, entry.version): entry.hash for entry in sums}
    rules = module.replacements()
    found: dict[str, Package] = {}
    for required in module.require:
        relation: Relation = "indirect" if required.indirect else "direct"
        rule = rules.find(required.path, required.version)
        _keep(found, _package(file, (required.path, required.version), rule, relation, required.line, hashes))
    if release(module.go) < _COMPLETE:
        for package in _unnamed(file, module, sums, hashes):
            found.setdefault(package.key, package)
    for library in _standard_library(file, module):
        found[library.key] = library
    if module.module:
        yield _root(file, module, found)
    yield from found.values()
    yield from _unknown_directives(file, module.unknown)


def extract_go_work(file: File) -> Iterator[Item]:
    """The standard library of a workspace; its modules have their own ``go.mod``."""
    workspace = parse_modfile(file.text)
    yield from _standard_library(file, workspace)
    yield from _unknown_directives(file, workspace.unknown)


def extract_vendor(file: File) -> Iterator[Item]:
    """Vendored modules whose ``go.mod`` or ``go.work`` is not there to speak for them."""
    if file.sibling("../go.mod") is not None or file.sibling("../go.work") is not None:
        return
    for module in parse_vendor_modules(file.text):
        yield _vendored(file, module, VENDOR, module.line)


def release(go: str) -> tuple[int, int]:
    """``1.21.3`` as (1, 21); (0, 0) when there is no ``go`` line, which Go reads as 1.16."""
    found = _RELEASE.match(go)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _text(data: bytes | None) -> str:
    return (data or b"").decode("utf-8-sig", "replace")


def _keep(found: dict[str, Package], package: Package) -> None:
    """Two requirements may end in one replacement: listed once, direct if either is."""
    known = found.get(package.key)
    if known is None or (known.relation == "indirect" and package.relation == "direct"):
        found[package.key] = package


def _package(
    file: File,
    wanted: tuple[str, str],
    rule: Replace | None,
    relation: Relation,
    line: int,
    hashes: dict[tuple[str, str], str],
    found_by: str = GO_MOD,
) -> Package:
    """One module after its replacement; a local directory leaves the name and takes the version."""
    name, version = wanted
    facts: dict[str, str] = {}
    if rule:
        facts["replaces"] = f"{name}@{version}" if version else name
        if rule.is_local:
            facts["replaced_by"] = rule.new
            version = ""
        else:
            name, version = rule.new, rule.new_version
    checksum = hashes.get((name, version))
    return Package(
        type=_TYPE,
        name=name,
        version=version,
        found_by=found_by,
        path=file.path,
        relation=relation,
        lines=(line, line) if line else None,
        checksums=(checksum,) if checksum else (),
        facts=facts,
    )


def _unnamed(file: File, module: ModFile, sums: list[Sum], hashes: dict[tuple[str, str], str]) -> Iterator[Package]:
    """Modules an old ``go.mod`` needs without naming them: as vendored, else as last verified in ``go.sum``."""
    named = {entry.path for entry in module.require} | {entry.new for entry in module.replace}
    vendor = file.sibling("vendor/modules.txt")
    if vendor is not None:
        for copied in parse_vendor_modules(_text(vendor)):
            if copied.path not in named:
                yield _vendored(file, copied, GO_MOD, 0)
        return
    rules = module.replacements()
    latest = {entry.path: entry.version for entry in sums}
    for path, version in latest.items():
        if path not in named:
            yield _package(file, (path, version), rules.find(path, version), "indirect", 0, hashes)


def _vendored(file: File, module: Vendored, found_by: str, line: int) -> Package:
    relation: Relation = "" if module.explicit else "indirect"
    return _package(file, (module.path, module.version), module.replace, relation, line, {}, found_by)


def _standard_library(file: File, module: ModFile) -> Iterator[Package]:
    """``stdlib`` at the toolchain asked for: a lower bound, and marked so."""
    if release(module.go) < _TOOLCHAIN:
        return
    directive, line = "toolchain", module.toolchain_line
    version = release_version(module.toolchain.partition("-")[0])
    if not version:
        directive, line = "go", module.go_line
        version = release_version(module.go)
    if version:
        yield Package(
            type=_TYPE,
            name="stdlib",
            version=version,
            found_by=GO_MOD,
            path=file.path,
            relation="direct",
            lines=(line, line),
            facts={"from": "toolchain", "directive": directive},
        )


def _root(file: File, module: ModFile, found: dict[str, Package]) -> Package:
    return Package(
        type=_TYPE,
        name=module.module,
        found_by=GO_MOD,
        path=file.path,
        relation="root",
        depends_on=tuple(sorted(package.key for package in found.values() if package.relation == "direct")),
        lines=(module.module_line, module.module_line),
        facts={"deprecated": module.deprecated} if module.deprecated else {},
    )


def _unknown_directives(file: File, unknown: list[Unknown]) -> Iterator[Gap]:
    """One gap a directive: it hides modules if it holds versions, else it is only newer than this reader."""
    shown: dict[str, tuple[int, Weight]] = {}
    for statement in unknown:
        hides = any(_VERSION.match(word) for word in statement.words)
        known = shown.get(statement.directive)
        if known is None or (hides and known[1] == "note"):
            shown[statement.directive] = (statement.line, "incomplete" if hides else "note")
    for directive, (line, weight) in shown.items():
        reason = f"line {line}: unknown directive {directive[:40]!r}"
        yield Gap(path=file.path, extractor=GO_MOD, reason=reason, weight=weight)


EXTRACTORS = (
    Extractor(
        name=GO_MOD,
        extract=extract_go_mod,
        names=("go.mod",),
        siblings=("go.sum", "vendor/modules.txt"),
        post_build=False,
    ),
    Extractor(name=GO_MOD, extract=extract_go_work, names=("go.work",), post_build=False),
    Extractor(
        name=VENDOR,
        extract=extract_vendor,
        names=("modules.txt",),
        pattern=r"(?:^|/)vendor/modules\.txt$",
        siblings=("../go.mod", "../go.work"),
        post_build=False,
    ),
)
