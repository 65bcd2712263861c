"""An upstream of feeds on loopback: a tree of files over HTTP, with the validators and the failures of real ones.

It refuses what the real ones refuse (no directory listings, 404 for what is not there) and answers conditional requests
as RFC 9110 §13 says: ``If-None-Match`` outranks ``If-Modified-Since``.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any
from urllib.parse import unquote, urlsplit

from sekisho.net.http import HttpTransport


class FeedServer:
    """Files by path (with a leading slash), and how to misbehave for some of them."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.etags = True
        """Static file servers have none; they still answer If-Modified-Since."""
        self.failures: dict[str, list[int]] = {}
        """Path → statuses to answer with, one a request, before the file is served again."""
        self.truncated: dict[str, int] = {}
        """Path → how many bytes to send before the connection breaks; the length stays as promised."""
        self.log: list[tuple[str, int]] = []
        """(path, status) of every answer."""
        self.url = ""
        self._stamps: dict[str, tuple[bytes, float]] = {}
        self._clock = 1_700_000_000.0

    def publish(self, path: str, body: bytes | object) -> None:
        """Put a file in place; anything but bytes is written as JSON. A changed body gets a later date."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        if self.files.get(path) != data:
            self._clock += 60
            self._stamps[path] = (data, self._clock)
        self.files[path] = data

    def withdraw(self, path: str) -> None:
        """Take a file away."""
        self.files.pop(path, None)

    def asked(self, part: str = "") -> list[str]:
        """Paths of the requests since the last :meth:`forget`, those that contain ``part``."""
        return [path for path, _ in self.log if part in path]

    def forget(self) -> None:
        """Start a new log."""
        self.log.clear()

    def etag(self, path: str) -> str:
        """A strong validator."""
        return f'"{hashlib.sha256(self.files[path]).hexdigest()[:16]}"'

    def date(self, path: str) -> str:
        """When the file last changed."""
        return formatdate(self._stamps[path][1], usegmt=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # one segment an answer: two would wait for each other's acknowledgement
    feeds: FeedServer

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        planned = self.feeds.failures.get(path)
        if planned:
            return self._answer(path, planned.pop(0), b"")
        if path not in self.feeds.files:
            return self._answer(path, 404, b"not here")
        headers = {"Last-Modified": self.feeds.date(path)}
        if self.feeds.etags:
            headers["ETag"] = self.feeds.etag(path)
        if self._is_current(path, headers):
            return self._answer(path, 304, b"", headers)
        return self._answer(path, 200, self.feeds.files[path], headers)

    def _is_current(self, path: str, headers: dict[str, str]) -> bool:
        wanted = self.headers.get("If-None-Match")
        if wanted is not None and self.feeds.etags:
            return wanted == headers["ETag"]
        return self.headers.get("If-Modified-Since") == headers["Last-Modified"]

    def _answer(self, path: str, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.feeds.log.append((path, status))
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        limit = self.feeds.truncated.get(path) if status == 200 else None
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # clients are killed on purpose
            self.wfile.write(body if limit is None else body[:limit])
        if limit is not None:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        pass


@contextmanager
def serving() -> Iterator[FeedServer]:
    """A server on a free port of loopback, gone afterwards."""
    feeds = FeedServer()
    handler = type("Handler", (_Handler,), {"feeds": feeds})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        feeds.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield feeds
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def talking() -> Iterator[HttpTransport]:
    """A real transport that does not sleep between attempts."""
    transport = HttpTransport({}, timeout=5, sleep=lambda seconds: None)
    try:
        yield transport
    finally:
        transport.close()


def zip_of(members: dict[str, bytes | object]) -> bytes:
    """A zip; anything but bytes is written as JSON."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(
                zipfile.ZipInfo(name), body if isinstance(body, bytes) else json.dumps(body), zipfile.ZIP_DEFLATED
            )
    return out.getvalue()


def osv(
    id_: str, ecosystem: str, name: str, *, fixed: str = "", introduced: str = "0", **fields: Any
) -> dict[str, Any]:
    """A small OSV record about one package, below ``fixed``."""
    events = [{"introduced": introduced}, *([{"fixed": fixed}] if fixed else [])]
    return {
        "id": id_,
        "modified": "2024-01-01T00:00:00Z",
        "affected": [
            {"package": {"ecosystem": ecosystem, "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
        ],
        **fields,
    }


def publish_bucket(server: FeedServer, ecosystem: str, records: list[dict[str, Any]], *, singles: bool = True) -> None:
    """One ecosystem of OSV.dev: the zip, the list of modifications, and (unless a plain mirror) each record."""
    base = f"/osv-vulnerabilities.storage.googleapis.com/{ecosystem}"
    for path in [path for path in server.files if path.startswith(base)]:
        if path.rpartition("/")[2].removesuffix(".json") not in {record["id"] for record in records}:
            server.withdraw(path)
    server.publish(f"{base}/all.zip", zip_of({f"{record['id']}.json": record for record in records}))
    lines = sorted((f"{record['modified']},{record['id']}" for record in records), reverse=True)
    server.publish(f"{base}/modified_id.csv", "\n".join(lines).encode() + b"\n")
    if singles:
        for record in records:
            server.publish(f"{base}/{record['id']}.json", record)
