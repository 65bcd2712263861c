from __future__ import annotations

from sekisho.versions import packagist
from sekisho.versions.order import order_named
from tests.unit.versions.chain import broken_links


def test_stability_as_php_sees_it() -> None:
    chain = "1.0-dev < 1.0a1 = 1.0-alpha1 < 1.0b1 = 1.0.beta.1 < 1.0RC1 = 1.0-rc1 < 1.0 < 1.0.0 < 1.0pl1 = 1.0-patch1"
    assert broken_links(packagist.compare, chain) == []


def test_composer_fills_up_to_four_numbers() -> None:
    chain = "1.0.0-beta2 < v1.0 = 1 = 1.0.0.0 = 1.0-stable = 1.0.0+build < 1.0.0-p1 < 1.0.0.1"
    assert broken_links(order_named("packagist").compare, chain) == []


def test_branches() -> None:
    chain = "dev-main < 1.0.0 < 1.9.5 < 1.x-dev < 2.0.0-alpha < 2.0"
    assert broken_links(order_named("packagist").compare, chain) == []
