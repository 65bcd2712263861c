from __future__ import annotations

import pytest

from sekisho.errors import CorruptInput
from sekisho.versions import npm, semver
from tests.unit.versions.chain import broken_links


def test_the_chain_of_the_specification() -> None:
    chain = (
        "1.0.0-alpha < 1.0.0-alpha.1 < 1.0.0-alpha.beta < 1.0.0-beta < 1.0.0-beta.2 < 1.0.0-beta.11 < 1.0.0-rc.1 "
        "< 1.0.0"
    )
    assert broken_links(semver.compare, chain) == []


def test_build_metadata_does_not_count() -> None:
    assert broken_links(semver.compare, "1.0.0+a = 1.0.0 = 1.0.0+b.2 < 1.0.1-0+a = 1.0.1-0") == []


def test_what_is_often_written_instead_is_understood() -> None:
    assert broken_links(semver.compare, "1.20rc1 = 1.20.0-rc1 < v1.20 = =1.20.0 = 1.20.0 < 1.20.0.1") == []
    assert npm.compare("1.2.3beta", "1.2.3-beta") == 0


def test_what_does_not_begin_with_a_number_has_no_place() -> None:
    for text in ("", "latest", "-1", "(devel)", "v"):
        with pytest.raises(CorruptInput, match="not a semantic version"):
            semver.key(text)


def test_the_strict_grammar_is_known() -> None:
    assert all(map(semver.is_strict, ("1.0.0", "0.0.0-0", "1.2.3-a.b-c.1+x.01")))
    assert not any(map(semver.is_strict, ("v1.0.0", "1.0", "01.0.0", "1.0.0-01", "1.0.0-", "1.0.0.0", "1.0.0+")))
