"""JSON and JSONC documents that somebody else wrote.

What cannot be decoded raises CorruptInput with the line and column of the fault; what is nested deeper than the decoder
can follow is refused the same way. Text that is not UTF-8 is repaired with U+FFFD rather than lost: a stray Latin-1
letter in an author's name does not hide a package.
Source: RFC 8259; JSONC as bun writes its lock file: comments and trailing commas.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats.limits import MAX_JSON_DOCUMENT

_T = TypeVar("_T")
_ANY: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
_BOM = b"\xef\xbb\xbf"
_BYTE = re.compile(r"\(byte (\d+)\)\Z")
_COMMENT = re.compile(r'"(?:[^"\\]++|\\.)*+"?|//[^\n]*+|/\*(?:.*?\*/|.*)', re.DOTALL)
_TRAILING_COMMA = re.compile(r'"(?:[^"\\]++|\\.)*+"?|,(?=\s*+[}\]])', re.DOTALL)
_VISIBLE = re.compile(r"[^\n]")


def decode_json(data: bytes, max_size: int = MAX_JSON_DOCUMENT) -> Any:
    """The document as dicts, lists and scalars; raises BoundExceeded above ``max_size`` bytes, else CorruptInput."""
    return decode_json_as(_ANY, data, max_size)


def decode_json_as(decoder: msgspec.json.Decoder[_T], data: bytes, max_size: int = MAX_JSON_DOCUMENT) -> _T:
    """The document as ``decoder``'s type; a document of another shape is CorruptInput too."""
    if len(data) > max_size:
        raise BoundExceeded(f"a JSON document of {len(data)} bytes is larger than {max_size}")
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _second_try(decoder, data, error)


def decode_jsonc(data: bytes, max_size: int = MAX_JSON_DOCUMENT) -> Any:
    """Like :func:`decode_json`, with comments and trailing commas allowed."""
    return decode_json(plain_json(data, max_size))


def plain_json(data: bytes, max_size: int = MAX_JSON_DOCUMENT) -> bytes:
    """JSONC as UTF-8 JSON: comments and trailing commas are blanked, so every line and column stays where it was."""
    if len(data) > max_size:
        raise BoundExceeded(f"a JSON document of {len(data)} bytes is larger than {max_size}")
    text = data.decode("utf-8-sig", "replace")
    return _TRAILING_COMMA.sub(_keep_string, _COMMENT.sub(_keep_string, text)).encode()


def as_table(value: Any) -> dict[str, Any]:
    """``value`` when it is an object, else an empty one: foreign documents have anything anywhere."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """``value`` when it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: Any) -> str:
    """``value`` when it is text, else the empty text."""
    return value if isinstance(value, str) else ""


def text_at(value: Any, key: str) -> str:
    """The text under ``key`` when ``value`` is an object that has one, else the empty text."""
    return as_text(as_table(value).get(key))


def _keep_string(match: re.Match[str]) -> str:
    """Strings stay; anything else turns into blanks of the same length, so that positions in errors stay true."""
    found = match.group()
    return found if found[0] == '"' else _VISIBLE.sub(" ", found)


def _second_try(decoder: msgspec.json.Decoder[_T], data: bytes, error: Exception) -> _T:
    """Decode without byte-order mark and with bytes that are not UTF-8 replaced, when there are any."""
    if isinstance(error, RecursionError):
        raise CorruptInput("the JSON is nested too deeply") from None
    repaired = data.removeprefix(_BOM).decode("utf-8", "replace").encode()
    if repaired == data:
        raise CorruptInput(_explain(str(error), data)) from None
    try:
        return decoder.decode(repaired)
    except (msgspec.DecodeError, RecursionError) as again:
        raise CorruptInput(_explain(str(again), repaired)) from None


def _explain(message: str, data: bytes) -> str:
    """Say where in the text the decoder stopped, in lines and columns instead of bytes."""
    found = _BYTE.search(message)
    if not found:
        return f"not the expected JSON: {message}"
    at = int(found[1])
    line = data.count(b"\n", 0, at) + 1
    column = at - data.rfind(b"\n", 0, at)
    return f"not JSON: {message[: found.start()].rstrip()} at line {line}, column {column}"
