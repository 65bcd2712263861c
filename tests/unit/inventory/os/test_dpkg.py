from __future__ import annotations

import pytest

from sekisho.errors import CorruptInput
from sekisho.inventory.os import dpkg
from sekisho.inventory.protocol import File, Item
from sekisho.model.inventory import Gap
from sekisho.model.package import OwnedPaths, Package

PERL = """\
Package: perl-base
Status: install ok installed
Maintainer: Niko Tyni <ntyni@debian.org>
Architecture: amd64
Source: perl
Version: 5.36.0-7+deb12u1
Provides: libfile-temp-perl, perlapi-5.36.0 (= 5.36.0-7)
Pre-Depends: libc6 (>= 2.35), libcrypt1:any (>= 1:4.1.0) | libcrypt2
Depends: dpkg,
 missing
Conffiles:
 /etc/perl/x 12345
Description: minimal Perl system
 Version: 9
Homepage: http://dev.perl.org/perl5/
"""


def status(text: str, available: str = "") -> list[Item]:
    siblings = {"available": available.encode()} if available else {}
    return list(dpkg.extract_status(File("var/lib/dpkg/status", text.encode(), siblings=siblings)))


def one(text: str) -> Package:
    found = status(text)
    assert len(found) == 1
    assert isinstance(found[0], Package)
    return found[0]


def distroless(text: str, name: str = "base-files") -> list[Item]:
    return list(dpkg.extract_status_directory(File(f"var/lib/dpkg/status.d/{name}", text.encode())))


def test_every_field_of_a_package_is_read() -> None:
    assert one(PERL) == Package(
        type="deb",
        name="perl-base",
        version="5.36.0-7+deb12u1",
        found_by="dpkg",
        path="var/lib/dpkg/status",
        arch="amd64",
        source_name="perl",
        supplier="Niko Tyni <ntyni@debian.org>",
        homepage="http://dev.perl.org/perl5/",
        description="minimal Perl system",
    )


@pytest.mark.parametrize(
    ("source", "name", "version"),
    [
        ("", "", ""),
        ("Source: bash\n", "", ""),
        ("Source: gcc-12 (12.2.0-14)\n", "gcc-12", "12.2.0-14"),
        ("Source: gcc-12 (1:5)\n", "gcc-12", ""),
        ("Source: gcc-12\n", "gcc-12", ""),
    ],
)
def test_the_source_is_given_only_where_it_differs(source: str, name: str, version: str) -> None:
    found = one(f"Package: bash\nStatus: install ok installed\nVersion: 1:5\n{source}")
    assert (found.source_name, found.source_version) == (name, version)


@pytest.mark.parametrize(
    "state", ["installed", "half-configured", "unpacked", "half-installed", "triggers-awaited", "triggers-pending"]
)
@pytest.mark.parametrize("want", ["install ok", "deinstall ok", "hold reinstreq"])
def test_whatever_left_files_on_the_disk_is_installed(want: str, state: str) -> None:
    assert one(f"Package: a\nStatus: {want} {state}\nVersion: 1\n").name == "a"


@pytest.mark.parametrize("state", ["Status: deinstall ok config-files\n", "Status: purge ok not-installed\n", ""])
def test_what_was_removed_is_not(state: str) -> None:
    other = "Package: b\nStatus: install ok installed\nVersion: 1\n\n"
    found = status(f"{other}Package: a\n{state}Version: 1\n")
    assert [item.name for item in found if isinstance(item, Package)] == ["b"]


def test_a_file_without_any_state_lists_what_is_installed() -> None:
    assert one("Package: a\nVersion: 1\n").key == "a@1"


@pytest.mark.parametrize("between", ["\n\n", "\n", "\n \n", "\n\t\n\n"])
def test_no_package_is_lost_with_the_blank_line_before_it(between: str) -> None:
    second = "Package: b\nStatus: install ok installed\nVersion: 2\n"
    found = status("Package: a\nStatus: install ok installed\nVersion: 1" + between + second)
    assert [item.key for item in found if isinstance(item, Package)] == ["a@1", "b@2"]


