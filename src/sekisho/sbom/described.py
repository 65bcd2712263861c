"""A package as somebody else's document describes it → one of ours.

The purl decides type, name and version; what the document says beside it fills in the rest. Producers differ in where
they put a distribution's source package, the layer and the path; the known places are tables here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.model.inventory import Gap, Inventory, OperatingSystem
from sekisho.model.package import OS_TYPES, Package
from sekisho.model.purl import Purl, parse_purl
from sekisho.sbom.distribution import named_system, same_release

EXTRACTOR = "sbom"
"""Who reports a gap."""
IMAGE_TYPES = frozenset({"oci", "docker"})
"""purl types that name an image, not a package in one."""
MAX_EDGES = 5_000_000
"""Dependencies followed: syft writes 62,000 for 3,000 packages. More of them come only from a crafted document."""
_MAJOR = re.compile(r"v[0-9]+\Z")
"""The last element of a Go module's path from its second major version on."""
_NO_VERSION = frozenset({"(devel)", "UNKNOWN", "NOASSERTION"})
"""What Go, syft and SPDX write where there is no version. Compared as one, it would only look newer than every fix."""
_LOOSE = re.compile(r"[-_.]+")
_TYPES = {"ebuild": "portage"}
"""purl types that we call otherwise."""


class Described(msgspec.Struct, kw_only=True):
    """What a document says about one package; every field may be empty."""

    ref: str = ""
    purl: str = ""
    type: str = ""
    name: str = ""
    version: str = ""
    arch: str = ""
    path: str = ""
    layer: str = ""
    found_by: str = ""
    owned_by: str = ""
    source_name: str = ""
    source_version: str = ""
    modularity: str = ""
    supplier: str = ""
    homepage: str = ""
    description: str = ""
    relation: str = ""
    dev: bool = False
    base: bool = False
    licenses: tuple[str, ...] = ()
    checksums: tuple[str, ...] = ()
    facts: dict[str, str] = {}


