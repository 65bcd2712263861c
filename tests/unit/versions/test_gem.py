from __future__ import annotations

import pytest

from sekisho.errors import CorruptInput
from sekisho.versions import gem
from tests.unit.versions.chain import broken_links


def test_words_announce_a_release() -> None:
    chain = (
        "1.0.a = 1.a < 1.0.a.1 < 1.0.a9 = 1.0.a.9 < 1.0.a.10 < 1.0.b1 < 1.0-rc = 1.0.pre.rc < 1 = 1.0 = 1.0.0 < 1.0.1"
    )
    assert broken_links(gem.compare, chain) == []


def test_zeros_within_pre_releases_are_weighed_by_what_follows() -> None:
    assert broken_links(gem.compare, "1.a.0.b < 1.a = 1.a.0 < 1.a.0.1 < 1.a.1") == []


def test_platforms_do_not_count() -> None:
    for platform in ("x86_64-linux", "arm64-darwin", "java", "x64-mingw-ucrt", "universal-darwin-9", "mswin32"):
        assert gem.compare(f"1.13.1-{platform}", "1.13.1") == 0


def test_malformed_versions_are_refused() -> None:
    for text in ("1..2", "1.2 3.4", ".1", "1_2", "1.-2", "a"):
        with pytest.raises(CorruptInput):
            gem.key(text)


def test_an_empty_version_is_zero() -> None:
    assert gem.compare("", "0.0") == 0
