"""An image that docker or podman holds on this machine, through the engine's HTTP API.

Podman answers the same calls as docker. The calls carry no version, so an engine of any age serves its own newest one.
An exported image is a docker archive; this module hands over the stream, the archive reader knows what is in it.
Source: https://docs.docker.com/reference/api/engine/ (ImageInspect, ImageGet) and podman-system-service(1)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import msgspec

from sekisho.errors import CorruptInput, NotFound, UsageError
from sekisho.formats.limits import MAX_IMAGE_CONFIG
from sekisho.net.http import Transport
from sekisho.net.response import Response
from sekisho.net.status import failure
from sekisho.source.protocol import ByteStream

Engine = Literal["docker", "podman"]
_VARIABLE = {"docker": "DOCKER_HOST", "podman": "CONTAINER_HOST"}
_RUNTIME_SOCKET = {"docker": "docker.sock", "podman": "podman/podman.sock"}
_SYSTEM_SOCKET = {"docker": "/var/run/docker.sock", "podman": "/run/podman/podman.sock"}
_TLS_PORT = ":2376"
"""Docker's port for TCP with TLS."""


class DaemonImage(msgspec.Struct, frozen=True):
    """An image in an engine's store."""

    repo_tags: tuple[str, ...]
    repo_digests: tuple[str, ...]
    image_id: str
    """Digest of the configuration; of the manifest when docker runs on containerd's store."""
    open: Callable[[], ByteStream]
    """Starts an export: a docker archive, as a stream of unknown length."""


def engine_addresses(engine: Engine, environ: Mapping[str, str], explicit: str = "") -> tuple[str, ...]:
    """Where this engine may listen: as named explicitly or by the environment, else its usual sockets that exist."""
    named = explicit or environ.get(_VARIABLE[engine], "")
    return (named,) if named else tuple(_usual_sockets(engine, environ))


def open_daemon(name: str, address: str, transport: Transport) -> DaemonImage:
    """Look up the image ``name`` at an engine: a socket's path, ``unix://``, ``tcp://``, ``http://`` or ``https://``.

    ``transport`` carries the TCP kinds. Raises NotFound when the engine has no such image, Unauthorized when its socket
    is not ours to use, Unreachable when nobody listens.
    """
    base, transport = _reach(address, transport)
    url = f"{base}/images/{quote(name, safe='/:@')}"
    with _get(transport, f"{url}/json", name, address) as response:
        try:
            found = msgspec.json.decode(response.body(MAX_IMAGE_CONFIG))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            found = None
    if not isinstance(found, dict):
        raise CorruptInput(f"the engine at {address} does not answer like docker or podman")
    image_id = found.get("Id")
    if not isinstance(image_id, str) or not image_id:
        raise CorruptInput(f"the engine at {address} gives {name} no ID")
    return DaemonImage(
        repo_tags=_names(found.get("RepoTags")),
        repo_digests=_names(found.get("RepoDigests")),
        image_id=image_id if ":" in image_id else f"sha256:{image_id}",
        open=lambda: _get(transport, f"{url}/get", name, address),
    )


def _usual_sockets(engine: Engine, environ: Mapping[str, str]) -> Iterator[str]:
    folder = environ.get("XDG_RUNTIME_DIR")
    candidates = [Path(folder) / _RUNTIME_SOCKET[engine]] if folder else []
    for path in (*candidates, Path(_SYSTEM_SOCKET[engine])):
        try:
            if path.is_socket():
                yield str(path)
        except OSError:
            continue


def _reach(address: str, transport: Transport) -> tuple[str, Transport]:
    """The base URL for an address, and what carries requests there."""
    scheme, separator, rest = address.partition("://")
    if not separator or scheme == "unix":
        from sekisho.net.unix import UnixTransport

        return "http://localhost", UnixTransport(rest if separator else address)
    if scheme == "tcp":
        return f"{'https' if rest.rstrip('/').endswith(_TLS_PORT) else 'http'}://{rest.rstrip('/')}", transport
    if scheme in ("http", "https"):
        return address.rstrip("/"), transport
    raise UsageError(
        f"cannot reach an engine at {address}",
        hint="name its unix socket or TCP address; over ssh, forward the socket: ssh -L ./e.sock:/var/run/docker.sock",
    )


def _get(transport: Transport, url: str, name: str, address: str) -> Response:
    response = transport.request("GET", url)
    if response.status == 404:
        response.discard()
        raise NotFound(f"the engine at {address} has no image {name}", hint="pull it there, or name its registry")
    if response.status != 200:
        raise failure(response, f"the engine at {address}, image {name}")
    return response


def _names(value: object) -> tuple[str, ...]:
    return tuple(name for name in value if isinstance(name, str)) if isinstance(value, list) else ()
