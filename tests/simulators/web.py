"""A small scripted web server in this process, over TCP or a unix socket: a function from request to answer."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Asked(NamedTuple):
    """One request; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]


class Answer(NamedTuple):
    """What to send. ``cut`` bytes of the body are sent before the connection ends; ``hold``: stay silent after them."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = {}  # noqa: RUF012 - read only
    cut: int | None = None
    hold: bool = False


class _UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class WebSimulator:
    """``with WebSimulator(answer) as web: … web.url``; with ``socket`` it listens there instead of on loopback."""

    def __init__(self, answer: Callable[[Asked], Answer | None], *, socket: str = "") -> None:
        self.answer = answer
        """None: hang up without a word."""
        self.asked: list[Asked] = []
        self._socket = socket
        self._release = threading.Event()

    @property
    def url(self) -> str:
        """``http://127.0.0.1:port``."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> WebSimulator:
        simulator = self

        class Handler(_Handler):
            web = simulator

        if self._socket:
            self._server: socketserver.BaseServer = _UnixServer(self._socket, Handler)
        else:
            self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def hold(self) -> None:
        """Keep a connection silent until the simulator ends."""
        self._release.wait(60)


class _Handler(BaseHTTPRequestHandler):
    web: WebSimulator
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def address_string(self) -> str:
        return "client"

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # the client hung up
            self.close_connection = True

    def do_GET(self) -> None:
        asked = Asked(self.command, self.path, {name.lower(): value for name, value in self.headers.items()})
        self.web.asked.append(asked)
        answer = self.web.answer(asked)
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in ({"Content-Length": str(len(answer.body))} | answer.headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body[: answer.cut])
        if answer.hold:
            self.web.hold()
        self.close_connection = answer.cut is not None or answer.hold

    do_HEAD = do_POST = do_CONNECT = do_GET  # noqa: N815 - the names http.server calls
