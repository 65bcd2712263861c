from __future__ import annotations

import json
from typing import Any

import pytest

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.inventory.dispatch import Dispatcher
from sekisho.inventory.language.npm_lock import EXTRACTORS, extract
from sekisho.inventory.protocol import File
from sekisho.model.inventory import Gap
from sekisho.model.package import Package


def read(document: Any) -> list[Any]:
    return list(extract(File("package-lock.json", json.dumps(document, indent=2).encode())))


def keyed(items: list[Any]) -> dict[str, Package]:
    return {item.key: item for item in items if isinstance(item, Package)}


def test_version_3_lists_what_is_installed_with_its_lines() -> None:
    found = keyed(
        read(
            {
                "lockfileVersion": 3,
                "packages": {
                    "": {"name": "app", "dependencies": {"a": "^1"}, "devDependencies": {"d": "1"}},
                    "node_modules/a": {"version": "1.2.0", "license": "MIT", "dependencies": {"b": "^1"}},
                    "node_modules/a/node_modules/b": {"version": "1.0.0"},
                    "node_modules/b": {"version": "2.0.0", "dev": True},
                    "node_modules/d": {
                        "version": "1.0.0",
                        "dev": True,
                        "optionalDependencies": {"b": "2", "gone": "1"},
                    },
                },
            }
        )
    )
    assert {key: (p.relation, p.dev, p.depends_on) for key, p in found.items()} == {
        "a@1.2.0": ("direct", False, ("b@1.0.0",)),
        "b@1.0.0": ("indirect", False, ()),
        "b@2.0.0": ("indirect", True, ()),
        "d@1.0.0": ("direct", True, ("b@2.0.0",)),
    }
    assert found["a@1.2.0"].lines == (13, 19)
    assert found["a@1.2.0"].licenses == ("MIT",)


def test_a_link_stands_for_the_workspace_it_leads_to() -> None:
    found = keyed(
        read(
            {
                "packages": {
                    "": {"workspaces": ["packages/*"]},
                    "node_modules/w": {"resolved": "packages/w", "link": True},
                    "node_modules/x": {"version": "1.0.0"},
                    "packages/w": {"version": "0.1.0", "dependencies": {"x": "2", "y": "1"}},
                    "packages/w/node_modules/x": {"version": "2.0.0", "dependencies": {"w": "*"}},
                    "node_modules/y": {"resolved": "gone", "link": True},
                }
            }
        )
    )
    assert {key: (p.relation, p.depends_on) for key, p in found.items()} == {
        "x@1.0.0": ("indirect", ()),
        "w@0.1.0": ("direct", ("x@2.0.0",)),
        "x@2.0.0": ("indirect", ("w@0.1.0",)),
    }


def test_an_alias_is_listed_under_its_real_name() -> None:
    document = {"packages": {"node_modules/alias": {"name": "@s/real", "version": "1.0.0"}}}
    assert list(keyed(read(document))) == ["@s/real@1.0.0"]


def test_version_1_resolves_requires_from_the_inside_out() -> None:
    found = keyed(
        read(
            {
                "lockfileVersion": 1,
                "dependencies": {
                    "a": {
                        "version": "1.0.0",
                        "requires": {"b": "^1", "c": "^1"},
                        "dependencies": {"b": {"version": "1.0.0", "requires": {"c": "1"}}},
                    },
                    "b": {"version": "2.0.0", "dev": True},
                    "c": {"version": "npm:@s/real@3.0.0"},
                },
            }
        )
    )
    assert {key: (p.relation, p.dev, p.depends_on) for key, p in found.items()} == {
        "a@1.0.0": ("", False, ("@s/real@3.0.0", "b@1.0.0")),
        "b@1.0.0": ("", False, ("@s/real@3.0.0",)),
        "b@2.0.0": ("", True, ()),
        "@s/real@3.0.0": ("", False, ()),
    }
    assert [found[key].lines for key in ("a@1.0.0", "b@1.0.0", "b@2.0.0")] == [(4, 18), (11, 16), (19, 22)]


def test_an_address_of_code_is_no_version_but_tells_the_commit() -> None:
    commit = "3b1bb80b302c2e552685dc8a029797ec832ea7c9"
    (package,) = read({"dependencies": {"a": {"version": f"git+ssh://git@git.example.test/a.git#{commit}"}}})
    assert package.version == ""
    assert package.facts["commit"] == commit


def test_a_broken_entry_is_a_gap_and_the_rest_is_read() -> None:
    items = read({"packages": {"node_modules/a": 7, "node_modules/b": {"version": "1.0.0"}}})
    assert list(keyed(items)) == ["b@1.0.0"]
    assert [item.weight for item in items if isinstance(item, Gap)] == ["incomplete"]


@pytest.mark.parametrize("document", [[], "x", 7, {"packages": []}])
def test_another_document_is_corrupt(document: Any) -> None:
    with pytest.raises(CorruptInput):
        read(document)


def test_endless_nesting_is_refused() -> None:
    text = b'{"dependencies":{"a":' * 100 + b"{}" + b"}}" * 100
    with pytest.raises(BoundExceeded, match="more than 64 deep"):
        list(extract(File("package-lock.json", text)))


def test_lock_files_inside_installed_packages_are_not_wanted() -> None:
    wanted = Dispatcher(EXTRACTORS).wanted
    assert wanted("app/package-lock.json") and wanted("npm-shrinkwrap.json")
    assert not wanted("app/node_modules/a/package-lock.json")
    assert not wanted("node_modules/.package-lock.json")


def test_a_lock_of_an_unknown_version_with_nothing_known_in_it_is_a_gap() -> None:
    (gap,) = read({"lockfileVersion": 4, "modules": {"a": "1"}})
    assert isinstance(gap, Gap)
    assert gap.weight == "incomplete"
    assert read({"lockfileVersion": 1}) == []
