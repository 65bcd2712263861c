"""rpm's package database in its three file formats, and the text manifests of distroless Azure Linux.

The format is told by the first bytes, never by the name: ``Packages`` was BerkeleyDB and is SQLite in some rebuilds.
Public keys that rpm keeps as pseudo packages (``gpg-pubkey``) are no packages here, as in every other scanner.
Source: https://rpm-software-management.github.io/rpm/manual/tags.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sekisho.errors import CorruptInput
from sekisho.formats import bdb, ndb, rpm_header, rpm_sqlite
from sekisho.formats.limits import MAX_DATABASE_FILE
from sekisho.formats.rpm_header import RpmHeader
from sekisho.inventory.os.ownership import PathBudget
from sekisho.inventory.protocol import Extractor, File, Item
from sekisho.model.inventory import Gap
from sekisho.model.package import OwnedPaths, Package

DIRECTORIES = ("var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm")
"""Where rpm keeps its database: the classic place, SUSE's and Fedora's, and rpm-ostree's."""
DATABASES = ("Packages", "Packages.db")
SQLITE = "rpmdb.sqlite"
MANIFESTS = ("container-manifest-1", "container-manifest-2")
WAL = f"{SQLITE}-wal"
KEYS = "gpg-pubkey"

_VENDORS = (
    "AlmaLinux",
    "Amazon Linux",
    "Amazon.com",
    "Anolis",
    "CentOS",
    "CloudLinux",
    "Fedora Project",
    "Microsoft Corporation",
    "Oracle America",
    "Red Hat",
    "Rocky",
    "SUSE",
    "VMware",
    "openEuler",
    "openSUSE",
)
"""How the distributions sign their packages; a distribution publishes no advisories about anyone else's."""

Fields = dict[str, Any]
Entry = tuple[Fields, list[str], list[str]]
"""A package's fields, what it requires, and the paths it owns."""


def extract(file: File) -> Iterator[Item]:
    """Yield every package of a database and the files it owns.

    A database that is damaged half-way gives the packages before the damage and a gap; one without any readable package
    raises CorruptInput.
    """
    entries: list[Entry] = []
    providers: dict[str, str] = {}
    damage = ""
    try:
        for fields, header, paths in _headers(file):
            for capability in header.texts(rpm_header.PROVIDE_NAME):
                providers.setdefault(capability, fields["name"])
            entries.append((fields, header.texts(rpm_header.REQUIRE_NAME), paths))
    except CorruptInput as error:
        if not entries:
            raise
        damage = error.message
    for fields, requires, paths in entries:
        wanted = {providers.get(capability, "") for capability in requires} - {"", fields["name"]}
        yield Package(depends_on=tuple(sorted(wanted)), **fields)
        if paths:
            yield OwnedPaths(fields["name"], paths)
    if damage:
        yield Gap(path=file.path, extractor="rpm", reason=f"{len(entries)} packages were read, then: {damage}")


def _headers(file: File) -> Iterator[tuple[Fields, RpmHeader, list[str]]]:
    budget = PathBudget()
    for blob in _blobs(file):
        header = RpmHeader(blob)
        name = header.text(rpm_header.NAME)
        if name != KEYS:
            yield _fields(header, name, file.path), header, _owned(header, budget)


def extract_manifest(file: File) -> Iterator[Item]:
    """Yield the packages of one ``container-manifest`` file; the first gives way to the second, which says more."""
    if file.name == MANIFESTS[0]:
        if file.sibling(MANIFESTS[1]) is None:
            yield from _name_manifest(file)
        return
    for line in file.text.splitlines():
        columns = line.split("\t")
        if len(columns) != 10:
            raise CorruptInput(f"rpm manifest has a line of {len(columns)} columns instead of 10")
        name, version, _, _, vendor, _, _, arch, epoch, source = map(_absent, columns)
        if name != KEYS:
            yield Package(**_described(name, epoch, version, arch, source, vendor), path=file.path)


def _name_manifest(file: File) -> Iterator[Item]:
    """Lines of ``name-version-release.arch``."""
    for line in filter(None, file.text.splitlines()):
        name, version = split_nevra(line)
        if not name:
            raise CorruptInput(f"rpm manifest has a line that names no package: {line[:80]!r}")
        if name != KEYS:
            arch = line.rpartition(".")[2]
            yield Package(type="rpm", name=name, version=version, found_by="rpm", path=file.path, arch=arch)


