"""Timestamps as feeds write them: ``Z`` or an offset, with or without fractions, in year 1 or in the future.

They are compared as instants, never as text, and a cursor made of them never passes the clock: a record stamped next
year must not hide everything that changes until then.
"""

from __future__ import annotations

from datetime import UTC, datetime


def instant(text: str) -> datetime | None:
    """The moment a timestamp names, UTC when it does not say; None when it is no timestamp."""
    try:
        parsed = datetime.fromisoformat(text)
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def stamp(moment: datetime) -> str:
    """RFC 3339 in UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
