from __future__ import annotations

from sekisho.versions import alpm
from tests.unit.versions.chain import broken_links


def test_letters_announce_only_right_behind_a_number() -> None:
    chain = "1.0alpha < 1.0b < 1.0beta < 1.0p < 1.0pre < 1.0rc < 1.0 < 1.0.a < 1.0.1 < 1:0.1"
    assert broken_links(alpm.compare, chain) == []


def test_a_missing_release_is_any() -> None:
    assert alpm.compare("1.5", "1.5-1") == alpm.compare("1.5-2", "1.5") == 0
    assert alpm.compare("1.5-1", "1.5-2") == -1
    assert alpm.compare("1.5-9", "1.5.1") == -1
