"""How a registry is convinced: challenges, tokens, and which secret may be shown to whom. Opens no connection.

A registry answers 401 with ``WWW-Authenticate``. For *Basic* the credentials go to the registry itself. For *Bearer* a
token is fetched from the ``realm`` first: with GET and Basic credentials (or none), or with an OAuth2 POST when what we
hold is an identity token. A secret never goes from an https registry to an http realm, except on this machine.
Source: https://distribution.github.io/distribution/spec/auth/token/ and …/spec/auth/oauth/
"""

from __future__ import annotations

import re
from base64 import b64encode
from urllib.parse import urlencode

import msgspec

from sekisho.errors import CorruptInput, Unauthorized
from sekisho.net.address import is_loopback, origin_of

CLIENT_ID = "sekisho"
MAX_HEADER = 16 << 10
"""A WWW-Authenticate header; real ones are below 1 KiB."""
MAX_TOKEN = 1 << 20
"""A token service's answer; tokens that list many scopes reach some 10 KiB."""
_PART = re.compile(r'[\s,]*([A-Za-z0-9!#$%&\'*+.^_`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?')


class Credentials(msgspec.Struct, frozen=True):
    """What we may show: a user and password, an identity token to trade in, or a ready registry token."""

    username: str = ""
    password: str = ""
    identity_token: str = ""
    registry_token: str = ""

    @property
    def basic(self) -> str:
        """The Basic authorisation; empty without a user."""
        if not self.username:
            return ""
        return "Basic " + b64encode(f"{self.username}:{self.password}".encode()).decode()


class Challenge(msgspec.Struct, frozen=True):
    """One way in that a registry offers; scheme and parameter names in lower case."""

    scheme: str
    parameters: dict[str, str]


class TokenRequest(msgspec.Struct, frozen=True):
    """A request to a token service, ready to be sent."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None = None


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """Read a ``WWW-Authenticate`` header (RFC 9110 §11.6.1); several may be joined with commas."""
    found: list[Challenge] = []
    position, header = 0, header[:MAX_HEADER]
    while part := _PART.match(header, position):
        position = part.end()
        name, quoted, bare = part.groups()
        if quoted is None and bare is None:
            found.append(Challenge(name.lower(), {}))
        elif found:
            value = bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            found[-1].parameters.setdefault(name.lower(), value)
    return tuple(found)


def choose_challenge(challenges: tuple[Challenge, ...]) -> Challenge | None:
    """The one we answer: Bearer before Basic; None when the registry wants something else."""
    for scheme in ("bearer", "basic"):
        for challenge in challenges:
            if challenge.scheme == scheme:
                return challenge
    return None


def token_request(challenge: Challenge, credentials: Credentials, registry: str, repository: str) -> TokenRequest:
    """What to ask the token service, for pulling ``repository`` from the registry at the URL ``registry``.

    Raises Unauthorized when the realm is missing or must not see what we would send.
    """
    realm = challenge.parameters.get("realm", "")
    _check_realm(realm, registry)
    scopes = (challenge.parameters.get("scope") or f"repository:{repository}:pull").split()
    service = challenge.parameters.get("service", "")
    if credentials.identity_token:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": credentials.identity_token,
            "client_id": CLIENT_ID,
            "service": service,
            "scope": " ".join(scopes),
        }
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return TokenRequest("POST", realm, headers, urlencode(form).encode())
    query = [("service", service)] if service else []
    query += [("scope", scope) for scope in scopes]
    if credentials.username:
        query.append(("account", credentials.username))
    url = f"{realm}{'&' if '?' in realm else '?'}{urlencode(query)}"
    return TokenRequest("GET", url, {"authorization": credentials.basic} if credentials.basic else {})


def read_token(body: bytes) -> str:
    """The ``token`` (OAuth2: ``access_token``) in a token service's answer; raises CorruptInput without one."""
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        answer = None
    if isinstance(answer, dict):
        for name in ("token", "access_token"):
            token = answer.get(name)
            if isinstance(token, str) and token.isascii() and token.isprintable() and token:
                return token
    raise CorruptInput("the token service's answer holds no token")


def _check_realm(realm: str, registry: str) -> None:
    if not realm.startswith(("https://", "http://")):
        raise Unauthorized(f"the registry names no token service we could ask: {realm[:100]!r}")
    origin, own = origin_of(realm), origin_of(registry)
    if origin.scheme == "http" and own.scheme == "https" and not is_loopback(origin.host):
        raise Unauthorized(
            f"{own.authority} sends us to a token service without TLS: {realm[:100]}",
            detail="credentials would be readable on the way",
            hint="ask its operator to serve the token service over https",
        )
