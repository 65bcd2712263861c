from __future__ import annotations

import msgspec
import pytest

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats.json_document import decode_json, decode_json_as, decode_jsonc, plain_json


def test_a_fault_is_told_by_line_and_column() -> None:
    with pytest.raises(CorruptInput, match=r"invalid character at line 3, column 8"):
        decode_json(b'{\n  "a": 1,\n  "b": x\n}')


def test_bytes_that_are_not_utf8_do_not_lose_the_document() -> None:
    assert decode_json(b'{"author": "Jos\xe9"}') == {"author": "Jos\ufffd"}


def test_a_byte_order_mark_is_passed_over() -> None:
    assert decode_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize("decode", [decode_json, decode_jsonc])
def test_deep_nesting_is_refused_and_not_followed(decode) -> None:
    with pytest.raises(CorruptInput, match="nested too deeply"):
        decode(b"[" * 100_000)


@pytest.mark.parametrize("decode", [decode_json, decode_jsonc])
def test_a_document_beyond_the_bound_is_refused_before_it_is_read(decode) -> None:
    with pytest.raises(BoundExceeded, match="of 3 bytes is larger than 2"):
        decode(b"[1]", 2)


def test_another_shape_than_the_one_asked_for_is_corrupt() -> None:
    decoder = msgspec.json.Decoder(dict[str, int])
    assert decode_json_as(decoder, b'{"a": 1}') == {"a": 1}
    with pytest.raises(CorruptInput, match="not the expected JSON"):
        decode_json_as(decoder, b"[1]")


def test_comments_and_trailing_commas_are_allowed_in_jsonc() -> None:
    text = b"""{
      // a comment, with a comma
      "a": [1, 2,], /* and
      one of two lines */ "b": {"c": 3,},
    }"""
    assert decode_jsonc(text) == {"a": [1, 2], "b": {"c": 3}}


def test_what_looks_like_a_comment_inside_a_string_stays() -> None:
    text = rb'{"url": "https://example.test/*", "q": "\"//,]", "t": ",}"}'
    assert decode_jsonc(text) == {"url": "https://example.test/*", "q": '"//,]', "t": ",}"}


def test_blanking_keeps_every_line_and_column() -> None:
    assert plain_json(b"[1, // one\n2,]") == b"[1,       \n2 ]"


def test_an_unclosed_comment_is_corrupt_and_read_once() -> None:
    with pytest.raises(CorruptInput):
        decode_jsonc(b"/*" * 200_000)
