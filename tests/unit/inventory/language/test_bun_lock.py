from __future__ import annotations

from typing import Any

import pytest

from sekisho.errors import CorruptInput
from sekisho.inventory.language.bun_lock import extract
from sekisho.inventory.protocol import File
from sekisho.model.inventory import Gap
from sekisho.model.package import Package

LOCK = """{
  "lockfileVersion": 1,
  "workspaces": {
    "": { "name": "root", "dependencies": { "a": "^1", "alias": "npm:real@3" }, "devDependencies": { "d": "1" } },
    "packages/w": { "name": "w", "version": "0.1.0", "dependencies": { "b": "^2" } },
  },
  "packages": {
    "a": ["a@1.0.0", "", { "dependencies": { "@s/b": "^1" } }, "sha1-yxAt8cVvUSPquLZ817mAJ6AnkXg="],

    "a/@s/b": ["@s/b@1.0.0", "", { "dependencies": { "b": "1" } }, ""],

    "alias": ["real@3.0.0", "", {}, ""],

    "b": ["b@1.0.0", "", {}, ""],

    "d": ["d@github:o/d#0123abc", { "peerDependencies": { "e": "*" } }, "o-d-0123abc"],

    "e": ["e@1.0.0", "", {}, ""],

    "w": ["w@workspace:packages/w"],

    "w/b": ["b@2.0.0", "", {}, ""],
  }
}
"""


def items(text: str) -> list[Any]:
    return list(extract(File("bun.lock", text.encode())))


def read(text: str) -> dict[str, Package]:
    return {item.key: item for item in items(text) if isinstance(item, Package)}


def test_every_place_is_a_package_with_relation_and_edges() -> None:
    assert {key: (p.relation, p.dev, p.depends_on) for key, p in read(LOCK).items()} == {
        "a@1.0.0": ("direct", False, ("@s/b@1.0.0",)),
        "@s/b@1.0.0": ("indirect", False, ("b@1.0.0",)),
        "real@3.0.0": ("direct", False, ()),
        "b@1.0.0": ("indirect", False, ()),
        "d@": ("direct", True, ("e@1.0.0",)),
        "e@1.0.0": ("indirect", True, ()),
        "w@0.1.0": ("workspace", False, ("b@2.0.0",)),
        "b@2.0.0": ("direct", False, ()),
    }


def test_lines_checksums_and_commits_are_kept() -> None:
    found = read(LOCK)
    assert (found["a@1.0.0"].lines, found["w@0.1.0"].lines) == ((8, 8), (20, 20))
    assert found["a@1.0.0"].checksums == ("sha1:cb102df1c56f5123eab8b67cd7b98027a0279178",)
    assert found["d@"].facts == {"resolved": "github:o/d#0123abc", "commit": "0123abc"}


def test_a_broken_entry_is_a_gap_and_the_rest_is_read() -> None:
    text = '{"packages": {"x": [7], "y": "y@1", "z": [], "a": ["a@1.0.0", "", {}, ""]}}'
    assert list(read(text)) == ["a@1.0.0"]
    assert [item.weight for item in items(text) if isinstance(item, Gap)] == ["incomplete"] * 3


@pytest.mark.parametrize("text", ["[]", '{"lockfileVersion": "x"}', '{"packages": []}', "{"])
def test_another_document_is_corrupt(text: str) -> None:
    with pytest.raises(CorruptInput):
        items(text)
