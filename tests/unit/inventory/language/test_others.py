"""Conan, Dart, Elixir and Erlang, Swift, Haskell, R, Julia and conda."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from sekisho.errors import CorruptInput
from sekisho.inventory.dispatch import Dispatcher
from sekisho.inventory.language import conan, conda, dart, elixir, haskell, julia, r_language, swift
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.inventory import Gap
from sekisho.model.package import Package

MODULES = (conan, conda, dart, elixir, haskell, julia, r_language, swift)


def read(extract: Callable[[File], Iterable[Any]], data: bytes) -> dict[str, Package]:
    return {one.name: one for one in extract(File("some/lock", data)) if isinstance(one, Package)}


def test_conan_2_lists_references_by_purpose() -> None:
    found = read(
        conan.extract_conan_lock,
        b"""{"version": "0.5",
        "requires": ["zlib/1.3#rev%1.5",
                     "openssl/3.0@user/channel", "1.2.3#nameless"],
        "build_requires": ["cmake/3.22"], "python_requires": ["tools/1"]}""",
    )
    assert [(one.key, one.dev, one.lines) for one in found.values()] == [
        ("zlib@1.3", False, (2, 2)),
        ("openssl@3.0", False, (3, 3)),
        ("cmake@3.22", True, (4, 4)),
        ("tools@1", True, (4, 4)),
    ]


def test_conan_1_is_a_graph_whose_unneeded_nodes_are_the_consumer() -> None:
    found = read(
        conan.extract_conan_lock,
        b"""{"graph_lock": {"nodes": {
        "0": {"ref": "app/1.0", "requires": ["1"], "build_requires": ["3"]},
        "1": {"ref": "openssl/3.0.3#abc", "requires": ["2", "9"]},
        "2": {"ref": "zlib/1.2.12"},
        "3": {"ref": "ninja/1.11.1", "context": "build"}}}}""",
    )
    assert {name: (one.relation, one.dev) for name, one in found.items()} == {
        "openssl": ("direct", False),
        "zlib": ("indirect", False),
        "ninja": ("direct", True),
    }
    assert found["openssl"].depends_on == ("zlib@1.2.12",)
    assert found["openssl"].lines == (3, 3)


def test_conans_oldest_format_names_nodes_by_identifier() -> None:
    found = read(
        conan.extract_conan_lock,
        b"""{"graph_lock": {"nodes": {"a": {"pref": null, "requires": {"zlib/1.2.11#x": "b"}},
        "b": {"pref": "zlib/1.2.11@user/testing#x:y#z"}}}}""",
    )
    assert [one.key for one in found.values()] == ["zlib@1.2.11"]


def test_pub_packages_carry_relation_purpose_and_commit() -> None:
    found = read(
        dart.extract_pubspec_lock,
        b"""
packages:
  shelf: {dependency: transitive, version: 1.10, source: hosted, description: {sha256: abc}}
  build_runner: {dependency: "direct dev", version: "2.2.1"}
  screen: {dependency: "direct main", version: "0.1.2", source: git, description: {resolved-ref: 406b9b0}}
  odd: 7
""",
    )
    assert {name: (one.version, one.relation, one.dev) for name, one in found.items()} == {
        "shelf": ("1.10", "indirect", False),
        "build_runner": ("2.2.1", "direct", True),
        "screen": ("0.1.2", "direct", False),
    }
    assert found["screen"].facts == {"revision": "406b9b0"}
    assert found["shelf"].checksums == ("sha256:abc",)


def test_mix_locks_tell_edges_lines_and_checksums() -> None:
    outer = "0" * 64
    found = read(
        elixir.extract_mix_lock,
        f'''%{{
  "castle": {{:hex, :castle_pkg, "1.0.0", "{outer}", [:mix], [{{:jason, "~> 1.0", []}}], "hexpm", "{outer}"}},
  "jason": {{:hex, :jason, "1.3.0", "{outer}", [:mix], [], "hexpm", "{outer}"}},
  "forked": {{:git, "https://example.test/forked.git", "fc94cce", [branch: "x"]}},
  "broken": {{:hex, }},
}}'''.encode(),
    )
    assert [(one.key, one.lines) for one in found.values()] == [
        ("castle_pkg@1.0.0", (2, 2)),
        ("jason@1.3.0", (3, 3)),
        ("forked@", (4, 4)),
    ]
    assert found["castle_pkg"].depends_on == ("jason@1.3.0",)
    assert found["jason"].checksums == (f"sha256:{outer}",)
    assert found["forked"].facts == {"revision": "fc94cce"}


def test_rebar_locks_have_packages_and_commits() -> None:
    found = read(
        elixir.extract_rebar_lock,
        b"""{"1.2.0",
[{<<"certifi">>,{pkg,<<"certifi">>,<<"2.9.0">>},1},
 {<<"swc">>,
  {git,"https://example.test/swc.git",
       {ref,"4835239d"}},
  0}]}.""",
    )
    assert [(one.key, one.facts) for one in found.values()] == [
        ("certifi@2.9.0", {}),
        ("swc@", {"revision": "4835239d"}),
    ]


def test_pods_and_their_subspecs_are_listed_with_edges() -> None:
    found = read(
        swift.extract_podfile_lock,
        b"""
