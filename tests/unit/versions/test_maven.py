from __future__ import annotations

from sekisho.versions import maven
from sekisho.versions.order import order_named
from tests.unit.versions.chain import broken_links


def test_qualifiers_around_the_release() -> None:
    chain = (
        "1-alpha-1 = 1a1 < 1-alpha-2 < 1-beta < 1-m3 = 1-MILESTONE-3 < 1-rc1 = 1-CR1 < 1-SNAPSHOT "
        "< 1 = 1.0 = 1.ga = 1-final = 1.0.0.RELEASE < 1-sp < 1-abc < 1-xyz < 1-1 < 1-2 < 1.1"
    )
    assert broken_links(maven.compare, chain) == []


def test_trailing_zeros_fall_away_before_every_hyphen() -> None:
    assert broken_links(maven.compare, "1.0.0-foo.0.0 = 1-foo < 1.0.0-0.0.1 < 1.0.1") == []


def test_no_circle_around_zeros_before_a_candidate() -> None:
    assert broken_links(maven.compare, "2.9-SNAPSHOT < 2.9.0.RC1 < 2.9.0 = 2.9 < 2.9.0-1 < 2.9.0.1") == []


def test_numbers_of_any_length() -> None:
    assert broken_links(maven.compare, "20190126.230843 < 1234567890.12345 < 12345678901234567890.1H.5-beta") == []


def test_the_java_a_release_was_built_for_does_not_count_in_matching() -> None:
    order = order_named("maven")
    assert maven.compare("42.2.5", "42.2.5.jre7") == -1
    assert order.compare("42.2.5", "42.2.5.jre7") == 0
    assert order.compare("33.0.0-jre", "33.0.0") == 1
