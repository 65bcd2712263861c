"""Documents, manifests and links that somebody else wrote: an answer or CorruptInput, within a bounded time."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.errors import CorruptInput, NotFound, SekishoError
from sekisho.formats.json_document import decode_json, decode_jsonc
from sekisho.formats.toml_document import decode_toml
from sekisho.formats.xml_document import decode_xml
from sekisho.formats.yaml_document import decode_yaml, decode_yaml_text
from sekisho.inventory.cover import Cover
from sekisho.inventory.layer import LayerInventory
from sekisho.inventory.links import Resolver
from sekisho.inventory.os import chisel, release
from sekisho.inventory.protocol import File
from sekisho.model.artifact import Layer
from sekisho.source.archive import open_archive_files
from sekisho.source.files import ArchiveFiles
from sekisho.source.layout import open_layout
from sekisho.source.skip import skip_paths
from sekisho.triage.ignore_file import read_ignore_file
from tests.simulators.images import image_config, layer_tar

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Reader = Callable[[bytes], Any]
READERS: dict[str, tuple[Reader, bytes]] = {
    "json": (decode_json, b'{"a": [1, 2.5e3, "\\u00e9\\ud83d\\ude00", null, true], "b": {"c": ""}}'),
    "jsonc": (decode_jsonc, b'{"a": [1, /* c */ "//",], // d\n "b": "\\"",}'),
    "toml": (decode_toml, b'a.b = 1\n[[t]]\nx = "\\u00e9"\ny = [1, {z = 2}]\n[t.u]\nd = 1979-05-27\n'),
    "xml": (decode_xml, b'<?xml version="1.0"?><a x="1"><b:c>t&amp;</b:c><!-- d --><![CDATA[e]]></a>'),
    "yaml": (decode_yaml, b'a: [1, "b", {c: ~}]\nd: |\n  text\n---\ne: 1.0\n'),
    "yaml as text": (decode_yaml_text, b"a:\n  - 1.10\n  - 'x'\n? k\n: v\n"),
}
EDITS = st.lists(st.tuples(st.integers(0, 80), st.binary(max_size=6)), min_size=1, max_size=5)


def edited(data: bytes, edits: list[tuple[int, bytes]]) -> bytes:
    for place, replacement in edits:
        at = place % (len(data) + 1)
        data = data[:at] + replacement + data[at + len(replacement) :]
    return data


@pytest.mark.parametrize(("read", "seed"), READERS.values(), ids=READERS)
@settings(max_examples=150, deadline=None)
@given(edits=EDITS, noise=st.binary(max_size=40))
def test_a_document_is_read_or_corrupt(read: Reader, seed: bytes, edits: list[tuple[int, bytes]], noise: bytes) -> None:
    for data in (edited(seed, edits), noise):
        with contextlib.suppress(CorruptInput):
            read(data)


NESTED = {
    "json": (decode_json, b"[" * 100_000),
    "jsonc": (decode_jsonc, b"/*" * 100_000),
    "toml arrays": (decode_toml, b"a=" + b"[" * 100_000),
    "toml keys": (decode_toml, b"a." * 100_000 + b"a=1"),
    "xml": (decode_xml, b"<a>" * 100_000),
    "xml entities": (decode_xml, b'<!DOCTYPE a [<!ENTITY b "' + b"c" * 1000 + b'">]><a>' + b"&b;" * 1000 + b"</a>"),
    "yaml": (decode_yaml, b"[" * 100_000),
    "yaml aliases": (decode_yaml, b"a: &a [x]\nb: [" + b"*a, " * 1000 + b"]"),
}


@pytest.mark.parametrize(("read", "data"), NESTED.values(), ids=NESTED)
def test_depth_and_expansion_are_bounded(read: Reader, data: bytes) -> None:
    started = time.process_time()
    with pytest.raises(CorruptInput):
        read(data)
    assert time.process_time() - started < 2


MANIFEST = zstd.compress(b'{"jsonwall":"1.0"}\n{"kind":"package","name":"a","version":"1"}\n')


@settings(max_examples=200, deadline=None)
@given(EDITS)
def test_a_chisel_manifest_is_read_or_corrupt(edits: list[tuple[int, bytes]]) -> None:
    with contextlib.suppress(CorruptInput):
        list(chisel.extract(File("var/lib/chisel/manifest.wall", edited(MANIFEST, edits))))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(release.EXTRACTORS[0].paths)), st.text(max_size=80) | st.just('ID="a"\nVERSION_ID=1\n'))
def test_any_release_file_gives_one_system_or_none(path: str, text: str) -> None:
    assert len(list(release.extract(File(path, text.encode())))) <= 1


WORDS = st.sampled_from(
    ["", "sha256:" + "0" * 64, "application/vnd.oci.image.index.v1+json", "layer.tar", "config.json", "linux", "amd64"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 1 << 70) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    ["Config", "Layers", "RepoTags", "manifests", "mediaType", "digest", "config", "layers", "platform"]
)
OBJECTS = st.dictionaries(KEYS, VALUES | st.lists(st.dictionaries(KEYS, VALUES, max_size=3), max_size=2), max_size=4)
TAR = layer_tar({"a": b"1"})


@settings(max_examples=300, deadline=None)
@given(OBJECTS, VALUES, st.sampled_from(["manifest.json", "index.json"]), st.sampled_from(["", "tag"]))
def test_a_hostile_image_description_is_refused_in_our_own_words(
    described: dict[str, Any], config: Any, name: str, tag: str
) -> None:
    entry = {"Config": "config.json", "Layers": ["layer.tar"], "RepoTags": ["a:tag"]} | described
    files = {
        name: json.dumps([entry] if name == "manifest.json" else described).encode(),
        "config.json": image_config([TAR], history=config, os=config),
        "layer.tar": TAR,
        "blobs/sha256/" + "0" * 64: json.dumps(described).encode(),
    }
    archive = ArchiveFiles(BytesIO(layer_tar(files)))
    with contextlib.suppress(SekishoError):
        open_archive_files("x", archive, None, tag=tag)
    archive = ArchiveFiles(BytesIO(layer_tar(files)))
    with contextlib.suppress(SekishoError, NotFound):
        open_layout("x", archive, None, tag=tag)
    archive.close()


PARTS = st.sampled_from(["a", "b", "c", "..", ".", ""])
PATHS = st.lists(PARTS, max_size=5).map("/".join)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(PATHS, PATHS.flatmap(lambda path: st.sampled_from([path, "/" + path])), max_size=4), PATHS)
def test_a_resolved_path_is_rooted_and_final(symlinks: dict[str, str], path: str) -> None:
    place = Resolver(symlinks.get).resolve(path)
    assert not place.startswith("/")
    assert not {".", "..", ""} & set(place.split("/")) or place == ""
    assert Resolver(symlinks.get).resolve(place) == place


@settings(max_examples=200, deadline=None)
@given(st.lists(PATHS, max_size=4), st.lists(PATHS, max_size=2), st.lists(PATHS, max_size=2), PATHS)
def test_whatever_is_hidden_hides_all_below_it(
    files: list[str], whiteouts: list[str], opaque: list[str], path: str
) -> None:
    cover = Cover()
    cover.add(
        LayerInventory(
            layer=Layer(diff_id=""), files="\0".join(files), whiteouts=tuple(whiteouts), opaque=tuple(opaque)
        )
    )
    if path.strip("/") == path and path and cover.hides(path):
        assert cover.hides(f"{path}/below")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(alphabet="ab*?/.[(\\", max_size=8), max_size=3), st.text(alphabet="ab/.", max_size=8))
def test_globs_never_become_expressions(globs: list[str], path: str) -> None:
    skip = skip_paths(globs, globs)
    assert skip(path) in (True, False)


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from([".trivyignore", ".trivyignore.yaml"]),
    text=st.text(max_size=60)
    | st.just("CVE-2024-1 exp:2024-01-01 # why\n")
    | st.just("vulnerabilities:\n  - id: CVE-2024-1\n    paths: [a]\n    expired_at: 2024-01-01\n"),
    edits=EDITS,
)
def test_an_ignore_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, text: str, edits: list[tuple[int, bytes]]
) -> None:
    file: Path = tmp_path_factory.getbasetemp() / name
    file.write_bytes(edited(text.encode(), edits))
    with contextlib.suppress(SekishoError):
        read_ignore_file(file)
