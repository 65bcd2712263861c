"""A directory in a mirror's layout (``<upstream host>/<path>``) read as if it were the network.

For ``db build --from DIR`` and for machines that get their feeds on a disk. Answers carry Last-Modified, so a second
build from the same directory reads nothing again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import cast
from urllib.parse import unquote, urlsplit

from sekisho.errors import SourceError
from sekisho.net.response import Body, Response

BASE = "file://mirror"
"""The mirror's URL, to be used as ``FeedSettings.mirror``."""


class DirectoryTransport:
    """Serves GET requests below :data:`BASE` from files; 404 for what is not there or would lie outside."""

    def __init__(self, root: Path) -> None:
        """Raises SourceError when ``root`` is no directory."""
        if not root.is_dir():
            raise SourceError(f"{root} is not a directory", hint="name the directory that holds the hosts' directories")
        self._root = root.resolve()

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Response:
        """The file at the URL's path; 304 when it is not newer than ``If-Modified-Since``."""
        from io import BytesIO

        path = self._path(url)
        if method != "GET" or path is None:
            return Response(404, {}, BytesIO(), url=url)
        stamp = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
        answer = {"last-modified": format_datetime(stamp, usegmt=True)}
        if _is_current((headers or {}).get("if-modified-since", ""), stamp):
            return Response(304, answer, BytesIO(), url=url)
        answer["content-length"] = str(path.stat().st_size)
        return Response(200, answer, cast("Body", path.open("rb")), url=url)

    def close(self) -> None:
        """Nothing to release."""

    def _path(self, url: str) -> Path | None:
        relative = unquote(urlsplit(url).path).lstrip("/")
        path = (self._root / relative).resolve()
        return path if path.is_relative_to(self._root) and path.is_file() else None


def _is_current(since: str, stamp: datetime) -> bool:
    try:
        return bool(since) and stamp <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False
