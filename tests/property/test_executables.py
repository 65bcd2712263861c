"""Whatever the bytes: a result or CorruptInput, in bounded time."""

from __future__ import annotations

import contextlib
from io import BytesIO

from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.errors import CorruptInput
from sekisho.formats.go_buildinfo import parse_modules
from sekisho.formats.modfile import parse_go_sum, parse_modfile, parse_vendor_modules
from sekisho.inventory.binary.executable import extract
from sekisho.inventory.binary.go import go_packages, ldflags_version
from sekisho.inventory.language.golang import extract_go_mod
from sekisho.inventory.language.rust import extract as extract_cargo
from sekisho.inventory.protocol import File
from sekisho.model.inventory import Gap
from sekisho.model.package import Package
from tests.unit.inventory.binary.programs import audit, elf, inline, macho, pe, pointed, universal

TEXT = (
    'path\ta\nmod\ta\t(devel)\t\ndep\tb\tv1.0.0\th1:b=\n=>\tc\tv1.0.1\th1:c=\nbuild\t-ldflags="-X main.version=1.2.3"\n'
)
CRATES = audit({"name": "a", "version": "1.0.0", "dependencies": [0]})
SEEDS = [
    elf({".go.buildinfo": inline("go1.20", TEXT), ".dep-v0": CRATES}),
    elf({".go.buildinfo": pointed("go1.16", TEXT, wide=False, big=True)}, wide=False, big=True),
    elf({".data": inline("go1.20", TEXT)}, table=False),
    macho({"__go_buildinfo": inline("go1.20", TEXT), ".dep-v0": CRATES}),
    macho({"__go_buildinfo": pointed("go1.16", TEXT, wide=False)}, wide=False, big=True),
    universal(macho({"__go_buildinfo": inline("go1.20", TEXT)}), macho({".dep-v0": CRATES})),
    pe({".data": inline("go1.20", TEXT), ".dep-v0": CRATES}),
    pe({"UPX0": b""}, wide=False),
]
NUMBERS = st.sampled_from([b"\0", b"\xff", b"\xff" * 4, b"\xff" * 8, b"\x7f", b"\0\0\0\x01", b"\x01\0\0\0", b"\x80"])
EDITS = st.lists(st.tuples(st.integers(0, 0x700), NUMBERS | st.binary(min_size=1, max_size=8)), min_size=1, max_size=6)


def check(data: bytes) -> None:
    with contextlib.suppress(CorruptInput):
        for item in extract(File("x", body=BytesIO(data), size=len(data))):
            assert isinstance(item, Package | Gap)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(SEEDS), EDITS)
def test_damaged_programs_are_read_or_refused(seed: bytes, edits: list[tuple[int, bytes]]) -> None:
    data = bytearray(seed)
    for at, value in edits:
        data[at : at + len(value)] = value
    check(bytes(data))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SEEDS), st.integers(0, 0x700))
def test_truncated_programs_are_read_or_refused(seed: bytes, size: int) -> None:
    check(seed[:size])


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([b"\x7fELF\x02\x01", b"\x7fELF\x01\x02", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe\0\0\0"]),
    st.binary(max_size=400),
)
def test_any_bytes_behind_a_magic_are_read_or_refused(magic: bytes, rest: bytes) -> None:
    check(magic + rest)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet='\t\nmodephbuil=>"\\xU`-.v10( )', max_size=200))
def test_any_module_text_gives_packages(text: str) -> None:
    assert all(isinstance(package.version, str) for package in go_packages(parse_modules("go1.20", text), "x"))


@given(st.text(alphabet="-X ='\"main.version1.2", max_size=200))
def test_any_linker_flags_give_a_version_or_none(flags: str) -> None:
    version = ldflags_version(flags, "m")
    assert version == "" or version.startswith("v")


WORDS = st.sampled_from(
    [
        "module",
        "go",
        "require",
        "replace",
        "retract",
        "exclude",
        "=>",
        "(",
        ")",
        "\n",
        "[",
        ",",
        "]",
        '"',
        "`",
        "//",
        "a",
        "v1.0.0",
        " ",
        "# ",
        "## ",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS, max_size=60).map("".join))
def test_any_words_are_a_modfile_or_refused(text: str) -> None:
    parse_go_sum(text)
    parse_vendor_modules(text)
    with contextlib.suppress(CorruptInput):
        parse_modfile(text)
    with contextlib.suppress(CorruptInput):
        assert all(isinstance(item, Package | Gap) for item in extract_go_mod(File("go.mod", text.encode())))


TOML_LINES = st.sampled_from(
    [
        "[[package]]\n",
        "[package]\n",
        "[root]\n",
        'name = "a"\n',
        'version = "1"\n',
        'source = "b"\n',
        "checksum = 3\n",
        'dependencies = ["a", 3]\n',
        "[metadata]\n",
        "[target]\n",
        "target = 1\n",
        "[dev-dependencies]\n",
        "a.workspace = true\n",
    ]
)
DOCUMENTS = st.lists(TOML_LINES, max_size=30).map("".join).map(str.encode)


@settings(max_examples=200, deadline=None)
@given(DOCUMENTS, DOCUMENTS)
def test_any_lock_and_manifest_are_read_or_refused(lock: bytes, manifest: bytes) -> None:
    with contextlib.suppress(CorruptInput):
        found = list(extract_cargo(File("Cargo.lock", lock, siblings={"Cargo.toml": manifest})))
        assert all(isinstance(item, Package | Gap) for item in found)


def test_long_hostile_texts_take_linear_time() -> None:
    many = 20_000
    parse_modfile("// c\n" * many + '"' * 1 + 'a"\n')
    parse_modules("go1.20", "dep\ta\tv1\n=>\tb\tv1\n" * many + 'build\t"' + "\\" * many)
    assert ldflags_version("-X " * many + "-X '" * many, "m") == ""
    assert len(parse_modfile("replace a => b v1\n" * many + "require a v1\n" * many).require) == many
