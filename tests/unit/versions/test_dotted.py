from __future__ import annotations

import pytest

from sekisho.errors import CorruptInput
from sekisho.versions import dotted
from tests.unit.versions.chain import broken_links


def test_fewer_numbers_come_first_and_a_hyphen_is_a_dot() -> None:
    assert broken_links(dotted.compare, "0.1 < 0.1.0 = 0.01-0 < 0.1.0.0 < 0.2-2 < 0.10") == []


def test_words_have_no_place() -> None:
    with pytest.raises(CorruptInput):
        dotted.key("1.0-beta")
