from __future__ import annotations

from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from sekisho.errors import CorruptInput
from sekisho.inventory.dispatch import Dispatcher
from sekisho.inventory.language.python_installed import EXTRACTORS, extract, extract_egg
from sekisho.inventory.protocol import File
from sekisho.model.inventory import Gap
from sekisho.model.package import Package

PATH = "usr/lib/python3/dist-packages/PyYAML-6.0.dist-info/METADATA"


def read(text: str | bytes) -> list[Any]:
    return list(extract(File(PATH, text.encode() if isinstance(text, str) else text)))


def one(headers: str) -> Package:
    (package,) = read(f"Metadata-Version: 2.1\nName: a\nVersion: 1.0\n{headers}\n\nName: not a header\n")
    assert isinstance(package, Package)
    return package


def test_a_distribution_is_listed_as_it_spells_its_name() -> None:
    (package,) = read(
        "Metadata-Version: 2.1\nName: PyYAML\nVersion: 6.0\nSummary: YAML parser\nHome-page: https://yaml.example.test\n"
        "Author: Ann\nAuthor-email: ann@example.test\nLicense: MIT\n"
    )
    assert package == Package(
        type="pypi",
        name="PyYAML",
        version="6.0",
        found_by="python-pkg",
        path=PATH,
        licenses=("MIT",),
        supplier="Ann <ann@example.test>",
        homepage="https://yaml.example.test",
        description="YAML parser",
    )


@pytest.mark.parametrize(
    ("headers", "licenses"),
    [
        ("License-Expression: MIT OR BSD\nLicense: old", ("MIT OR BSD",)),
        ("License: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License", ("MIT License",)),
        (
            "Classifier: License :: OSI Approved\nClassifier: License :: OSI Approved :: A\nClassifier: License :: B",
            ("A", "B"),
        ),
        ("Classifier: Topic :: Software", ()),
        ("License: " + "x" * 999, ("x" * 200,)),
    ],
)
def test_licences_come_from_expression_then_field_then_classifiers(headers: str, licenses: tuple[str, ...]) -> None:
    assert one(headers).licenses == licenses


@pytest.mark.parametrize(
    ("headers", "supplier"),
    [
        ("Author-email: Ann <ann@example.test>, Bob <b@example.test>", "Ann <ann@example.test>, Bob <b@example.test>"),
        ("Author: Ann", "Ann"),
        ("Author: UNKNOWN\nMaintainer: Eve\nMaintainer-email: eve@example.test", "Eve <eve@example.test>"),
    ],
)
def test_the_supplier_is_the_author_or_else_the_maintainer(headers: str, supplier: str) -> None:
    assert one(headers).supplier == supplier


def test_the_homepage_may_be_one_of_the_project_addresses() -> None:
    assert (
        one("Project-URL: Source, https://s.test\nProject-URL: Homepage, https://h.test").homepage == "https://h.test"
    )


def test_headers_after_a_folded_description_are_still_headers() -> None:
    folded = "Description: one\n        two\n        \n        License: no\nLicense: BSD"
    assert one(folded).licenses == ("BSD",)


def test_an_unfolded_description_does_not_hide_what_follows() -> None:
    assert one("Description: one\ntwo and three\n===\nLicense: BSD").licenses == ("BSD",)


def test_the_first_of_repeated_headers_counts_and_case_does_not() -> None:
    (package,) = read("name: a\nversion: 1\nVersion: 2\n")
    assert package.key == "a@1"


def test_other_encodings_and_line_ends_are_read() -> None:
    (package,) = read(b"\xef\xbb\xbfName: a\r\nVersion: 1\r\nAuthor: Jos\xe9\r\n\r\nVersion: 2\r\n")
    assert (package.key, package.supplier) == ("a@1", "Jos\ufffd")


@pytest.mark.parametrize("text", ["", "Name: a\n", "Version: 1\n", "\n\nbinary\0"])
def test_metadata_that_names_nothing_is_noted(text: str) -> None:
    (gap,) = read(text)
    assert isinstance(gap, Gap)
    assert gap.weight == "note"


def test_a_distribution_called_unknown_is_installed_under_that_name() -> None:
    (package,) = read("Name: UNKNOWN\nVersion: 0.0.0\nSummary: UNKNOWN\n")
    assert (package.key, package.description) == ("UNKNOWN@0.0.0", "")


def egg(**members: str) -> File:
    body = BytesIO()
    with ZipFile(body, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "-"), text)
    return File("site-packages/a-1.0-py3.11.egg", body.getvalue())


def test_a_zipped_egg_is_opened() -> None:
    (package,) = extract_egg(egg(EGG_INFO__PKG_INFO="Name: a\nVersion: 1.0\n", a="code"))
    assert isinstance(package, Package)
    assert (package.key, package.path) == ("a@1.0", "site-packages/a-1.0-py3.11.egg")


def test_a_zip_without_metadata_is_no_distribution() -> None:
    assert list(extract_egg(egg(a="code"))) == []


def test_an_egg_that_is_no_zip_is_corrupt() -> None:
    with pytest.raises(CorruptInput):
        list(extract_egg(File("a.egg", b"PK\x03\x04 nothing")))


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (PATH, True),
        ("site-packages/a.egg-info/PKG-INFO", True),
        ("site-packages/A-1.0.DIST-INFO/METADATA", True),
        ("eggs/a.egg/EGG-INFO/PKG-INFO", True),
        ("usr/lib/python3/dist-packages/a-1.0.egg-info", True),
        ("eggs/a-1.0-py3.11.egg", True),
        ("src/a-1.0/PKG-INFO", False),
        ("repository/METADATA", False),
    ],
)
def test_which_files_are_looked_at(path: str, wanted: bool) -> None:
    assert bool(Dispatcher(EXTRACTORS).wanted(path)) is wanted
