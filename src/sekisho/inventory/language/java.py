"""Java archives as they are deployed: the declaration; the reader is loaded with the first of them."""

from __future__ import annotations

from collections.abc import Iterator

from sekisho.formats.limits import MAX_ARCHIVE_FILE
from sekisho.inventory.language.java_suffixes import FOUND_BY, SUFFIXES, WRAPPER
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.inventory import Gap
from sekisho.model.package import Package


def extract_archive(file: File) -> Iterator[Package | Gap]:
    """Everything in one jar, war or ear; CorruptInput when it is no zip at all."""
    from sekisho.inventory.language.java_archive import Reader

    return Reader().packages(file.open(), file.path)


EXTRACTORS = (
    Extractor(
        name=FOUND_BY,
        extract=extract_archive,
        suffixes=(*SUFFIXES, WRAPPER),
        max_size=MAX_ARCHIVE_FILE,
        authoritative=False,  # broken jars are ordinary test data
        pre_build=False,
    ),
)
