from __future__ import annotations

import pytest

from sekisho.errors import CorruptInput
from sekisho.versions import portage
from tests.unit.versions.chain import broken_links


def test_letters_suffixes_and_revisions() -> None:
    chain = (
        "1_alpha < 1_alpha1 < 1_beta < 1_pre < 1_rc < 1 = 1-r0 < 1-r1 < 1_p = 1_p0 < 1_p1 < 1b < 1b_p1 "
        "< 1.0 < 1.0.0 < 1.1"
    )
    assert broken_links(portage.compare, chain) == []


def test_leading_zeros_make_fractions() -> None:
    assert broken_links(portage.compare, "1.001 < 1.0010000001 < 1.01 < 1.1 < 1.10") == []


def test_other_texts_are_refused() -> None:
    with pytest.raises(CorruptInput):
        portage.key("1.0-beta")
