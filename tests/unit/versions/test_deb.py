from __future__ import annotations

import pytest

from sekisho.versions import deb
from tests.unit.versions.chain import broken_links


def test_tilde_announces_and_other_characters_follow() -> None:
    chain = "1.0~~ < 1.0~rc1 < 1.0 < 1.0a < 1.0+dfsg < 1.0.1 < 1.1"
    assert broken_links(deb.compare, chain) == []


def test_missing_parts_are_zero() -> None:
    assert broken_links(deb.compare, "1 = 0:1 = 1-0 = 01-00 < 1a = 1a0 < 1.0 < 1:0") == []


def test_numbers_are_compared_as_numbers_of_any_length() -> None:
    assert broken_links(deb.compare, f"1.9 < 1.10 < 1.{'9' * 300} < 1.1{'0' * 300}") == []


def test_revision_is_what_follows_the_last_hyphen() -> None:
    assert broken_links(deb.compare, "7u151-2.6.11-2ubuntu0.14.04.1 < 7u151-2.6.11-10 < 7u152") == []
    assert broken_links(deb.compare, "2.36-9+deb12u8 < 2.36-9+deb12u10 < 2.36-10") == []


def test_letters_sort_before_punctuation_and_capitals_before_small_ones() -> None:
    assert broken_links(deb.compare, "1A < 1Z < 1a < 1z < 1+ < 1.") == []


def test_malformed_versions_have_a_place() -> None:
    assert deb.compare("a:1", "1") == 1
    assert deb.compare("", "0") == 0


@pytest.mark.parametrize("character", ["\ud77f", "\ud780", "\ud7ff", "\ue000", "\U0010ffff"])
def test_a_key_can_be_written_as_utf8(character: str) -> None:
    assert deb.key(f"1{character}").encode() > deb.key("1").encode()
