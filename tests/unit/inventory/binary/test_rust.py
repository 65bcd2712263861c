from __future__ import annotations

import zlib
from io import BytesIO

import pytest

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats.program import open_executable
from sekisho.inventory.binary import rust
from sekisho.inventory.binary.rust import rust_packages
from sekisho.model.package import Package
from tests.unit.inventory.binary.programs import audit, elf, macho, pe

CRATES = audit(
    {"name": "app", "version": "0.1.0", "source": "local", "root": True, "dependencies": [1, 2, 3, 9, -1]},
    {"name": "direct", "version": "1.0.0", "source": "crates.io", "dependencies": [4]},
    {"name": "builder", "version": "2.0.0", "source": "crates.io", "kind": "build", "dependencies": [4]},
    {"name": "tester", "version": "3.0.0", "source": "git", "kind": "dev"},
    {"name": "deep", "version": "4.0.0", "source": "crates.io", "features": ["std"]},
)


def packages(program: bytes) -> list[Package]:
    opened = open_executable(BytesIO(program))
    assert opened is not None
    return list(rust_packages(opened, "usr/bin/app"))


@pytest.mark.parametrize("build", [elf, macho, pe])
def test_crates_are_listed_with_their_relation_and_edges(build: type) -> None:
    found = packages(build({".dep-v0": CRATES}))
    assert [(package.key, package.relation, package.depends_on) for package in found] == [
        ("app@0.1.0", "root", ("direct@1.0.0", "tester@3.0.0")),
        ("direct@1.0.0", "direct", ("deep@4.0.0",)),
        ("tester@3.0.0", "direct", ()),
        ("deep@4.0.0", "indirect", ()),
    ]
    assert {(package.type, package.found_by) for package in found} == {("cargo", "rustbinary")}


def test_crates_that_only_ran_at_build_time_are_not_in_the_program() -> None:
    assert "builder" not in {package.name for package in packages(elf({".dep-v0": CRATES}))}


def test_development_crates_and_sources_other_than_the_registry_are_marked() -> None:
    found = {package.name: package for package in packages(elf({".dep-v0": CRATES}))}
    assert (found["tester"].dev, found["tester"].facts) == (True, {"source": "git"})
    assert (found["direct"].dev, found["direct"].facts) == (False, {})


def test_a_program_without_the_section_says_nothing() -> None:
    assert packages(elf({".text": b"x"})) == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"not compressed", "not zlib data"),
        (CRATES[:-8], "truncated"),
        (zlib.compress(b"{"), "not"),
        (zlib.compress(b"[]"), "not the expected JSON"),
        (zlib.compress(b'{"packages": [{"name": 7, "version": "1"}]}'), "not the expected JSON"),
        (zlib.compress(b'{"packages": [{"name": "a", "version": "1", "x": ' + b"[" * 100_000), "nested too deeply"),
    ],
)
def test_a_damaged_crate_list_is_corrupt(content: bytes, reason: str) -> None:
    with pytest.raises(CorruptInput, match=reason):
        packages(elf({".dep-v0": content}))


def test_a_crate_list_that_explodes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rust, "MAX_AUDIT", 1000)
    with pytest.raises(BoundExceeded, match="expands to more than 1000"):
        packages(elf({".dep-v0": zlib.compress(bytes(10_000))}))
