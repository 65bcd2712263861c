"""``db update``: ask each wanted source whether it changed, read what did, and build the next store from it.

Only what is asked for, or what scans of this machine have needed, is fetched. A source that fails keeps its old rows,
says so, and does not keep the others from being updated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from sekisho.advisories.build import Builder, building
from sekisho.advisories.feeds.catalogue import SIGNALS
from sekisho.advisories.feeds.protocol import Defect, Delivery, Request, State
from sekisho.advisories.feeds.timestamps import instant
from sekisho.advisories.location import store_path
from sekisho.advisories.lock import writing
from sekisho.advisories.plan import DEFAULT, EVERYTHING, Step, plan
from sekisho.advisories.settings import FeedSettings
from sekisho.advisories.store import Store
from sekisho.advisories.wanted import remember, wanted
from sekisho.errors import AdvisoryError, NotFound, OfflineError, SekishoError
from sekisho.net.http import Transport

Verdict = Literal["new", "updated", "unchanged", "missing", "failed", "refused"]
Progress = Callable[[str, int, int], None]
"""(source or message, how many are done, of how many)."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one source."""

    source: str
    verdict: Verdict
    before: int = 0
    after: int = 0
    received: int = 0
    """Bytes."""
    defect_count: int = 0
    defects: tuple[Defect, ...] = ()
    reason: str = ""
    hint: str = ""


class UpdateResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of all of them."""

    path: Path
    outcomes: tuple[Outcome, ...]

    @property
    def problems(self) -> tuple[Outcome, ...]:
        """Sources whose data are not what upstream has now."""
        return tuple(one for one in self.outcomes if one.verdict in {"failed", "refused", "missing"})

    def error(self) -> AdvisoryError | None:
        """The problems as one error that names them; None when there are none."""
        problems = self.problems
        if not problems:
            return None
        return AdvisoryError(
            f"{len(problems)} of {len(self.outcomes)} sources could not be updated: "
            + ", ".join(one.source for one in problems),
            detail="\n".join(f"{one.source}: {one.reason}" for one in problems),
            hint=next((one.hint for one in problems if one.hint), ""),
        )


def scope_of(directory: Path, asked: Iterable[str] = ()) -> frozenset[str]:
    """What to fetch: what is asked for, else what was needed before, else a sensible set; signals always."""
    return (frozenset(asked) or wanted(directory) or frozenset(DEFAULT)) | set(SIGNALS)


def update(
    directory: Path,
    scope: Iterable[str],
    transport: Transport,
    settings: FeedSettings,
    now: datetime,
    progress: Progress = lambda source, done, total: None,
    *,
    everything: bool = False,
    force: bool = False,
    reset: bool = False,
) -> UpdateResult:
    """Bring the store in ``directory`` up to date for ``scope`` (see :func:`scope_of`).

    ``everything`` adds whatever else upstream has; ``force`` accepts sources that shrank; ``reset`` starts from
    nothing, also when the old store is unreadable. Raises UsageError for an unknown ecosystem, AdvisoryError when there
    would be no store at all, OfflineError.
    """
    scope = frozenset(scope)
    steps = plan(scope, EVERYTHING if everything else (), now)
    path = store_path(directory)
    with writing(directory, settings.patience, lambda: progress("another update is running: waiting", 0, len(steps))):
        fresh = reset or not _usable(path)
        outcomes = []
        with building(path, now, fresh=fresh) as builder:
            for done, step in enumerate(steps):
                progress(step.source, done, len(steps))
                outcome = _one(builder, step, transport, settings, now, force)
                if outcome is not None:
                    outcomes.append(outcome)
            progress("", len(steps), len(steps))
            if builder.empty:
                raise _nothing(outcomes)
    remember(directory, scope - set(SIGNALS))
    return UpdateResult(path=path, outcomes=tuple(outcomes))


def _one(
    builder: Builder, step: Step, transport: Transport, settings: FeedSettings, now: datetime, force: bool
) -> Outcome | None:
    """Ask for one source and write it; None for an optional one that does not exist."""
    source = step.source
    state = builder.state(source)
    if _settled(builder, step, state, now, settings):
        return Outcome(source=source, verdict="unchanged")
    request = Request(
        source=source,
        state=state,
        transport=transport,
        base_url=settings.base_url(step.feed.declaration),
        now=now,
        known=lambda: builder.known(source),
    )
    received = 0
    try:
        delivery = step.feed.fetch(request)
        received = delivery.received
        return _written(builder, step, delivery, force)
    except OfflineError:
        raise
    except NotFound as error:
        if step.optional and not builder.checked_at(source):
            return None
        return _kept(builder, source, "missing", error, received)
    except AdvisoryError as error:
        return _kept(builder, source, "refused", error, received)
    except SekishoError as error:
        return _kept(builder, source, "failed", error, received)


def _written(builder: Builder, step: Step, delivery: Delivery, force: bool) -> Outcome:
    never = not builder.checked_at(step.source)
    applied = builder.apply(step.source, step.feed.declaration, step.rank, delivery, force=force)
    verdict: Verdict = "unchanged" if delivery.kind == "unchanged" else "new" if never else "updated"
    return Outcome(
        source=step.source,
        verdict=verdict,
        before=applied.before,
        after=applied.after,
        received=delivery.received,
        defect_count=applied.defect_count,
        defects=applied.defects,
    )


def _kept(builder: Builder, source: str, verdict: Verdict, error: SekishoError, received: int) -> Outcome:
    reason = f"{error.message} ({error.detail})" if error.detail else error.message
    builder.mark_stale(source, reason)
    return Outcome(source=source, verdict=verdict, received=received, reason=reason, hint=error.hint)


def _settled(builder: Builder, step: Step, state: State, now: datetime, settings: FeedSettings) -> bool:
    """Say whether a feed that only comes whole and large was asked too recently to be asked again."""
    patience = step.feed.declaration.settled
    checked = instant(builder.checked_at(step.source))
    moved = state.base_url != settings.base_url(step.feed.declaration)
    return bool(patience) and checked is not None and not moved and now - checked < patience


def _nothing(outcomes: list[Outcome]) -> AdvisoryError:
    """No store at all is worse than an old one: say why."""
    first = outcomes[0] if outcomes else None
    return AdvisoryError(
        "not one source could be read, so there is no advisory store",
        detail=first.reason if first else "",
        hint=(first.hint if first else "") or "check the network, or the mirror's address",
    )


def _usable(path: Path) -> bool:
    """Say whether the next store can start from a copy: readable, of this schema, and not the demonstration set."""
    if not path.exists():
        return False
    try:
        with Store.open(path) as store:
            return not store.starter
    except AdvisoryError:
        return False
