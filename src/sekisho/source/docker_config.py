"""Where people keep registry credentials: docker's ``config.json``, podman's ``auth.json``, and credential helpers.

Files are asked in this order, and the first that knows the registry decides: ``$DOCKER_CONFIG/config.json`` (else
``~/.docker/config.json``), ``$REGISTRY_AUTH_FILE``, ``$XDG_RUNTIME_DIR/containers/auth.json``,
``~/.config/containers/auth.json``. In a file: the registry's own helper (``credHelpers``), then the general one
(``credsStore``), then ``auths``, where the longest matching path wins.
Source: https://docs.docker.com/reference/cli/docker/login/ and containers-auth.json(5)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from sekisho.errors import UsageError
from sekisho.formats.limits import MIB
from sekisho.model.reference import DOCKER_HUB
from sekisho.source.registry_auth import Credentials

MAX_CONFIG = 4 * MIB
"""A configuration file; real ones are a few KiB."""
HELPER_TIMEOUT = 30.0
"""Seconds a credential helper may take: cloud helpers fetch a token over the network."""
IDENTITY_USER = "<token>"
"""The user name by which a helper says that the secret is an identity token."""
_HUB_KEY = "https://index.docker.io/v1/"
_HUB_NAMES = (DOCKER_HUB, "docker.io", "registry-1.docker.io")
_HELPER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


class Found(msgspec.Struct, frozen=True):
    """Credentials and where they are from; ``note`` says why there are none when one might expect some."""

    credentials: Credentials = Credentials()
    origin: str = ""
    note: str = ""


Helper = Callable[[str, str], tuple[int, bytes]]
"""Runs ``docker-credential-<name> get`` with the server's name as input: exit status and output. Raises OSError."""


def find_credentials(registry: str, repository: str, environ: Mapping[str, str], helper: Helper | None = None) -> Found:
    """What this machine knows about ``registry``; nothing found means anonymous.

    Raises UsageError when a configuration file is there but cannot be understood.
    """
    notes: list[str] = []
    for path in _files(environ):
        config = _load(path)
        found = _search(config, registry, repository, helper or run_helper, str(path)) if config else Found()
        if found.origin:
            return found
        notes += [found.note] if found.note else []
    return Found(note="; ".join(notes))


def run_helper(name: str, server: str) -> tuple[int, bytes]:
    """Ask the credential helper ``name`` about ``server``."""
    import subprocess

    done = subprocess.run(
        [f"docker-credential-{name}", "get"],
        input=server.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=HELPER_TIMEOUT,
        check=False,
    )
    return done.returncode, done.stdout[:MIB]


def _files(environ: Mapping[str, str]) -> Iterator[Path]:
    home = Path(environ["HOME"]) if environ.get("HOME") else None
    if folder := environ.get("DOCKER_CONFIG"):
        yield Path(folder) / "config.json"
    elif home:
        yield home / ".docker" / "config.json"
    if named := environ.get("REGISTRY_AUTH_FILE"):
        yield Path(named)
    if folder := environ.get("XDG_RUNTIME_DIR"):
        yield Path(folder) / "containers" / "auth.json"
    if home:
        yield home / ".config" / "containers" / "auth.json"


def _load(path: Path) -> dict[str, Any]:
    """The decoded file; empty when there is none."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_CONFIG + 1)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise UsageError(f"cannot read registry credentials from {path}", detail=str(error)) from None
    if len(raw) > MAX_CONFIG:
        raise UsageError(f"{path} is larger than {MAX_CONFIG:,} bytes: not a docker configuration")
    try:
        config = msgspec.json.decode(raw) if raw.strip() else {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is not JSON", detail=str(error), hint="mend it, or set DOCKER_CONFIG") from None
    return config if isinstance(config, dict) else {}


def _search(config: dict[str, Any], registry: str, repository: str, helper: Helper, path: str) -> Found:
    note = ""
    for name in _helpers(config, registry):
        found = _ask(helper, name, _HUB_KEY if registry in _HUB_NAMES else registry, path)
        if found.origin:
            return found
        note = note or found.note
    entry = _entry(config.get("auths"), registry, repository)
    credentials = _decode(entry, path) if entry else Credentials()
    if credentials == Credentials():
        return Found(note=note)
    return Found(credentials, origin=path)


def _helpers(config: dict[str, Any], registry: str) -> Iterator[str]:
    specific = config.get("credHelpers")
    names = _keys(registry)
    if isinstance(specific, dict):
        for key, name in specific.items():
            if isinstance(key, str) and _normal(key) in names and isinstance(name, str):
                yield name
                return
    general = config.get("credsStore")
    if isinstance(general, str) and general:
        yield general


def _ask(helper: Helper, name: str, server: str, path: str) -> Found:
    from subprocess import SubprocessError

    if not _HELPER_NAME.match(name):
        raise UsageError(f"{path} names an impossible credential helper: {name[:80]!r}")
    program = f"docker-credential-{name}"
    try:
        status, output = helper(name, server)
    except FileNotFoundError:
        return Found(note=f"{program} (named in {path}) is not on PATH")
    except (OSError, SubprocessError) as error:
        return Found(note=f"{program}: {type(error).__name__}")
    if status:
        return Found(note="" if b"not found" in output else f"{program} failed with status {status}")
    try:
        answer = msgspec.json.decode(output)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        return Found(note=f"{program} did not answer with JSON")
    username, secret = answer.get("Username"), answer.get("Secret")
    if not isinstance(username, str) or not isinstance(secret, str) or not secret:
        return Found(note=f"{program} knows no secret for {server}")
    if username == IDENTITY_USER:
        return Found(Credentials(identity_token=secret), origin=program)
    return Found(Credentials(username, secret), origin=program)


def _keys(registry: str) -> tuple[str, ...]:
    return _HUB_NAMES if registry in _HUB_NAMES else (registry.lower(),)


def _normal(key: str) -> str:
    """A key of ``auths`` without scheme and API version: ``https://index.docker.io/v1/`` is ``index.docker.io``."""
    key = key.removeprefix("https://").removeprefix("http://").rstrip("/")
    host, _, rest = key.partition("/")
    return host.lower() if rest in ("", "v1", "v2") else f"{host.lower()}/{rest}"


def _entry(auths: object, registry: str, repository: str) -> dict[str, Any]:
    """The entry for the longest path that contains ``repository``."""
    if not isinstance(auths, dict):
        return {}
    entries = {_normal(key): value for key, value in auths.items() if isinstance(key, str)}
    parts = repository.split("/")
    for length in range(len(parts), -1, -1):
        for host in _keys(registry):
            value = entries.get("/".join([host, *parts[:length]]))
            if isinstance(value, dict) and value:
                return value
    return {}


def _decode(entry: dict[str, Any], path: str) -> Credentials:
    def text(name: str) -> str:
        value = entry.get(name)
        return value if isinstance(value, str) else ""

    username, password = text("username"), text("password")
    if text("auth"):
        from base64 import b64decode

        try:
            pair = b64decode(text("auth"), validate=True).decode()
        except ValueError:
            raise UsageError(f"{path} holds an 'auth' that is not base64", hint="log in again") from None
        username, _, password = pair.partition(":")
        password = password.rstrip("\0")
    identity = text("identitytoken")
    if username == IDENTITY_USER and not identity:
        username, password, identity = "", "", password
    return Credentials(username, password, identity, text("registrytoken"))
