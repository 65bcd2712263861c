"""What holds for every test: its name does not change from run to run, so that parallel workers agree on it."""

from __future__ import annotations

import pytest

MAX_SPELLED = 64
"""Longer bytes are named by their length: an archive among them carries the time of day."""


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """The part of a test's name that stands for one parameter."""
    return f"{argname}-{len(val)}-bytes" if isinstance(val, bytes) and len(val) > MAX_SPELLED else None
