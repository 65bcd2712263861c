from __future__ import annotations

import msgspec

from sekisho.formats.json_lines import LineFinder

DOCUMENT = b"""{
  "packages": [
    {"name": "a"},
    {
      "name": "b"
    },
    {"name": "a"}
  ]
}"""


def raws(data: bytes) -> list[msgspec.Raw]:
    return msgspec.json.decode(data, type=dict[str, list[msgspec.Raw]])["packages"]


def test_values_are_found_in_order_even_when_equal() -> None:
    finder = LineFinder(DOCUMENT)
    assert [finder.span(raw) for raw in raws(DOCUMENT)] == [(3, 3), (4, 6), (7, 7)]


def test_an_outer_value_can_be_entered() -> None:
    outer = msgspec.json.decode(DOCUMENT, type=dict[str, msgspec.Raw])["packages"]
    finder = LineFinder(DOCUMENT)
    assert finder.enter(outer)
    inner = msgspec.json.decode(bytes(outer), type=list[msgspec.Raw])
    assert finder.span(inner[0]) == (3, 3)


def test_a_value_that_is_not_there_loses_the_place_for_good() -> None:
    finder = LineFinder(DOCUMENT)
    assert finder.span(msgspec.Raw(b'{"name": "x"}')) is None
    assert finder.span(raws(DOCUMENT)[0]) is None
