"""Package URLs: ``pkg:type/namespace/name@version?qualifiers#subpath``, the name of a package across ecosystems.

:func:`parse_purl` reads leniently and answers in the normal form, :func:`make_purl` builds one from its parts, and
:func:`package_purl` names a package of an inventory in Trivy's layout, whose reports and VEX documents we share.
Source: https://github.com/package-url/purl-spec
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import msgspec

from sekisho.errors import CorruptInput
from sekisho.model.inventory import OperatingSystem
from sekisho.model.package import Package

_plain = re.compile(r"[A-Za-z0-9.\-_~:]*").fullmatch
_type = re.compile(r"[a-z][a-z0-9.-]*").fullmatch
_qualifier_key = re.compile(r"[a-z][a-z0-9._-]*").fullmatch
_escaped = re.compile(rb"%([0-9A-Fa-f]{2})")
_broken_escape = re.compile("%(?![0-9A-Fa-f]{2})").search
_ENCODED = {byte: chr(byte) if _plain(chr(byte)) else f"%{byte:02X}" for byte in range(256)}
MAX_PURL = 8192
"""Characters; servers refuse longer URLs, and vers-long lists of checksums stay far below."""


class Purl(msgspec.Struct, frozen=True):
    """One Package URL in normal form: make it with :func:`parse_purl` or :func:`make_purl`."""

    type: str
    namespace: str = ""
    """Segments joined with ``/``, not encoded."""
    name: str = ""
    version: str = ""
    qualifiers: tuple[tuple[str, str], ...] = ()
    """Sorted by key; none is empty."""
    subpath: str = ""

    def __str__(self) -> str:
        text = f"pkg:{self.type}/"
        if self.namespace:
            text += _encode_path(self.namespace) + "/"
        text += _encode_path(self.name) if self.type in _PATH_NAMES else encode(self.name)
        if self.version:
            text += "@" + encode(self.version)
        if self.qualifiers:
            text += "?" + "&".join([f"{key}={encode(value)}" for key, value in self.qualifiers])
        return f"{text}#{_encode_path(self.subpath)}" if self.subpath else text

    def qualifier(self, key: str) -> str:
        """The value of one qualifier, empty when it is not there."""
        return dict(self.qualifiers).get(key, "")


def encode(text: str) -> str:
    """Percent-encode everything but unreserved characters and the colon."""
    if _plain(text):
        return text
    return "".join([_ENCODED[byte] for byte in text.encode("utf-8", "surrogatepass")])


def decode(text: str) -> str:
    """Undo percent-encoding; raises CorruptInput when an escape is broken or the bytes are not UTF-8."""
    if "%" not in text:
        return text
    if _broken_escape(text):
        raise CorruptInput(f"a broken percent-escape in {text[:80]!r}")
    try:
        return _escaped.sub(lambda found: bytes((int(found[1], 16),)), text.encode()).decode()
    except UnicodeError:
        raise CorruptInput(f"percent-escapes that are not UTF-8 in {text[:80]!r}") from None


def make_purl(
    purl_type: str,
    name: str,
    *,
    namespace: str = "",
    version: str = "",
    qualifiers: Iterable[tuple[str, str]] = (),
    subpath: str = "",
) -> Purl:
    """Build the normal form from unencoded parts; raises CorruptInput when the type does not allow them."""
    purl_type = purl_type.lower()
    if not _type(purl_type):
        raise CorruptInput(f"not a purl type: {purl_type[:80]!r}")
    pairs = {key.lower(): value for key, value in qualifiers if value}
    for key in pairs:
        if not _qualifier_key(key):
            raise CorruptInput(f"not a purl qualifier: {key[:80]!r}")
    purl = Purl(
        purl_type,
        _segments(namespace),
        name.strip("/"),
        version,
        tuple(sorted(pairs.items())),
        "/".join([part for part in subpath.split("/") if part not in ("", ".", "..")]),
    )
    purl = _normal(purl)
    _check(purl)
    return purl


def parse_purl(text: str) -> Purl:
    """Read a Package URL into its normal form; raises CorruptInput when it is not one."""
    if len(text) > MAX_PURL:
        raise CorruptInput(f"a purl of {len(text)} characters: {text[:80]!r}…")
    scheme, colon, rest = text.strip().partition(":")
    if scheme.lower() != "pkg" or not colon:
        raise CorruptInput(f"not a purl: {text[:80]!r}", hint="a purl begins with pkg:")
    rest, _, subpath = rest.partition("#")
    rest, _, query = rest.partition("?")
    purl_type, _, rest = rest.lstrip("/").partition("/")
    rest = rest.strip("/")
    path, at, version = rest.rpartition("@")
    if not at or (("/" in version) and (not path or path.endswith("/"))):
        path, version = rest, ""  # the only @ belongs to an npm scope that nobody encoded
    namespace, _, name = path.partition("/") if purl_type.lower() in _PATH_NAMES else path.rpartition("/")
    return make_purl(
        purl_type,
        decode(name),
        namespace="/".join(map(decode, namespace.split("/"))),
        version=decode(version),
        qualifiers=_parse_qualifiers(query),
        subpath="/".join(map(decode, subpath.split("/"))),
    )


def format_purl(purl: Purl) -> str:
    """Write a Package URL."""
    return str(purl)


def _segments(path: str) -> str:
    return "/".join([part for part in path.split("/") if part]) if path else ""


def _encode_path(path: str) -> str:
    return "/".join(map(encode, path.split("/")))


def _parse_qualifiers(query: str) -> list[tuple[str, str]]:
    pairs = []
    for pair in query.split("&") if query else ():
        key, equals, value = pair.partition("=")
        if not equals:
            raise CorruptInput(f"a purl qualifier without value: {pair[:80]!r}")
        pairs.append((key, decode(value)))
    return pairs


# What each type asks for: https://github.com/package-url/purl-spec/tree/main/types

_LOWER = frozenset(
    {"alpm", "apk", "bitbucket", "composer", "deb", "github", "gitlab", "golang", "hex", "luarocks", "npm"}
)
_LOWER_NAMESPACE = _LOWER | {"brew", "pypi", "qpkg", "rpm", "vscode-extension"}
_LOWER_NAME = _LOWER | {"bitnami", "oci", "otp", "pub", "pypi", "vscode-extension"}
_NAMESPACE_NEEDED = frozenset({"swift", "vscode-extension"})
_NAMESPACE_FORBIDDEN = frozenset({"mlflow", "otp", "vcpkg"})
_PATH_NAMES = frozenset({"git"})
"""The namespace is one segment (the host), and the name is all that follows it."""
_extension_name = re.compile("[a-p]{32}").fullmatch
_extension_version = re.compile(r"[0-9]+(?:\.[0-9]+){0,3}").fullmatch


def _normal(purl: Purl) -> Purl:
    kind, namespace, name, version = purl.type, purl.namespace, purl.name, purl.version
    if kind in _LOWER_NAMESPACE:
        namespace = namespace.lower()
    if kind in _LOWER_NAME:
        name = name.lower()
    if kind == "pypi":
        name = name.replace("_", "-")
    elif kind == "cpan":
        namespace = namespace.upper()
    elif kind == "huggingface":
        version = version.lower()
    elif kind == "mlflow" and "databricks" in purl.qualifier("repository_url").lower():
        name = name.lower()
    if (namespace, name, version) == (purl.namespace, purl.name, purl.version):
        return purl
    return Purl(kind, namespace, name, version, purl.qualifiers, purl.subpath)


def _check(purl: Purl) -> None:
    problem = ""
    if not purl.name:
        problem = "a name"
    elif purl.type in _NAMESPACE_NEEDED and not purl.namespace:
        problem = "a namespace"
    elif purl.type in _NAMESPACE_FORBIDDEN and purl.namespace:
        problem = "no namespace"
    elif purl.type == "julia" and not purl.qualifier("uuid"):
        problem = "the qualifier uuid"
    elif purl.type == "cpan" and "::" in purl.name:
        problem = "the name of a distribution, not of a module"
    elif purl.type == "chrome-extension" and not (
        _extension_name(purl.name) and (not purl.version or _extension_version(purl.version))
    ):
        problem = "32 letters from a to p, and a version of one to four numbers"
    if problem:
        raise CorruptInput(f"not a purl: type {purl.type} needs {problem}: {str(purl)[:80]!r}")


# Packages of an inventory

Names = tuple[str, str, str]
"""Namespace, name, subpath."""


def _last_slash(name: str) -> Names:
    namespace, _, name = name.rpartition("/")
    return namespace, name, ""


def _coordinates(name: str) -> Names:
    group, _, artifact = name.rpartition(":")
    return group, artifact, ""


def _pod(name: str) -> Names:
    pod, _, subspec = name.partition("/")
    return "", pod, subspec


_NAMES: dict[str, Callable[[str], Names]] = {
    "bitbucket": _last_slash,
    "cocoapods": _pod,
    "composer": _last_slash,
    "github": _last_slash,
    "githubactions": _last_slash,
    "gitlab": _last_slash,
    "golang": _last_slash,
    "huggingface": _last_slash,
    "maven": _coordinates,
    "npm": _last_slash,
    "swift": _last_slash,
}
"""How a type's full name becomes namespace, name and subpath; others have names only."""
_TYPES = {"githubactions": "github", "portage": "ebuild"}
"""Our word for a type → the one purl-spec registers."""


