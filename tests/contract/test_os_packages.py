"""Package databases and release files of the shared fixtures, read as the scanners that published them expect.

Whole areas that are not read yet stand in ``OUT_OF_SCOPE``; single answers that differ on purpose in ``DIFFERENT``,
each with its reason. Both fail the test when they stop being true. Licences from copyright files are not read yet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sekisho.errors import CorruptInput
from sekisho.formats import rpm_header
from sekisho.formats.rpm_header import RpmHeader
from sekisho.inventory.os import alpm, apk, dpkg, release, rpm
from sekisho.inventory.protocol import Extractor, File, Item
from sekisho.model.inventory import OperatingSystem
from sekisho.model.package import OwnedPaths, Package
from tests.contract.shared import area

OUT_OF_SCOPE = {
    "claircore-rpm": "lists of what UBI images hold; the databases themselves are not in the shared data",
    "grype-distro": "the same release files as syft-linux, without expectations of their own",
    "scalibr-cos": "Container-Optimized OS is a node's system, not found in images",
    "scalibr-flatpak": "desktop applications, not found in images",
    "scalibr-portage": "Gentoo publishes no advisories that the store reads",
    "scalibr-snap": "snaps are mounted images of their own, not found in images",
    "syft-gentoo": "as scalibr-portage",
    "syft-homebrew": "no advisories name Homebrew formulae",
    "syft-nix": "no advisories name Nix derivations",
    "syft-snap": "as scalibr-snap",
    "trivy-bottlerocket_inventory": "a node's system, not found in images",
    "trivy-buildinfo": "Red Hat's content sets select advisories by repository; the store is keyed by release",
}
COVERED = {
    "claircore-dpkg",
    "claircore-osrelease",
    "scalibr-apk",
    "scalibr-dpkg",
    "scalibr-pacman",
    "syft-alpine",
    "syft-arch",
    "syft-debian",
    "syft-linux",
    "trivy-apk",
    "trivy-dpkg",
    "trivy-os-release",
    "trivy-redhatbase",
    "trivy-ubuntu",
}
DIFFERENT = {
    "scalibr-dpkg: statusfield": "unpacked and half-installed packages have files on the disk, and Trivy lists them",
    "scalibr-dpkg: statusfield including not installed": "what was removed is never listed; there is no option for it",
    "trivy-os-release: No 'VERSION_ID' field": "the family is known; the release comes from alpine-release, if at all",
    "trivy-ubuntu: happy path. Parse status.json file(ESM enabled)": "subscriptions are not read",
    "syft-debian: multiple entries": "an installed package without a version is a gap, not a package",
    "syft-debian: relationships from dpkg example docs": "the package that provides it has no version",
    "syft-linux: bad-redhat-release": "CentOS 5 is CentOS 5 without a minor number",
}
FAMILY_WORDS = {
    "OpenSUSELeap": "opensuse-leap",
    "SLEMicro": "slem",
    "Azure": "azurelinux",
    "CBLMariner": "cbl-mariner",
}

Case = tuple[str, Any, Any]
"""Name, what sekisho says, what is expected."""


def read(extractor: Extractor, path: str, data: bytes, **siblings: bytes) -> list[Item]:
    return list(extractor.extract(File(path, data, siblings=siblings)))


def packages(items: list[Item]) -> list[Package]:
    return [item for item in items if isinstance(item, Package)]


def expected(name: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every case of one area, with the directory its fixtures lie in."""
    folder = area("scan") / "os" / name
    for cases in json.loads((folder / "EXPECTED.json").read_text()).values():
        for case in cases:
            yield folder, case


def fixture(folder: Path, upstream: str) -> Path:
    return folder / upstream.removeprefix("./").removeprefix("testdata/")


