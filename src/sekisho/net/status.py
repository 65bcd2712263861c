"""What an HTTP status means for us: one place where answers become errors."""

from __future__ import annotations

from sekisho.errors import NotFound, SourceError, Unauthorized, Unreachable
from sekisho.net.response import Response

MAX_PATIENCE = 40
"""Characters of a Retry-After worth repeating: a number, or a date."""


def failure(response: Response, what: str, *, hint: str = "") -> SourceError:
    """The error for an answer that is not a success; ``what`` was asked for. Closes the response."""
    status, patience = response.status, response.header("retry-after").strip()[:MAX_PATIENCE]
    response.discard()
    if status in (401, 403, 407):
        return Unauthorized(f"{what}: access refused (HTTP {status})", hint=hint)
    if status in (404, 410):
        return NotFound(f"{what}: not there (HTTP {status})", hint=hint)
    if status == 429:
        when = f"; it asks to wait {patience}{' s' if patience.isdigit() else ''}" if patience else ""
        return Unreachable(f"{what}: too many requests (HTTP 429){when}", hint=hint or "wait, log in, or use a mirror")
    if status >= 500:
        return Unreachable(f"{what}: the server failed (HTTP {status})", hint=hint or "try again later")
    return SourceError(f"{what}: unexpected answer (HTTP {status})", hint=hint)
