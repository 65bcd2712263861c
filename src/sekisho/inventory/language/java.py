"""Java archives as they are deployed: the declaration; the reader is loaded with the first of them."""

from __future__ import annotations

from collections.abc import Iterator

from sekisho.errors import BoundExceeded
from sekisho.formats.limits import MAX_ARCHIVE_FILE
from sekisho.inventory.language.java_suffixes import FOUND_BY, SUFFIXES, WRAPPER
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.inventory import Gap
from sekisho.model.package import Package


def extract_archive(file: File) -> Iterator[Package | Gap]:
    """Everything in one jar, war or ear; CorruptInput when it is no zip at all."""
    from sekisho.inventory.language.java_archive import Reader

    try:
        yield from Reader().packages(file.open(), file.path)
    except BoundExceeded as error:
        if not file.name.lower().endswith(WRAPPER):
            raise
        # a zip that large carries data, not an application
        yield Gap(path=file.path, extractor=FOUND_BY, reason=error.message, weight="note")


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
