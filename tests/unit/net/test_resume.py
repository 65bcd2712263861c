from __future__ import annotations

from io import BytesIO

import pytest

from sekisho.errors import BoundExceeded, SourceError, Unreachable
from sekisho.net.response import Response
from sekisho.net.resume import ResumingStream

CONTENT = bytes(range(256)) * 4
LENGTH = len(CONTENT)


class Server:
    """Serves CONTENT and cuts the n-th answer after ``cuts[n]`` bytes."""

    def __init__(self, *cuts: int, ranges: bool = True, content_range: str = "") -> None:
        self.cuts = list(cuts)
        self.ranges = ranges
        self.content_range = content_range
        self.asked: list[int] = []

    def ask(self, offset: int) -> Response:
        self.asked.append(offset)
        start = offset if self.ranges else 0
        body = CONTENT[start : start + self.cuts.pop(0)] if self.cuts else CONTENT[start:]
        headers = {"Content-Length": str(LENGTH - start)}
        if offset and self.ranges:
            headers["Content-Range"] = self.content_range or f"bytes {offset}-{LENGTH - 1}/{LENGTH}"
            return Response(206, headers, BytesIO(body))
        return Response(200, headers, BytesIO(body))


def stream(server: Server, size: int = LENGTH, progress: int = 1 << 20) -> ResumingStream:
    return ResumingStream(server.ask, size=size, progress=progress, sleep=lambda _: None, chance=lambda: 0.0)


def whole(source: ResumingStream) -> bytes:
    parts = iter(lambda: source.read(100), b"")
    return b"".join(parts)


def test_a_whole_body_is_asked_for_once() -> None:
    server = Server()
    assert whole(stream(server)) == CONTENT
    assert server.asked == [0]


def test_a_broken_body_goes_on_where_it_broke() -> None:
    server = Server(300, 200)
    assert whole(stream(server)) == CONTENT
    assert server.asked == [0, 300, 500]


def test_a_server_without_ranges_is_read_again_from_the_start() -> None:
    server = Server(300, ranges=False)
    assert whole(stream(server)) == CONTENT
    assert server.asked == [0, 300]


def test_a_body_without_announced_length_is_held_to_the_known_size() -> None:
    answers = [Response(200, {}, BytesIO(CONTENT[:10])), Response(200, {}, BytesIO(CONTENT))]
    source = ResumingStream(lambda _: answers.pop(0), size=LENGTH, sleep=lambda _: None)
    assert whole(source) == CONTENT


def test_a_wrong_range_is_not_glued_on() -> None:
    server = Server(300, content_range=f"bytes 299-{LENGTH - 1}/{LENGTH}")
    with pytest.raises(SourceError, match="wrong range"):
        whole(stream(server))


def test_a_server_that_brings_nothing_new_is_given_up() -> None:
    server = Server(300, 0, 0, 0, 0)
    with pytest.raises(Unreachable):
        whole(stream(server))
    assert server.asked == [0, 300, 300]


def test_a_line_that_always_breaks_is_given_up() -> None:
    server = Server(*[1] * 100)
    with pytest.raises(Unreachable):
        whole(stream(server, progress=1))
    assert len(server.asked) == 21


def test_a_server_that_brings_next_to_nothing_is_given_up() -> None:
    server = Server(*[1] * 100)
    with pytest.raises(Unreachable):
        whole(stream(server, progress=2))
    assert server.asked == [0, 1, 2]


def test_patience_is_renewed_by_progress() -> None:
    server = Server(100, 1, 100, 1, 100, 1)
    assert whole(stream(server, progress=50)) == CONTENT


def test_waits_grow_between_fruitless_tries() -> None:
    waits: list[float] = []
    source = ResumingStream(Server(300, 0, 0).ask, size=LENGTH, sleep=waits.append, chance=lambda: 1.0)
    with pytest.raises(Unreachable):
        whole(source)
    assert waits == [0.5, 1.0]


def test_more_bytes_than_promised_are_refused() -> None:
    with pytest.raises(BoundExceeded, match="larger than the 100 bytes"):
        whole(stream(Server(), size=100))


def test_a_body_that_shrank_is_not_trusted() -> None:
    answers = [Response(200, {"Content-Length": "1024"}, BytesIO(CONTENT[:300])), Response(200, {}, BytesIO(b"short"))]
    source = ResumingStream(lambda _: answers.pop(0), size=LENGTH, sleep=lambda _: None)
    with pytest.raises(SourceError, match="became shorter"):
        whole(source)
