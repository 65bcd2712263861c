from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.inventory.os import ownership, rpm
from sekisho.inventory.protocol import File, Item
from sekisho.model.inventory import Gap
from sekisho.model.package import OwnedPaths, Package
from tests.unit.inventory.os.rpm_samples import bdb_database, ndb_database, package, sqlite_database

BASH = package(
    "bash",
    "5.1.8",
    "9.el9",
    EPOCH=1,
    ARCH="x86_64",
    SOURCE_RPM="bash-5.1.8-9.el9.src.rpm",
    VENDOR="Red Hat, Inc.",
    LICENSE="GPLv3+",
    URL="https://www.gnu.org/software/bash",
    SUMMARY="The GNU Bourne Again shell",
    MODULARITY_LABEL="bash:5:820:abc",
    SIGNATURE_MD5=bytes(range(16)),
    PROVIDE_NAME=["bash", "/bin/sh"],
    REQUIRE_NAME=["libc.so.6()(64bit)", "bash", "rpmlib(x)"],
    BASE_NAMES=["bash", "sh", "bashrc"],
    DIR_INDEXES=[0, 0, 1],
    DIR_NAMES=["/usr/bin/", "/etc/"],
)
LIBS = package("glibc", "2.34", "60.el9", PROVIDE_NAME=["libc.so.6()(64bit)"], VENDOR="Red Hat, Inc.")
KEY = package("gpg-pubkey", "fd431d51", "4ae0493b")


def read(data: bytes, **siblings: bytes) -> list[Item]:
    return list(rpm.extract(File("var/lib/rpm/Packages", data, siblings=siblings)))


def test_every_field_of_a_package_is_read() -> None:
    assert read(sqlite_database([BASH, LIBS]))[0] == Package(
        type="rpm",
        name="bash",
        version="1:5.1.8-9.el9",
        found_by="rpm",
        path="var/lib/rpm/Packages",
        arch="x86_64",
        modularity="bash:5:820:abc",
        licenses=("GPLv3+",),
        supplier="Red Hat, Inc.",
        homepage="https://www.gnu.org/software/bash",
        description="The GNU Bourne Again shell",
        checksums=("md5:000102030405060708090a0b0c0d0e0f",),
        depends_on=("glibc",),
        facts={"sourcerpm": "bash-5.1.8-9.el9.src.rpm"},
    )


@pytest.mark.parametrize("write", [sqlite_database, ndb_database, bdb_database])
def test_the_format_is_told_by_the_first_bytes_and_not_by_the_name(write: Callable[[list[bytes]], bytes]) -> None:
    found = read(write([KEY, BASH, LIBS]))
    assert [item.name for item in found if isinstance(item, Package)] == ["bash", "glibc"]
    assert [item for item in found if isinstance(item, OwnedPaths)] == [
        OwnedPaths("bash", ["usr/bin/bash", "usr/bin/sh", "etc/bashrc"])
    ]


@pytest.mark.parametrize(
    ("epoch", "source", "expected"),
    [
        (0, "openssl-3.0-1.el9.src.rpm", ("3.0-1.el9", "openssl", "")),
        (1, "openssl-3.0-1.el9.src.rpm", ("1:3.0-1.el9", "openssl", "")),
        (1, "openssl-3.0-2.el9.nosrc.rpm", ("1:3.0-1.el9", "openssl", "1:3.0-2.el9")),
        (0, "(none)", ("3.0-1.el9", "", "")),
        (0, "odd.rpm", ("3.0-1.el9", "", "")),
        (0, "openssl-libs-3.0-1.el9.src.rpm", ("3.0-1.el9", "", "")),
    ],
)
def test_the_source_follows_from_the_name_of_the_source_rpm(
    epoch: int, source: str, expected: tuple[str, str, str]
) -> None:
    found = read(sqlite_database([package("openssl-libs", "3.0", "1.el9", EPOCH=epoch, SOURCE_RPM=source)]))[0]
    assert isinstance(found, Package)
    assert (found.version, found.source_name, found.source_version) == expected


def test_old_file_lists_hold_whole_paths() -> None:
    found = read(sqlite_database([package("old", OLD_FILE_NAMES=["/etc/a", "/usr/b"])]))
    assert found[1] == OwnedPaths("old", ["etc/a", "usr/b"])


def test_what_the_distribution_did_not_sign_is_marked() -> None:
    found = read(sqlite_database([BASH, package("dive"), package("grafana", VENDOR="Grafana")]))
    marked = [item.name for item in found if isinstance(item, Package) and "repository" in item.facts]
    assert marked == ["dive", "grafana"]


def test_packages_before_the_damage_are_kept_and_the_damage_is_a_gap() -> None:
    found = read(sqlite_database([LIBS, b"damaged", BASH]))
    assert [type(item) for item in found] == [Package, Gap]
    assert isinstance(found[1], Gap)
    assert found[1].reason.startswith("1 packages were read, then: rpm header")
    assert found[1].weight == "incomplete"