def test_dependencies_are_names_of_installed_packages() -> None:
    others = "".join(
        f"\nPackage: {name}\nStatus: install ok installed\nVersion: 1\nDepends: {needs}\n"
        for name, needs in [("libc6", ""), ("libcrypt1", "libc6 (>= 2)"), ("dpkg", "libfile-temp-perl | tar")]
    )
    found = {item.name: item.depends_on for item in status(PERL + others) if isinstance(item, Package)}
    assert found == {
        "perl-base": ("dpkg", "libc6", "libcrypt1"),
        "libc6": (),
        "libcrypt1": ("libc6",),
        "dpkg": ("perl-base",),
    }


def test_what_comes_from_a_vendors_own_repository_is_marked() -> None:
    text = "Package: docker-ce\nStatus: install ok installed\nVersion: 5:20\nMaintainer: Docker <support@docker.com>\n"
    assert one(text).facts == {"repository": "third-party"}
    assert one(PERL).facts == {}


def test_the_available_file_gives_the_digest_of_the_same_version() -> None:
    digest = "ab" * 32
    for version, wanted in (("1", (f"sha256:{digest}",)), ("2", ())):
        available = f"Package: a\nVersion: 1\nSHA256: {digest}\nDescription: x\n more: text\n"
        found = status(f"Package: a\nStatus: install ok installed\nVersion: {version}\n", available)
        assert [item.checksums for item in found if isinstance(item, Package)] == [wanted]


@pytest.mark.parametrize("lost", ["Version: 2", "Package: a"])
def test_a_paragraph_without_name_or_version_is_a_gap_and_the_rest_is_read(lost: str) -> None:
    found = status(f"Status: install ok installed\n{lost}\n\n" + PERL)
    assert [type(item) for item in found] == [Package, Gap]
    assert found[1] == Gap(
        path="var/lib/dpkg/status", extractor="dpkg", reason="1 of 2 installed packages have no name or no version"
    )


@pytest.mark.parametrize("text", ["\0\0\0", "asdf\n\nyolo\n", "Version: 1\n"])
def test_a_file_without_any_package_is_refused(text: str) -> None:
    with pytest.raises(CorruptInput, match="no package"):
        status(text)


def test_an_empty_status_file_holds_nothing() -> None:
    assert status("") == status("\n\n") == []


def test_distroless_packages_need_no_state_and_keep_the_names_they_depend_on() -> None:
    found = distroless("Package: base-files\nVersion: 12.4\nDepends: libc6 (>= 2), awk\n")
    assert [(item.name, item.depends_on) for item in found if isinstance(item, Package)] == [
        ("base-files", ("awk", "libc6"))
    ]


def test_distroless_checksum_lists_tell_who_owns_what() -> None:
    text = "07d31e7e63800ab1b7966980709c51eb  usr/lib/os-release\n0a540d50c157ed0070459b82c358a05a  usr/share/a b\n"
    assert distroless(text, "base-files.md5sums") == [OwnedPaths("base-files", ["usr/lib/os-release", "usr/share/a b"])]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("/.\n/usr\n/usr/bin\n/usr/bin/tar\n", ["usr", "usr/bin", "usr/bin/tar"]),
        ("/usr/bin/tar", ["usr/bin/tar"]),
        ("/.\n", []),
        ("", []),
    ],
)
def test_a_file_list_gives_paths_without_the_root(text: str, paths: list[str]) -> None:
    file = File("var/lib/dpkg/info/tar:amd64.list", text.encode())
    assert list(dpkg.extract_list(file)) == [OwnedPaths("tar:amd64", paths)]


def test_line_ends_of_other_systems_do_not_hide_packages() -> None:
    assert one(PERL.replace("\n", "\r\n")).version == "5.36.0-7+deb12u1"
