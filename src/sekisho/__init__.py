"""sekisho: one checkpoint for the container supply chain.

The library's public face is small: :func:`scan` and the words of :mod:`sekisho.model`.
Names load on first use, so that ``import sekisho`` costs nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing for it would cost every start 5 ms
if TYPE_CHECKING:
    from typing import Any

    from sekisho.model.finding import Report
    from sekisho.pipeline import scan

__version__ = "0.1.0"
__all__ = ["Report", "__version__", "scan"]

_HOMES = {"scan": "sekisho.pipeline", "Report": "sekisho.model.finding"}


def __getattr__(name: str) -> Any:
    """Import a public name from its home on first use (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(home), name)
