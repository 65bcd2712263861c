from __future__ import annotations

import pytest

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.inventory.os import apk, ownership
from sekisho.inventory.protocol import File, Item
from sekisho.model.inventory import Gap
from sekisho.model.package import OwnedPaths, Package

DATABASE = """\
C:Q15ffjKT28lB7iSXjzpI/eDdYRCwM=
P:libssl3
V:3.1.0-r4
A:x86_64
T:SSL shared libraries
U:https://www.openssl.org/
L:Apache-2.0
o:openssl
m:Ariadne Conill <ariadne@dereferenced.org>
D:so:libc.musl-x86_64.so.1 so:libcrypto.so.3>=3 !uclibc-utils /bin/sh so:missing.so.9
p:so:libssl.so.3=3
F:lib
R:libssl.so.3
a:0:0:755
Z:Q1kfsV8nYPzEK/AUL1SzWiNOLdHYE=
F:usr/lib
R:libssl.so.3

P:libcrypto3
V:3.1.0-r4
o:openssl
p:so:libcrypto.so.3=3 /bin/sh

P:musl
V:1.2.4-r0
o:musl
L:MIT BSD GPL2+
p:so:libc.musl-x86_64.so.1=1
"""


def read(text: str) -> list[Item]:
    return list(apk.extract(File("lib/apk/db/installed", text.encode())))


def packages(text: str) -> dict[str, Package]:
    return {item.name: item for item in read(text) if isinstance(item, Package)}


def test_every_field_of_a_package_is_read() -> None:
    assert packages(DATABASE)["libssl3"] == Package(
        type="apk",
        name="libssl3",
        version="3.1.0-r4",
        found_by="apk",
        path="lib/apk/db/installed",
        arch="x86_64",
        source_name="openssl",
        licenses=("Apache-2.0",),
        supplier="Ariadne Conill <ariadne@dereferenced.org>",
        homepage="https://www.openssl.org/",
        description="SSL shared libraries",
        checksums=("sha1:e5f7e3293dbc941ee24978f3a48fde0dd6110b03",),
        depends_on=("libcrypto3", "musl"),
    )


def test_a_package_that_is_its_own_origin_has_no_other_source() -> None:
    assert packages(DATABASE)["musl"].source_name == ""


def test_files_lie_in_the_directory_named_before_them() -> None:
    owned = [item for item in read(DATABASE) if isinstance(item, OwnedPaths)]
    assert owned == [OwnedPaths("libssl3", ["lib/libssl.so.3", "usr/lib/libssl.so.3"])]


def test_files_of_the_root_directory_have_no_leading_slash() -> None:
    assert read("P:a\nV:1\nF:\nR:etc-file\n")[1] == OwnedPaths("a", ["etc-file"])


@pytest.mark.parametrize(
    ("declared", "names"),
    [
        ("MIT AND BSD-2-Clause", ("MIT AND BSD-2-Clause",)),
        ("(MIT OR GPL-2.0-only)", ("(MIT OR GPL-2.0-only)",)),
        ("MIT BSD GPL2+", ("MIT", "BSD", "GPL2+")),
        ("", ()),
    ],
)
def test_a_licence_is_an_expression_or_an_old_list_of_names(declared: str, names: tuple[str, ...]) -> None:
    assert packages(f"P:a\nV:1\nL:{declared}\n")["a"].licenses == names


@pytest.mark.parametrize("declared", ["Q1!!!", "Q1AAAA", "X1AAAA", ""])
def test_a_checksum_of_unknown_form_is_left_out(declared: str) -> None:
    assert packages(f"P:a\nV:1\nC:{declared}\n")["a"].checksums == ()


def test_fields_of_files_do_not_overwrite_those_of_the_package() -> None:
    assert packages("P:a\nV:1\nF:x\nR:y\nV:9\n")["a"].version == "1"


@pytest.mark.parametrize("lost", ["V:2\nL:MIT\n", "P:b\nA:x86_64\n"])
def test_a_paragraph_without_name_or_version_is_a_gap_and_the_rest_is_read(lost: str) -> None:
    found = read(f"P:a\nV:1\n\n{lost}")
    reason = "1 of 2 packages have no name or no version"
    assert [type(item) for item in found] == [Package, Gap]
    assert found[1] == Gap(path="lib/apk/db/installed", extractor="apk", reason=reason)


@pytest.mark.parametrize("text", ["\0\0\0\0", "hello\n\nworld\n"])
def test_a_file_without_any_package_is_refused(text: str) -> None:
    with pytest.raises(CorruptInput, match="no package"):
        read(text)


def test_an_empty_database_holds_nothing() -> None:
    assert read("") == read("\n\n\n") == []


def test_a_long_directory_with_very_many_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ownership.PathBudget.__init__, "__defaults__", (10_000,))
    with pytest.raises(BoundExceeded, match="more files"):
        read("P:a\nV:1\nF:" + "d" * 1000 + "\n" + "R:x\n" * 10)
