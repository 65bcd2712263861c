from __future__ import annotations

import pytest

from sekisho.errors import CorruptInput
from sekisho.inventory.language.rust import EXTRACTORS
from sekisho.inventory.protocol import File, Item
from sekisho.model.inventory import Gap
from sekisho.model.package import Package

(CARGO,) = EXTRACTORS
INDEX = "registry+https://github.com/rust-lang/crates.io-index"


def items(lock: str, manifest: str | None = None) -> list[Item]:
    siblings = {} if manifest is None else {"Cargo.toml": manifest.encode()}
    return list(CARGO.extract(File("app/Cargo.lock", lock.encode(), siblings=siblings)))


def packages(lock: str, manifest: str | None = None) -> dict[str, Package]:
    return {item.key: item for item in items(lock, manifest) if isinstance(item, Package)}


def crate(name: str, version: str = "1.0.0", *needs: str, source: str = INDEX) -> str:
    lines = [f'[[package]]\nname = "{name}"\nversion = "{version}"\n']
    if source:
        lines.append(f'source = "{source}"\nchecksum = "c0ffee"\n')
    if needs:
        lines.append("dependencies = [\n" + "".join(f' "{need}",\n' for need in needs) + "]\n")
    return "".join(lines) + "\n"


LOCK = (
    "version = 3\n\n"
    + crate("app", "0.1.0", "once", "tester", source="")
    + crate("deep")
    + crate("once", "1.2.3", "deep")
    + crate("tester", "1.0.0", "deep", "testlib")
    + crate("testlib")
)


def test_crates_have_lines_checksums_and_edges() -> None:
    once = packages(LOCK)["once@1.2.3"]
    assert (once.type, once.found_by, once.path) == ("cargo", "cargo", "app/Cargo.lock")
    assert (once.lines, once.checksums, once.depends_on) == ((17, 24), ("sha256:c0ffee",), ("deep@1.0.0",))
    assert once.facts == {}


def test_the_crate_of_the_project_is_the_root_and_its_needs_are_direct() -> None:
    relations = {key: package.relation for key, package in packages(LOCK).items()}
    assert relations == {
        "app@0.1.0": "root",
        "deep@1.0.0": "indirect",
        "once@1.2.3": "direct",
        "tester@1.0.0": "direct",
        "testlib@1.0.0": "indirect",
    }


def test_what_only_tests_need_is_marked() -> None:
    manifest = '[package]\nname = "app"\n[dependencies]\nonce = "1"\n[dev-dependencies]\ntester = "1"\n'
    assert {key for key, package in packages(LOCK, manifest).items() if package.dev} == {
        "tester@1.0.0",
        "testlib@1.0.0",
    }
    assert not any(package.dev for package in packages(LOCK).values())


@pytest.mark.parametrize(
    "manifest",
    [
        '[dependencies]\nt = { version = "1", package = "tester" }\n[dev-dependencies]\ntester = "1"\n',
        '[target."cfg(unix)".dependencies]\ntester = "1"\n[dev-dependencies]\ntester = "1"\n',
        '[build-dependencies]\nalias.workspace = true\n[dev-dependencies]\ntester = "1"\n'
        '[workspace.dependencies]\nalias = { package = "tester", version = "1" }\n',
    ],
)
def test_what_the_program_needs_too_is_not_for_tests_only(manifest: str) -> None:
    assert not any(package.dev for package in packages(LOCK, '[package]\nname = "app"\n\n' + manifest).values())


def test_development_crates_of_a_target_are_found_under_their_own_name() -> None:
    manifest = '[package]\nname = "app"\n[target.x86.dev-dependencies]\nt = { package = "tester", version = "1" }\n'
    assert packages(LOCK, manifest)["tester@1.0.0"].dev


def test_members_of_a_workspace_are_told_from_its_root() -> None:
    lock = crate("app", "0.1.0", "member", source="") + crate("member", "0.2.0", "deep", source="") + crate("deep")
    manifest = '[package]\nname = "app"\n[workspace]\nmembers = ["member"]\n'
    relations = {key: package.relation for key, package in packages(lock, manifest).items()}
    assert relations == {"app@0.1.0": "root", "member@0.2.0": "workspace", "deep@1.0.0": "direct"}
    virtual = packages(lock, '[workspace]\nmembers = ["app", "member"]\n')
    assert virtual["app@0.1.0"].relation == virtual["member@0.2.0"].relation == "workspace"


def test_needs_are_told_apart_by_version_and_source() -> None:
    git = "git+https://example.test/b.git"
    lock = (
        crate("a", "1.0.0", "b 1.0.0", "c 2.0.0", source="")
        + crate("b", "1.0.0")
        + crate("c", "1.0.0", f"d 1.0.0 ({git})")
        + crate("c", "2.0.0", f"d 1.1.0 ({INDEX})")
        + crate("d", "1.0.0", source=f"{git}#abcdef")
        + crate("d", "1.1.0")
    )
    found = packages(lock)
    assert found["a@1.0.0"].depends_on == ("b@1.0.0", "c@2.0.0")
    assert found["c@1.0.0"].depends_on == ("d@1.0.0",)
    assert found["c@2.0.0"].depends_on == ("d@1.1.0",)
    assert found["d@1.0.0"].facts == {"source": f"{git}#abcdef"}


def test_the_first_version_of_the_format_keeps_root_and_checksums_apart() -> None:
    lock = (
        f'[root]\nname = "app"\nversion = "0.1.0"\ndependencies = [\n "old 1.0.0 ({INDEX})",\n]\n\n'
        f'[[package]]\nname = "old"\nversion = "1.0.0"\nsource = "{INDEX}"\n\n'
        f'[metadata]\n"checksum old 1.0.0 ({INDEX})" = "beef"\n'
    )
    found = packages(lock)
    assert [(package.key, package.relation, package.checksums, package.lines) for package in found.values()] == [
        ("app@0.1.0", "root", (), None),
        ("old@1.0.0", "direct", ("sha256:beef",), (8, 11)),
    ]


def test_needs_that_are_not_in_the_lock_are_left_out() -> None:
    assert packages(crate("a", "1.0.0", "missing"))["a@1.0.0"].depends_on == ()


def test_a_broken_manifest_beside_it_leaves_a_note() -> None:
    found = items(LOCK, "[package\n")
    assert [(item.weight, item.extractor) for item in found if isinstance(item, Gap)] == [("note", "cargo")]
    assert len([item for item in found if isinstance(item, Package)]) == 5


@pytest.mark.parametrize("manifest", ["package = 7\ntarget = 3\ndependencies = []\n", '[package]\nname = ["x"]\n'])
def test_a_manifest_of_another_shape_is_ignored(manifest: str) -> None:
    assert len(packages(LOCK, manifest)) == 5


@pytest.mark.parametrize(
    "lock",
    [
        "[[package]\n",
        "package = 3\n",
        "package = [3]\n",
        '[[package]]\nname = "a"\n',
        "[[package]]\nname = 1\nversion = 2\n",
    ],
)
def test_a_broken_lock_is_corrupt(lock: str) -> None:
    with pytest.raises(CorruptInput):
        items(lock)


def test_a_hostile_lock_takes_no_more_than_linear_time() -> None:
    lock = "".join(crate("a", "1.0.0", *["a"] * 20) for _ in range(1000))
    assert packages(lock)["a@1.0.0"].depends_on == ("a@1.0.0",)
