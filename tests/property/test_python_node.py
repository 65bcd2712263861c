"""Whatever the bytes are, an extractor yields items or calls the file corrupt; it never crashes and never hangs."""

from __future__ import annotations

import json
from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.errors import CorruptInput
from sekisho.formats.json_document import decode_json, decode_jsonc
from sekisho.formats.toml_document import decode_toml
from sekisho.formats.yaml_document import decode_yaml, decode_yaml_text
from sekisho.inventory.language import (
    bun_lock,
    node_installed,
    npm_lock,
    pnpm_lock,
    python_installed,
    python_pdm,
    python_pipenv,
    python_poetry,
    python_pylock,
    python_requirements,
    python_uv,
    yarn_lock,
)
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.inventory import Gap
from sekisho.model.package import Package

MODULES = (bun_lock, node_installed, npm_lock, pnpm_lock, python_pdm, python_pipenv, python_poetry, python_pylock)
EXTRACTORS = [
    e for module in (*MODULES, python_requirements, python_uv, yarn_lock, python_installed) for e in module.EXTRACTORS
]
JSON_EXTRACTORS = [e for module in (bun_lock, node_installed, npm_lock, python_pipenv) for e in module.EXTRACTORS]
TOML_EXTRACTORS = [e for module in (python_pdm, python_poetry, python_pylock, python_uv) for e in module.EXTRACTORS]

VOCABULARY = (
    "packages package dependencies devDependencies optionalDependencies peerDependencies workspaces default develop "
    "name version resolved link dev license licenses type requires resolution integrity snapshots importers groups "
    "category source files hash wheels sdist metadata tarball commit author homepage repository lockfileVersion . a b "
    "a@1 @s/a node_modules/a node_modules/a/node_modules/b /a/1.0.0 a@1.0.0(b@1) workspace:. npm:b@1 ==1.0 sha512-AA== "
    "9.0 5.4 1.0"
)
WORDS = VOCABULARY.split()
KEYS = st.sampled_from(WORDS) | st.text(max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False) | KEYS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)
DOCUMENTS = st.dictionaries(st.sampled_from(WORDS), VALUES, max_size=8)
LINE = st.sampled_from(
    """# x|a@1:|"@s/a@^1", a@2:|? "a@npm:1"|:|  version "1.0"|  version: 1.0|  dependencies:|    b "2"|    b: npm:2|
  resolution: a@workspace:.|__metadata:||Name: a|Version: 1| folded|License: MIT|Classifier: License :: MIT|a==1.0|
a[x]==1 \\|--hash=sha256:00|-r b|a: &x|b: *x|- a|---|? a|%YAML 1.1|[[package]]|name = "a"|a.b.c = {x = [1]}|{|}|[|],|
//|/*""".replace("|\n", "|").split("|")
)
LINES = st.lists(LINE | st.text(max_size=12), max_size=20).map("\n".join)


def outcome(extractor: Extractor, data: bytes) -> list[object]:
    beside = dict.fromkeys(extractor.siblings, data)
    try:
        return list(extractor.extract(File("some/file", data, siblings=beside)))
    except CorruptInput as error:
        return [error]


def check(extractor: Extractor, data: bytes) -> None:
    items = outcome(extractor, data)
    assert all(isinstance(item, Package | Gap | CorruptInput) for item in items)
    found = [item for item in items if isinstance(item, Package)]
    assert len({package.key for package in found}) == len(found)
    assert all(package.name and package.found_by == extractor.name for package in found)
    assert all(type(text) is str for package in found for text in (package.name, package.version, *package.depends_on))
    assert outcome(extractor, data)[:1] == items[:1] or isinstance(items[0], CorruptInput)


@pytest.mark.parametrize("extractor", EXTRACTORS, ids=lambda extractor: extractor.name)
@given(data=st.binary(max_size=300))
def test_random_bytes(extractor: Extractor, data: bytes) -> None:
    check(extractor, data)


@pytest.mark.parametrize("extractor", EXTRACTORS, ids=lambda extractor: extractor.name)
@given(text=LINES)
def test_lines_of_every_format(extractor: Extractor, text: str) -> None:
    check(extractor, text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("extractor", [*JSON_EXTRACTORS, *pnpm_lock.EXTRACTORS], ids=lambda extractor: extractor.name)
@given(document=DOCUMENTS)
def test_documents_with_the_right_words_in_the_wrong_places(extractor: Extractor, document: object) -> None:
    check(extractor, json.dumps(document, indent=1).encode())


@pytest.mark.parametrize("extractor", TOML_EXTRACTORS, ids=lambda extractor: extractor.name)
@given(tables=st.lists(DOCUMENTS, max_size=5), key=st.sampled_from(["package", "packages"]))
def test_tables_with_the_right_words_in_the_wrong_places(extractor: Extractor, tables: list[object], key: str) -> None:
    check(extractor, f"{key} = {inline(tables)}\n".encode("utf-8", "surrogatepass"))


def inline(value: object) -> str:
    """``value`` as an inline TOML value; null, which TOML lacks, as an empty table."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return "{}" if value is None else json.dumps(value)


@given(cut=st.integers(0, 400), flip=st.integers(0, 400), byte=st.integers(0, 255))
def test_damaged_eggs(cut: int, flip: int, byte: int) -> None:
    body = BytesIO()
    with ZipFile(body, "w") as archive:
        archive.writestr("EGG-INFO/PKG-INFO", "Name: a\nVersion: 1\n")
    data = bytearray(body.getvalue())
    data[flip % len(data)] = byte
    check(python_installed.EXTRACTORS[1], bytes(data[: len(data) - cut] if cut < len(data) else data))


NESTED = [
    b"[",
    b'{"a":',
    b"{a: ",
    b"a = [",
    b"x = {y = ",
    b"- ",
    b"? ",
    b"a: [",
    b'{"dependencies":{"a":',
    b'{"packages":{"a":',
]


@pytest.mark.parametrize("opening", NESTED)
@pytest.mark.parametrize("extractor", EXTRACTORS, ids=lambda extractor: extractor.name)
def test_no_extractor_follows_bottomless_nesting(extractor: Extractor, opening: bytes) -> None:
    check(extractor, opening * 50_000)


@given(data=st.binary(max_size=200) | LINES.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_readers_of_documents_fail_in_one_way_only(data: bytes) -> None:
    for decode in (decode_json, decode_jsonc, decode_toml, decode_yaml, decode_yaml_text):
        try:
            decode(data)
        except CorruptInput as error:
            assert error.message
