from __future__ import annotations

import threading

import pytest

from sekisho.errors import CorruptInput
from sekisho.source.ahead import AHEAD, ReadAhead


def chunks(*parts: bytes) -> ReadAhead:
    waiting = iter([*parts, b""])
    return ReadAhead(lambda: next(waiting))


def test_chunks_come_in_order_and_end_once() -> None:
    ahead = chunks(b"a", b"b", b"c")
    assert [ahead.read() for _ in range(5)] == [b"a", b"b", b"c", b"", b""]
    ahead.close()


def test_a_failure_is_raised_where_its_chunk_is_due() -> None:
    parts = iter([b"a"])

    def read() -> bytes:
        for part in parts:
            return part
        raise CorruptInput("damaged")

    ahead = ReadAhead(read)
    assert ahead.read() == b"a"
    with pytest.raises(CorruptInput, match="damaged"):
        ahead.read()
    assert ahead.read() == b""
    ahead.close()


def test_no_more_than_a_few_chunks_wait() -> None:
    count = 0
    started = threading.Event()

    def read() -> bytes:
        nonlocal count
        count += 1
        if count > AHEAD:
            started.set()
        return b"x"

    ahead = ReadAhead(read)
    assert started.wait(5)
    ahead.close()
    assert count <= AHEAD + 2 + AHEAD


def test_closing_early_ends_the_thread() -> None:
    ahead = ReadAhead(lambda: b"endless")
    ahead.close()
    assert not any(thread.name == "sekisho-read-ahead" and thread.is_alive() for thread in threading.enumerate())
