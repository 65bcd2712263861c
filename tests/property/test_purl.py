"""Package URLs: round trips, and agreement with the reference implementation."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from sekisho.errors import CorruptInput
from sekisho.model.inventory import OperatingSystem
from sekisho.model.package import Package
from sekisho.model.purl import Purl, decode, encode, make_purl, package_purl, parse_purl

TYPES = [
    "alpm",
    "apk",
    "bitbucket",
    "cargo",
    "composer",
    "conda",
    "conan",
    "cran",
    "deb",
    "docker",
    "gem",
    "generic",
    "github",
    "hex",
    "maven",
    "npm",
    "nuget",
    "pypi",
    "rpm",
    "swift",
]
WORDS = st.text("abcXYZ019.-_~+@:%&=?# ü", min_size=1, max_size=12).filter(lambda word: word == word.strip())
SEGMENTS = WORDS.filter(lambda word: word not in (".", ".."))
ESCAPE = re.compile("%[0-9a-f]{2}")
KEYS = st.from_regex(r"[a-z][a-z0-9._-]{0,6}", fullmatch=True)


@st.composite
def purls(draw: st.DrawFn) -> Purl:
    return make_purl(
        draw(st.sampled_from(TYPES)),
        draw(WORDS),
        namespace="/".join(draw(st.lists(WORDS, min_size=1, max_size=3))),
        version=draw(WORDS | st.just("")),
        qualifiers=draw(st.dictionaries(KEYS, WORDS, max_size=3)).items(),
        subpath="/".join(draw(st.lists(SEGMENTS, max_size=3))),
    )


@given(purls())
def test_what_is_written_is_read_again(purl: Purl) -> None:
    assert parse_purl(str(purl)) == purl


@given(purls())
def test_agreement_with_packageurl(purl: Purl) -> None:
    theirs = PackageURL(
        purl.type, purl.namespace, purl.name, purl.version or None, dict(purl.qualifiers), purl.subpath or None
    )
    assert str(purl) == ESCAPE.sub(lambda escape: escape[0].upper(), theirs.to_string())  # it lowers them in names
    read = PackageURL.from_string(str(purl))
    assert (read.namespace, read.name, read.version or "") == (purl.namespace, purl.name, purl.version)


@given(st.text(max_size=60) | st.text("pkg:/npm@?#=&%4a.-_", max_size=60).map("pkg:npm/".__add__))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        purl = parse_purl(text)
    except CorruptInput:
        return
    assert parse_purl(str(purl)) == purl


@given(st.text(max_size=30))
def test_encoding_is_undone_by_decoding(text: str) -> None:
    assert decode(encode(text)) == text


@pytest.mark.parametrize("system", [None, OperatingSystem(family="debian", name="12.8")])
@given(
    kind=st.sampled_from([*TYPES, "golang", "julia", "githubactions"]),
    name=st.text(max_size=20),
    version=st.text(max_size=9),
)
def test_packages_have_a_readable_purl_or_none(
    system: OperatingSystem | None, kind: str, name: str, version: str
) -> None:
    found = package_purl(Package(type=kind, name=name, version=version), system)
    assert found == "" or str(parse_purl(found)) == found
