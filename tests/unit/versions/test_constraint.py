from __future__ import annotations

import pytest

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.versions.constraint import MAX_CONSTRAINT, parse_constraint, satisfies


def inside(order: str, constraint: str, versions: str) -> str:
    return " ".join(version for version in versions.split(" ") if satisfies(order, version, constraint))


def test_comparisons_are_joined_by_commas_or_spaces_and_alternatives_by_bars() -> None:
    versions = "0.9 1.0 1.5 2.0 3.0 3.5"
    assert inside("deb", ">= 1.0, < 2.0 || = 3.0", versions) == "1.0 1.5 3.0"
    assert inside("deb", ">=1.0 <2.0||3.0", versions) == "1.0 1.5 3.0"
    assert inside("deb", "!= 1.5", versions) == "0.9 1.0 2.0 3.0 3.5"


def test_an_empty_constraint_is_always_satisfied() -> None:
    assert satisfies("rpm", "1.0", "")
    assert satisfies("rpm", "1.0", "= 2 || ")


def test_quotes_protect_what_looks_like_operators() -> None:
    assert satisfies("lexicographic", "a b,c||>d", '= "a b,c||>d"')


@pytest.mark.parametrize("text", ["~~ 1.0", "(>1)", ">= ", '="open', "1.0|2.0", "'a'b", "!1.0"])
def test_malformed_constraints_are_refused(text: str) -> None:
    with pytest.raises(CorruptInput):
        parse_constraint("deb", text)


def test_pre_releases_are_versions_like_any_other() -> None:
    assert inside("semver", "< 2.0.0", "1.9.9 2.0.0-rc.1 2.0.0") == "1.9.9 2.0.0-rc.1"


@pytest.mark.parametrize(
    ("constraint", "wanted"),
    [
        ("^1.2.3", "1.2.3 1.9.0"),
        ("^0.2.3", "0.2.3 0.2.9"),
        ("^0.0.3", "0.0.3"),
        ("~1.2.3", "1.2.3"),
        ("~1", "1.0.0-rc.1 1.2.3 1.9.0"),
        ("1.x || 2.0.0-rc.1", "1.0.0-rc.1 1.2.3 1.9.0 2.0.0-rc.1"),
        ("*", "0.0.3 0.2.3 0.2.9 1.0.0-rc.1 1.2.3 1.9.0 2.0.0-rc.1 2.0.0"),
        ("1.2.3 - 1", "1.2.3 1.9.0"),
        (">1", "2.0.0-rc.1 2.0.0"),
        ("<=1.2", "0.0.3 0.2.3 0.2.9 1.0.0-rc.1 1.2.3"),
        ("v1.2.3", "1.2.3"),
        ("<*", ""),
    ],
)
def test_npm(constraint: str, wanted: str) -> None:
    versions = "0.0.3 0.2.3 0.2.9 1.0.0-rc.1 1.2.3 1.9.0 2.0.0-rc.1 2.0.0"
    assert inside("npm", constraint, versions) == wanted


def test_gem_is_pessimistic() -> None:
    assert inside("gem", "~> 1.5.5", "1.5.4 1.5.5 1.5.9 1.6.0.a 1.6.0") == "1.5.5 1.5.9"
    assert inside("gem", "~> 1.5", "1.4 1.5 1.9 2.0.0.pre 2.0") == "1.5 1.9"
    assert inside("gem", "~> 2", "2.0 2.9 3.0") == "2.0 2.9"


@pytest.mark.parametrize(
    ("constraint", "wanted"),
    [
        ("^1.2", "1.2.0 1.9.0"),
        ("~1.2", "1.2.0 1.9.0"),
        ("~1.2.0", "1.2.0"),
        ("1.2.*", "1.2.0-beta 1.2.0"),
        ("1.2 | 2.0", "1.2.0 2.0.0"),
        (">=1.2@dev <2.0", "1.2.0 1.9.0 2.0.0-beta"),
        ("1.2 - 1.9", "1.2.0 1.9.0"),
        ("dev-main", "dev-main"),
        ("*", "dev-main 1.2.0-beta 1.2.0 1.9.0 2.0.0-beta 2.0.0"),
    ],
)
def test_composer(constraint: str, wanted: str) -> None:
    assert inside("packagist", constraint, "dev-main 1.2.0-beta 1.2.0 1.9.0 2.0.0-beta 2.0.0") == wanted


@pytest.mark.parametrize(
    ("constraint", "wanted"),
    [
        ("~=1.4.5", "1.4.5 1.4.9+local"),
        ("~= 1.4", "1.4.5 1.4.9+local 1.5"),
        ("== 1.4.*", "1.4.0a1 1.4.5 1.4.9+local"),
        ("!=1.4.*", "1.3 1.5 2.0.dev1 2.0"),
        ("== 1.4.9", "1.4.9+local"),
        ("<= 1.4.9, >1.3", "1.4.0a1 1.4.5 1.4.9+local"),
        ("=== 2.0", "2.0"),
    ],
)
def test_pep440(constraint: str, wanted: str) -> None:
    assert inside("pep440", constraint, "1.3 1.4.0a1 1.4.5 1.4.9+local 1.5 2.0.dev1 2.0") == wanted


@pytest.mark.parametrize(
    ("constraint", "wanted"),
    [
        ("[1,2)", "1.0 1.5"),
        ("(1,2]", "1.5 2.0"),
        ("(,1.5]", "0.9 1.0 1.5"),
        ("[1.5,)", "1.5 2.0"),
        ("[1.5]", "1.5"),
        ("(,1),[2,)", "0.9 2.0"),
        (">= 1.0, < 2.0", "1.0 1.5"),
    ],
)
def test_brackets(constraint: str, wanted: str) -> None:
    assert inside("maven", constraint, "0.9 1.0 1.5 2.0") == wanted
    assert inside("nuget", constraint, "0.9 1.0 1.5 2.0") == wanted


@pytest.mark.parametrize("text", ["[1,2", "[1,2) and more", "[1,2,3]", "[]x"])
def test_malformed_brackets_are_refused(text: str) -> None:
    with pytest.raises(CorruptInput):
        parse_constraint("maven", text)


def test_conan() -> None:
    assert inside("conan", "~1.1, include_prerelease", "1.1 1.1.9 1.2-rc1 1.2") == "1.1 1.1.9"
    assert inside("conan", "^0.1.2 || 3.0.0", "0.1.2 0.1.9 0.2-a 0.2 3") == "0.1.2 0.1.9 3"


def test_hostile_lengths_are_refused() -> None:
    with pytest.raises(BoundExceeded):
        parse_constraint("npm", "1 " * MAX_CONSTRAINT)
    with pytest.raises(BoundExceeded):
        parse_constraint("npm", "^" + "9" * 60_000)
