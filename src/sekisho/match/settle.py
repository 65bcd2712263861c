"""Between records that contradict each other about one package.

Where an ecosystem has a database of its own (Go's, RustSec), its word on a range counts before a general one's: what it
denies is set aside, with both sides told. Everywhere else a record that says yes is believed, and the one that says no
is told beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from sekisho.match.describe import Describer
from sekisho.match.hit import Hit


class Settled(msgspec.Struct, frozen=True):
    """Hits that cover the package, the ecosystem's own records first, and those that its own records deny."""

    kept: tuple[Hit, ...]
    denied: tuple[tuple[Hit, Hit], ...]
    """(the hit, the one that denies it)."""


NOTHING = Settled((), ())


def settle(hits: Sequence[Hit], describer: Describer) -> Settled:
    """Weigh all judged records of one package under one name."""
    covering = [hit for hit in hits if hit.judgement.covered]
    if not covering:
        return NOTHING
    affirmed = {hit.candidate.id for hit in covering}
    deniers = [hit for hit in hits if _denies(hit) and hit.candidate.id not in affirmed]
    if len({hit.authority for hit in (*covering, *deniers)}) < 2:
        return Settled(tuple(covering), ())
    certain = {name for hit in covering if hit.native for name in describer.names_of(hit.candidate)}
    kept: list[Hit] = []
    denied: list[tuple[Hit, Hit]] = []
    for hit in covering:
        against = list(_against(hit, deniers, describer))
        native = next((other for other in against if other.native), None)
        if native is not None and not hit.native and not certain.issuperset(describer.names_of(hit.candidate)):
            denied.append((hit, native))
        else:
            kept.append(msgspec.structs.replace(hit, conflict=said(against[0])) if against else hit)
    return Settled(tuple(sorted(kept, key=lambda hit: not hit.native)), tuple(denied))


def said(hit: Hit) -> str:
    """What a record says, with its name."""
    return f"{hit.candidate.id} says {hit.judgement.reason}"


def _denies(hit: Hit) -> bool:
    return not hit.judgement.covered and not hit.judgement.undecided


def _against(hit: Hit, deniers: Sequence[Hit], describer: Describer) -> Iterator[Hit]:
    """The other databases' records that speak of every vulnerability this one speaks of."""
    names = set(describer.names_of(hit.candidate))
    synonyms = set(describer.synonyms(hit.candidate.id)) if len(names) == 1 else set()
    for other in deniers:
        if other.authority == hit.authority:
            continue
        # Umbrella records are nobody's synonym; only natives are worth looking into for that.
        if other.candidate.id in synonyms or (other.native and names.issubset(describer.names_of(other.candidate))):
            yield other