class Reading:
    """Gathers what a document describes and makes an inventory of it."""

    def __init__(self) -> None:
        self._packages: list[tuple[str, Package]] = []
        self._gaps: list[Gap] = []
        self._unnamed = 0
        self._distributions: Counter[tuple[str, str]] = Counter()

    def objects(self, holder: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
        """The objects of a list that holds packages; whatever else is there may have been one, and is a gap."""
        value = holder.get(key)
        if value is None:
            return []
        found = entries(value)
        lost = len(value) - len(found) if isinstance(value, list) else 1
        if lost:
            self.add_gap(f"{lost} of the entries of {key!r} cannot be understood")
        return found

    def add_gap(self, reason: str) -> None:
        """Take note that the document does not tell all."""
        self._gaps.append(Gap(path="", extractor=EXTRACTOR, reason=reason))

    def add_unnamed(self) -> None:
        """Count what may be a package but has neither a purl nor a version to be judged by."""
        self._unnamed += 1

    def add(self, described: Described) -> None:
        """Take one package; one that cannot be understood becomes a gap."""
        if not described.purl:
            self._packages.append((described.ref, _package(described, None)))
            return
        try:
            purl = parse_purl(described.purl)
        except CorruptInput as error:
            where = described.name or described.ref
            self._gaps.append(Gap(path=where, extractor=EXTRACTOR, reason=error.message))
            return
        if purl.type in IMAGE_TYPES:
            reason = "an image is named without what is in it"
            self._gaps.append(Gap(path=described.purl, extractor=EXTRACTOR, reason=reason, weight="note"))
            return
        if _TYPES.get(purl.type, purl.type) in OS_TYPES and purl.namespace:
            self._distributions[purl.namespace.lower(), purl.qualifier("distro")] += 1
        self._packages.append((described.ref, _package(described, purl)))

    def inventory(self, system: OperatingSystem | None, depends: Mapping[str, Iterable[str]]) -> Inventory:
        """All of it, in the inventory's order; ``depends`` leads from refs to refs."""
        needs = _Needs(self._packages, depends)
        unique: dict[tuple[str, ...], Package] = {}
        for ref, package in self._packages:
            keys = needs.keys(ref, package)
            linked = msgspec.structs.replace(package, depends_on=keys) if keys else package
            unique.setdefault((package.type, package.name, package.version, package.path, package.arch), linked)
        ordered = sorted(
            unique.values(), key=lambda p: (p.type not in OS_TYPES, p.type, p.name, p.version, p.path, p.arch)
        )
        system = system or self._system()
        gaps = sorted({*self._gaps, *self._remarks(system)}, key=lambda gap: (gap.path, gap.reason, gap.weight))
        return Inventory(packages=tuple(ordered), system=system, gaps=tuple(gaps))

    def _remarks(self, system: OperatingSystem | None) -> Iterator[Gap]:
        """What only the whole document shows: packages that cannot be judged, and those of another distribution."""
        if self._unnamed:
            reason = f"components with neither a purl nor a version, not checked: {self._unnamed}"
            yield Gap(path="", extractor=EXTRACTOR, reason=reason, weight="note")
        for (namespace, distro), count in sorted(self._distributions.items()) if system else ():
            other = named_system(namespace, distro)
            if system and not same_release(other, system):
                names = f"{other.family} {other.name}".rstrip(), f"{system.family} {system.name}".rstrip()
                reason = f"{count} packages are of {names[0]}, and the document is judged as {names[1]}"
                yield Gap(path="", extractor=EXTRACTOR, reason=reason)

    def _system(self) -> OperatingSystem | None:
        """The distribution that most purls name, when no component does."""
        if not self._distributions:
            return None
        most, _ = min(self._distributions.items(), key=lambda pair: (-pair[1], pair[0]))
        return named_system(*most)


def text(value: Any) -> str:
    """The value when it is a string, else an empty one: foreign documents hold anything anywhere."""
    return value if isinstance(value, str) else ""


def entries(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; whatever else is there is passed over."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _package(described: Described, purl: Purl | None) -> Package:
    qualifiers = dict(purl.qualifiers) if purl else {}
    kind = described.type or (_TYPES.get(purl.type, purl.type) if purl else "generic")
    version = _version(purl.version if purl else "") or _version(described.version)
    source_name, source_version = _source(described, qualifiers.get("upstream", ""))
    if kind in OS_TYPES:
        version = _with_epoch(version, qualifiers.get("epoch", ""))
    name = _name(purl, described.name) if purl else described.name
    if kind == "golang" and name == "stdlib" and version[:1].isdigit():
        version = f"v{version}"
    return Package(
        type=kind,
        name=name,
        version=version,
        purl=described.purl,
        # Trivy's PkgType of a system package is the distribution, not who found it.
        found_by="" if purl and kind in OS_TYPES and described.found_by == purl.namespace else described.found_by,
        path=described.path.removeprefix("/"),
        layer=described.layer,
        arch=qualifiers.get("arch", "") or described.arch,
        source_name="" if source_name == name else source_name,
        source_version="" if source_version == version else source_version,
        modularity=described.modularity or qualifiers.get("modularitylabel", "") or qualifiers.get("rpmmod", ""),
        licenses=described.licenses,
        supplier=described.supplier,
        homepage=described.homepage,
        description=described.description,
        checksums=described.checksums,
        relation=described.relation if described.relation in _RELATIONS else "",  # type: ignore[arg-type]
        dev=described.dev,
        base=described.base,
        owned_by=described.owned_by,
        facts=described.facts,
    )


_RELATIONS = frozenset({"root", "workspace", "direct", "indirect"})


def _name(purl: Purl, declared: str) -> str:
    """The ecosystem's own writing: the document's name where the purl only differs in case and separators."""
    if _TYPES.get(purl.type, purl.type) in OS_TYPES or not purl.namespace:
        full = purl.name
    else:
        full = f"{purl.namespace}{':' if purl.type == 'maven' else '/'}{purl.name}"
    inner = f"{full}/{purl.subpath}" if purl.subpath else full
    # syft parts a Go module's path behind the third element; other producers point at a package inside the module.
    if purl.type == "cocoapods" or (purl.type == "golang" and (declared == inner or _MAJOR.match(purl.subpath))):
        full = inner
    return declared if declared and _loosely(declared) == _loosely(full) else full


def _loosely(name: str) -> str:
    return _LOOSE.sub("-", name).casefold()


def _version(declared: str) -> str:
    return "" if declared in _NO_VERSION else declared


def _with_epoch(version: str, epoch: str) -> str:
    return version if epoch in ("", "0") or version.startswith(f"{epoch}:") else f"{epoch}:{version}"


def _source(described: Described, upstream: str) -> tuple[str, str]:
    """Name and version of the source package: told outright, or syft's ``upstream`` qualifier."""
    if described.source_name:
        return described.source_name, described.source_version
    if upstream.endswith(".src.rpm"):
        parts = upstream.removesuffix(".src.rpm").rsplit("-", 2)
        return parts[0], "-".join(parts[1:])
    name, _, version = upstream.partition("@")
    return name, version


class _Needs:
    """Turns edges between refs into what our inventories say: names in a distribution, keys within one file."""

    def __init__(self, packages: Iterable[tuple[str, Package]], depends: Mapping[str, Iterable[str]]) -> None:
        self._depends = {ref: tuple(dict.fromkeys(refs)) for ref, refs in depends.items()}
        self._left = MAX_EDGES
        self._keys: dict[tuple[str, str], str] = {}
        for ref, package in packages:
            self._keys.setdefault((ref, _scope(package)), package.name if package.is_os else package.key)

    def keys(self, ref: str, package: Package) -> tuple[str, ...]:
        """What ``package`` needs, sorted; raises BoundExceeded when a document asks for too many edges."""
        refs = self._depends.get(ref, ())
        self._left -= len(refs)
        if self._left < 0:
            raise BoundExceeded(f"the bill of materials has more than {MAX_EDGES:,} dependencies between places")
        scope = _scope(package)
        return tuple(sorted({key for target in refs if (key := self._keys.get((target, scope)))}))


def _scope(package: Package) -> str:
    """Packages of a distribution see each other; those of a language within one file."""
    return "\0" if package.is_os else package.path