def package_purl(package: Package, system: OperatingSystem | None) -> str:
    """Name a package as Trivy does: the distribution and the epoch are qualifiers. Empty for what has no such name.

    A Go module replaced by a local directory (``./internal``) names nothing outside that repository.
    """
    if package.type == "golang" and package.name.startswith(("./", "../")):
        return ""
    try:
        return str(_system_purl(package, system) if package.is_os else _language_purl(package))
    except CorruptInput:
        return ""


def _language_purl(package: Package) -> Purl:
    split = _NAMES.get(package.type)
    namespace, name, subpath = split(package.name) if split else ("", package.name, "")
    uuid = package.facts.get("uuid", "") if package.type == "julia" else ""
    return make_purl(
        _TYPES.get(package.type, package.type),
        name,
        namespace=namespace,
        version=package.version,
        qualifiers=(("uuid", uuid),),
        subpath=subpath,
    )


def _system_purl(package: Package, system: OperatingSystem | None) -> Purl:
    version, epoch = package.version, ""
    if package.type in ("deb", "rpm"):
        head, colon, rest = version.partition(":")
        if colon and head.isdecimal():
            version, epoch = rest, head.lstrip("0")
    namespace, distro = _distribution(package.type, system)
    return make_purl(
        _TYPES.get(package.type, package.type),
        package.name,
        namespace=namespace,
        version=version,
        qualifiers=(
            ("arch", package.arch),
            ("distro", distro),
            ("epoch", epoch),
            ("modularitylabel", package.modularity),
        ),
    )


def _distribution(purl_type: str, system: OperatingSystem | None) -> tuple[str, str]:
    """The namespace and the ``distro`` qualifier: the bare release for apk, ``family-release`` for the others."""
    if system is None:
        return "", ""
    family = "sles" if system.family == "suse linux enterprise server" else system.family
    if purl_type == "apk":
        return family, system.name
    namespace = "opensuse" if family.startswith("opensuse") else family
    return namespace, f"{family}-{system.name}" if system.name else family
