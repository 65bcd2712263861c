"""CISA's catalogue of known exploited vulnerabilities.

Source: https://www.cisa.gov/known-exploited-vulnerabilities-catalog
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec

from sekisho.advisories.feeds.asking import Asking
from sekisho.advisories.feeds.protocol import Declaration, Defect, Delivery, Request
from sekisho.errors import CorruptInput
from sekisho.formats.limits import MIB
from sekisho.model.advisory import Exploitation

MAX_CATALOGUE = 64 * MIB
"""1.6 MB today."""
_PATH = "sites/default/files/feeds/known_exploited_vulnerabilities.json"


class _Entry(msgspec.Struct, rename="camel"):
    cve_id: str = msgspec.field(name="cveID")
    date_added: str = ""
    due_date: str = ""
    known_ransomware_campaign_use: str = ""
    cwes: list[str] = []


class _Catalogue(msgspec.Struct):
    vulnerabilities: list[msgspec.Raw]


_CATALOGUE = msgspec.json.Decoder(_Catalogue)
_ENTRY = msgspec.json.Decoder(_Entry)


class KevFeed:
    """See the module."""

    declaration = Declaration(
        name="kev",
        title="CISA Known Exploited Vulnerabilities",
        licence="public domain (CC0-1.0)",
        redistributable=True,
        base_url="https://www.cisa.gov",
        mirrored_as="www.cisa.gov",
        cadence="on weekdays",
    )

    def sources(self, ecosystem: str) -> tuple[str, ...]:
        """Itself, by its name only."""
        return ("kev",) if ecosystem == "kev" else ()

    def fetch(self, request: Request) -> Delivery:
        """The catalogue, unless it is the one that was read before."""
        asking = Asking(request)
        body = asking.get(_PATH, max_size=MAX_CATALOGUE)
        url = asking.url(_PATH)
        if body is None:
            return Delivery(kind="unchanged", state=asking.state(), url=url)
        return Delivery(
            kind="full",
            state=asking.state(),
            exploitations=read_catalogue(body),
            url=url,
            received=asking.received,
            digest=hashlib.sha256(body).hexdigest(),
        )


def read_catalogue(document: bytes) -> Iterator[Exploitation | Defect]:
    """Every entry, joined to packages by its CVE only: product names are not package names."""
    try:
        entries = _CATALOGUE.decode(document).vulnerabilities
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CorruptInput("the KEV catalogue cannot be read", detail=str(error)) from None
    for raw in entries:
        try:
            entry = _ENTRY.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            yield Defect("kev", str(error))
            continue
        yield Exploitation(
            cve=entry.cve_id,
            kev_added=entry.date_added,
            kev_due=entry.due_date,
            ransomware=entry.known_ransomware_campaign_use == "Known",
            cwes=tuple(entry.cwes),
        )
