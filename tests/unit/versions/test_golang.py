from __future__ import annotations

import pytest

from sekisho.errors import CorruptInput
from sekisho.versions import golang
from tests.unit.versions.chain import broken_links


def test_pseudo_versions_are_pre_releases() -> None:
    chain = (
        "v0.0.0-20180116102854-5a71ef0e047d < v0.0.0-20190116102854-8a3f0e047d5a < v0.0.1 < "
        "v1.2.4-0.20191109021931-daa7c04131f5 < v1.2.4"
    )
    assert broken_links(golang.compare, chain) == []


def test_incompatible_does_not_count() -> None:
    assert broken_links(golang.compare, "v24.0.7+incompatible = 24.0.7 = v24.0.7+incompatible+dirty") == []


def test_toolchain_versions_are_those_of_the_standard_library() -> None:
    chain = "go1.21rc1 = 1.21.0-rc.1 < go1.21rc2 = 1.21rc2 < go1.21 = 1.21.0 = go1.21.0 < go1.21.3-vendor = v1.21.3"
    assert broken_links(golang.compare, chain) == []


def test_what_follows_a_toolchain_version_does_not_count() -> None:
    assert golang.compare("go1.22.1 X:boringcrypto", "1.22.1") == 0
    assert golang.compare("go1.19.13 (Red Hat 1.19.13-2.el9)", "v1.19.13") == 0


def test_development_versions_have_no_place() -> None:
    for text in ("(devel)", "devel go1.25-abcdef", "unknown", ""):
        with pytest.raises(CorruptInput):
            golang.key(text)
