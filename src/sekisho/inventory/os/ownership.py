"""How much a database may say about the files its packages own.

File lists name a directory once and then many files in it, so a small hostile database can describe more path text than
any machine holds. A budget for the whole database ends that; what it allows is far beyond any real system.
"""

from __future__ import annotations

from sekisho.errors import BoundExceeded
from sekisho.formats.limits import MIB

MAX_OWNED_TEXT = 256 * MIB
"""Characters of all path names of one database; a full desktop with 800,000 files has about 60 MiB."""


class PathBudget:
    """Characters of path names that one database may still bring."""

    __slots__ = ("_left",)

    def __init__(self, characters: int = MAX_OWNED_TEXT) -> None:
        self._left = characters

    def spend(self, characters: int) -> None:
        """Take ``characters`` away; raises BoundExceeded when there are not as many left."""
        self._left -= characters
        if self._left < 0:
            raise BoundExceeded("the package database names more files than any system holds")