def split_nevra(text: str) -> tuple[str, str]:
    """``gcc-11.2-1.el9.src`` (``.rpm`` or not) → name and version-release; both empty when it is not of that form."""
    stem = text.removesuffix(".rpm").rpartition(".")[0]
    name, _, version = stem.rpartition("-")
    name, _, major = name.rpartition("-")
    return (name, f"{major}-{version}") if name else ("", "")


def _blobs(file: File) -> Iterator[bytes]:
    """The package headers, by whatever format the first bytes show."""
    stream = file.open()
    head = stream.read(16)
    if head == rpm_sqlite.MAGIC:
        return rpm_sqlite.read_blobs(stream, file.sibling(WAL) or b"")
    if head.startswith(ndb.MAGIC):
        return ndb.read_blobs(stream)
    if bdb.byte_order(head):
        return bdb.read_blobs(stream)
    raise CorruptInput("rpm database of an unknown format", hint="formats known: BerkeleyDB hash, ndb and SQLite")


def _fields(header: RpmHeader, name: str, path: str) -> Fields:
    version = f"{header.text(rpm_header.VERSION)}-{header.text(rpm_header.RELEASE)}"
    if not name or version.startswith("-"):
        raise CorruptInput("rpm database holds a package without name or version")
    epoch = header.numbers(rpm_header.EPOCH)
    vendor = _absent(header.text(rpm_header.VENDOR))
    source = _absent(header.text(rpm_header.SOURCE_RPM))
    license_text = _absent(header.text(rpm_header.LICENSE))
    md5 = header.binary(rpm_header.SIGNATURE_MD5)
    fields = _described(name, str(epoch[0]) if epoch else "", version, header.text(rpm_header.ARCH), source, vendor)
    return fields | {
        "path": path,
        "modularity": _absent(header.text(rpm_header.MODULARITY_LABEL)),
        "licenses": (license_text,) if license_text else (),
        "homepage": _absent(header.text(rpm_header.URL)),
        "description": header.text(rpm_header.SUMMARY),
        "checksums": (f"md5:{md5.hex()}",) if len(md5) == 16 else (),
    }


def _described(name: str, epoch: str, version: str, arch: str, source: str, vendor: str) -> Fields:
    """What databases and manifests both know. A source rpm's name has no epoch; the package's own stands in for it."""
    prefix = "" if epoch in ("", "0") else f"{epoch}:"
    source_name, source_version = split_nevra(source)
    facts = {"sourcerpm": source} if source else {}
    if not vendor.startswith(_VENDORS):
        facts["repository"] = "third-party"
    return {
        "type": "rpm",
        "name": name,
        "version": prefix + version,
        "found_by": "rpm",
        "arch": arch,
        "source_name": "" if source_name == name else source_name,
        "source_version": "" if source_version in ("", version) else prefix + source_version,
        "supplier": vendor,
        "facts": facts,
    }


def _absent(text: str) -> str:
    """rpm prints ``(none)`` for a tag that is not there, and some builds store it."""
    return "" if text == "(none)" else text


def _owned(header: RpmHeader, budget: PathBudget) -> list[str]:
    """Paths from the split file list, or from the whole paths that rpm 3 and its heirs stored."""
    names = header.texts(rpm_header.BASE_NAMES)
    if not names:
        return [path.lstrip("/") for path in header.texts(rpm_header.OLD_FILE_NAMES)]
    directories = [directory.lstrip("/") for directory in header.texts(rpm_header.DIR_NAMES)]
    indexes = header.numbers(rpm_header.DIR_INDEXES)
    if len(indexes) != len(names) or max(indexes) >= len(directories):
        raise CorruptInput("rpm header: file list does not agree with its directories")
    lengths = [len(directory) for directory in directories]
    budget.spend(sum([lengths[i] for i in indexes]))
    return [directories[i] + name for i, name in zip(indexes, names, strict=True)]


EXTRACTORS = (
    Extractor(
        name="rpm",
        extract=extract,
        paths=tuple(f"{directory}/{name}" for directory in DIRECTORIES for name in DATABASES),
        max_size=MAX_DATABASE_FILE,
    ),
    Extractor(
        name="rpm",
        extract=extract,
        paths=tuple(f"{directory}/{SQLITE}" for directory in DIRECTORIES),
        siblings=(WAL,),
        max_size=MAX_DATABASE_FILE,
    ),
    Extractor(
        name="rpm",
        extract=extract_manifest,
        paths=tuple(f"var/lib/rpmmanifest/{name}" for name in MANIFESTS),
        siblings=MANIFESTS[1:],
    ),
)