PODS:
  - AppCenter (4.2.0):
    - AppCenter/Core (= 4.2.0)
    - Elsewhere
  - AppCenter/Core (4.2.0)
DEPENDENCIES:
  - AppCenter (~> 4)
""",
    )
    assert {name: (one.relation, one.depends_on) for name, one in found.items()} == {
        "AppCenter": ("direct", ("AppCenter/Core@4.2.0",)),
        "AppCenter/Core": ("indirect", ()),
    }


@pytest.mark.parametrize(
    "data",
    [
        b'{"version": 2, "pins": [{"location": "https://example.test/apple/x.git", "state": {"version": "1.0"}}]}',
        b'{"object": {"pins": [{"repositoryURL": "git@example.test:apple/x", "state": {"branch": "1.0"}}]}}',
    ],
)
def test_swift_pins_are_named_by_their_repository(data: bytes) -> None:
    (package,) = read(swift.extract_package_resolved, data).values()
    assert (package.key, package.lines) == ("example.test/apple/x@1.0", (1, 1))


def test_stack_and_cabal_name_packages_of_hackage() -> None:
    stack = b"""
packages:
- completed: {hackage: "postgresql-libpq-0.10.1.0@sha256:abc,3166"}
- original: {hackage: fuzzyset-0.2.4}
- completed: {git: "https://example.test/x"}
"""
    assert [one.key for one in read(haskell.extract_stack_lock, stack).values()] == [
        "postgresql-libpq@0.10.1.0",
        "fuzzyset@0.2.4",
    ]
    freeze = b"constraints: any.Cabal ==3.2.1.0,\n  any.base installed,\n  -- note\n  tls +compat, foo ==2.4\n"
    assert [(one.key, one.lines) for one in read(haskell.extract_cabal_freeze, freeze).values()] == [
        ("Cabal@3.2.1.0", (1, 1)),
        ("foo@2.4", (4, 4)),
    ]


def test_renv_keeps_to_repositories_that_number_as_cran_does() -> None:
    found = read(
        r_language.extract_renv_lock,
        b"""{"Packages": {"a": {"Package": "a", "Version": "1.0", "Source": "Repository", "Repository": "CRAN"},
        "b": {"Package": "b", "Version": "2.0", "Source": "GitHub", "Repository": "CRAN"},
        "c": {"Package": "c"}, "d": 1}}""",
    )
    assert [one.key for one in found.values()] == ["a@1.0"]


def test_only_an_installed_r_description_counts() -> None:
    text = b"Package: stringr\nVersion: 1.5.0\nLicense: MIT + file LICENSE\nURL: https://example.test, https://b\n"
    assert read(r_language.extract_description, text) == {}
    (package,) = read(r_language.extract_description, text + b"Built: R 4.3.0; ; 2023; unix\n").values()
    assert (package.key, package.licenses, package.homepage) == (
        "stringr@1.5.0",
        ("MIT + file LICENSE",),
        "https://example.test",
    )


def test_julias_standard_library_has_julias_version() -> None:
    found = read(
        julia.extract_manifest,
        b"""julia_version = "1.8.5"
manifest_format = "2.0"

[[deps.Dates]]
deps = ["Printf", "Missing"]
uuid = "u1"

[[deps.Printf]]
uuid = "u2"
version = "1.2"
git-tree-sha1 = "t"
""",
    )
    assert [(one.key, one.lines) for one in found.values()] == [("Dates@1.8.5", (4, 6)), ("Printf@1.2", (8, 11))]
    assert found["Dates"].depends_on == ("Printf@1.2",)
    assert found["Printf"].facts == {"uuid": "u2", "tree": "t"}


def test_julia_entries_of_one_name_are_told_apart_by_uuid() -> None:
    data = b"""[[Foo]]\nuuid = "1"\nversion = "1"\n[[Foo]]\nuuid = "2"\nversion = "2"
