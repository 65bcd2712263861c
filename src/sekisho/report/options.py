"""What a person may choose about the look of a report; never what is in it."""

from __future__ import annotations

import msgspec

from sekisho import __version__
from sekisho.model.severity import Severity

EVERY_SEVERITY = frozenset(Severity)


class RenderOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The same for every format; each takes what it understands."""

    width: int = 100
    """Columns of the terminal; 100 where there is none."""
    colour: bool = False
    links: bool = False
    """Whether the terminal understands OSC 8 hyperlinks."""
    brief: bool = False
    """Long lists of unrated vulnerabilities cut short: for a screen, never for a pipe that may be searched."""
    list_all_packages: bool = True
    """``--list-all-pkgs``: packages without findings too."""
    include_dev: bool = False
    """``--include-dev-deps``: development dependencies among the packages."""
    show_suppressed: bool = False
    """``--show-suppressed``: findings that an ignore file or a VEX statement set aside."""
    severities: frozenset[Severity] = EVERY_SEVERITY
    """``--severity``: the ones that were asked for; the others are hidden, not absent."""
    extras: bool = True
    """Whether Trivy's JSON carries our own knowledge under the top-level key ``Sekisho``."""
    tool_version: str = __version__
    date: str = ""
    """RFC 3339: written instead of the time of the scan, and elapsed times with it, so that equal input gives equal
    bytes. What is judged by a date (support that ended) still goes by the time of the scan."""
    report_id: str = ""
    """A UUID for the report; empty: derived from the content."""
