from __future__ import annotations

from sekisho.versions import rpm
from sekisho.versions.order import order_named
from tests.unit.versions.chain import broken_links


def test_tilde_before_and_caret_after_the_end() -> None:
    assert broken_links(rpm.compare, "1.0~rc1 < 1.0~rc1^git1 < 1.0 < 1.0^git1 < 1.0a < 1.0.1 < 1.1") == []


def test_a_missing_epoch_is_zero() -> None:
    assert broken_links(rpm.compare, "1.0-1 = 0:1.0-1 < 1:0.5-1 < 2:0.1-1") == []


def test_separators_only_separate() -> None:
    assert broken_links(rpm.compare, "2_0-1 = 2.0-1 = 2..0-1 < 2.0.0-1") == []


def test_letters_sort_before_numbers() -> None:
    assert broken_links(rpm.compare, "5.el8 < 5.el8_10 < 5.el9 < 5.1") == []


def test_a_bound_without_release_means_any_release() -> None:
    order = order_named("rpm")
    assert order.same("1.2-3.el9", "1.2")
    assert order.compare("1.2-3.el9", "1.2") == 1


def test_full_names_are_split_from_the_right() -> None:
    assert rpm.parse_nevra("python3-pip-wheel-21.2.3-7.el9.noarch") == (
        "python3-pip-wheel",
        "",
        "21.2.3",
        "7.el9",
        "noarch",
    )
    assert rpm.parse_nevra("openssl-1:3.0.7-27.el9.src") == ("openssl", "1", "3.0.7", "27.el9", "src")
    assert rpm.parse_nevra("bash-5.1.8-6.el9") == ("bash", "", "5.1.8", "6.el9", "")
