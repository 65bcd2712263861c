"""Text databases of operating-system packages: arbitrary text never breaks a reader, and written packages come back."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.errors import CorruptInput
from sekisho.inventory.os import apk, dpkg, release, rpm
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.inventory import OperatingSystem
from sekisho.model.package import OwnedPaths, Package

EXTRACTORS = [
    *((one, path) for one in apk.EXTRACTORS for path in one.paths[:1]),
    (dpkg.EXTRACTORS[0], dpkg.STATUS),
    (dpkg.EXTRACTORS[1], f"{dpkg.STATUS_DIRECTORY}/base"),
    (dpkg.EXTRACTORS[1], f"{dpkg.STATUS_DIRECTORY}/base.md5sums"),
    (dpkg.EXTRACTORS[2], "var/lib/dpkg/info/base.list"),
    (rpm.EXTRACTORS[2], "var/lib/rpmmanifest/container-manifest-1"),
    (rpm.EXTRACTORS[2], "var/lib/rpmmanifest/container-manifest-2"),
    *((one, path) for one in release.EXTRACTORS for path in one.paths),
]
FIELDS = ["Package", "P", "Version", "V", "Status", "Depends", "Provides", "D", "p", "F", "R", "C", "ID", "VERSION_ID"]
VALUES = ["install ok installed", "Q1", "rhel", "DISTRIB_ID", "Amazon Linux", "release", "cpe:/o:", "12.8", "/"]
MARKS = [":", "=", "(", ")", '"', "\\", "\n", "\n\n", " ", "\t", ",", "|", "\0", "\ufffd"]
WORDS = st.one_of(st.sampled_from(FIELDS), st.sampled_from(VALUES), st.sampled_from(MARKS))
NAMES = st.from_regex(r"[a-z][a-z0-9+.\-]{0,8}", fullmatch=True)
VERSIONS = st.from_regex(r"([1-9]:)?[0-9][a-z0-9.+~]{0,6}(-[0-9]{1,2})?", fullmatch=True)


@pytest.mark.parametrize(("extractor", "path"), EXTRACTORS, ids=[path for _, path in EXTRACTORS])
@given(
    text=st.one_of(
        st.lists(WORDS, max_size=40).map("".join), st.binary(max_size=80).map(lambda data: data.decode("latin-1"))
    )
)
@settings(max_examples=60, deadline=2000)
def test_arbitrary_text_gives_items_or_corrupt_input(extractor: Extractor, path: str, text: str) -> None:
    try:
        items = list(extractor.extract(File(path, text.encode())))
    except CorruptInput:
        return
    for item in items:
        if isinstance(item, Package):
            assert item.name and item.type in ("apk", "deb", "rpm") and item.path == path
        if isinstance(item, OperatingSystem):
            assert item.family and item.path == path
        if isinstance(item, OwnedPaths) and path.startswith("lib/apk"):
            assert item.package and item.paths


@given(st.dictionaries(NAMES, VERSIONS, min_size=1, max_size=8))
def test_packages_written_as_dpkg_writes_them_come_back(installed: dict[str, str]) -> None:
    text = "\n".join(
        f"Package: {name}\nStatus: install ok installed\nVersion: {version}\nDescription: a\n b\n .\n c\n"
        for name, version in installed.items()
    )
    items = list(dpkg.extract_status(File(dpkg.STATUS, text.encode())))
    assert {item.name: item.version for item in items if isinstance(item, Package)} == installed
    assert len(items) == len(installed)


@given(st.dictionaries(NAMES, VERSIONS, min_size=1, max_size=8))
def test_packages_written_as_apk_writes_them_come_back(installed: dict[str, str]) -> None:
    text = "\n".join(f"P:{name}\nV:{version}\nF:usr/bin\nR:{name}\n" for name, version in installed.items())
    items = list(apk.extract(File("lib/apk/db/installed", text.encode())))
    assert {item.name: item.version for item in items if isinstance(item, Package)} == installed
    assert [item.paths for item in items if isinstance(item, OwnedPaths)] == [[f"usr/bin/{name}"] for name in installed]


@given(
    st.lists(
        st.builds(
            OperatingSystem,
            family=st.sampled_from(["debian", "ubuntu", "redhat", "centos", "alpine", "amazon"]),
            name=st.sampled_from(["", "12", "12.8", "7", "7.6.1810", "2", "2 (Karoo)", "3.19", "3.19.1"]),
            path=st.sampled_from(sorted(release.EXTRACTORS[0].paths)),
        ),
        max_size=4,
        unique_by=lambda found: found.path,
    )
)
@settings(max_examples=200)
def test_the_choice_does_not_depend_on_the_order_of_the_candidates(candidates: list[OperatingSystem]) -> None:
    answers = {release.choose_system(order) for order in permutations(candidates)}
    assert len(answers) == 1
    chosen = answers.pop()
    assert (chosen is None) == (candidates == [])