def archive(path: Path) -> dict[str, bytes]:
    """The files of a Go txtar archive."""
    parts = re.split(r"^-- (.+) --\n", path.read_text(), flags=re.MULTILINE)
    return {name: text.encode() for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def origin(package: Package) -> tuple[str, str]:
    return package.source_name or package.name, package.source_version or package.version


def trivy_apk() -> Iterator[Case]:
    for folder, case in expected("trivy-apk"):
        items = read(apk.EXTRACTORS[0], "lib/apk/db/installed", fixture(folder, case["path"]).read_bytes())
        owned = {item.package: item.paths for item in items if isinstance(item, OwnedPaths)}
        keys = {package.name: package.key for package in packages(items)}
        got = [
            {
                "ID": p.key,
                "Arch": p.arch,
                "SrcName": origin(p)[0],
                "SrcVersion": origin(p)[1],
                "Maintainer": p.supplier,
                "Digest": "".join(p.checksums),
                "InstalledFiles": owned.get(p.name, []),
                "DependsOn": [keys[name] for name in p.depends_on],
            }
            for p in packages(items)
        ]
        absent: dict[str, Any] = {"InstalledFiles": [], "DependsOn": []}
        want = [{field: w.get(field, absent.get(field)) for field in got[0]} for w in case["wantPkgs"]]
        yield f"trivy-apk: {case['name']}", got, want


def trivy_dpkg() -> Iterator[Case]:
    for folder, case in expected("trivy-dpkg"):
        if "txtar" not in case:
            continue
        files = archive(fixture(folder, case["txtar"]))
        available = files.get("var/lib/dpkg/available", b"")
        found = packages(read(dpkg.EXTRACTORS[0], dpkg.STATUS, files[dpkg.STATUS], available=available))
        got = {
            (p.key, p.arch, origin(p), p.supplier, p.checksums, p.facts.get("repository") == "third-party")
            for p in found
        }
        want = {
            (
                w["ID"],
                w["Arch"],
                (
                    w["SrcName"],
                    deb_version(w.get("SrcEpoch", 0), w["SrcVersion"], w.get("SrcRelease")),
                ),
                w["Maintainer"],
                (w["Digest"],) if "Digest" in w else (),
                w["Repository"]["Class"] == "RepositoryClassThirdParty",
            )
            for info in case["want"]["PackageInfos"]
            for w in info["Packages"]
        }
        yield f"trivy-dpkg: {case['name']}", got, want


def deb_version(epoch: int, version: str, revision: str | None) -> str:
    return (f"{epoch}:" if epoch else "") + version + (f"-{revision}" if revision else "")


def trivy_release() -> Iterator[Case]:
    for name in ("trivy-os-release", "trivy-redhatbase", "trivy-ubuntu"):
        for folder, case in expected(name):
            upstream = case.get("inputFile") or case["testFile"]
            data = fixture(folder, upstream).read_bytes()
            path = "etc/os-release" if name == "trivy-os-release" else "etc/" + upstream.rpartition("/")[2]
            found = read(release.EXTRACTORS[0], path, data) if path in release.EXTRACTORS[0].paths else []
            want = (case["want"] or {}).get("OS")
            family = FAMILY_WORDS.get(want["Family"], want["Family"].lower()) if want else ""
            yield (
                f"{name}: {case['name']}",
                [(item.family, item.name) for item in found if isinstance(item, OperatingSystem)],
                [(family, want.get("Name"))] if want else [],
            )


def scalibr_apk() -> Iterator[Case]:
    for folder, case in expected("scalibr-apk"):
        found = read(apk.EXTRACTORS[0], "lib/apk/db/installed", fixture(folder, case["path"]).read_bytes())
        got = [(p.name, p.source_name or p.name, p.version, p.supplier, p.arch, p.licenses) for p in packages(found)]
        want = [
            (name, source or name, version, maintainer, arch, (licence,))
            for _, name, source, version, _, _, maintainer, arch, licence, _ in (
                w["args"] for w in case["wantPackages"]
            )
        ]
        yield f"scalibr-apk: {case['name']}", got, want


def scalibr_dpkg() -> Iterator[Case]:
    for folder, case in expected("scalibr-dpkg"):
        distroless = "status.d" in case["path"]
        path = f"{dpkg.STATUS_DIRECTORY}/{Path(case['path']).name}" if distroless else dpkg.STATUS
        try:
            found = packages(read(dpkg.EXTRACTORS[int(distroless)], path, fixture(folder, case["path"]).read_bytes()))
        except CorruptInput:
            yield f"scalibr-dpkg: {case['name']}", "AnyError", case.get("wantErr")
            continue
        got = [(p.name, p.version, p.arch, p.supplier, *origin(p)) for p in found]
        want = []
        for metadata in (w["Metadata"] for w in case["wantPackages"]):
            name, version = metadata["PackageName"], metadata["PackageVersion"]
            source = metadata.get("SourceName", name), metadata.get("SourceVersion", version)
            want.append((name, version, metadata.get("Architecture", ""), metadata.get("Maintainer", ""), *source))
        yield f"scalibr-dpkg: {case['name']}", got, want


def syft_alpine() -> Iterator[Case]:
    for folder, case in expected("syft-alpine"):
        want, metadata = case["expected"], case["expected"]["Metadata"]
        items = read(apk.EXTRACTORS[0], "lib/apk/db/installed", fixture(folder, case["fixture"]).read_bytes())
        got = [
            (p.name, p.version, p.source_name, p.arch, p.supplier, p.homepage, p.description) for p in packages(items)
        ]
        owned = [path for item in items if isinstance(item, OwnedPaths) for path in item.paths]
        files = [f["Path"].lstrip("/") for f in metadata["Files"] if f["Path"] != "/etc"]
        fields = ("OriginPackage", "Architecture", "Maintainer", "URL", "Description")
        yield (
            f"syft-alpine: {case['fixture']}",
            (got, owned),
            ([(want["Name"], want["Version"], *(metadata[field] for field in fields))], files),
        )


def syft_debian() -> Iterator[Case]:
    for folder, case in expected("syft-debian"):
        upstream = case.get("fixturePath") or case["fixture"]
        if "copyright" in upstream:
            continue
        found = packages(read(dpkg.EXTRACTORS[1], f"{dpkg.STATUS_DIRECTORY}/x", fixture(folder, upstream).read_bytes()))
        if "wantRelationships" in case:
            here = set(re.findall(r"^Package: (\S+)", fixture(folder, upstream).read_text(), re.MULTILINE))
            got: Any = {p.name: sorted(here.intersection(p.depends_on)) for p in found}
            yield f"syft-debian: {case['name']}", {k: v for k, v in got.items() if v}, case["wantRelationships"]
            continue
        got = [(p.name, p.version, p.arch, p.source_name, p.supplier) for p in found]
        fields = ("Package", "Version", "Architecture", "Source", "Maintainer")
        want = [tuple(w.get(field, "") for field in fields) for w in case["expected"]]
        yield f"syft-debian: {case['name']}", got, want


def syft_linux() -> Iterator[Case]:
    for folder, case in expected("syft-linux"):
        path = fixture(folder, case["fixture"])
        name = next((end for end in ("system-release-cpe", "redhat-release") if path.name.endswith(end)), "os-release")
        found = [
            (item.id, item.version_id, item.cpe)
            for item in read(release.EXTRACTORS[0], f"etc/{name}", path.read_bytes())
            if isinstance(item, OperatingSystem)
        ]
        want = case["release"]
        wanted = [(want["ID"], want["VersionID"], want.get("CPEName", ""))] if want else []
        yield f"syft-linux: {path.name}", found, wanted


def arch() -> Iterator[Case]:
    for folder, case in expected("scalibr-pacman"):
        data = fixture(folder, case["path"]).read_bytes()
        want = [(w["Name"], w["Version"]) for w in case["wantPackages"]]
        try:
            got = [(p.name, p.version) for p in packages(read(alpm.EXTRACTORS[0], "desc", data))]
        except CorruptInput:
            got = []
        yield f"scalibr-pacman: {case['name']}", got, want
    for folder, case in expected("syft-arch"):
        entry = case["expected"]["AlpmDBEntry"]
        found = packages(read(alpm.EXTRACTORS[0], "desc", fixture(folder, case["fixture"]).read_bytes()))
        got = [(p.name, p.version, p.arch, p.supplier, "\n".join(p.licenses), list(p.depends_on)) for p in found]
        needs = sorted(need for need in entry.get("Depends", []) if ".so" not in need)
        fields = ("Package", "Version", "Architecture", "Packager")
        want_entry = (*(entry[field] for field in fields), case["expected"]["Licenses"], needs)
        yield f"syft-arch: {case['name']}", got, [want_entry]


def claircore_osrelease() -> Iterator[Case]:
    for path in sorted((area("scan") / "os" / "claircore-osrelease").glob("*.txtar")):
        files = archive(path)
        yield path.stem, release.read_assignments(files["os-release"].decode()), json.loads(files["Parsed"])


SUITES = (
    trivy_apk,
    trivy_dpkg,
    trivy_release,
    scalibr_apk,
    scalibr_dpkg,
    syft_alpine,
    syft_debian,
    syft_linux,
    arch,
    claircore_osrelease,
)


def test_every_case_is_read_as_expected_or_differs_for_a_stated_reason() -> None:
    cases = [case for suite in SUITES for case in suite()]
    assert len(cases) == 78
    differing = {name: (got, want) for name, got, want in cases if got != want}
    assert {name: differing[name] for name in differing.keys() - DIFFERENT.keys()} == {}
    assert DIFFERENT.keys() - differing.keys() == set()


def test_every_area_is_covered_or_out_of_scope_for_a_stated_reason() -> None:
    present = {path.name for path in (area("scan") / "os").iterdir()}
    assert present == COVERED | OUT_OF_SCOPE.keys()
    assert COVERED & OUT_OF_SCOPE.keys() == set()


SYSTEMS = {
    "almalinux/from-os-release": ("alma", "8.4"),
    "almalinux/from-redhat-release": ("alma", "8.10"),
    "alpine": ("alpine", "3.11.6"),
    "amazon": ("amazon", "2"),
    "arch": ("arch", ""),
    "centos": ("centos", "8"),
    "centos5": ("centos", "5.7"),
    "centos6": ("centos", "6"),
    "custom": ("scientific", "8"),
    "debian/from-debian_version": ("debian", "10.8"),
    "debian/from-os-release": ("debian", "8"),
    "debian/with-point-release": ("debian", "13.5"),
    "empty": None,
    "fedora": ("fedora", "36"),
    "mariner": ("cbl-mariner", "1.0"),
    "opensuse-leap": ("opensuse-leap", "15.2"),
    "oraclelinux": ("oracle", "8.3"),
    "photon": ("photon", "2.0"),
    "redhat/from-os-release": ("redhat", "7.3"),
    "redhat/from-redhat-release": ("redhat", "8.10"),
    "rockylinux/from-os-release": ("rocky", "8.4"),
    "rockylinux/from-redhat-release": ("rocky", "8.10"),
    "scientific/from-os-release": ("scientific", "7.5"),
    "scientific/from-redhat-release": ("scientific", "7.9"),
    "sles": ("sles", "15.2"),
    "ubuntu": ("ubuntu", "20.04"),
    "wolfi": ("wolfi", "20220914"),
}


def test_whole_trees_are_recognised() -> None:
    root = area("scan") / "os" / "syft-linux" / "os"
    found = {}
    trees = {path.parents[1 if "etc" in path.parts else 2] for path in root.rglob("*") if path.is_file()}
    for tree in sorted(trees - {root}):
        candidates = [
            item
            for path in release.EXTRACTORS[0].paths
            if (tree / path).is_file()
            for item in read(release.EXTRACTORS[0], path, (tree / path).read_bytes())
            if isinstance(item, OperatingSystem)
        ]
        chosen = release.choose_system(candidates)
        found[str(tree.relative_to(root))] = chosen and (chosen.family, chosen.name)
    assert found == SYSTEMS


@pytest.mark.parametrize("name", ["debian-only", "texlive"])
def test_every_installed_paragraph_of_a_large_status_file_is_a_package(name: str) -> None:
    data = (area("scan") / "os" / "claircore-dpkg" / f"{name}.status").read_bytes()
    paragraphs = [
        block for block in data.decode().split("\n\n") if "\nStatus: install ok installed\n" in f"\n{block}\n"
    ]
    wanted = [(block.split("\n")[0].removeprefix("Package: ")) for block in paragraphs]
    assert [package.name for package in packages(read(dpkg.EXTRACTORS[0], dpkg.STATUS, data))] == wanted
    assert len(wanted) == {"debian-only": 1, "texlive": 357}[name]


@pytest.mark.parametrize(
    "database",
    ["bdb-libuuid/Packages", "bdb-syft/Packages", "ndb-sle15-bci/Packages.db", "sqlite-mariner2/rpmdb.sqlite"],
)
def test_rpm_databases_hold_what_rpm_prints_of_them(database: str) -> None:
    path = area("scan") / "rpmdb" / database
    found = packages(read(rpm.EXTRACTORS[0], f"var/lib/rpm/{path.name}", path.read_bytes()))
    wanted = sorted((path.parent / "EXPECTED.txt").read_text().splitlines())
    lines = []
    for package in found:
        epoch, _, rest = package.version.rpartition(":")
        version, _, number = rest.rpartition("-")
        line = (package.name, epoch or "0", version, number, package.arch, package.facts["sourcerpm"])
        lines.append(" ".join(line))
    assert sorted(lines) == wanted


def test_a_raw_header_is_read() -> None:
    header = RpmHeader((area("scan") / "rpmdb" / "header-blob" / "blob.bin").read_bytes())
    assert (header.text(rpm_header.NAME), header.text(rpm_header.VERSION), header.text(rpm_header.RELEASE)) == (
        "publicsuffix-list-dafsa",
        "20210518",
        "2.fc35",
    )
    assert header.texts(rpm_header.BASE_NAMES)[-1] == "public_suffix_list.dafsa"