@pytest.mark.parametrize("data", [b"", b"something else entirely", sqlite_database([b"damaged"])])
def test_a_database_without_a_readable_package_is_refused(data: bytes) -> None:
    with pytest.raises(CorruptInput):
        read(data)


@pytest.mark.parametrize(
    "broken",
    [
        package("a", BASE_NAMES=["x"], DIR_INDEXES=[7], DIR_NAMES=["/usr/"]),
        package("a", BASE_NAMES=["x", "y"], DIR_INDEXES=[0], DIR_NAMES=["/usr/"]),
        package(""),
        package("a", version=""),
    ],
)
def test_a_package_that_contradicts_itself_is_refused(broken: bytes) -> None:
    with pytest.raises(CorruptInput):
        read(sqlite_database([broken]))


def test_one_long_directory_with_very_many_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ownership.PathBudget.__init__, "__defaults__", (10_000,))
    many = package("a", BASE_NAMES=["x"] * 11, DIR_INDEXES=[0] * 11, DIR_NAMES=["/" + "d" * 1000])
    with pytest.raises(BoundExceeded, match="more files"):
        read(sqlite_database([many]))


MANIFEST_2 = (
    "libgcc\t11.2.0-2.cm2\t1653816591\t1653628955\tMicrosoft Corporation\t(none)\t103960\tx86_64\t0\t"
    "gcc-11.2.0-2.cm2.src.rpm\n"
    "ca\t2.0.0-3.cm2\t1653816591\t1653628955\tMicrosoft Corporation\t1\t65684\tnoarch\t1\tca-2.0.0-3.cm2.src.rpm\n"
)


def manifest(name: str, text: str, **siblings: bytes) -> list[Item]:
    named = {key.replace("_", "-"): value for key, value in siblings.items()}
    return list(rpm.extract_manifest(File(f"var/lib/rpmmanifest/{name}", text.encode(), siblings=named)))


def test_a_distroless_manifest_gives_versions_with_epoch_and_sources() -> None:
    found = manifest("container-manifest-2", MANIFEST_2)
    assert [
        (item.name, item.version, item.arch, item.source_name, item.supplier)
        for item in found
        if isinstance(item, Package)
    ] == [
        ("libgcc", "11.2.0-2.cm2", "x86_64", "gcc", "Microsoft Corporation"),
        ("ca", "1:2.0.0-3.cm2", "noarch", "", "Microsoft Corporation"),
    ]


def test_the_short_manifest_speaks_only_where_the_long_one_is_missing() -> None:
    assert manifest("container-manifest-1", "libgcc-11.2.0-2.cm2.x86_64\n", container_manifest_2=b"") == []
    found = manifest("container-manifest-1", "libgcc-11.2.0-2.cm2.x86_64\n")
    assert [(item.name, item.version, item.arch) for item in found if isinstance(item, Package)] == [
        ("libgcc", "11.2.0-2.cm2", "x86_64")
    ]


@pytest.mark.parametrize(("name", "text"), [("container-manifest-1", "odd"), ("container-manifest-2", "a\tb\n")])
def test_a_manifest_of_another_form_is_refused(name: str, text: str) -> None:
    with pytest.raises(CorruptInput, match="rpm manifest"):
        manifest(name, text)


@pytest.mark.skipif(not (shutil.which("rpm") and shutil.which("rpmbuild")), reason="rpm and rpmbuild are not installed")
def test_a_database_written_by_rpm_itself_reads_as_rpm_prints_it(tmp_path: Path) -> None:
    spec = tmp_path / "tiny.spec"
    spec.write_text(
        "Name: tiny\nEpoch: 3\nVersion: 1.2\nRelease: 4\nSummary: A tiny package\nLicense: MIT\nVendor: Nobody\n"
        "BuildArch: noarch\n%description\nTiny.\n%install\nmkdir -p %{buildroot}/usr/bin\n"
        "touch %{buildroot}/usr/bin/tiny\n%files\n/usr/bin/tiny\n"
    )
    defines = ["--define", f"_topdir {tmp_path}", "--define", f"_dbpath {tmp_path}/db"]
    subprocess.run(["rpmbuild", "-bb", *defines, spec], check=True, capture_output=True)
    built = next(tmp_path.glob("RPMS/*/*.rpm"))
    install = [
        "rpm",
        "--root",
        tmp_path / "root",
        "--dbpath",
        "/db",
        "--justdb",
        "--nodeps",
        "--noscripts",
        "-i",
        built,
    ]
    (tmp_path / "root").mkdir()
    subprocess.run(install, check=True, capture_output=True)
    found = read((tmp_path / "root" / "db" / "rpmdb.sqlite").read_bytes())
    assert isinstance(found[0], Package)
    assert (found[0].key, found[0].arch, found[0].licenses) == ("tiny@3:1.2-4", "noarch", ("MIT",))
    assert found[1] == OwnedPaths("tiny", ["usr/bin/tiny"])
