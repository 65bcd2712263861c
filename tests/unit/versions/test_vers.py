from __future__ import annotations

import pytest

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.versions.constraint import MAX_CONSTRAINT
from sekisho.versions.vers import from_native, is_canonical, parse_vers


def test_a_version_between_two_bounds_is_inside() -> None:
    found = parse_vers("vers:npm/>=1.0.0|<1.5.0|>=2.0.0|<=2.1.0|3.0.0")
    inside = ["1.0.0", "1.4.9", "2.1.0", "3.0.0"]
    assert [
        version for version in ["0.9.0", "1.0.0", "1.4.9", "1.5.0", "2.1.0", "2.1.1", "3.0.0"] if version in found
    ] == inside


def test_open_ends() -> None:
    found = parse_vers("vers:pypi/<1.0|>=2.0|!=2.5")
    assert [version for version in ("0.9", "1.0", "2.0", "2.5", "9") if version in found] == ["0.9", "2.0", "9"]


def test_redundant_bounds_are_joined() -> None:
    found = parse_vers("vers:deb/<1.0|<2.0|>3|>4")
    assert [version for version in ("1.5", "2.0", "3.5", "4.5") if version in found] == ["1.5", "3.5", "4.5"]


def test_everything_and_everything_but() -> None:
    assert "whatever" in parse_vers("vers:generic/*")
    assert "whatever" in from_native("conan", "")
    found = parse_vers("vers:deb/!=1.0")
    assert ("1.0" in found, "1.1" in found) == (False, True)


def test_the_normal_form_sorts_and_encodes() -> None:
    assert str(parse_vers("vers:pypi/<2.0|1%211.0|>=1.0")) == "vers:pypi/>=1.0|<2.0|1%211.0"
    assert parse_vers("vers:npm/1.0%252F0").bounds[0].version == "1.0%2F0"
    assert not is_canonical("vers:pypi/<2.0|>=1.0")
    assert is_canonical("vers:pypi/>=1.0|<2.0")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "vers:npm",
        "vers:npm/",
        "npm/>=1",
        "vers:npm/>=1||<2",
        "vers:npm/>=1|",
        "vers:npm/*|1.0",
        "vers:npm/1%2",
        "vers:Npm/1",
    ],
)
def test_malformed_ranges_are_refused(text: str) -> None:
    with pytest.raises(CorruptInput):
        parse_vers(text)


def test_hostile_lengths_are_refused() -> None:
    with pytest.raises(BoundExceeded):
        parse_vers("vers:npm/" + "1|" * MAX_CONSTRAINT)


def test_native_notations() -> None:
    assert str(from_native("npm", "^1.2.9 || 3.x")) == "vers:npm/>=1.2.9|<2.0.0|>=3.0.0|<4.0.0"
    assert str(from_native("nuget", "[1.0.0, 2.0.0)")) == "vers:nuget/>=1.0.0|<2.0.0"
    assert str(from_native("pypi", "!=1.4.*")) == "vers:pypi/<1.4|>=1.5"
    assert str(from_native("gem", "~> 1.5.5")) == "vers:gem/>=1.5.5|<1.6"
    assert str(from_native("nginx", "0.8.40+, 0.7.52-0.8.39")) == "vers:nginx/>=0.7.52|<=0.8.39|>=0.8.40|<0.9.0"
    assert str(from_native("openssl", "3.0.1, 0.9.7a")) == "vers:openssl/0.9.7a|3.0.1"
