"""HTTP over TCP: the one home of urllib3.

:class:`Transport` is the seam that every other room sees; :class:`HttpTransport` the real one. Its promises:

* TLS certificates are verified unless ``insecure`` was asked for; ``ca_file`` adds to the system's authorities;
* nothing waits longer than ``timeout`` for a byte;
* answers that get better with time are asked for again (:mod:`sekisho.net.retry`), and the last one is handed over;
* at most :data:`MAX_REDIRECTS` redirects, never from https to http (but within this machine), and credentials never
  follow to another origin;
* bodies come as the server stored them: nothing is decompressed here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin

from sekisho import __version__
from sekisho.errors import OfflineError, SourceError, Unreachable, UsageError
from sekisho.net.address import Origin, is_loopback, origin_of
from sekisho.net.proxy import proxy_for
from sekisho.net.response import Response, without_secrets
from sekisho.net.retry import RETRIED, Retry, chance, retry_after

if TYPE_CHECKING:
    import ssl

    from urllib3 import BaseHTTPResponse, PoolManager

USER_AGENT = f"sekisho/{__version__}"
MAX_REDIRECTS = 5
CONNECT_TIMEOUT = 15.0
"""Seconds for a TCP and TLS handshake: a host that is there answers within three retransmissions."""
KEPT_CONNECTIONS = 8
"""Connections to one host that stay open: as many as feeds and layers are fetched side by side."""
IDEMPOTENT = frozenset({"GET", "HEAD"})
"""Methods that may be sent again when the connection broke without an answer."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PROXY_HINT = "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"
_SECRET = ("authorization", "cookie", "proxy-authorization")


class Transport(Protocol):
    """Sends one request and hands over the answer; raises a SourceError or OfflineError when none comes."""

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Response:
        """The answer, whatever its status; its body has not been read."""
        ...

    def close(self) -> None:
        """Release every connection."""
        ...


class OfflineTransport:
    """Stands where a transport would and refuses every request."""

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Response:
        """Raise OfflineError."""
        raise OfflineError(
            f"{without_secrets(url)} would be asked, and --offline forbids it", hint="run again without --offline"
        )

    def close(self) -> None:
        """Nothing to release."""


class _Dropped(Exception):
    """The connection ended without an answer; asking again may help."""


