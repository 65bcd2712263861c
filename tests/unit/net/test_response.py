from __future__ import annotations

from io import BytesIO

import pytest

from sekisho.errors import BoundExceeded, Unreachable
from sekisho.net.response import Response, without_secrets


def test_headers_are_found_in_any_case() -> None:
    response = Response(200, {"ETag": '"a"'}, BytesIO())
    assert (response.header("etag"), response.header("ETAG"), response.header("nothing")) == ('"a"', '"a"', "")


def test_a_body_is_read_whole_within_its_bound() -> None:
    assert Response(200, {}, BytesIO(b"abc")).body(3) == b"abc"


def test_a_body_larger_than_its_bound_is_refused() -> None:
    with pytest.raises(BoundExceeded, match="larger than the 2 bytes"):
        Response(200, {}, BytesIO(b"abc")).body(2)


def test_a_body_that_announces_too_much_is_not_read_at_all() -> None:
    body = BytesIO(b"abc")
    with pytest.raises(BoundExceeded, match="announces 3 bytes"):
        Response(200, {"Content-Length": "3"}, body).body(2)
    assert body.tell() == 0


def test_a_body_that_ends_early_is_a_broken_connection() -> None:
    with pytest.raises(Unreachable, match="after 3 of 5 bytes"):
        Response(200, {"Content-Length": "5"}, BytesIO(b"abc")).body(10)


@pytest.mark.parametrize("length", ["-1", "x", "", "1e3", "9" * 30])
def test_a_content_length_that_is_no_number_is_unknown(length: str) -> None:
    assert Response(200, {"Content-Length": length}, BytesIO()).length is None


def test_not_modified_has_no_body_whatever_it_announces() -> None:
    assert Response(304, {"Content-Length": "5"}, BytesIO()).body(10) == b""


class Dripping:
    """One byte a second."""

    def __init__(self) -> None:
        self.time = 0.0

    def read1(self, size: int, /) -> bytes:
        self.time += 1.0
        return b"x"

    def close(self) -> None: ...


def test_a_server_that_only_drips_is_given_up() -> None:
    body = Dripping()
    with pytest.raises(Unreachable, match="less than"):
        Response(200, {}, body, timeout=10.0, clock=lambda: body.time).body(1000)
    assert body.time == 10.0


def test_a_slow_reader_is_not_blamed_on_the_server() -> None:
    now = iter(range(0, 10_000, 1000))
    times = [0.0]

    def clock() -> float:
        return times[0]

    response = Response(200, {}, BytesIO(b"x" * 8), timeout=10.0, clock=clock)
    for _ in range(8):
        times[0] = float(next(now))
        assert response.read(1) == b"x"


def test_urls_in_messages_carry_no_secrets() -> None:
    assert without_secrets("https://user:pw@cdn.test/blob?X-Signature=abc") == "https://cdn.test/blob"
    assert without_secrets("https://cdn.test") == "https://cdn.test"
