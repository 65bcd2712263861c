"""Asking for the files of a source: conditional requests, validators kept by path, and the bytes counted."""

from __future__ import annotations

from sekisho.advisories.feeds.protocol import MAX_FEED_FILE, Request, State, Validator
from sekisho.net.download import download


class Asking:
    """One round of questions to one source."""

    def __init__(self, request: Request) -> None:
        self._request = request
        same = request.state.base_url == request.base_url
        self._before = request.state.files if same else {}
        self.cursor = request.state.cursor if same else ""
        """Where the last round ended; empty when the source was never read, or from elsewhere."""
        self.files: dict[str, Validator] = {}
        self.received = 0

    def url(self, path: str) -> str:
        """The address of a path below the source's base; ids and names are escaped and never act as directories."""
        from urllib.parse import quote

        return f"{self._request.base_url}/{quote(path)}"

    def get(self, path: str, *, anew: bool = False, max_size: int = MAX_FEED_FILE) -> bytes | None:
        """The file's bytes; None when it is the one that was read before (never when ``anew``). Raises NotFound."""
        before = Validator() if anew else self._before.get(path, Validator())
        answer = download(
            self._request.transport,
            self.url(path),
            etag=before.etag,
            last_modified=before.last_modified,
            max_size=max_size,
        )
        self.files[path] = Validator(answer.etag, answer.last_modified)
        self.received += len(answer.body or b"")
        return answer.body

    def state(self, cursor: str = "") -> State:
        """What to remember: validators of the files asked for, and those of before that were not."""
        return State(files={**self._before, **self.files}, cursor=cursor, base_url=self._request.base_url)
