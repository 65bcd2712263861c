from __future__ import annotations

import pytest

from sekisho.report.paint import MAX_SEEN, Painter, Word, safe, wrap


@pytest.mark.parametrize("text", ["\x1b[2J", "a\rb", "\u202eevil", "\x9b31m", "line\nline", "\u200b"])
def test_invisible_characters_are_replaced(text: str) -> None:
    assert safe(text).isprintable()
    assert len(safe(text)) == len(text)


def test_ordinary_text_stays() -> None:
    assert safe("Übergröße 関所 1.2-3") == "Übergröße 関所 1.2-3"


def test_endless_names_are_cut() -> None:
    assert safe("x" * 10_000) == "x" * (MAX_SEEN - 1) + "…"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://x/\x1b\\evil", "https://ex\u00e4mple", ""])
def test_harmful_addresses_are_no_links(url: str) -> None:
    assert Painter(colour=False, links=True).link("text", url) == "text"


def test_wrapping_counts_what_is_seen() -> None:
    words = [Word("four", "\x1b[1mfour\x1b[0m")] * 3
    assert wrap(words, 10, "") == [f"{words[0].sent} {words[0].sent}", words[0].sent]


def test_a_word_longer_than_a_line_has_one_to_itself() -> None:
    assert wrap([Word("aa", "aa"), Word("b" * 9, "b" * 9), Word("cc", "cc")], 6, " ") == [" aa", " " + "b" * 9, " cc"]


def test_nothing_to_wrap_gives_no_line() -> None:
    assert wrap([], 10, "  ") == []
