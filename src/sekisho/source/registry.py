"""An image in a registry: manifests and blobs by name or digest, from mirrors first, verified.

What a digest names is checked against that digest here, except for layers: those are streams, and whoever reads one
hashes it on the way. Mirrors are asked in order and the registry itself last; explicit credentials go to the registry
only, never to a mirror.
Source: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pull
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar
from urllib.parse import quote, urlencode, urljoin, urlsplit

import msgspec

from sekisho.errors import CorruptInput, NotFound, SourceError, UsageError
from sekisho.formats.limits import MAX_MANIFEST
from sekisho.model.digest import is_digest, parse_digest
from sekisho.model.reference import DOCKER_HUB, Reference
from sekisho.net.http import Transport
from sekisho.net.response import Response
from sekisho.net.resume import ResumingStream
from sekisho.source.docker_config import Found, find_credentials
from sekisho.source.manifest import INDEX_TYPES, MANIFEST_TYPES, verified
from sekisho.source.protocol import ByteStream
from sekisho.source.registry_auth import Credentials
from sekisho.source.registry_endpoint import Endpoint

ACCEPTED = (*MANIFEST_TYPES, *INDEX_TYPES)
"""The manifests we understand; anything else is a registry's last resort."""
SCHEMA_1 = (
    "application/vnd.docker.distribution.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
)
MAX_TAG_PAGES = 4
TAGS_PER_PAGE = 250
T = TypeVar("T")


class RegistrySettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the user said about registries."""

    username: str = ""
    password: str = ""
    token: str = ""
    """A ready registry token (Bearer)."""
    insecure: bool = False
    """Plain HTTP may be spoken to hosts other than this machine."""
    mirrors: dict[str, tuple[str, ...]] = {}
    """Registry host → mirrors as ``[http://|https://]host[:port][/prefix]``."""
    environ: dict[str, str] | None = None
    """Where docker's and podman's configuration is looked for; None: the process's own environment."""


class Fetched(msgspec.Struct, frozen=True):
    """A manifest or index as it stands, with the digest computed from its bytes."""

    body: bytes
    media_type: str
    digest: str


class Registry:
    """One repository of one registry, and its mirrors."""

    def __init__(
        self,
        reference: Reference,
        transport: Transport,
        settings: RegistrySettings,
        *,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.reference = reference
        self._sleep = sleep
        self._endpoints = list(_endpoints(reference, transport, settings))
        self._home = self._endpoints[-1]

    def manifest(self, identifier: str) -> Fetched:
        """The manifest or index with this tag or digest; raises NotFound, DigestMismatch, Unauthorized, Unreachable."""
        try:
            return self._first(lambda endpoint: _manifest(endpoint, identifier))
        except NotFound as error:
            raise self._with_tags(error, identifier) from None

    def blob(self, digest: str, max_size: int) -> bytes:
        """A small blob (a configuration), whole and verified; raises BoundExceeded and DigestMismatch too."""
        parse_digest(digest)

        def fetch(endpoint: Endpoint) -> bytes:
            with endpoint.get(f"blobs/{digest}", {}) as response:
                body = response.body(max_size)
            return _verify(body, digest, f"{endpoint.name}@{digest}")

        return self._first(fetch)

    def open_blob(self, digest: str, size: int) -> ByteStream:
        """A blob as stored, in order; a broken connection is resumed. The caller hashes it. ``size`` -1: not known."""
        parse_digest(digest)

        def ask(offset: int) -> Response:
            headers = {"range": f"bytes={offset}-"} if offset else {}
            return self._first(lambda endpoint: endpoint.get(f"blobs/{digest}", headers))

        first = ask(0)
        if size >= 0 and first.length is not None and first.length != size:
            first.close()
            raise CorruptInput(
                f"{self.reference.context}@{digest} has {first.length:,} bytes, but its manifest says {size:,}"
            )
        return ResumingStream(ask, size=size if size >= 0 else _known(first), first=first, sleep=self._sleep)

    def tags(self, limit: int = MAX_TAG_PAGES * TAGS_PER_PAGE) -> list[str]:
        """Tags of the repository, in the registry's order, the first ``limit``."""
        return self._first(lambda endpoint: list(_tags(endpoint)))[:limit]

    def _first(self, ask: Callable[[Endpoint], T]) -> T:
        """The first answer of mirrors and registry; whoever answered is asked first from then on."""
        failed: dict[Endpoint, SourceError] = {}
        for endpoint in list(self._endpoints):
            try:
                answer = ask(endpoint)
            except SourceError as error:
                failed[endpoint] = error
                continue
            self._endpoints.sort(key=lambda other: other is not endpoint)
            return answer
        final = failed.pop(self._home)
        mirrors = [f"mirror: {error.message}" for error in failed.values()]
        final.detail = "; ".join(([final.detail] if final.detail else []) + mirrors)
        raise final

    def _with_tags(self, error: NotFound, identifier: str) -> NotFound:
        """The same error with the tags that look like the one asked for."""
        if is_digest(identifier):
            return error
        try:
            tags = self.tags()
        except SourceError:
            return error
        from difflib import get_close_matches

        near = get_close_matches(identifier, tags, n=3, cutoff=0.5) or tags[-3:]
        hint = f"there is {', '.join(near)}" if near else "the repository has no tags"
        return NotFound(error.message, detail=error.detail, hint=hint)


def _endpoints(reference: Reference, transport: Transport, settings: RegistrySettings) -> Iterator[Endpoint]:
    """Mirrors in the user's order, then the registry itself."""
    hub = reference.registry == DOCKER_HUB
    names = (DOCKER_HUB, "docker.io") if hub else (reference.registry,)
    for mirror in [mirror for name in names for mirror in settings.mirrors.get(name, ())]:
        scheme, host, prefix = _mirror(mirror)
        repository = f"{prefix}/{reference.repository}" if prefix else reference.repository
        keychain = _keychain(host, repository, settings)
        yield Endpoint(host, repository, transport, keychain, scheme=scheme, insecure=settings.insecure)
    keychain = _keychain(reference.registry, reference.repository, settings, explicit=True)
    yield Endpoint(reference.registry, reference.repository, transport, keychain, insecure=settings.insecure)


def _mirror(text: str) -> tuple[str, str, str]:
    scheme, separator, rest = text.rpartition("://")
    host, _, prefix = rest.rstrip("/").partition("/")
    if not host or (separator and scheme not in ("http", "https")):
        raise UsageError(f"not a registry mirror: {text!r}", hint="write it as host[:port][/prefix]")
    return scheme, host, prefix.removesuffix("/v2").strip("/")


def _keychain(
    registry: str, repository: str, settings: RegistrySettings, explicit: bool = False
) -> Callable[[], Found]:
    """Looks for credentials when they are first needed; what the user typed comes before what the machine knows."""

    def find() -> Found:
        if explicit and settings.token:
            return Found(Credentials(registry_token=settings.token), origin="--registry-token")
        if explicit and settings.username:
            return Found(Credentials(settings.username, settings.password), origin="--username")
        import os

        environ: Mapping[str, str] = os.environ if settings.environ is None else settings.environ
        return find_credentials(registry, repository, environ)

    return find


def _manifest(endpoint: Endpoint, identifier: str) -> Fetched:
    where = f"{endpoint.name}{'@' if is_digest(identifier) else ':'}{identifier}"
    with endpoint.get(f"manifests/{quote(identifier, safe=':')}", {"accept": ", ".join(ACCEPTED)}) as response:
        body = response.body(MAX_MANIFEST)
        claimed = response.header("docker-content-digest").strip()
        media_type = response.header("content-type").partition(";")[0].strip().lower()
    if media_type in SCHEMA_1:
        raise CorruptInput(
            f"{where} is a schema 1 manifest", hint="its format was retired in 2017: push the image again"
        )
    for promised in filter(is_digest, (identifier, claimed)):
        _verify(body, promised, where)
    digest = identifier if is_digest(identifier) else f"sha256:{hashlib.sha256(body).hexdigest()}"
    return Fetched(body, media_type, digest)


def _verify(body: bytes, digest: str, where: str) -> bytes:
    hint = "the registry or something on the way altered them; do not use this image"
    return verified(body, digest, f"{where}: the bytes are not the ones promised", hint)


def _tags(endpoint: Endpoint) -> Iterator[str]:
    """Pages of ``tags/list``; a next page is only followed within the same path."""
    query = urlencode({"n": TAGS_PER_PAGE})
    for _ in range(MAX_TAG_PAGES):
        with endpoint.get(f"tags/list?{query}", {}) as response:
            link, url = response.header("link"), response.url
            try:
                answer = msgspec.json.decode(response.body(MAX_MANIFEST))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                raise CorruptInput(f"{endpoint.name}: the list of tags is not JSON") from None
        tags = answer.get("tags") if isinstance(answer, dict) else None
        yield from (tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()
        target, found, _ = link.partition(">")
        if not found or 'rel="next"' not in link:
            return
        query = urlsplit(urljoin(url, target.strip().removeprefix("<"))).query


def _known(response: Response) -> int:
    return -1 if response.length is None else response.length
