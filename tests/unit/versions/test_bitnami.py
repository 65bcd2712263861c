from __future__ import annotations

from sekisho.versions import bitnami
from sekisho.versions.order import order_named
from tests.unit.versions.chain import broken_links


def test_the_revision_follows_the_release() -> None:
    assert broken_links(bitnami.compare, "2.3.1-beta < 2.3.1 < 2.3.1-0 < 2.3.1-2 < 2.3.1-10 < 2.3.2") == []


def test_an_advisory_without_revision_means_every_revision() -> None:
    order = order_named("bitnami")
    assert order.same("2.3.1-4", "2.3.1")
    assert not order.same("2.3.1-4", "2.3.1-3")
