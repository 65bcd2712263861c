from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest

from sekisho.errors import BoundExceeded, CorruptInput, NotFound, SourceError, Unauthorized, Unreachable
from sekisho.net.download import Downloaded, download
from sekisho.net.http import HttpTransport
from sekisho.net.retry import Retry
from tests.simulators.web import Answer, Asked, WebSimulator

CONTENT = b'{"id": "OSV-1"}' * 1000
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"


@pytest.fixture
def transport() -> Iterator[HttpTransport]:
    transport = HttpTransport({}, timeout=5.0, retry=Retry(attempts=2, base=0.0), sleep=lambda _: None)
    yield transport
    transport.close()


def test_a_file_comes_with_what_identifies_it(transport: HttpTransport) -> None:
    with WebSimulator(lambda _: Answer(200, CONTENT, {"ETag": '"1"', "Last-Modified": DATE})) as web:
        assert download(transport, f"{web.url}/all.json", max_size=1 << 20) == Downloaded(CONTENT, '"1"', DATE, 200)
        assert {"if-none-match", "if-modified-since"} & set(web.asked[0].headers) == set()


def test_an_unchanged_file_is_not_sent_again(transport: HttpTransport) -> None:
    def answer(asked: Asked) -> Answer:
        same = asked.headers.get("if-none-match") == '"1"' and asked.headers.get("if-modified-since") == DATE
        return Answer(304) if same else Answer(200, CONTENT)

    with WebSimulator(answer) as web:
        known = download(transport, web.url, etag='"1"', last_modified=DATE, max_size=1 << 20)
    assert known == Downloaded(None, '"1"', DATE, 304)


def test_not_modified_is_no_answer_to_somebody_who_has_nothing(transport: HttpTransport) -> None:
    with WebSimulator(lambda _: Answer(304)) as web, pytest.raises(SourceError, match="HTTP 304"):
        download(transport, web.url, max_size=1 << 20)


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, NotFound), (403, Unauthorized), (429, Unreachable), (500, Unreachable), (418, SourceError)],
)
def test_a_refusal_is_an_error(transport: HttpTransport, status: int, error: type[SourceError]) -> None:
    with WebSimulator(lambda _: Answer(status)) as web, pytest.raises(SourceError, match=f"HTTP {status}") as caught:
        download(transport, web.url, max_size=1)
    assert type(caught.value) is error


def test_a_file_larger_than_its_bound_is_refused(transport: HttpTransport) -> None:
    for headers in ({}, {"ETag": '"1"'}):
        with WebSimulator(lambda _, h=headers: Answer(200, CONTENT, h)) as web, pytest.raises(BoundExceeded):
            download(transport, web.url, max_size=len(CONTENT) - 1)


def test_an_unannounced_flood_is_refused(transport: HttpTransport) -> None:
    chunk = b"2710\r\n" + b"x" * 10_000 + b"\r\n"
    flood = Answer(200, chunk * 50, {"Transfer-Encoding": "chunked", "ETag": '"1"'})
    with (
        WebSimulator(lambda _: flood._replace(headers=flood.headers | {"Content-Length": ""})) as web,
        pytest.raises(BoundExceeded, match="larger than"),
    ):
        download(transport, web.url, max_size=100_000)


def test_text_travels_packed(transport: HttpTransport) -> None:
    packed = Answer(200, gzip.compress(CONTENT), {"Content-Encoding": "gzip"})
    with WebSimulator(lambda a: packed if a.headers["accept-encoding"] == "gzip" else Answer(500)) as web:
        assert download(transport, f"{web.url}/all.json", max_size=1 << 20).body == CONTENT


def test_a_packed_file_stays_as_it_is(transport: HttpTransport) -> None:
    packed = gzip.compress(CONTENT)
    with WebSimulator(
        lambda a: Answer(200, packed) if a.headers["accept-encoding"] == "identity" else Answer(500)
    ) as web:
        assert download(transport, f"{web.url}/epss.csv.gz?d=1", max_size=1 << 20).body == packed


def test_a_packed_bomb_is_refused(transport: HttpTransport) -> None:
    bomb = Answer(200, gzip.compress(b"\0" * 1_000_000), {"Content-Encoding": "gzip"})
    with WebSimulator(lambda _: bomb) as web, pytest.raises(BoundExceeded, match="unpacks to more"):
        download(transport, web.url, max_size=100_000)


@pytest.mark.parametrize(
    "damage",
    [gzip.compress(CONTENT)[:-20], gzip.compress(CONTENT) + gzip.compress(b"more"), b"not gzip at all", b""],
    ids=["truncated", "followed by more", "another format", "nothing"],
)
def test_damaged_packing_is_refused(transport: HttpTransport, damage: bytes) -> None:
    answer = Answer(200, damage, {"Content-Encoding": "gzip"})
    with WebSimulator(lambda _: answer) as web, pytest.raises(CorruptInput, match="gzip"):
        download(transport, web.url, max_size=1 << 20)


def ranged(asked: Asked, etag: str, cut: int) -> Answer:
    """Serves CONTENT; whole answers break after ``cut`` bytes."""
    if "range" not in asked.headers or asked.headers.get("if-range") != etag:
        return Answer(200, CONTENT, {"ETag": etag}, cut=cut)
    start = int(asked.headers["range"].removeprefix("bytes=").rstrip("-"))
    span = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
    return Answer(206, CONTENT[start:], {"ETag": etag, "Content-Range": span})


def test_a_broken_download_goes_on(transport: HttpTransport) -> None:
    with WebSimulator(lambda asked: ranged(asked, '"1"', 5000)) as web:
        assert download(transport, web.url, max_size=1 << 20).body == CONTENT
        assert [asked.headers.get("range") for asked in web.asked] == [None, "bytes=5000-"]


def test_a_file_that_changed_meanwhile_is_not_glued_together(transport: HttpTransport) -> None:
    etags = iter(['"1"', '"2"'])
    with (
        WebSimulator(lambda asked: ranged(asked, next(etags), 5000)) as web,
        pytest.raises(SourceError, match="changed while"),
    ):
        download(transport, web.url, max_size=1 << 20)


def test_a_broken_download_without_a_strong_etag_is_an_error(transport: HttpTransport) -> None:
    for etag in ("", 'W/"1"'):
        with WebSimulator(lambda _, e=etag: Answer(200, CONTENT, {"ETag": e}, cut=100)) as web:
            with pytest.raises(Unreachable):
                download(transport, web.url, max_size=1 << 20)
            assert len(web.asked) == 1
