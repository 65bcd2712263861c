from __future__ import annotations

from sekisho.versions import pep440
from sekisho.versions.order import order_named
from tests.unit.versions.chain import broken_links


def test_the_phases_of_a_release() -> None:
    chain = (
        "1.dev0 < 1.0a0.dev1 < 1.0.alpha = 1.0a0 = 1.0-A.0 < 1.0b1 < 1.0rc1 = 1.0c1 = 1.0-preview-1 < 1.0 = v1 = 1.0.0 "
        "< 1.0+a < 1.0+a.1 < 1.0+1 < 1.0.post0.dev1 < 1.0-0 = 1.0.post = 1.0.rev0 < 1.0.1"
    )
    assert broken_links(pep440.compare, chain) == []


def test_epochs_come_first() -> None:
    assert broken_links(pep440.compare, "2024.1 < 1!0.1 < 2!0.0.1") == []


def test_versions_from_before_pep_440_sort_first() -> None:
    assert broken_links(pep440.compare, "0.1-bulbasaur < 0.1-charmander < 2004d < 2004e < 0") == []


def test_a_local_version_is_its_public_one_to_an_advisory_without() -> None:
    order = order_named("pep440")
    assert order.same("2.0.0+cu118", "2.0")
    assert not order.same("2.0.0+cu118", "2.0.0+cpu")
    assert order.compare("2.0.0+cu118", "2.0.0") == 1
