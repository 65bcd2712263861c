from __future__ import annotations

from sekisho.versions import pub
from tests.unit.versions.chain import broken_links


def test_builds_count_after_their_release() -> None:
    chain = "1.0.0-pre < 1.0.0-pre+1 < 1.0.0-pre.1 < 1.0.0 < 1.0.0+2 < 1.0.0+10 < 1.0.0+a < 1.0.1-0"
    assert broken_links(pub.compare, chain) == []