class HttpTransport:
    """The real network; one pool of connections for each way out (directly, or a proxy). May be shared by threads."""

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        insecure: bool = False,
        ca_file: str = "",
        timeout: float = 60.0,
        retry: Retry = Retry(),  # noqa: B008 - frozen
        sleep: Callable[[float], object] = time.sleep,
        now: Callable[[], float] = time.time,
        chance: Callable[[], float] = chance,
    ) -> None:
        self._environ = environ
        self._insecure = insecure
        self._ca_file = ca_file
        self._timeout = timeout
        self._retry = retry
        self._sleep = sleep
        self._now = now
        self._chance = chance
        self._pools: dict[tuple[str, bool], PoolManager] = {}

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Response:
        """See :class:`Transport`; GET and HEAD follow redirects."""
        wanted = {"user-agent": USER_AGENT, "accept-encoding": "identity"}
        wanted |= {name.lower(): value for name, value in (headers or {}).items()}
        for _ in range(MAX_REDIRECTS + 1):
            response = self._patiently(method, url, wanted, body)
            target = response.header("location")
            if response.status not in _REDIRECTS or method not in IDEMPOTENT or not target:
                return response
            response.discard()
            url, wanted = _follow(url, target, wanted)
        raise SourceError(f"more than {MAX_REDIRECTS} redirects, the last one to {without_secrets(url)}")

    def close(self) -> None:
        """Close every pooled connection."""
        for pool in self._pools.values():
            pool.clear()

    def _patiently(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Response:
        """Ask until an answer is final or patience ends."""
        tried = 0
        while True:
            tried += 1
            response, dropped = self._try(method, url, headers, body)
            if response is not None and response.status not in RETRIED:
                return response
            wanted = retry_after(response.header("retry-after"), self._now()) if response else None
            wait = self._retry.wait(tried, wanted, self._chance)
            if response is None and (wait is None or method not in IDEMPOTENT):
                raise Unreachable(f"{origin_of(url).authority} closed the connection without an answer", detail=dropped)
            if wait is None:
                assert response is not None  # noqa: S101 - the branch above raises without one
                return response
            if response is not None:
                response.discard()
            self._sleep(wait)

    def _try(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[Response | None, str]:
        """One exchange: the answer, or the reason why the connection ended without one."""
        import urllib3

        origin = origin_of(url)
        timeout = urllib3.Timeout(connect=min(self._timeout, CONNECT_TIMEOUT), read=self._timeout)
        try:
            raw = self._pool(origin).request(
                method,
                url,
                headers=dict(headers),
                body=body,
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
        except urllib3.exceptions.HTTPError as error:
            translated = self._translate(error, origin)
            if isinstance(translated, _Dropped):
                return None, str(translated)
            raise translated from error
        except ValueError as error:  # a header with a line break, a host that is no host name
            raise SourceError(f"cannot send this request to {origin.authority}", detail=str(error)) from None
        held = _Held(raw, self, origin)
        bodiless = method == "HEAD"
        return Response(raw.status, dict(raw.headers), held, url=url, bodiless=bodiless, timeout=self._timeout), ""

    def _pool(self, origin: Origin) -> PoolManager:
        """The pool for this way out; made on first use, because TLS authorities take a while to load."""
        proxy = proxy_for(origin, self._environ)
        secure = origin.scheme == "https" or proxy.startswith("https:")
        pool = self._pools.get((proxy, secure))
        if pool is None:
            import urllib3

            context = self._tls() if secure else None
            if proxy:
                pool = urllib3.ProxyManager(
                    proxy,
                    proxy_headers=_proxy_credentials(proxy),
                    ssl_context=context,
                    proxy_ssl_context=context,
                    maxsize=KEPT_CONNECTIONS,
                )
            else:
                pool = urllib3.PoolManager(ssl_context=context, maxsize=KEPT_CONNECTIONS)
            self._pools[proxy, secure] = pool
        return pool

    def _tls(self) -> ssl.SSLContext:
        import ssl

        context = ssl.create_default_context()
        if self._ca_file:
            try:
                context.load_verify_locations(self._ca_file)
            except OSError as error:  # ssl.SSLError is one
                raise UsageError(f"cannot read certificates from {self._ca_file}", detail=str(error)) from None
        if self._insecure:
            import urllib3

            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def _translate(self, error: Exception, origin: Origin) -> Exception:
        """Say what happened in our own words; a cause the user can act on gets a hint."""
        from urllib3 import exceptions

        where = origin.authority
        if isinstance(error, exceptions.ProxyError):
            return Unreachable(f"the proxy did not lead to {where}", detail=str(error.original_error), hint=_PROXY_HINT)
        if isinstance(error, exceptions.NameResolutionError):
            return Unreachable(f"there is no host {origin.host}", hint="check the name, the DNS and HTTPS_PROXY")
        if isinstance(error, exceptions.NewConnectionError):
            hint = "is the address right, and does something listen there? A proxy is named by HTTPS_PROXY"
            return Unreachable(f"cannot connect to {where}", detail=_reason(error), hint=hint)
        if isinstance(error, exceptions.TimeoutError):
            return Unreachable(
                f"{where} did not answer within {self._timeout:g} s", hint="try again, or raise --timeout"
            )
        if isinstance(error, exceptions.SSLError):
            return _tls_failure(where, str(error))
        if isinstance(error, exceptions.ProtocolError):
            return _Dropped(_reason(error))
        return Unreachable(f"cannot talk to {where}", detail=_reason(error))


class _Held:
    """A urllib3 body whose failures speak our language."""

    __slots__ = ("_origin", "_raw", "_transport")

    def __init__(self, raw: BaseHTTPResponse, transport: HttpTransport, origin: Origin) -> None:
        self._raw = raw
        self._transport = transport
        self._origin = origin

    def read1(self, size: int, /) -> bytes:
        """Up to ``size`` bytes with one wait at most."""
        from urllib3.exceptions import HTTPError

        try:
            return self._raw.read1(size) or b""
        except HTTPError as error:
            translated = self._transport._translate(error, self._origin)
            if isinstance(translated, _Dropped):
                where = self._origin.authority
                raise Unreachable(f"{where} closed the connection", detail=str(translated)) from error
            raise translated from error

    def close(self) -> None:
        """Return the connection when the body is at its end, drop it otherwise."""
        self._raw.close()


def open_transport(
    *, offline: bool = False, insecure: bool = False, ca_file: str = "", timeout: float = 60.0
) -> Transport:
    """The transport for this run, with the proxies of the environment."""
    if offline:
        return OfflineTransport()
    import os

    return HttpTransport(os.environ, insecure=insecure, ca_file=ca_file, timeout=timeout)


def _follow(url: str, location: str, headers: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Where a redirect leads and what may be sent along; raises SourceError for a step down from https."""
    target = urljoin(url, location)
    before, after = origin_of(url), origin_of(target)
    within = is_loopback(before.host) and is_loopback(after.host)
    if (before.scheme, after.scheme) == ("https", "http") and not within:
        raise SourceError(
            f"{before.authority} redirects from https to {without_secrets(target)}",
            hint="ask its operator to serve https",
        )
    if before == after:
        return target, dict(headers)
    return target, {name: value for name, value in headers.items() if name not in _SECRET}


def _proxy_credentials(proxy: str) -> dict[str, str] | None:
    from urllib.parse import unquote, urlsplit

    parts = urlsplit(proxy)
    if parts.username is None:
        return None
    from base64 import b64encode

    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"proxy-authorization": "Basic " + b64encode(pair.encode()).decode()}


def _tls_failure(where: str, reason: str) -> Unreachable:
    if "WRONG_VERSION_NUMBER" in reason or "record layer failure" in reason.lower():
        return Unreachable(f"{where} does not speak TLS", hint="if it is meant to serve plain HTTP, pass --insecure")
    hint = "trust its authority with --cacert, or pass --insecure for a host of your own"
    return Unreachable(f"cannot verify that {where} is who it says", detail=reason, hint=hint)


def _reason(error: Exception) -> str:
    """The innermost cause: the part a person can use."""
    inner: BaseException = error
    while (cause := inner.__cause__ or inner.__context__) is not None:
        inner = cause
    return str(inner) or type(inner).__name__
