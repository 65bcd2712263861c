"""One repository behind one host: which scheme it speaks, how we get in, and what its refusals mean.

Plain HTTP is for this very machine, or when it was asked for; everybody else gets https. The first answer settles the
scheme, the first 401 settles the authorisation, and later requests reuse both.
Source: https://github.com/opencontainers/distribution-spec/blob/main/spec.md
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from sekisho.errors import NotFound, SourceError, Unauthorized, Unreachable
from sekisho.formats.limits import KIB
from sekisho.model.reference import DOCKER_HUB
from sekisho.net.address import is_loopback, origin_of
from sekisho.net.http import Transport
from sekisho.net.response import Response
from sekisho.net.status import failure
from sekisho.source.docker_config import Found
from sekisho.source.registry_auth import (
    MAX_TOKEN,
    Challenge,
    Credentials,
    choose_challenge,
    parse_challenges,
    read_token,
    token_request,
)

MAX_ERROR = 64 * KIB
"""The JSON that explains a refusal."""
_API_HOSTS = {DOCKER_HUB: "registry-1.docker.io", "docker.io": "registry-1.docker.io"}
_UNKNOWN_NAME = ("NAME_UNKNOWN", "NAME_INVALID")


class Endpoint:
    """A repository at a host; ``registry`` is the name credentials are kept under."""

    def __init__(
        self,
        registry: str,
        repository: str,
        transport: Transport,
        keychain: Callable[[], Found],
        *,
        scheme: str = "",
        insecure: bool = False,
    ) -> None:
        self.registry = registry
        self.repository = repository
        self._transport = transport
        self._keychain = keychain
        self._found: Found | None = None
        self._host = _API_HOSTS.get(registry, registry)
        self._schemes = (scheme,) if scheme else _schemes(self._host, insecure)
        self._authorization = ""

    @property
    def name(self) -> str:
        """Registry and repository, for messages."""
        return f"{self.registry}/{self.repository}"

    def get(self, path: str, headers: Mapping[str, str]) -> Response:
        """``GET /v2/<repository>/<path>``, authorised when the registry asks; a 200 or 206, else a SourceError."""
        response = self._send(path, headers)
        if response.status == 401 and self._is_own(response):
            refused = response.header("www-authenticate")
            response.discard()
            self._authorization = self._authorize(refused)
            response = self._send(path, headers)
        if response.status not in (200, 206):
            raise self._refusal(response, path)
        return response

    def _send(self, path: str, headers: Mapping[str, str]) -> Response:
        """Try the schemes in turn until one is understood; from then on it is the only one."""
        first: Unreachable | None = None
        sent = dict(headers) | ({"authorization": self._authorization} if self._authorization else {})
        for scheme in self._schemes:
            last = scheme == self._schemes[-1]
            try:
                response = self._transport.request("GET", f"{scheme}://{self._host}/v2/{self.repository}/{path}", sent)
            except Unreachable as error:
                first = first or error
                continue
            if response.status == 400 and scheme == "http" and not last:
                response.discard()  # how TLS servers answer plain HTTP
                continue
            self._schemes = (scheme,)
            return response
        raise first or Unreachable(f"{self._host} speaks neither http nor https")

    def _is_own(self, response: Response) -> bool:
        """Whether the registry itself answered: the challenge of a host it redirects to is not ours to answer."""
        return origin_of(response.url) == origin_of(f"{self._schemes[0]}://{self._host}")

    def _authorize(self, header: str) -> str:
        """The authorisation that answers a 401; raises Unauthorized when we have none to offer, or it was refused."""
        challenge = choose_challenge(parse_challenges(header))
        if challenge is None:
            raise self._unauthorized("the registry asks for a kind of login we do not know", header[:200])
        if self._found is None:
            self._found = self._keychain()
        credentials = self._found.credentials
        if credentials.registry_token:
            return self._fresh(f"Bearer {credentials.registry_token}")
        if challenge.scheme == "bearer":
            return f"Bearer {self._token(challenge, credentials)}"
        if not credentials.basic:
            raise self._unauthorized(f"{self.registry} wants a login", self._found.note)
        return self._fresh(credentials.basic)

    def _fresh(self, authorization: str) -> str:
        """Never offer what was just refused."""
        if authorization == self._authorization:
            raise self._unauthorized(f"{self.registry} refuses the credentials")
        return authorization

    def _token(self, challenge: Challenge, credentials: Credentials) -> str:
        registry = f"{self._schemes[0]}://{self._host}"
        wanted = token_request(challenge, credentials, registry, self.repository)
        with self._transport.request(wanted.method, wanted.url, wanted.headers, wanted.body) as response:
            if response.status == 200:
                return read_token(response.body(MAX_TOKEN))
            if response.status in (400, 401, 403):
                raise self._unauthorized(f"the token service of {self.registry} refuses us (HTTP {response.status})")
            raise failure(response, f"the token service of {self.registry}")

    def _refusal(self, response: Response, path: str) -> SourceError:
        """What a status and the registry's own error code say together."""
        status = response.status
        if status not in (401, 403, 404):
            return failure(response, f"{self.name}/{path}")
        code, message = _error(response)
        if status == 404:
            what = "no such repository" if code in _UNKNOWN_NAME else f"no such {path.partition('/')[0].rstrip('s')}"
            return NotFound(f"{self.registry} has {what}: {_readable(self.repository, path, code)}", detail=message)
        if status == 403:
            return self._unauthorized(f"{self.registry} does not let us read {self.repository}", message)
        return self._unauthorized(f"{self.name}: not there, or not for us", message)

    def _unauthorized(self, message: str, detail: str = "") -> Unauthorized:
        """Say with which credentials we came, and how to bring better ones."""
        found = self._found or Found()
        user = found.credentials.username
        came = f"came as {user or 'the bearer of a token'} from {found.origin}" if found.origin else "came anonymously"
        parts = [part for part in (detail, came, found.note) if part]
        hint = f"docker login {self.registry}" + ("" if found.origin else ", or pass --username and --password")
        return Unauthorized(message, detail="; ".join(dict.fromkeys(parts)), hint=hint)


def _schemes(host: str, insecure: bool) -> tuple[str, ...]:
    name = host[: host.index("]")] if host.startswith("[") else host.partition(":")[0]
    if is_loopback(name.strip("[]")):
        return ("http", "https")
    return ("https", "http") if insecure else ("https",)


def _error(response: Response) -> tuple[str, str]:
    """Code and message of the first error in the registry's JSON; empty when there is none."""
    try:
        with response:
            answer = msgspec.json.decode(response.body(MAX_ERROR))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, SourceError):
        return "", ""
    errors = answer.get("errors") if isinstance(answer, dict) else None
    error = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(error, dict):
        return "", ""
    code, message = error.get("code"), error.get("message")
    return str(code or "")[:100], "".join(c for c in str(message or "")[:300] if c.isprintable())


def _readable(repository: str, path: str, code: str) -> str:
    if code in _UNKNOWN_NAME:
        return repository
    identifier = path.partition("/")[2]
    return f"{repository}@{identifier}" if ":" in identifier else f"{repository}:{identifier}"
