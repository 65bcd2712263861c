from __future__ import annotations

import pytest

from sekisho.errors import CorruptInput
from sekisho.versions import jvm
from tests.unit.versions.chain import broken_links


def test_the_old_and_the_new_scheme_are_one() -> None:
    chain = (
        "1.7.0_80 = 7.0.80 < 1.8 = 8 < 8.0.4 < 1.8.0_131-ea < 1.8.0_131 = 8.0.131+11 = 1.8.0-update131-b02 "
        "< 9-ea < 9.0.1"
    )
    assert broken_links(jvm.compare, chain) == []


def test_other_texts_are_refused() -> None:
    with pytest.raises(CorruptInput):
        jvm.key("1.a")
