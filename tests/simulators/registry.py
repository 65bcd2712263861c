"""A registry in this process: a real HTTP server on loopback that refuses what a real registry refuses.

It asks for Basic or Bearer logins with a token service of its own, knows manifests only by the media types a client
accepts, pages its tags, serves ranges, and can be told to misbehave: drop connections, stall, answer 429, hand out
wrong bytes, redirect blobs to another host. Every request is kept in ``requests``.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import threading
from base64 import b64decode
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qs, urlsplit

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"

_ROUTE = re.compile(r"/v2/(?P<name>.+?)/(?:manifests/(?P<manifest>[^/]+)|blobs/(?P<blob>[^/]+)|tags/(?P<tags>list))\Z")


class Request(NamedTuple):
    """One request as it arrived; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Stored(NamedTuple):
    """A manifest and its type."""

    body: bytes
    media_type: str


class RegistrySimulator:
    """``with RegistrySimulator() as registry: registry.add_image("app", "v1", layers)``; then ask ``registry.host``."""

    def __init__(
        self,
        *,
        auth: Literal["", "basic", "token"] = "",
        users: dict[str, str] | None = None,
        identity_tokens: tuple[str, ...] = (),
        anonymous: bool = False,
        certificate: tuple[str, str] | None = None,
    ) -> None:
        self.auth = auth
        self.users = users or {}
        self.identity_tokens = identity_tokens
        self.anonymous = anonymous
        """Whether the token service gives pull tokens to nobody in particular."""
        self.certificate = certificate
        """Files of a certificate and its key; with them the server speaks TLS."""
        self.blobs: dict[str, bytes] = {}
        self.manifests: dict[str, dict[str, Stored]] = {}
        self.requests: list[Request] = []
        self.tokens: set[str] = set()
        self.realm = ""
        """Another token service than the own one."""
        self.ranges = True
        """False: Range is ignored and every answer is whole."""
        self.drops: list[int] = []
        """Each blob answer takes one: bytes sent before the connection is cut."""
        self.failures: list[tuple[int, dict[str, str]]] = []
        """Each request under /v2/ takes one: status and headers to answer with."""
        self.stalls: dict[str, int] = {}
        """Digest → bytes sent before nothing more comes; -1: not even a status line."""
        self.corrupted: dict[str, bytes] = {}
        """Digest → bytes served instead."""
        self.claims: dict[str, str] = {}
        """Manifest digest → Docker-Content-Digest claimed instead."""
        self.redirect_blobs_to = ""
        """``http://host:port`` that blobs are fetched from; this server answers there without asking for a login."""
        self._release = threading.Event()

    @property
    def host(self) -> str:
        """``127.0.0.1:port``."""
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def port(self) -> int:
        """The port, for other names of this machine."""
        return self._server.server_port

    @property
    def url(self) -> str:
        """Scheme and host."""
        return f"{'https' if self.certificate else 'http'}://{self.host}"

    def __enter__(self) -> RegistrySimulator:
        simulator = self

        class Handler(_Handler):
            registry = simulator

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if self.certificate:
            self._server.socket = _tls(self._server.socket, *self.certificate)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def add_blob(self, content: bytes) -> str:
        """Store a blob and return its digest."""
        digest = sha256(content)
        self.blobs[digest] = content
        return digest

    def add_manifest(self, repository: str, tag: str, body: bytes, media_type: str = OCI_MANIFEST) -> str:
        """Store a manifest under its digest, and under ``tag`` when there is one; return the digest."""
        digest = sha256(body)
        known = self.manifests.setdefault(repository, {})
        known[digest] = Stored(body, media_type)
        if tag:
            known[tag] = known[digest]
        return digest

    def add_image(self, repository: str, tag: str, layers: list[bytes], *, config: dict[str, Any] | None = None) -> str:
        """Store an image of uncompressed tar ``layers`` (gzipped here) and return its manifest's digest."""
        packed = [gzip.compress(layer, 6, mtime=0) for layer in layers]
        document = {"architecture": "amd64", "os": "linux", "config": {}} | (config or {})
        document["rootfs"] = {"type": "layers", "diff_ids": [sha256(layer) for layer in layers]}
        raw_config = json.dumps(document).encode()
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": {"mediaType": OCI_CONFIG, "digest": self.add_blob(raw_config), "size": len(raw_config)},
            "layers": [{"mediaType": OCI_LAYER, "digest": self.add_blob(blob), "size": len(blob)} for blob in packed],
        }
        return self.add_manifest(repository, tag, json.dumps(manifest).encode())

    def count(self, path: str) -> int:
        """How often a path (without query) was asked for."""
        return Counter(request.path.partition("?")[0] for request in self.requests)[path]

    def stall(self) -> None:
        """Hold a connection until the simulator ends."""
        self._release.wait(60)


