from __future__ import annotations

import pytest

from sekisho.errors import CorruptInput
from sekisho.model.advisory import Interval
from sekisho.versions.order import order_of
from sekisho.versions.ranges import comparator_of, covers


def inside(ecosystem: str, interval: Interval, *versions: str) -> list[str]:
    return [version for version in versions if covers(order_of(ecosystem), interval, version)]


def test_zero_lies_before_every_version() -> None:
    assert inside("Debian:12", Interval(fixed="1.0"), "0~alpha", "0", "0.9", "1.0") == ["0~alpha", "0", "0.9"]
    assert inside("npm", Interval("0", "1.0.0"), "0.0.0-0", "1.0.0-rc.1") == ["0.0.0-0", "1.0.0-rc.1"]


def test_introduced_is_inside_and_fixed_outside() -> None:
    assert inside("Go", Interval("1.2.0", "1.2.9"), "v1.1.9", "v1.2.0", "v1.2.8", "v1.2.9") == ["v1.2.0", "v1.2.8"]


def test_last_affected_is_inside() -> None:
    assert inside("Maven", Interval("1.0", last_affected="1.5"), "1.0", "1.5", "1.5.0", "1.5.1") == [
        "1.0",
        "1.5",
        "1.5.0",
    ]


def test_limit_is_outside_without_being_a_fix() -> None:
    assert inside("PyPI", Interval("1.0", limit="2.0"), "1.9", "2.0") == ["1.9"]
    assert inside("PyPI", Interval("1.0", limit="*"), "0.9", "99") == ["99"]


def test_an_interval_without_end_goes_on() -> None:
    assert inside("Alpine:v3.19", Interval("1.2-r3"), "1.2-r2", "1.2-r3", "99-r0") == ["1.2-r3", "99-r0"]


def test_fixed_in_zero_means_never_affected() -> None:
    assert inside("Debian:12", Interval(fixed="0"), "0~rc1", "0", "1.0") == []


def test_local_versions_are_covered_as_their_public_ones() -> None:
    interval = Interval("1.0", last_affected="2.0.0")
    assert inside("PyPI", interval, "2.0.0+cu118", "2.0.1+cu118") == ["2.0.0+cu118"]
    assert inside("PyPI", Interval("0", "2.0.0"), "2.0.0+cu118", "2.0.0rc1") == ["2.0.0rc1"]
    assert inside("PyPI", Interval("0", "4.2.8+sp2"), "4.2.8", "4.2.8+sp1", "4.2.8+sp2") == ["4.2.8", "4.2.8+sp1"]


def test_semver_intervals_are_compared_as_semver_in_any_ecosystem() -> None:
    semver = Interval("0", "1.2.3", comparator="SEMVER")
    assert comparator_of(order_of("Pub"), semver).name == "semver"
    assert inside("Pub", semver, "1.2.3-pre", "1.2.3+1") == ["1.2.3-pre"]
    assert comparator_of(order_of("Go"), semver).name == "golang"
    assert inside("Go", Interval("0", "1.21.0-rc.2", comparator="SEMVER"), "go1.21rc1", "go1.21rc2") == ["go1.21rc1"]


def test_epochs_decide() -> None:
    assert inside("AlmaLinux:9", Interval(fixed="1:3.0.7-27.el9"), "3.0.9-1.el9", "1:3.0.7-16.el9") == [
        "3.0.9-1.el9",
        "1:3.0.7-16.el9",
    ]


def test_composer_and_maven_see_releases_not_spellings() -> None:
    assert inside("Packagist", Interval("0", last_affected="3.0"), "v3.0.0", "3.0.1") == ["v3.0.0"]
    assert inside("Maven", Interval("0", "42.2.5"), "42.2.5.jre7", "42.2.4.jre7") == ["42.2.4.jre7"]


def test_what_cannot_be_compared_is_an_error_not_a_no() -> None:
    with pytest.raises(CorruptInput):
        covers(order_of("Go"), Interval("0", "1.0.0"), "(devel)")
    with pytest.raises(CorruptInput):
        covers(order_of("npm"), Interval("0", "whenever"), "1.0.0")
