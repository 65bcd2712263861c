"""Which proxy a request goes through, by the environment.

``HTTPS_PROXY``, ``HTTP_PROXY`` and ``ALL_PROXY`` (lower case wins) name it; ``NO_PROXY`` lists hosts, domains,
addresses and networks that are reached directly. Loopback is always direct. The conventions are those of Go's tools,
which our users come from: https://pkg.go.dev/golang.org/x/net/http/httpproxy
"""

from __future__ import annotations

from collections.abc import Mapping

from sekisho.errors import UsageError
from sekisho.net.address import Origin, is_loopback, parse_address


def proxy_for(origin: Origin, environ: Mapping[str, str]) -> str:
    """The proxy's URL for this origin, empty when reached directly; raises UsageError for one that is not HTTP."""
    if is_loopback(origin.host):
        return ""
    proxy = _variable(environ, f"{origin.scheme}_proxy") or _variable(environ, "all_proxy")
    if not proxy or _is_exempt(origin, _variable(environ, "no_proxy")):
        return ""
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    if not proxy.startswith(("http://", "https://")):
        raise UsageError(f"cannot use the proxy {proxy.partition('@')[2] or proxy!r}", hint="only HTTP proxies work")
    return proxy


def _variable(environ: Mapping[str, str], name: str) -> str:
    if name == "http_proxy" and environ.get("REQUEST_METHOD"):
        return ""  # in a CGI the upper-case name is a request header the client chose (CVE-2016-5385)
    return (environ.get(name) or environ.get(name.upper()) or "").strip()


def _is_exempt(origin: Origin, exceptions: str) -> bool:
    return any(_covers(entry.strip().lower(), origin) for entry in exceptions.split(",") if entry.strip())


def _covers(entry: str, origin: Origin) -> bool:
    if entry == "*":
        return True
    address = parse_address(origin.host)
    if "/" in entry:
        return address is not None and _in_network(origin.host, entry)
    if parse_address(entry.strip("[]")) is None:
        name, colon, port = entry.rpartition(":")
        if colon and port != str(origin.port):
            return False
        entry = (name if colon else entry).removeprefix("*")
    entry = entry.strip("[]")
    if address is not None:
        return parse_address(entry) == address
    domain = entry.lstrip(".")
    return origin.host.endswith(f".{domain}") or (origin.host == domain and not entry.startswith("."))


def _in_network(host: str, network: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
