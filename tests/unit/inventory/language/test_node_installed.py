from __future__ import annotations

import json
from typing import Any

import pytest

from sekisho.errors import CorruptInput
from sekisho.inventory.language.node_installed import EXTRACTORS, extract
from sekisho.inventory.protocol import File
from sekisho.model.inventory import Gap
from sekisho.model.package import Package


def read(**fields: Any) -> list[Any]:
    return list(extract(File("app/node_modules/a/package.json", json.dumps(fields).encode())))


def one(**fields: Any) -> Package:
    (package,) = read(name="a", version="1.0.0", **fields)
    assert isinstance(package, Package)
    return package


def test_an_installed_package_says_who_it_is() -> None:
    package = one(
        license="MIT",
        author={"name": "Ann", "email": "ann@example.test", "url": "https://ann.example.test"},
        homepage="https://a.example.test",
        description="does it",
        repository={"type": "git", "url": "https://git.example.test/a"},
    )
    assert package == Package(
        type="npm",
        name="a",
        version="1.0.0",
        found_by="node-pkg",
        path="app/node_modules/a/package.json",
        licenses=("MIT",),
        supplier="Ann <ann@example.test> (https://ann.example.test)",
        homepage="https://a.example.test",
        description="does it",
        facts={"repository": "https://git.example.test/a"},
    )


@pytest.mark.parametrize(
    ("fields", "licenses"),
    [
        ({"license": "MIT OR Apache-2.0"}, ("MIT OR Apache-2.0",)),
        ({"license": {"type": "ISC", "url": "x"}}, ("ISC",)),
        ({"licenses": [{"type": "MIT"}, {"type": "Apache-2.0"}]}, ("MIT", "Apache-2.0")),
        ({"license": [{"type": ""}, "MIT"]}, ("MIT",)),
        ({"license": 42}, ()),
        ({"license": None, "licenses": "BSD"}, ("BSD",)),
        ({"license": {"foo": "bar"}}, ()),
    ],
)
def test_licences_come_in_every_form_of_the_past(fields: dict[str, Any], licenses: tuple[str, ...]) -> None:
    assert one(**fields).licenses == licenses


def test_wrong_types_cost_the_field_and_not_the_package() -> None:
    package = one(author=[1], homepage={"x": []}, description={"y": 1}, repository=7)
    assert (package.supplier, package.homepage, package.description, package.facts) == ("", "", "", {})


@pytest.mark.parametrize(
    "fields", [{"type": "module"}, {"name": "a"}, {"version": "1.0.0"}, {"name": "a", "version": 1}]
)
def test_a_manifest_without_name_or_version_is_no_package(fields: dict[str, Any]) -> None:
    assert read(**fields) == []


@pytest.mark.parametrize("name", ["{{name}}", "@scope/with/slash", "a b", "<%= name %>", ["a"]])
def test_a_template_is_noted_and_not_listed(name: Any) -> None:
    (gap,) = read(name=name, version="1.0.0")
    assert isinstance(gap, Gap)
    assert gap.weight == "note"


def test_a_broken_manifest_is_corrupt_but_says_nothing_about_the_whole() -> None:
    with pytest.raises(CorruptInput, match="line 1"):
        list(extract(File("package.json", b'{"name": x}')))
    assert [extractor.authoritative for extractor in EXTRACTORS] == [False]


def test_installed_packages_are_for_images_only() -> None:
    assert [(extractor.post_build, extractor.pre_build) for extractor in EXTRACTORS] == [(True, False)]
