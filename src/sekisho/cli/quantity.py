"""Durations and sizes as people write them: ``90s``, ``1h30m``, ``500MB``, ``2GiB``."""

from __future__ import annotations

import re

from sekisho.errors import UsageError

_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|[smh])")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_SIZE = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,9})?) ?([kmgt]?)(i?)b?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def seconds(text: str) -> float:
    """Read Go's way of writing durations; a bare 0 is one, too. Raises UsageError."""
    wanted = text.strip()
    parts = _DURATION.findall(wanted)
    if wanted != "0" and (not parts or "".join(number + unit for number, unit in parts) != wanted):
        raise UsageError(f"not a duration: {text!r}", hint="write it as 90s, 5m or 1h30m")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def byte_count(text: str) -> int:
    """Read a size: ``10GB`` and ``10g`` are powers of 1000, as for Trivy; ``10GiB`` is one of 1024. Raises
    UsageError."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"not a size: {text!r}", hint="write it as 500MB or 10GB")
    base = 1024 if found[3] else 1000
    return int(float(found[1]) * base ** _POWERS[found[2].lower()])
