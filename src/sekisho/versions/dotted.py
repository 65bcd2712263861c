"""Whole numbers and nothing else, the shorter first: CRAN, Bioconductor, Hackage.

Sources: https://cran.r-project.org/doc/manuals/r-release/R-exts.html#The-DESCRIPTION-file (``.`` and ``-`` separate),
https://pvp.haskell.org/#version-numbers
"""

from __future__ import annotations

import re

from sekisho.errors import CorruptInput
from sekisho.versions.order import Key, comparison
from sekisho.versions.sort_key import number

_shape = re.compile("[0-9]+(?:[.-][0-9]+)*").fullmatch


def key(version: str) -> Key:
    """The place of a version; raises CorruptInput when it is not made of numbers."""
    version = version.strip()
    if _shape(version) is None:
        raise CorruptInput(f"not a version of numbers: {version[:80]!r}")
    return "".join(map(number, version.replace("-", ".").split(".")))


compare = comparison(key)