def sha256(content: bytes) -> str:
    """The digest of ``content``."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _tls(socket: Any, certificate: str, key: str) -> Any:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context.wrap_socket(socket, server_side=True, do_handshake_on_connect=False)


class _Handler(BaseHTTPRequestHandler):
    registry: RegistrySimulator
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # the client hung up, or spoke another protocol
            self.close_connection = True

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("content-length", "0"))))

    def _serve(self, body: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.registry.requests.append(Request(self.command, self.path, headers, body))
        path = urlsplit(self.path).path
        if path == "/token":
            self._token(headers, body)
        elif path.startswith("/cdn/"):
            self._blob(path.removeprefix("/cdn/"), redirect=False)
        elif self.registry.failures:
            status, extra = self.registry.failures.pop(0)
            self._error(status, "TOOMANYREQUESTS" if status == 429 else "UNKNOWN", extra)
        elif not self._admitted(headers):
            self._challenge(path)
        else:
            self._route(path, headers)

    def _admitted(self, headers: dict[str, str]) -> bool:
        scheme, _, value = headers.get("authorization", "").partition(" ")
        if self.registry.auth == "basic":
            return scheme == "Basic" and self._known_user(value)
        if self.registry.auth == "token":
            return scheme == "Bearer" and value in self.registry.tokens
        return True

    def _known_user(self, value: str) -> bool:
        user, _, password = b64decode(value).decode().partition(":")
        return self.registry.users.get(user) == password

    def _challenge(self, path: str) -> None:
        challenge = 'Basic realm="simulator"'
        if self.registry.auth == "token":
            realm = self.registry.realm or f"{self.registry.url}/token"
            found = _ROUTE.match(path)
            scope = f"repository:{found['name']}:pull" if found else ""
            challenge = f'Bearer realm="{realm}",service="simulator",scope="{scope}"'
        self._error(401, "UNAUTHORIZED", {"WWW-Authenticate": challenge})

    def _token(self, headers: dict[str, str], body: bytes) -> None:
        if self.command == "POST":
            form = parse_qs(body.decode())
            welcome = form.get("grant_type") == ["refresh_token"] and form["refresh_token"][0] in (
                self.registry.identity_tokens
            )
            key = "access_token"
        else:
            form = parse_qs(urlsplit(self.path).query)
            scheme, _, value = headers.get("authorization", "").partition(" ")
            welcome = self._known_user(value) if scheme == "Basic" else self.registry.anonymous
            key = "token"
        if not welcome or form.get("service") != ["simulator"]:
            self._error(401, "UNAUTHORIZED", {})
            return
        token = f"token-{len(self.registry.tokens)}-{form['scope'][0]}"
        self.registry.tokens.add(token)
        self._answer(200, json.dumps({key: token, "expires_in": 300}).encode(), {"Content-Type": "application/json"})

    def _route(self, path: str, headers: dict[str, str]) -> None:
        found = _ROUTE.match(path)
        if found is None:
            self._answer(200 if path == "/v2/" else 404, b"{}", {})
        elif found["name"] not in self.registry.manifests:
            self._error(404, "NAME_UNKNOWN", {})
        elif found["blob"]:
            self._blob(found["blob"], redirect=True)
        elif found["manifest"]:
            self._manifest(found["name"], found["manifest"], headers)
        else:
            self._tags(found["name"])

    def _manifest(self, name: str, identifier: str, headers: dict[str, str]) -> None:
        stored = self.registry.manifests[name].get(identifier)
        if stored is None or stored.media_type not in headers.get("accept", ""):
            self._error(404, "MANIFEST_UNKNOWN", {})
            return
        digest = sha256(stored.body)
        if digest in self.registry.stalls:
            self.registry.stall()
            self.close_connection = True
            return
        claimed = self.registry.claims.get(digest, digest)
        body = self.registry.corrupted.get(digest, stored.body)
        self._answer(200, body, {"Content-Type": stored.media_type, "Docker-Content-Digest": claimed})

    def _blob(self, digest: str, *, redirect: bool) -> None:
        content = self.registry.corrupted.get(digest, self.registry.blobs.get(digest))
        if content is None:
            self._error(404, "BLOB_UNKNOWN", {})
        elif redirect and self.registry.redirect_blobs_to:
            self._answer(307, b"", {"Location": f"{self.registry.redirect_blobs_to}/cdn/{digest}"})
        else:
            self._content(digest, content)

    def _content(self, digest: str, content: bytes) -> None:
        start, status, extra = 0, 200, {"Content-Type": "application/octet-stream"}
        wanted = re.match(r"bytes=(\d+)-\Z", self.headers.get("range", ""))
        if self.registry.ranges and wanted:
            start, status = int(wanted[1]), 206
            extra["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        stall = self.registry.stalls.get(digest)
        if stall == -1:
            self.registry.stall()
            self.close_connection = True
            return
        end = len(content)
        drop = self.registry.drops.pop(0) if self.registry.drops else None
        if drop is not None or stall is not None:
            end = min(end, start + (drop if drop is not None else stall or 0))
        self._head(status, len(content) - start, extra)
        self.wfile.write(content[start:end])
        if drop is not None:
            self.close_connection = True
        elif stall is not None:
            self.registry.stall()
            self.close_connection = True

    def _tags(self, name: str) -> None:
        query = parse_qs(urlsplit(self.path).query)
        tags = sorted(tag for tag in self.registry.manifests[name] if ":" not in tag)
        tags = [tag for tag in tags if tag > query.get("last", [""])[0]]
        size = int(query.get("n", ["100"])[0])
        extra = {}
        if len(tags) > size:
            tags = tags[:size]
            extra["Link"] = f'</v2/{name}/tags/list?n={size}&last={tags[-1]}>; rel="next"'
        self._answer(200, json.dumps({"name": name, "tags": tags}).encode(), extra)

    def _error(self, status: int, code: str, extra: dict[str, str]) -> None:
        body = json.dumps({"errors": [{"code": code, "message": code.lower().replace("_", " ")}]}).encode()
        self._answer(status, body, extra | {"Content-Type": "application/json"})

    def _answer(self, status: int, body: bytes, extra: dict[str, str]) -> None:
        self._head(status, len(body), extra)
        self.wfile.write(body)

    def _head(self, status: int, length: int, extra: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        for name, value in extra.items():
            self.send_header(name, value)
        self.end_headers()
