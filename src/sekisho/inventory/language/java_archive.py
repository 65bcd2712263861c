"""One jar, war or ear, and every archive inside it.

A jar is what its Maven coordinates say (``META-INF/maven/…/pom.properties``; further ones are libraries shaded into
it), else what its manifest and file name say. Archives inside are read the same way, to a bounded depth and a bounded
sum of inflated bytes; one that cannot be read is noted and the rest is kept.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import BinaryIO, NamedTuple

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats.limits import GIB, MAX_ARCHIVE_DEPTH, MAX_NESTED_ARCHIVE, MIB
from sekisho.formats.zip import Archive, Member
from sekisho.inventory.language.java_coordinates import archive_version, artifact_name, group_name, split_file_name
from sekisho.inventory.language.java_manifest import Manifest
from sekisho.inventory.language.java_suffixes import FOUND_BY, SUFFIXES, WRAPPER
from sekisho.model.inventory import Gap, Weight
from sekisho.model.package import Package

MAX_MANIFEST_SIZE = 16 * MIB
"""A signed jar lists a digest per class; the largest seen is 2 MiB."""
MAX_COORDINATES_SIZE = MIB
"""pom.properties has four lines, an embedded pom.xml a few hundred."""
MAX_INFLATED = 2 * GIB
"""Sum over all archives inside one outermost archive; application servers ship about 400 MiB."""
_MANIFEST = "META-INF/MANIFEST.MF"
_PROPERTIES = "/pom.properties"
_SUFFIXES_ANY_CASE = SUFFIXES + tuple(suffix.upper() for suffix in SUFFIXES)
_WANTED = (*_SUFFIXES_ANY_CASE, _PROPERTIES, _MANIFEST, _MANIFEST.lower())


class Coordinates(NamedTuple):
    """One pom.properties."""

    group: str
    artifact: str
    version: str
    member: str
    """Where it stands in the archive."""


class Reader:
    """Reads one outermost archive with what is nested in it; counts the bytes it has to inflate."""

    def __init__(self) -> None:
        self._inflated = 0

    def packages(self, body: BinaryIO, path: str, depth: int = 0) -> Iterator[Package | Gap]:
        """The archive's own packages, then those of the archives inside; CorruptInput when it is no zip."""
        archive = Archive(body)
        wanted = [member for member in archive.members if member.name.endswith(_WANTED)]
        manifest = yield from self._manifest(archive, wanted, path)
        coordinates = yield from self._coordinates(archive, wanted, path)
        # New Relic's weave modules carry the name and version of what they instrument, not their own
        if not path.lower().endswith(WRAPPER) and (manifest is None or "Weave-Classes" not in manifest):
            yield from own_packages(path, manifest, coordinates)
        for member in wanted:
            if member.name.endswith(_SUFFIXES_ANY_CASE):
                yield from self._nested(archive, member, f"{path}!/{member.name}", depth + 1)

    def _nested(self, archive: Archive, member: Member, path: str, depth: int) -> Iterator[Package | Gap]:
        try:
            if depth > MAX_ARCHIVE_DEPTH:
                raise BoundExceeded(f"an archive nested more than {MAX_ARCHIVE_DEPTH} deep")
            self._spend(member)
            with archive.open(member, MAX_NESTED_ARCHIVE) as body:
                yield from self.packages(body, path, depth)
        except CorruptInput as error:
            weight: Weight = "incomplete" if isinstance(error, BoundExceeded) else "note"
            yield Gap(path=path, extractor=FOUND_BY, reason=error.message, weight=weight)

    def _spend(self, member: Member) -> None:
        self._inflated += member.size
        if self._inflated > MAX_INFLATED:
            raise BoundExceeded(f"more than {MAX_INFLATED // GIB} GiB inside one archive")

    def _manifest(self, archive: Archive, wanted: list[Member], path: str) -> Generator[Gap, None, Manifest | None]:
        for member in wanted:
            if member.name.upper() == _MANIFEST:
                data = yield from self._small(archive, member, MAX_MANIFEST_SIZE, path)
                return None if data is None else Manifest(data)
        return None

    def _coordinates(
        self, archive: Archive, wanted: list[Member], path: str
    ) -> Generator[Gap, None, list[Coordinates]]:
        found = []
        for member in wanted:
            if member.name.endswith(_PROPERTIES):
                data = yield from self._small(archive, member, MAX_COORDINATES_SIZE, path)
                if data is not None:
                    found.append(parse_properties(data, member.name))
        return [one for one in found if one.artifact and one.version]

    def _small(self, archive: Archive, member: Member, limit: int, path: str) -> Generator[Gap, None, bytes | None]:
        """A member that says what the archive is; one that cannot be read is noted, and the rest is kept."""
        self._spend(member)
        try:
            return archive.read(member, limit)
        except BoundExceeded:
            raise
        except CorruptInput as error:
            yield Gap(path=f"{path}!/{member.name}", extractor=FOUND_BY, reason=error.message, weight="note")
            return None


def parse_properties(data: bytes, member: str = "") -> Coordinates:
    """The three lines of a pom.properties that matter; the others and the comments are skipped."""
    fields = {}
    for line in data.decode("utf-8", "replace").splitlines():
        key, _, value = line.partition("=")
        fields[key.strip()] = value.strip()
    return Coordinates(fields.get("groupId", ""), fields.get("artifactId", ""), fields.get("version", ""), member)


def own_packages(path: str, manifest: Manifest | None, coordinates: list[Coordinates]) -> Iterator[Package]:
    """The archive itself, when anything names it, and the libraries whose coordinates it carries besides its own."""
    root = _root_of(path.rpartition("/")[2], manifest, coordinates)
    seen = set()
    if root is not None:
        seen.add((root.artifact, root.group))
        yield _package(root, path, manifest, root.group or group_name(manifest, root.artifact))
    for one in sorted(coordinates):
        if (one.artifact, one.group) not in seen:
            seen.add((one.artifact, one.group))
            yield _package(one, path, None, one.group or group_name(None, one.artifact))


def _root_of(file_name: str, manifest: Manifest | None, coordinates: list[Coordinates]) -> Coordinates | None:
    """Coordinates that fit the file name, else made from manifest and file name; None when there is too little."""
    stem, version = split_file_name(file_name)
    for one in sorted(coordinates, key=lambda one: (one.artifact != stem, one)):
        if stem and (one.artifact.startswith(stem) or stem.endswith(one.artifact)):
            return one
    if manifest is None:
        return Coordinates("", stem, version, "") if stem and version and not coordinates else None
    name = artifact_name(manifest, file_name)
    if not name:
        return None
    same = next((one for one in coordinates if one.artifact == name), None)
    return same or Coordinates("", name, archive_version(manifest, file_name), "")


def _package(one: Coordinates, path: str, manifest: Manifest | None, group: str) -> Package:
    said = manifest or Manifest(b"")
    return Package(
        type="maven",
        name=f"{group}:{one.artifact}",
        version=one.version,
        found_by=FOUND_BY,
        path=path,
        licenses=_licenses(said.field("Bundle-License", "Plugin-License-Name")),
        supplier=said.main("Implementation-Vendor", "Bundle-Vendor"),
        homepage=said.main("Bundle-DocURL", "Implementation-URL"),
        evidence=(f"{path}!/{one.member}",) if one.member else (),
    )


def _licenses(text: str) -> tuple[str, ...]:
    """OSGi's list: ``Apache-2.0;link="https://…", EPL-1.0``; a URL stands for its licence."""
    names = (part.partition(";")[0].strip().strip('"') for part in text.split(","))
    return tuple(dict.fromkeys(name for name in names if name))
