from __future__ import annotations

import sys

import pytest

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.inventory.os import chisel
from sekisho.inventory.protocol import File
from sekisho.model.inventory import Gap
from sekisho.model.package import Package

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MANIFEST = b"""{"jsonwall":"1.0","schema":"1.0","count":5}
{"kind":"content","slice":"libssl3_libs","path":"/usr/lib/libssl.so.3"}
{"kind":"package","name":"libssl3","version":"3.0.2-0ubuntu1.10","sha256":"ab","arch":"amd64"}
{"kind":"path","path":"/a","mode":"0644","slices":["package"]}
{"kind":"slice","name":"libssl3_libs"}
"""


def read(manifest: bytes) -> list[object]:
    return list(chisel.extract(File("var/lib/chisel/manifest.wall", zstd.compress(manifest))))


def test_packages_are_listed_and_the_missing_sources_are_told() -> None:
    package, gap = read(MANIFEST)
    assert isinstance(package, Package)
    assert (package.key, package.type, package.arch, package.checksums) == (
        "libssl3@3.0.2-0ubuntu1.10",
        "deb",
        "amd64",
        ("sha256:ab",),
    )
    assert isinstance(gap, Gap)
    assert gap.weight == "incomplete"


@pytest.mark.parametrize(
    "manifest",
    [b"", b"{}\n", b'{"jsonwall":"1.0"}\n{"kind":"package"}\n', b'{"jsonwall":"1.0"}\n{"kind":"package"', b"\xff"],
)
def test_what_is_no_manifest_is_corrupt(manifest: bytes) -> None:
    with pytest.raises(CorruptInput):
        read(manifest)


def test_a_truncated_or_endless_manifest_is_corrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CorruptInput, match="truncated"):
        list(chisel.extract(File("manifest.wall", zstd.compress(MANIFEST)[:-4])))
    monkeypatch.setattr(chisel, "MAX_TEXT_FILE", 10)
    with pytest.raises(BoundExceeded):
        read(MANIFEST)
