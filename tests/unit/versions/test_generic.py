from __future__ import annotations

from sekisho.versions import generic
from tests.unit.versions.chain import broken_links


def test_a_careful_persons_order() -> None:
    chain = "1.0-alpha < 1.0-beta-3 < 1.0.rc1 < v1 = 1.0 = 1_0_0 < 1.0.1 < 1.0.2 < 1.0.2k < 1.0.2k-r0 < 1.0.2m < 1.1"
    assert broken_links(generic.compare, chain) == []


def test_openssl_letters() -> None:
    assert broken_links(generic.compare, "0.9.8 < 0.9.8a < 0.9.8z < 0.9.8za < 1.0.0 < 1.1.1ag < 3.0.0") == []
