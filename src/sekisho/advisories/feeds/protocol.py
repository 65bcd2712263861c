"""What a feed is: a declaration, the sources it serves, and how one of them is fetched.

A *feed* speaks one upstream's format (OSV buckets, the Debian tracker); a *source* is one unit of it that is replaced
as a whole or updated record by record (``osv/PyPI``, ``alpine/v3.19``, ``debian``). Feeds translate and never touch the
store: :mod:`sekisho.advisories.build` writes what they deliver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Literal, Protocol

import msgspec

from sekisho.formats.limits import GIB, MIB
from sekisho.model.advisory import Advisory, Exploitation
from sekisho.net.http import Transport

MAX_FEED_FILE = GIB
"""One file of a feed; the largest (OSV's npm bucket) is near 150 MiB, the whole of vulnrichment near 300 MiB."""
MAX_RECORD = 16 * MIB
"""One record; the largest public ones (kernel errata) stay under 1 MiB."""
MAX_RECORDS = 2_000_000
"""Records of one source; Chainguard's OSV bucket has 1.3 million."""


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """What people should know about a feed before they use its data."""

    name: str
    title: str
    licence: str
    redistributable: bool
    """False: fetched by each user's own machine and never put into anything we publish."""
    base_url: str
    mirrored_as: str
    """Its directory below a mirror: the upstream host."""
    cadence: str
    """How often upstream publishes, in words."""
    settled: timedelta = timedelta(0)
    """An answer younger than this is not asked for again: for feeds that only come whole and large."""


class Validator(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a server wants back to answer "not modified"."""

    etag: str = ""
    last_modified: str = ""


class State(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a source remembers between two updates; kept in the store beside its rows."""

    files: dict[str, Validator] = {}
    """Path below the base URL → validators."""
    cursor: str = ""
    """The newest modification that has been read, never later than the clock; RFC 3339, UTC."""
    base_url: str = ""
    """Where it was read; a source that moves is read anew."""


class Record(msgspec.Struct, frozen=True):
    """One advisory and the SHA-256 of the bytes it was read from."""

    advisory: Advisory
    sha256: bytes


class Defect(msgspec.Struct, frozen=True):
    """A record that could not be read, and why."""

    id: str
    reason: str


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What came of asking a source."""

    kind: Literal["unchanged", "full", "delta"]
    state: State
    records: Iterator[Record | Defect] = iter(())
    """Every record of the source, or for a delta the new and changed ones."""
    exploitations: Iterator[Exploitation | Defect] = iter(())
    """In place of records, for feeds that rate vulnerabilities instead of describing them."""
    removed: frozenset[str] = frozenset()
    """For a delta: ids that are gone."""
    url: str = ""
    """The file or directory it was read from."""
    received: int = 0
    """Bytes of the answers."""
    held: tuple[str, ...] = ()
    """Ecosystems this source covers even if it has no record for them."""
    digest: str = ""
    """SHA-256 of the one file behind ``exploitations``."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a feed needs to ask for one source."""

    source: str
    state: State
    """Empty when the source was never read."""
    transport: Transport
    base_url: str
    now: datetime
    known: Callable[[], Mapping[str, str]] = dict
    """id → ``modified`` of the records the store has of this source; read only when a delta is considered."""


class Feed(Protocol):
    """One upstream."""

    declaration: Declaration

    def sources(self, ecosystem: str) -> tuple[str, ...]:
        """Its sources that a wished-for ecosystem, or the feed's own name, needs; empty when it does not cover it."""
        ...

    def fetch(self, request: Request) -> Delivery:
        """Ask upstream; raises NotFound when there is no such source there, else a SourceError."""
        ...
