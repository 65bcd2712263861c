"""HTTP over a unix socket: how container engines on this machine are spoken to.

The host in a URL is ignored. One connection a request: an export may take minutes and is closed in the middle when
enough has been read.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import urlsplit

from sekisho.errors import SourceError, Unauthorized, Unreachable
from sekisho.net.response import Response

TIMEOUT = 300.0
"""Seconds without a byte: an engine that packs a large image says nothing for minutes."""


class UnixTransport:
    """A :class:`~sekisho.net.http.Transport` that ends at one socket."""

    def __init__(self, path: str, *, timeout: float = TIMEOUT) -> None:
        self._path = path
        self._timeout = timeout

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Response:
        """The answer; raises Unauthorized when the socket is not ours to use, Unreachable when nobody listens."""
        parts = urlsplit(url)
        connection = _Connection(self._path, self._timeout)
        try:
            connection.request(
                method, f"{parts.path}?{parts.query}" if parts.query else parts.path, body, dict(headers or {})
            )
            raw = connection.getresponse()
        except (OSError, HTTPException) as error:
            connection.close()
            raise _translated(error, self._path) from error
        held = _Held(raw, connection, self._path)
        return Response(raw.status, dict(raw.headers), held, url=f"{self._path}:{parts.path}", timeout=self._timeout)

    def close(self) -> None:
        """Nothing is kept open between requests."""


class _Connection(HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket instead of a host."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _Held:
    __slots__ = ("_connection", "_path", "_raw")

    def __init__(self, raw: HTTPResponse, connection: HTTPConnection, path: str) -> None:
        self._raw = raw
        self._connection = connection
        self._path = path

    def read1(self, size: int, /) -> bytes:
        """Up to ``size`` bytes with one wait at most."""
        try:
            return self._raw.read1(size)
        except (OSError, HTTPException) as error:
            raise _translated(error, self._path) from error

    def close(self) -> None:
        """Hang up."""
        self._raw.close()
        self._connection.close()


def _translated(error: Exception, path: str) -> SourceError:
    if isinstance(error, PermissionError):
        return Unauthorized(
            f"not allowed to talk to the engine at {path}", hint="join its group (docker), or run as its owner"
        )
    if isinstance(error, FileNotFoundError | ConnectionRefusedError | NotADirectoryError):
        return Unreachable(f"no container engine listens at {path}", hint="start it, or name its socket")
    if isinstance(error, TimeoutError):
        return Unreachable(f"the engine at {path} does not answer")
    return Unreachable(f"the engine at {path} broke off", detail=str(error) or type(error).__name__)
