from __future__ import annotations

import pytest

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats.toml_document import MAX_KEY_PARTS, decode_toml


def test_tables_come_back_as_dicts() -> None:
    assert decode_toml(b'[[package]]\nname = "a"\n') == {"package": [{"name": "a"}]}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"a\n", "line 1, column 2"),
        (b"a = 2020-99-99", "not TOML"),
        (b"a = " + b"1" * 6000, "not TOML"),
        (b"a = " + b"[" * 100_000, "nested too deeply"),
        (b"[a]\n[a]\n", "not TOML"),
    ],
)
def test_broken_documents_are_corrupt_with_a_reason(text: bytes, reason: str) -> None:
    with pytest.raises(CorruptInput, match=reason):
        decode_toml(text)


@pytest.mark.parametrize("separator", [b".", b" . ", b"\t.\t"])
def test_a_key_of_endless_parts_is_refused(separator: bytes) -> None:
    with pytest.raises(BoundExceeded, match="more than 100 parts"):
        decode_toml(separator.join([b"a"] * (MAX_KEY_PARTS + 2)) + b" = 1")


def test_many_dots_in_a_line_are_no_long_key() -> None:
    line = ", ".join(f'"https://files.example.test/{at}.tar.gz"' for at in range(100))
    assert len(decode_toml(f"files = [{line}]".encode())["files"]) == 100


def test_a_document_beyond_the_bound_is_refused() -> None:
    with pytest.raises(BoundExceeded):
        decode_toml(b"a = 1", 4)