[[Bar]]\nuuid = "3"\ndeps = ["Foo"]\n[[Baz]]\nuuid = "4"\n[Baz.deps]\nFoo = "2"\n"""
    found = list(julia.extract_manifest(File("Manifest.toml", data)))
    assert [(one.key, one.depends_on) for one in found] == [
        ("Foo@1", ()),
        ("Foo@2", ()),
        ("Bar@", ()),
        ("Baz@", ("Foo@2",)),
    ]


def test_installed_conda_packages_carry_licence_and_build() -> None:
    data = b"""{"name": "libgomp", "version": "11.2.0", "license": "GPL-3.0-only", "md5": "m", "sha256": "s",
    "build": "h1234567_1", "channel": "https://example.test/main", "subdir": "linux-64", "files": []}"""
    package = read(conda.extract_installed, data)["libgomp"]
    assert (package.version, package.licenses, package.arch) == ("11.2.0", ("GPL-3.0-only",), "linux-64")
    assert package.checksums == ("md5:m", "sha256:s")
    assert package.facts == {"build": "h1234567_1", "channel": "https://example.test/main"}


def test_wanted_conda_packages_have_versions_only_where_they_are_exact() -> None:
    data = b"""
dependencies:
  - python=3.10
  - conda-forge::numpy=1.21.0=py310
  - scipy>=1.7
  - pip
  - pip: ["requests[socks]==2.31.0 ; python_version > '3'", "flask>=2"]
"""
    found = list(conda.extract_environment(File("environment.yml", data)))
    assert [(one.type, one.key) for one in found] == [
        ("conda", "python@3.10"),
        ("conda", "numpy@1.21.0"),
        ("conda", "scipy@"),
        ("conda", "pip@"),
        ("pypi", "requests@2.31.0"),
        ("pypi", "flask@"),
    ]


@pytest.mark.parametrize(
    ("extract", "data"),
    [
        (conan.extract_conan_lock, b"null"),
        (conan.extract_conan_lock, b'{"graph_lock": {"nodes": {"0": 1}}}'),
        (conda.extract_installed, b"{}"),
        (conda.extract_environment, b"text"),
        (conda.extract_environment, b"dependencies: [1]"),
        (conda.extract_environment, b"dependencies: [{pip: x}]"),
        (dart.extract_pubspec_lock, b"- list"),
        (haskell.extract_stack_lock, b""),
        (julia.extract_manifest, b"not toml!"),
        (r_language.extract_renv_lock, b"{}"),
        (swift.extract_podfile_lock, b"7"),
        (swift.extract_package_resolved, b'{"pins": {}}'),
    ],
)
def test_other_documents_are_refused(extract: Callable[[File], Iterable[Any]], data: bytes) -> None:
    with pytest.raises(CorruptInput):
        list(extract(File("x", data)))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("conan.lock", "conan"),
        ("opt/conda/conda-meta/zlib-1.2.11-h90dfc92_1014.json", "conda-pkg"),
        ("opt/conda/conda-meta/history", ""),
        ("package.json", ""),
        ("environment.yml", "conda-environment"),
        ("pubspec.lock", "pub"),
        ("mix.lock", "hex"),
        ("rebar.lock", "rebar"),
        ("stack.yaml.lock", "stack"),
        ("cabal.project.freeze", "cabal"),
        ("Manifest.toml", "julia"),
        ("renv.lock", "renv"),
        ("usr/lib/R/library/base/DESCRIPTION", "r-pkg"),
        ("Podfile.lock", "cocoapods"),
        ("Package.resolved", "swift"),
    ],
)
def test_files_are_wanted_by_name(path: str, name: str) -> None:
    extractors: list[Extractor] = [one for module in MODULES for one in module.EXTRACTORS]
    assert [one.name for one in Dispatcher(extractors).wanted(path)] == ([name] if name else [])


def test_a_pub_entry_without_version_is_a_gap() -> None:
    (gap,) = dart.extract_pubspec_lock(File("pubspec.lock", b"packages:\n  odd: 7\n"))
    assert isinstance(gap, Gap)
    assert gap.reason == "the entry 'odd' has no version"
    with pytest.raises(CorruptInput):
        read(dart.extract_pubspec_lock, b"packages: [a]\n")


def test_a_mix_entry_of_an_unknown_form_is_a_gap() -> None:
    lock = b'%{\n  "a": {:hex, :a, "1.0", "0a", [:mix], [], "hexpm", "0b"},\n  "b": {:svn, "x"},\n}\n'
    package, gap = sorted(elixir.extract_mix_lock(File("mix.lock", lock)), key=lambda item: isinstance(item, Gap))
    assert isinstance(package, Package)
    assert isinstance(gap, Gap)
    assert (package.key, gap.reason) == ("a@1.0", "line 3: an entry of an unknown form")
