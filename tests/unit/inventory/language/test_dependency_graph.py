from __future__ import annotations

from sekisho.inventory.language.dependency_graph import only_reachable, reachable, unique
from sekisho.model.package import Package

EDGES = {"a": ["b"], "b": ["c", "a"], "d": ["c", "e"], "e": ["e"]}


def package(**fields: object) -> Package:
    return Package(type="npm", name="a", version="1", **fields)  # type: ignore[arg-type]


def test_cycles_are_walked_once() -> None:
    assert reachable(["a"], EDGES) == {"a", "b", "c"}
    assert reachable(["e", "nowhere"], EDGES) == {"e", "nowhere"}


def test_what_production_needs_too_is_not_for_development_only() -> None:
    assert only_reachable(["d"], ["a"], EDGES) == {"d", "e"}


def test_repeats_are_joined_into_one_package() -> None:
    (joined,) = unique(
        [
            package(dev=True, relation="indirect", depends_on=("c@1",), lines=(1, 2), checksums=("sha1:aa",)),
            package(dev=False, relation="direct", depends_on=("b@1", "c@1"), lines=(7, 8), licenses=("MIT",)),
        ]
    )
    assert joined == package(
        relation="direct", depends_on=("b@1", "c@1"), lines=(1, 2), checksums=("sha1:aa",), licenses=("MIT",)
    )


def test_development_stays_when_every_repeat_is_for_it() -> None:
    (joined,) = unique([package(dev=True), package(dev=True)])
    assert joined.dev


def test_an_entry_without_a_name_is_dropped() -> None:
    assert list(unique([Package(type="npm", name="", version="1")])) == []
