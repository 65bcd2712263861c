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


def _after(state: int, value: int) -> int:
    """Eight more bytes, written out: most of the time of a report went into this loop."""
    a, b, c, d, e, f, g, h = value.to_bytes(8, "little")
    state = ((((state * _PRIME ^ a) * _PRIME ^ b) * _PRIME ^ c) * _PRIME ^ d) & _MASK
    return ((((state * _PRIME ^ e) * _PRIME ^ f) * _PRIME ^ g) * _PRIME ^ h) & _MASK


@cache
def _named(field: str) -> int:
    """The state after a field's name: the same few names begin every fold."""
    return _after(_OFFSET, _text(field))


@lru_cache(maxsize=_KEPT_STRINGS)
def _field(name: str, value: str) -> int:
    """A field of text with its name; analysers, licences and versions come again and again."""
    return _after(_named(name), _text(value))


@lru_cache(maxsize=_KEPT_STRINGS)
def _number(name: str, value: int) -> int:
    """A field with a number and its name."""
    return _after(_named(name), _fnv(value.to_bytes(8, "little", signed=True)))


@lru_cache(maxsize=_KEPT_STRINGS)
def _texts(name: str, values: tuple[str, ...]) -> int:
    """A field of several texts with its name."""
    return _after(_named(name), _sequence(map(_text, values)))


_TRUE = _fnv(b"\x01")


def _record(name: str, fields: Iterable[int]) -> int:
    """A record of named fields, each hashed with its name."""
    folded = _text(name)
    for field in fields:
        folded = _after(_OFFSET, folded ^ field)
    return folded


def _sequence(values: Iterable[int]) -> int:
    folded = 0
    for value in values:
        folded = _after(_after(_OFFSET, folded), value)
    return folded


def _purl(purl: Purl) -> int:
    parts = ("Type", purl.type), ("Namespace", purl.namespace), ("Name", purl.name), ("Version", purl.version)
    fields = [_field(name, value) for name, value in parts if value]
    if purl.qualifiers:
        pairs = [_record("Qualifier", (_field("Key", key), _field("Value", value))) for key, value in purl.qualifiers]
        fields.append(_after(_named("Qualifiers"), _sequence(pairs)))
    if purl.subpath:
        fields.append(_field("Subpath", purl.subpath))
    return _record("PackageURL", fields)


def _fields(package: Package, identity: Purl | None) -> Iterable[int]:
    """What counts, in the order of Trivy's record."""
    if package.ID:
        yield _field("ID", package.ID)
    yield _field("Name", package.Name)
    if identity is not None:
        yield _after(_named("Identifier"), _record("PkgIdentifier", _identifier(package.Identifier.BOMRef, identity)))
    if package.Version:
        yield _field("Version", package.Version)
    if package.Dev:
        yield _after(_named("Dev"), _TRUE)
    if package.Licenses:
        yield _texts("Licenses", package.Licenses)
    if package.Indirect:
        yield _after(_named("Indirect"), _TRUE)
    if package.Relationship:
        yield _number("Relationship", _RELATIONS[package.Relationship])
    if package.DependsOn:
        yield _texts("DependsOn", package.DependsOn)
    if package.FilePath:
        yield _field("FilePath", package.FilePath)
    if package.Digest:
        yield _field("Digest", package.Digest)
    if package.Locations:
        lines = [
            _record("Location", (_number("StartLine", place.StartLine), _number("EndLine", place.EndLine)))
            for place in package.Locations
        ]
        yield _after(_named("Locations"), _sequence(lines))
    if package.AnalyzedBy:
        yield _field("AnalyzedBy", package.AnalyzedBy)


def _identifier(bom_ref: str, purl: Purl) -> Iterable[int]:
    yield _after(_named("PURL"), _purl(purl))
    if bom_ref:
        yield _field("BOMRef", bom_ref)


def language_uid(path: str, package: Package, identity: Purl | None = None) -> str:
    """Trivy's UID of a language package read from ``path``; ``identity`` when an SBOM named the purl beforehand."""
    record = _record("Package", _fields(package, identity))
    folded = _field("filePath", path) ^ _after(_named("pkg"), record)
    return f"{_after(_OFFSET, folded):x}"


def system_uid(name: str, version: str, arch: str, path: str) -> str:
    """Our own UID of an operating-system package: 16 hex digits that depend on nothing but these."""
    return blake2b("\0".join((name, version, arch, path)).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
