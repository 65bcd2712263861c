from __future__ import annotations

import pytest
import yaml

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats import yaml_document
from sekisho.formats.yaml_document import MAX_YAML_DEPTH, decode_yaml, decode_yaml_text

LOCK = b"""\
lockfileVersion: 5.10
packages:
  /a/1.10:
    resolution: {integrity: sha512-x, tarball: 'file:a'}
    dev: true
    cpu: [x64, arm]
    note: |
      two
      lines
"""


def test_text_reading_keeps_every_scalar_as_it_is_written() -> None:
    (document,) = decode_yaml_text(LOCK)
    assert document["lockfileVersion"] == "5.10"
    assert document["packages"]["/a/1.10"]["dev"] == "true"
    assert document == yaml.load(LOCK, Loader=yaml.BaseLoader)  # noqa: S506 - the base loader makes text only


def test_typed_reading_knows_the_core_schema() -> None:
    text = b"a: 1\nb: 1.5\nc: true\nd: ~\ne:\nf: no\ng: 2024-01-01\nh: '1'\ni: -1e3\nj: null"
    assert decode_yaml(text) == {
        "a": 1,
        "b": 1.5,
        "c": True,
        "d": None,
        "e": None,
        "f": "no",
        "g": "2024-01-01",
        "h": "1",
        "i": -1000.0,
        "j": None,
    }


def test_every_document_is_read_as_text_and_the_first_when_typed() -> None:
    assert decode_yaml_text(b"a: 1\n---\nb: 2\n") == [{"a": "1"}, {"b": "2"}]
    assert decode_yaml(b"a: 1\n---\nb: 2\n") == {"a": 1}


def test_an_empty_file_has_no_document() -> None:
    assert decode_yaml_text(b"") == []
    assert decode_yaml(b"# nothing\n") is None


def test_an_alias_is_refused_by_its_line() -> None:
    with pytest.raises(CorruptInput, match="an alias at line 2"):
        decode_yaml(b"a: &x [1]\nb: *x\n")


@pytest.mark.parametrize("opening", [b"[", b"{a: ", b"- ", b"? "])
def test_nesting_is_bounded(opening: bytes) -> None:
    with pytest.raises(BoundExceeded, match=f"more than {MAX_YAML_DEPTH} deep"):
        decode_yaml(opening * 100_000)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"a: b: c", "line 1, column 5"),
        (b"a: [1", "not YAML"),
        (b"\x00", "not YAML"),
        (b"? [a]\n: b", "not a scalar"),
    ],
)
def test_broken_documents_are_corrupt_with_a_reason(text: bytes, reason: str) -> None:
    with pytest.raises(CorruptInput, match=reason):
        decode_yaml(text)


@pytest.mark.parametrize("text", [b"%TAG !a! b\n" * 100, b"--- {}\n" * 200])
def test_what_libyaml_reads_in_quadratic_time_is_bounded(text: bytes) -> None:
    with pytest.raises(BoundExceeded):
        decode_yaml_text(text)


def test_a_document_beyond_the_bound_is_refused() -> None:
    with pytest.raises(BoundExceeded):
        decode_yaml(b"a: 1", 3)


def test_the_python_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_document, "_events", lambda text: yaml.SafeLoader(text).get_event)
    assert decode_yaml_text(LOCK) == [yaml.load(LOCK, Loader=yaml.BaseLoader)]  # noqa: S506
    with pytest.raises(CorruptInput, match="not YAML"):
        decode_yaml_text(b"a: [")
