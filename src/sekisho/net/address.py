"""Where a URL leads: its origin, and whether that is this very machine.

An *origin* is scheme, host and port (RFC 6454). Credentials belong to an origin, and only loopback may go without TLS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from sekisho.errors import SourceError
from sekisho.net.response import without_secrets

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """Scheme, host (lower case, IPv6 without brackets) and port."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """``host:port`` for people, without the port when it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def origin_of(url: str) -> Origin:
    """Read the origin of an http or https URL; raise SourceError for anything else."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SourceError(f"not a URL: {without_secrets(url)[:200]!r}") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise SourceError(f"not an http or https URL: {without_secrets(url)[:200]!r}")
    return Origin(parts.scheme, parts.hostname, port or _PORTS[parts.scheme])


def is_loopback(host: str) -> bool:
    """Say whether ``host`` names this machine: 127.0.0.0/8, ::1 or localhost (RFC 6761); names are not resolved."""
    host = host.strip("[]").lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = parse_address(host)
    return address is not None and address.is_loopback


def parse_address(host: str) -> IPv4Address | IPv6Address | None:
    """Read a literal IP address; None for a name."""
    if not host or (":" not in host and not host[-1].isdigit()):
        return None
    import ipaddress

    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
