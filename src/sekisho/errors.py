"""Everything that can go wrong, as one tree.

::

    SekishoError                     exit 70  (never raised itself)
    ├── UsageError                   exit 2   the command line or configuration is wrong
    └── Undecided                    exit 3   no verdict can be given
        ├── SourceError              the artifact cannot be read
        │   ├── NotFound             … there is no such image, tag, file
        │   ├── Unauthorized         … the registry refuses these credentials
        │   ├── Unreachable          … no answer in time, or refused
        │   ├── DigestMismatch       … the bytes are not the ones promised
        │   └── CorruptInput         … truncated, malformed, or hostile
        │       └── BoundExceeded    … larger than a named bound
        ├── AdvisoryError            the advisory store is missing, damaged, stale or refused
        └── OfflineError             a socket would be needed, and --offline forbids it

Every error says *what* and *where* in its message and what to do next in ``hint``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar

EXIT_PASS = 0
"""Nothing stands against the artifact, or nobody asked for a threshold."""
EXIT_BLOCKED = 1
"""Findings at the asked threshold, a policy that blocks, a verification that failed."""
EXIT_USAGE = 2
"""The command line or the configuration cannot be understood."""
EXIT_UNDECIDED = 3
"""Could not tell: no data, stale data, an unreadable layer, an unreachable registry."""
EXIT_INTERNAL = 70
"""A defect of sekisho itself (EX_SOFTWARE of sysexits.h)."""


class SekishoError(Exception):
    """Root of the tree: a message, what surrounds it, and the next thing to do."""

    exit_code: ClassVar[int] = EXIT_INTERNAL

    def __init__(self, message: str, *, detail: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class UsageError(SekishoError):
    """The command line or the configuration is wrong."""

    exit_code = EXIT_USAGE


class Undecided(SekishoError):
    """No verdict can be given; never to be mistaken for "clean"."""

    exit_code = EXIT_UNDECIDED


class SourceError(Undecided):
    """The artifact cannot be read."""


class NotFound(SourceError):
    """There is no such image, tag, platform or file."""


class Unauthorized(SourceError):
    """The other side refuses these credentials."""


class Unreachable(SourceError):
    """No answer in time, or the connection was refused."""


class DigestMismatch(SourceError):
    """The bytes are not the ones the digest promised."""


class CorruptInput(SourceError):
    """Truncated, malformed or hostile bytes."""


class BoundExceeded(CorruptInput):
    """Input larger than a named bound."""


class AdvisoryError(Undecided):
    """The advisory store is missing, damaged, stale, or an update was refused."""


class OfflineError(Undecided):
    """A socket would be needed and ``--offline`` forbids it."""
