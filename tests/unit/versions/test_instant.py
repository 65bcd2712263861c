from __future__ import annotations

import pytest

from sekisho.errors import CorruptInput
from sekisho.versions import instant, lexicographic
from tests.unit.versions.chain import broken_links


def test_moments_not_texts_are_compared() -> None:
    chain = (
        "2024-01-01T00:00:00+02:00 < 2023-12-31T23:00:00Z < 2024-01-01T00:00:00Z = 2024-01-01T00:00:00.000Z "
        "< 2024-01-01T00:00:00.5Z"
    )
    assert broken_links(instant.compare, chain) == []


@pytest.mark.parametrize(
    "text", ["2024-01-01", "2024-01-01t00:00:00z", "2024-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00"]
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(CorruptInput):
        instant.key(text)


def test_lexicographic_is_by_code_point() -> None:
    assert broken_links(lexicographic.compare, "10 < 9 < A < a < aa < ä < €") == []
