from __future__ import annotations

from typing import Any

import pytest

from sekisho.errors import CorruptInput
from sekisho.inventory.language.pnpm_lock import extract, split_at, split_slashed
from sekisho.inventory.protocol import File
from sekisho.model.inventory import Gap
from sekisho.model.package import Package


def items(text: str) -> list[Any]:
    return list(extract(File("pnpm-lock.yaml", text.encode())))


def read(text: str) -> dict[str, Package]:
    return {item.key: item for item in items(text) if isinstance(item, Package)}


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/a/1.10", ("a", "1.10")),
        ("/@s/a/1.0.0_b@2.0.0", ("@s/a", "1.0.0")),
        ("/a/4.10.0_fzn43tb6bdtdxy2s3aqevve2su", ("a", "4.10.0")),
        ("registry.example.test/@s/a/1.0.0", ("@s/a", "1.0.0")),
        ("github.com/owner/repository", ("", "")),
        ("a", ("", "")),
    ],
)
def test_version_5_spells_name_and_version_with_slashes(path: str, wanted: tuple[str, str]) -> None:
    assert split_slashed(path) == wanted


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/a@1.0.0", ("a", "1.0.0")),
        ("@s/a@1.0.0-rc.3(@t/b@2.0.0)(c@1.0.0)", ("@s/a", "1.0.0-rc.3")),
        ("registry.example.test/a@1.0.0", ("a", "1.0.0")),
        ("a@https://codeload.example.test/o/a/tar.gz/0123abc", ("a", "")),
        ("a@file:dir/a@1.tgz", ("a", "")),
        ("a", ("", "")),
    ],
)
def test_later_versions_spell_them_with_an_at_sign(path: str, wanted: tuple[str, str]) -> None:
    assert split_at(path) == wanted


def test_version_5_says_itself_what_is_for_development() -> None:
    found = read(
        """
lockfileVersion: 5.4
dependencies:
  a: 1.0.0_b@2.0.0
devDependencies:
  alias: /real/3.0.0
packages:
  /a/1.0.0_b@2.0.0:
    resolution: {integrity: sha1-yxAt8cVvUSPquLZ817mAJ6AnkXg=}
    dependencies:
      b: 2.0.0
    dev: false
  /b/2.0.0:
    dev: false
  /real/3.0.0:
    dev: true
"""
    )
    assert {key: (p.relation, p.dev, p.depends_on) for key, p in found.items()} == {
        "a@1.0.0": ("direct", False, ("b@2.0.0",)),
        "b@2.0.0": ("indirect", False, ()),
        "real@3.0.0": ("direct", True, ()),
    }
    assert found["a@1.0.0"].checksums == ("sha1:cb102df1c56f5123eab8b67cd7b98027a0279178",)


NINE = """
lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      a: {specifier: ^1, version: 1.0.0(p@1.0.0)}
    devDependencies:
      d: {specifier: '1', version: 1.0.0}
      g: {specifier: 'github:o/g', version: https://codeload.example.test/o/g/tar.gz/0123abc}
  packages/w:
    dependencies:
      local: {specifier: 'link:../x', version: link:../x}
packages:
  a@1.0.0: {resolution: {integrity: x}}
  d@1.0.0: {}
  g@https://codeload.example.test/o/g/tar.gz/0123abc:
    resolution: {tarball: https://codeload.example.test/o/g/tar.gz/0123abc}
    version: 4.0.0
  p@1.0.0: {}
  p@2.0.0: {}
snapshots:
  a@1.0.0(p@1.0.0):
    dependencies: {p: 1.0.0}
  a@1.0.0(p@2.0.0):
    dependencies: {p: 2.0.0}
  d@1.0.0:
    dependencies: {a: 1.0.0(p@2.0.0)}
  g@https://codeload.example.test/o/g/tar.gz/0123abc: {}
  p@1.0.0: {}
  p@2.0.0: {}
"""


def test_version_9_joins_the_peers_of_one_package_after_following_each() -> None:
    assert {key: (p.relation, p.dev, p.depends_on) for key, p in read(NINE).items()} == {
        "a@1.0.0": ("direct", False, ("p@1.0.0", "p@2.0.0")),
        "d@1.0.0": ("direct", True, ("a@1.0.0",)),
        "g@4.0.0": ("direct", True, ()),
        "p@1.0.0": ("indirect", False, ()),
        "p@2.0.0": ("indirect", True, ()),
    }


def test_a_tarball_has_its_version_in_the_entry_and_its_commit_in_the_address() -> None:
    assert read(NINE)["g@4.0.0"].facts == {
        "resolved": "https://codeload.example.test/o/g/tar.gz/0123abc",
        "commit": "0123abc",
    }


def test_pnpm_itself_in_a_first_document_is_a_tool_for_development() -> None:
    found = read(
        """---
lockfileVersion: '9.0'
importers: {.: {packageManagerDependencies: {pnpm: {version: 12.0.0}}}}
packages: {pnpm@12.0.0: {}}
---
lockfileVersion: '9.0'
importers: {.: {dependencies: {a: {version: 1.0.0}}}}
packages: {a@1.0.0: {}}
"""
    )
    assert {key: p.dev for key, p in found.items()} == {"pnpm@12.0.0": True, "a@1.0.0": False}


def test_an_entry_without_a_name_is_a_gap() -> None:
    (package, gap) = items("lockfileVersion: 5.3\npackages:\n  nonsense: {}\n  /a/1.0.0: {}\n")
    assert (package.key, gap.weight) == ("a@1.0.0", "incomplete")
    assert isinstance(gap, Gap)


def test_an_empty_lock_has_no_packages() -> None:
    assert items("lockfileVersion: 5.3\n") == []
    assert items("") == []


@pytest.mark.parametrize("text", ["- a", "text", "a: *x", "a: ["])
def test_another_document_is_corrupt(text: str) -> None:
    with pytest.raises(CorruptInput):
        items(text)
