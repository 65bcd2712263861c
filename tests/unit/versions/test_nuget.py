from __future__ import annotations

import pytest

from sekisho.errors import CorruptInput
from sekisho.versions import nuget
from tests.unit.versions.chain import broken_links


def test_four_numbers_and_no_case() -> None:
    chain = "1.0-Alpha = 1.0.0.0-alpha+x < 1.0-alpha.2 < 1.0-ALPHA.10 < 1 = 1.0 = 1.0.0.0+y < 1.0.0.1-rc < 1.0.0.1"
    assert broken_links(nuget.compare, chain) == []


def test_five_numbers_are_refused() -> None:
    with pytest.raises(CorruptInput, match=r"1\.0\.0\.0\.0"):
        nuget.key("1.0.0.0.0")
