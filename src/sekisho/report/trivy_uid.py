"""Trivy's UID of a package: a structural hash of its own record and the file it came from.

Trivy hashes ``{"filePath": …, "pkg": {…}}`` with hashstructure v2 over FNV-1 (64 bit), leaving out what is empty.
Numbers, names and values are hashed one by one and folded in field order; the folds are spelled out here, as there is
nothing to import. The hash sees a package before its purl and layer are known, so those do not count.

Packages of the operating system would need the list of every file they installed; they have a short digest of our own
instead, which is as stable. Source: https://github.com/gohugoio/hashstructure (format 2).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from sekisho.report.trivy_schema import Package

if TYPE_CHECKING:
    from sekisho.model.purl import Purl

_OFFSET, _PRIME, _MASK = 0xCBF29CE484222325, 0x100000001B3, (1 << 64) - 1
_RELATIONS = {"root": 1, "workspace": 2, "direct": 3, "indirect": 4}
_KEPT_STRINGS = 1 << 14


def _fnv(data: bytes, state: int = _OFFSET) -> int:
    for byte in data:
        state = (state * _PRIME & _MASK) ^ byte
    return state


@lru_cache(maxsize=_KEPT_STRINGS)
def _text(value: str) -> int:
    return _fnv(value.encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=_KEPT_STRINGS)
def _number(value: int) -> int:
    return _fnv(value.to_bytes(8, "little", signed=True))


def _after(state: int, value: int) -> int:
    return _fnv(value.to_bytes(8, "little"), state)


@cache
def _named(field: str) -> int:
    """The state after a field's name: the same few names begin every fold."""
    return _after(_OFFSET, _text(field))


_TRUE = _fnv(b"\x01")


def _record(name: str, fields: Iterable[tuple[str, int]]) -> int:
    folded = _text(name)
    for field, value in fields:
        folded = _after(_OFFSET, folded ^ _after(_named(field), value))
    return folded


def _sequence(values: Iterable[int]) -> int:
    folded = 0
    for value in values:
        folded = _after(_after(_OFFSET, folded), value)
    return folded


def _purl(purl: Purl) -> int:
    fields = [(name, _text(value)) for name, value in (
        ("Type", purl.type), ("Namespace", purl.namespace), ("Name", purl.name), ("Version", purl.version),
    ) if value]  # fmt: skip
    if purl.qualifiers:
        pairs = [_record("Qualifier", (("Key", _text(key)), ("Value", _text(value)))) for key, value in purl.qualifiers]
        fields.append(("Qualifiers", _sequence(pairs)))
    if purl.subpath:
        fields.append(("Subpath", _text(purl.subpath)))
    return _record("PackageURL", fields)


def _fields(package: Package, identity: Purl | None) -> Iterable[tuple[str, int]]:
    """What counts, in the order of Trivy's record."""
    if package.ID:
        yield "ID", _text(package.ID)
    yield "Name", _text(package.Name)
    if identity is not None:
        yield "Identifier", _record("PkgIdentifier", _identifier(package.Identifier.BOMRef, identity))
    if package.Version:
        yield "Version", _text(package.Version)
    if package.Dev:
        yield "Dev", _TRUE
    if package.Licenses:
        yield "Licenses", _sequence(map(_text, package.Licenses))
    if package.Indirect:
        yield "Indirect", _TRUE
    if package.Relationship:
        yield "Relationship", _number(_RELATIONS[package.Relationship])
    if package.DependsOn:
        yield "DependsOn", _sequence(map(_text, package.DependsOn))
    if package.FilePath:
        yield "FilePath", _text(package.FilePath)
    if package.Digest:
        yield "Digest", _text(package.Digest)
    if package.Locations:
        lines = [
            _record("Location", (("StartLine", _number(place.StartLine)), ("EndLine", _number(place.EndLine))))
            for place in package.Locations
        ]
        yield "Locations", _sequence(lines)
    if package.AnalyzedBy:
        yield "AnalyzedBy", _text(package.AnalyzedBy)


def _identifier(bom_ref: str, purl: Purl) -> Iterable[tuple[str, int]]:
    yield "PURL", _purl(purl)
    if bom_ref:
        yield "BOMRef", _text(bom_ref)


def language_uid(path: str, package: Package, identity: Purl | None = None) -> str:
    """Trivy's UID of a language package read from ``path``; ``identity`` when an SBOM named the purl beforehand."""
    record = _record("Package", _fields(package, identity))
    folded = _after(_named("filePath"), _text(path)) ^ _after(_named("pkg"), record)
    return f"{_after(_OFFSET, folded):x}"


def system_uid(name: str, version: str, arch: str, path: str) -> str:
    """Our own UID of an operating-system package: 16 hex digits that depend on nothing but these."""
    return blake2b("\0".join((name, version, arch, path)).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
