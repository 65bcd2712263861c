from __future__ import annotations

from sekisho.versions import conan
from tests.unit.versions.chain import broken_links


def test_items_pre_releases_and_builds() -> None:
    chain = (
        "1.1- < 1.1-alpha.3 < 1.1-alpha.22 < 1.1-alpha.22+b1 < 1.1 = 1.1.0.0 < 1.1+b.3 < 1.1+b.22 < 1.1.1 < 1.1.1.abc "
        "< 1.1.1k < 1.1.a < 1.1a < 1.2 < 1.20 < cci.20240101"
    )
    assert broken_links(conan.compare, chain) == []
