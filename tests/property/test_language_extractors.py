"""Lock files, manifests and specifications: whatever the text, the answer is packages, gaps or CorruptInput."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.errors import CorruptInput
from sekisho.inventory.catalogue import extractors
from sekisho.inventory.language.java_manifest import Manifest
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.inventory import Gap
from sekisho.model.package import Package

ROOM = "sekisho.inventory.language."
EXTRACTORS = [
    pytest.param(one, id=f"{one.extract.__module__.removeprefix(ROOM)}-{one.name}-{number}")
    for number, one in enumerate(extractors())
    if one.extract.__module__.startswith(ROOM)
]
"""All of the room, by the catalogue: whoever adds one has it tried here."""
SAMPLES = [
    b'{"graph_lock": {"nodes": {"0": {"requires": ["1"]}, "1": {"ref": "a/1", "context": "host"}}}}',
    b'{"requires": ["a/1#r%2"], "build_requires": ["b/2"], "python_requires": []}',
    b'{"name": "n", "version": "1", "license": "MIT", "md5": "x", "build": "b", "subdir": "linux-64"}',
    b"dependencies:\n  - a=1=b\n  - pip:\n    - b==2\n",
    b'packages:\n  a: {dependency: "direct main", version: "1", description: {sha256: x}}\n',
    b'{"runtimeTarget": {"name": "t"}, "targets": {"t": {"A/1": {"dependencies": {"B": "2"}, "runtime": {}}}}, '
    b'"libraries": {"A/1": {"type": "project", "sha512": ""}, "B/2": {"type": "package"}}}',
    b'{"dependencies": {"net6.0": {"A": {"type": "Direct", "resolved": "1", "dependencies": {"B": "1"}}}}}',
    b'<packages><package id="A" version="1" developmentDependency="true"/></packages>',
    b'<Project><PropertyGroup><V>1</V></PropertyGroup><ItemGroup><PackageVersion Include="A" Version="$(V)"/>'
    b"</ItemGroup></Project>",
    b'%{\n  "a": {:hex, :a, "1", "x", [:mix], [{:b, "~> 1"}], "hexpm", "y"},\n  "b": {:git, "u", "c", []},\n}',
    b'{"1.2.0",\n[{<<"a">>,{pkg,<<"a">>,<<"1">>},0},\n {<<"b">>,{git,"u",{ref,"c"}},0}]}.',
    b"a:b:1=compileClasspath\nempty=\n",
    b'<verification-metadata><components><component group="g" name="n" version="1"/></components>'
    b"</verification-metadata>",
    b'{"dependencies": [{"org": "o", "name": "n", "version": "1", "configurations": ["test"]}]}',
    b"packages:\n- completed: {hackage: a-1.0@sha256:x}\n  original: {hackage: a-1.0}\n",
    b"constraints: any.a ==1.0,\n             b +flag\n",
    b'julia_version = "1"\nmanifest_format = "2.0"\n[[deps.A]]\ndeps = ["B"]\nuuid = "u"\n[[deps.B]]\nversion = "2"\n',
    b"<project><parent><groupId>g</groupId><artifactId>p</artifactId><version>1</version></parent><artifactId>a</artifactId>"
    b"<properties><v>${project.version}</v></properties><dependencies><dependency><groupId>g</groupId>"
    b"<artifactId>b</artifactId><version>${v}</version><scope>test</scope></dependency></dependencies></project>",
    b'{"packages": [{"name": "a/b", "version": "1", "require": {"a/b": "*"}, "license": ["MIT"]}], "packages-dev": []}',
    b'{"packages": [{"name": "a/b", "version": "1"}], "dev-package-names": ["a/b"]}',
    b'{"Packages": {"a": {"Package": "a", "Version": "1", "Source": "Repository", "Repository": "CRAN"}}}',
    b"Package: a\nVersion: 1\nBuilt: R 4.3\n",
    b"GEM\n  specs:\n    a (1-x86)\n      b (> 1)\n    b (2)\n\nDEPENDENCIES\n  a!\n\nCHECKSUMS\n  a (1) sha256=x\n",
    b'# stub: a 1 ruby lib\nGem::Specification.new do |s|\n  s.name = "a"\n  s.version = "1"\n  s.licenses = [%q<M>]\n',
    b"PODS:\n  - a (1):\n    - b (= 1)\n  - b (1)\nDEPENDENCIES:\n  - a\n",
    b'{"pins": [{"location": "https://example.test/a.git", "state": {"version": "1", "revision": "r"}}]}',
]
WORDS = b"null|[]|{}|[[|\"|'|1e999|-1|\n|\0|\xff|${v}|<|>|&a;|: |- |  |(|)|\\u0000|true|#{x}|,|}|]|=|\xc3"
PIECES = st.sampled_from([*WORDS.split(b"|"), b"", b"|", b"9" * 5000])


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A sample with pieces replaced, or with another one spliced in."""
    data = draw(st.sampled_from(SAMPLES))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        data = data[:start] + draw(PIECES) + data[start + draw(st.integers(0, 12)) :]
    return data


@pytest.mark.parametrize("extractor", EXTRACTORS)
@given(mutated())
@settings(deadline=None, max_examples=120)
def test_mutated_text_is_packages_gaps_or_corrupt_input(extractor: Extractor, data: bytes) -> None:
    siblings = dict.fromkeys(extractor.siblings, data)
    try:
        items = list(extractor.extract(File("some/where/file", data, siblings=siblings)))
    except CorruptInput:
        return
    for item in items:
        assert isinstance(item, Package | Gap)
        if isinstance(item, Package):
            assert item.name
            assert item.found_by == extractor.name


@given(st.binary(max_size=300))
@settings(deadline=None, max_examples=200)
def test_any_bytes_are_a_manifest(data: bytes) -> None:
    assert isinstance(Manifest(data).field("Implementation-Version"), str)


REPEATED = (
    b'"~\'~%q<~\\~ ~\n~a~[~{~<a>~<a~${a}~$(~- ~a: ~{"a":~=~|~#~[[a~a.~-1~1-~a@~//~\xff~&#x0;~]]>~    a (~any.a =='
    b'~name = ~s.name = "~{<<"~{<<"a">>,{pkg,~  "a": {:hex, :a, "1", "~Package: a\n~Gem::Specification.new |'
).split(b"~")


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_repetition_costs_linear_time(extractor: Extractor) -> None:
    """A quarter of a megabyte of each piece, bare and after the beginning of a real file."""
    prefixes = (b"", b"Gem::Specification.new do |s|\n  s.licenses = ", b'{"name": "', b"<project><artifactId>", b"a: ")
    start = time.process_time()
    for piece in REPEATED:
        for prefix in prefixes:
            try:
                list(extractor.extract(File("x", prefix + piece * (250_000 // len(piece)))))
            except CorruptInput:
                continue
    assert time.process_time() - start < 20  # under a second on an idle machine
