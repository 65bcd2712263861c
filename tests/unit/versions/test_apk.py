from __future__ import annotations

from sekisho.versions import apk
from tests.unit.versions.chain import broken_links


def test_suffixes_lie_around_the_release() -> None:
    chain = (
        "1.2_alpha < 1.2_alpha2 < 1.2_beta < 1.2_pre < 1.2_rc1 < 1.2 < 1.2_cvs < 1.2_svn < 1.2_git < 1.2_hg < 1.2_p1"
    )
    assert broken_links(apk.compare, chain) == []


def test_revisions_come_last() -> None:
    assert broken_links(apk.compare, "1.2-r1 = 1.2-r01 < 1.2-r2 < 1.2-r10 < 1.2_p1-r0 < 1.2a-r0 < 1.2.0-r0") == []


def test_leading_zeros_make_a_component_smaller() -> None:
    assert broken_links(apk.compare, "1 < 1.00 < 1.0 < 1.01 < 1.09 < 1.1 < 1.10") == []


def test_a_leading_v_does_not_count() -> None:
    assert broken_links(apk.compare, "v1.5.0 = 1.5.0 = V1.5.0 < v1.5.1") == []


def test_what_the_grammar_does_not_know_sorts_first() -> None:
    assert broken_links(apk.compare, "1.2_nonsense < 1.2_alpha < 1.2") == []
