from __future__ import annotations

import pytest

from sekisho.errors import CorruptInput
from sekisho.inventory.os import alpm
from sekisho.inventory.protocol import File, Item
from sekisho.model.package import OwnedPaths, Package

DESC = """\
%NAME%
gcc-libs

%VERSION%
1:13.2.1-5

%BASE%
gcc

%DESC%
Runtime libraries

%ARCH%
x86_64

%URL%
https://gcc.gnu.org

%LICENSE%
GPL-3.0-with-GCC-exception
GFDL-1.3-or-later

%PACKAGER%
Frederik <f@example.test>

%DEPENDS%
glibc>=2.27
sh
libx.so=1-64
"""


def read(desc: str) -> list[Item]:
    return list(alpm.extract(File("var/lib/pacman/local/gcc-libs-13-5/desc", desc.encode())))


def test_every_field_of_a_package_is_read() -> None:
    assert read(DESC) == [
        Package(
            type="alpm",
            name="gcc-libs",
            version="1:13.2.1-5",
            found_by="alpm",
            path="var/lib/pacman/local/gcc-libs-13-5/desc",
            arch="x86_64",
            source_name="gcc",
            licenses=("GPL-3.0-with-GCC-exception", "GFDL-1.3-or-later"),
            supplier="Frederik <f@example.test>",
            homepage="https://gcc.gnu.org",
            description="Runtime libraries",
            depends_on=("glibc", "sh"),
        )
    ]


def test_the_file_list_beside_it_is_read_without_its_directories() -> None:
    files = File(
        "var/lib/pacman/local/gcc-libs-1:13.2.1-5/files",
        b"%FILES%\nusr/\nusr/lib/\nusr/lib/libgcc_s.so\n\n%BACKUP%\netc/x\tabc\n",
    )
    assert list(alpm.extract_files(files)) == [OwnedPaths("gcc-libs", ["usr/lib/libgcc_s.so"])]


@pytest.mark.parametrize("desc", ["", "hello", "%VERSION%\n1\n", "%NAME%\n\n%VERSION%\n1\n", "%NAME%\na\n", "%"])
def test_an_entry_without_name_or_version_is_refused(desc: str) -> None:
    with pytest.raises(CorruptInput, match="no name or no version"):
        read(desc)
