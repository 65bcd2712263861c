"""Python distributions as they are installed: .dist-info, .egg-info (directory or file), EGG-INFO, and zipped eggs.

Debian's packages install them too, without RECORD; the merge knows which path belongs to which Debian package.
Source: https://packaging.python.org/specifications/recording-installed-packages/
"""

from __future__ import annotations

from collections.abc import Iterator

from sekisho.formats.limits import MIB
from sekisho.inventory.language.python_metadata import read_distribution
from sekisho.inventory.protocol import Extractor, File, Item
from sekisho.model.inventory import Gap

FOUND_BY = "python-pkg"
MAX_METADATA = 16 * MIB
"""METADATA carries the whole README; the largest seen are near one megabyte."""
MAX_EGG = 256 * MIB
"""A zipped egg, of which only the directory and one small member are read."""
_EGG_METADATA = "EGG-INFO/PKG-INFO"


def extract(file: File) -> Iterator[Item]:
    """The distribution that a METADATA or PKG-INFO describes; a note when it names none (empty files do occur)."""
    yield _distribution(file.data, file.path)


def extract_egg(file: File) -> Iterator[Item]:
    """The distribution of a zipped egg, if it says which; raises CorruptInput when it is no zip."""
    from sekisho.formats.zip import Archive

    archive = Archive(file.open())
    member = next((member for member in archive.members if member.name == _EGG_METADATA), None)
    if member is not None:
        yield _distribution(archive.read(member, MAX_METADATA), file.path)


def _distribution(data: bytes, path: str) -> Item:
    found = read_distribution(data, path, FOUND_BY)
    return found or Gap(path=path, extractor=FOUND_BY, reason="no name and version in the metadata", weight="note")


EXTRACTORS = (
    Extractor(
        name=FOUND_BY,
        extract=extract,
        names=("METADATA", "PKG-INFO"),
        suffixes=(".egg-info",),
        pattern=r"(?i)(?:dist-info/METADATA|egg-info/PKG-INFO|\.egg-info)$",
        max_size=MAX_METADATA,
        pre_build=False,
    ),
    Extractor(
        name=FOUND_BY,
        extract=extract_egg,
        suffixes=(".egg",),
        max_size=MAX_EGG,
        authoritative=False,
        pre_build=False,
    ),
)
