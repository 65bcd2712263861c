"""Debian's package database: paragraphs of fields, in one status file or (distroless) one file a package.

Every state that leaves a package's files on the disk counts as installed; only removed packages and those of which the
configuration remains do not, nor those without a state, unless nothing in the file has one: image builders write such
files, dpkg does not. The source defaults to the package's own name and version.
Sources: deb-control(5); dpkg(1), "Package states"; https://www.debian.org/doc/debian-policy/ch-controlfields.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sekisho.errors import CorruptInput
from sekisho.inventory.protocol import Extractor, File, Item
from sekisho.model.inventory import Gap
from sekisho.model.package import OwnedPaths, Package

STATUS = "var/lib/dpkg/status"
STATUS_DIRECTORY = "var/lib/dpkg/status.d"
ABSENT_STATES = frozenset({"not-installed", "config-files"})

_FIELDS = frozenset(
    {
        "Package",
        "Status",
        "Version",
        "Architecture",
        "Source",
        "Maintainer",
        "Homepage",
        "Description",
        "Depends",
        "Pre-Depends",
        "Provides",
    }
)
_RELATION = re.compile(r"[\s(:\[<][^,|]*")
_SEPARATOR = re.compile(r"[,|]")
_OTHER_REPOSITORY = re.compile(
    r"@(?:docker|nvidia|nodesource|hashicorp|elastic|gitlab|grafana|datadoghq|mongodb|percona|redis|confluent|f5|nginx)"
    r"\.(?:com|co|io|org)>|dotnet(?:core)?@microsoft\.com>|\.pgdg|nodesource|\+sury|deb\.sury",
    re.IGNORECASE,
)
"""Vendors with an apt repository of their own: distributions publish no advisories about what comes from there."""

Paragraph = dict[str, str]


def extract_status(file: File) -> Iterator[Item]:
    """Yield the installed packages of ``var/lib/dpkg/status``."""
    digests = _digests(file.sibling("available"))
    installed, gaps = _installed(file, stated=True)
    providers = _providers(installed)
    for fields in installed:
        yield _package(fields, file.path, providers, digests)
    yield from gaps


def extract_status_directory(file: File) -> Iterator[Item]:
    """Yield the packages of one file of ``status.d``, where a state is rare, or the files of a ``.md5sums`` list.

    The packages that others depend on lie in files of their own, so names that cannot be resolved here are kept.
    """
    if file.name.endswith(".md5sums"):
        paths = [path for _, _, path in (line.partition("  ") for line in file.text.splitlines()) if path]
        yield OwnedPaths(file.name.removesuffix(".md5sums"), [path.lstrip("/") for path in paths])
        return
    installed, gaps = _installed(file, stated=False)
    providers = _providers(installed)
    for fields in installed:
        for name in _alternatives(fields):
            providers.setdefault(name, name)
        yield _package(fields, file.path, providers, {})
    yield from gaps


def extract_list(file: File) -> Iterator[Item]:
    """Yield what ``dpkg -L`` prints: files and the directories they lie in."""
    text = file.text.replace("\n/", "\n").removeprefix("/").removeprefix(".\n").rstrip("\n")
    yield OwnedPaths(file.name.removesuffix(".list"), text.split("\n") if text not in ("", ".") else [])


def _paragraphs(text: str) -> Iterator[Paragraph]:
    for block in text.replace("\r\n", "\n").split("\n\n"):
        fields: Paragraph = {}
        key = ""
        for line in block.split("\n"):
            if line[:1] in (" ", "\t"):
                if key in ("Depends", "Pre-Depends", "Provides"):
                    fields[key] += line
                continue
            key, colon, value = line.partition(":")
            if colon and key in _FIELDS:
                if key == "Package" and key in fields:  # the blank line before it was lost, or holds a blank
                    yield fields
                    fields = {}
                fields[key] = value.strip()
        if fields:
            yield fields


def _installed(file: File, *, stated: bool) -> tuple[list[Paragraph], list[Gap]]:
    """The paragraphs of what is installed, and a gap for those without name or version.

    ``stated``: other paragraphs of such a file have a state, so one without is not installed. Raises CorruptInput when
    the file has text and no paragraph of it names a package.
    """
    text = file.text
    paragraphs = list(_paragraphs(text))
    if not any(fields.get("Package") for fields in paragraphs) and text.strip():
        raise CorruptInput("dpkg database holds no package")
    default = "not-installed" if stated and any("Status" in fields for fields in paragraphs) else ""
    present = [fields for fields in paragraphs if _state(fields, default) not in ABSENT_STATES]
    whole = [fields for fields in present if fields.get("Package") and fields.get("Version")]
    lost = len(present) - len(whole)
    reason = f"{lost} of {len(present)} installed packages have no name or no version"
    return whole, [Gap(path=file.path, extractor="dpkg", reason=reason)] if lost else []


def _state(fields: Paragraph, default: str) -> str:
    """The third word of ``Status: want flag state``."""
    return fields.get("Status", default).rpartition(" ")[2]


def _package(fields: Paragraph, path: str, providers: dict[str, str], digests: dict[str, str]) -> Package:
    name, version = fields["Package"], fields["Version"]
    source, source_version = _source(fields)
    maintainer = fields.get("Maintainer", "")
    digest = digests.get(f"{name}@{version}", "")
    return Package(
        type="deb",
        name=name,
        version=version,
        found_by="dpkg",
        path=path,
        arch=fields.get("Architecture", ""),
        source_name="" if source == name else source,
        source_version="" if source_version == version else source_version,
        supplier=maintainer,
        homepage=fields.get("Homepage", ""),
        description=fields.get("Description", ""),
        checksums=(f"sha256:{digest}",) if digest else (),
        depends_on=_depends(fields, providers),
        facts={"repository": "third-party"} if _OTHER_REPOSITORY.search(f"{maintainer} {version}") else {},
    )


def _source(fields: Paragraph) -> tuple[str, str]:
    """``gcc-12 (12.2.0-14)`` → its two parts; without the field the package is its own source."""
    name, _, version = fields.get("Source", "").partition("(")
    return name.strip() or fields["Package"], version.partition(")")[0].strip() or fields["Version"]


def _providers(installed: list[Paragraph]) -> dict[str, str]:
    """From a name that can be depended on to the package that gives it; real packages win over virtual ones."""
    providers: dict[str, str] = {}
    for fields in installed:
        if "Provides" in fields:
            for name in _names(fields["Provides"]):
                providers.setdefault(name, fields["Package"])
    providers.update((fields["Package"], fields["Package"]) for fields in installed)
    return providers


def _depends(fields: Paragraph, providers: dict[str, str]) -> tuple[str, ...]:
    """Names of the packages this one needs, every alternative that is there."""
    wanted = {providers.get(name, "") for name in _alternatives(fields)}
    return tuple(sorted(wanted - {"", fields["Package"]}))


def _alternatives(fields: Paragraph) -> Iterator[str]:
    for key in ("Depends", "Pre-Depends"):
        if key in fields:
            yield from _names(fields[key])


def _names(relation: str) -> Iterable[str]:
    """``libc6 (>= 2.36), python3:any | python`` → libc6, python3, python."""
    return [_RELATION.sub("", part.strip()) for part in _SEPARATOR.split(relation)]


def _digests(available: bytes | None) -> dict[str, str]:
    """SHA-256 of the archives, by ``name@version``, where the ``available`` file knows them."""
    if not available or b"\nSHA256:" not in available:
        return {}
    digests: dict[str, str] = {}
    for block in available.decode("utf-8", "replace").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and line[0] != " ")
        if "SHA256" in fields:
            digests[f"{fields.get('Package')}@{fields.get('Version')}"] = fields["SHA256"].strip()
    return digests


EXTRACTORS = (
    Extractor(name="dpkg", extract=extract_status, paths=(STATUS,), siblings=("available",)),
    Extractor(name="dpkg", extract=extract_status_directory, directories=(STATUS_DIRECTORY,)),
    Extractor(name="dpkg", extract=extract_list, suffixes=(".list",), pattern=r"^var/lib/dpkg/info/[^/]+\.list$"),
)
