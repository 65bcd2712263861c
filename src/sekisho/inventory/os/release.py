"""Which distribution this is: os-release and the older files beside it.

One image usually holds several of these files. Each becomes a candidate of its own, and :func:`choose_system` takes
os-release's word for the identity and the more exact file's word for the release: Debian's os-release says ``12``, its
``debian_version`` ``12.8``; a rebuild of Red Hat's keeps a ``redhat-release``, Ubuntu a ``debian_version``.
Source: https://www.freedesktop.org/software/systemd/man/latest/os-release.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from sekisho.formats.limits import MIB
from sekisho.inventory.os.eol import end_of_life
from sekisho.inventory.protocol import Extractor, File, Item
from sekisho.model.inventory import OperatingSystem

FAMILIES = {
    "almalinux": "alma",
    "amzn": "amazon",
    "mariner": "cbl-mariner",
    "ol": "oracle",
    "opensuse": "opensuse-leap",
    "redhatenterprise": "redhat",
    "redhatenterpriseserver": "redhat",
    "rhcos": "redhat",
    "rhel": "redhat",
    "sl-micro": "slem",
    "sle-micro": "slem",
    "sle-micro-rancher": "slem",
    "sles_sap": "sles",
    "vmware photon os": "photon",
}
"""From an ``ID`` to Trivy's word, where the two differ; every other distribution is called by its own ID."""
_IDS = {
    "alma": "almalinux",
    "amazon": "amzn",
    "cbl-mariner": "mariner",
    "centos-stream": "centos",
    "oracle": "ol",
    "redhat": "rhel",
}
"""The way back, for files that name a distribution in prose."""
_BASES = ("alpine", "debian", "ubuntu")
"""What ``ID_LIKE`` may stand in for when a file has no ``ID``. Not fedora: Red Hat names that as what it is like."""

_TITLES = (
    ("centos stream", "centos-stream"),
    ("centos", "centos"),
    ("rocky", "rocky"),
    ("alma", "alma"),
    ("oracle", "oracle"),
    ("enterprise linux enterprise linux server", "oracle"),
    ("fedora", "fedora"),
    ("scientific", "scientific"),
    ("red hat", "redhat"),
)
"""How the one line of a ``*-release`` file begins, most specific first."""
_CPE_VENDORS = {
    "almalinux": "alma",
    "amazon": "amazon",
    "centos": "centos",
    "fedoraproject": "fedora",
    "oracle": "oracle",
    "redhat": "redhat",
    "rocky": "rocky",
    "scientificlinux": "scientific",
}

_ESCAPED = re.compile(r"\\([\"$`\\])")
_CODENAME = re.compile(r"\(([a-z]+)\)\Z")
_TITLE = re.compile(r"(.+?) release (\d[\d.]*)", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
_CPE = re.compile(r"cpe:(?:/|2\.3:)o:([^:]+):[^:]+:(\d[^:]*)")

Reader = Callable[[str], OperatingSystem | None]


def read_assignments(text: str) -> dict[str, str]:
    """The variables of os-release or lsb-release, unquoted as a shell would; other lines are passed over."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.strip().partition("=")
        if not equals or key.startswith("#"):
            continue
        value = value.strip()
        if value[:1] in ("'", '"') and value.endswith(value[0]):
            quote, value = value[0], value[1:-1]
            value = _ESCAPED.sub(r"\1", value) if quote == '"' else value
        values[key.strip()] = value
    return values


def read_os_release(text: str) -> OperatingSystem | None:
    """``etc/os-release``; None when it names no distribution."""
    values = read_assignments(text)
    likely = next((word for word in values.get("ID_LIKE", "").split() if word in _BASES), "")
    identity = values.get("ID", "").lower() or likely
    if not identity:
        return None
    family = FAMILIES.get(identity, identity)
    if family == "centos" and "stream" in values.get("NAME", "").lower():
        family = "centos-stream"
    name = (values.get("RHEL_VERSION") if identity == "rhcos" else "") or values.get("VERSION_ID", "")
    support_end = values.get("SUPPORT_END", "")
    codename = values.get("VERSION_CODENAME") or values.get("UBUNTU_CODENAME") or _codename(values.get("VERSION", ""))
    return OperatingSystem(
        family=family,
        name=name,
        pretty_name=values.get("PRETTY_NAME", ""),
        id=identity,
        version_id=values.get("VERSION_ID", ""),
        codename=codename,
        eol=end_of_life(family, name) or (support_end if _DAY.match(support_end) else ""),
        cpe=values.get("CPE_NAME", ""),
    )


def _codename(version: str) -> str:
    """``12 (bookworm)`` → bookworm."""
    found = _CODENAME.search(version)
    return found[1] if found else ""


def _read_alpine(text: str) -> OperatingSystem | None:
    return _named("alpine", line) if (line := _first_line(text)) else None


def _read_debian(text: str) -> OperatingSystem | None:
    return _named("debian", line) if (line := _first_line(text)) else None


def _read_lsb(text: str) -> OperatingSystem | None:
    values = read_assignments(text)
    identity = values.get("DISTRIB_ID", "").lower()
    if not identity:
        return None
    found = _named(FAMILIES.get(identity, identity), values.get("DISTRIB_RELEASE", ""))
    codename, pretty = values.get("DISTRIB_CODENAME", ""), values.get("DISTRIB_DESCRIPTION", "")
    return replace(found, codename=codename, pretty_name=pretty)


def _read_title(text: str) -> OperatingSystem | None:
    """``CentOS Linux release 7.6.1810 (Core)``; the number of Red Hat's CoreOS is OpenShift's, so it is left out."""
    line = _first_line(text)
    if line.startswith("Amazon Linux"):
        name = line.removeprefix("Amazon Linux").strip()
        return replace(_named("amazon", name.removeprefix("release").strip()), pretty_name=line)
    title = _TITLE.match(line)
    family = next((word for start, word in _TITLES if title and title[1].lower().startswith(start)), "")
    if not title or not family:
        return None
    return replace(_named(family, "" if "coreos" in title[1].lower() else title[2]), pretty_name=line)


def _read_cpe(text: str) -> OperatingSystem | None:
    line = _first_line(text)
    found = _CPE.match(line)
    if not found or found[1] not in _CPE_VENDORS:
        return None
    return replace(_named(_CPE_VENDORS[found[1]], found[2]), cpe=line)


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0].strip()


def _named(family: str, name: str) -> OperatingSystem:
    identity = _IDS.get(family, family)
    return OperatingSystem(family=family, name=name, id=identity, version_id=name, eol=end_of_life(family, name))


_READERS: dict[str, Reader] = {
    "os-release": read_os_release,
    "alpine-release": _read_alpine,
    "lsb-release": _read_lsb,
    "almalinux-release": _read_title,
    "centos-release": _read_title,
    "fedora-release": _read_title,
    "oracle-release": _read_title,
    "rocky-release": _read_title,
    "system-release": _read_title,
    "redhat-release": _read_title,
    "debian_version": _read_debian,
    "system-release-cpe": _read_cpe,
}
"""By file name, in the order in which they are believed about what distribution this is."""
_RANK = {name: rank for rank, name in enumerate(_READERS)}


def extract(file: File) -> Iterator[Item]:
    """Yield one candidate, or nothing when the file names no distribution."""
    found = _READERS[file.name](file.text)
    if found is not None:
        yield replace(found, path=file.path)


def choose_system(candidates: Iterable[OperatingSystem]) -> OperatingSystem | None:
    """One answer out of an image's candidates, whatever their order: identity first, then the most exact release."""
    ranked = sorted(candidates, key=lambda found: (_RANK.get(found.path.rpartition("/")[2], len(_RANK)), found.path))
    if not ranked:
        return None
    chosen = ranked[0]
    for other in ranked[1:]:
        if other.family == chosen.family and _is_more_exact(other, chosen):
            chosen = replace(chosen, name=other.name)
    return replace(chosen, eol=end_of_life(chosen.family, chosen.name) or chosen.eol)


def _is_more_exact(other: OperatingSystem, chosen: OperatingSystem) -> bool:
    """``12.8`` is more exact than ``12``, ``2 (Karoo)`` than ``2``, anything than nothing; ``11.3`` contradicts 12."""
    if not chosen.name or (chosen.family == "alpine" and other.path.endswith("alpine-release")):
        return bool(other.name)
    if other.name == chosen.name:
        return False
    return any(word == chosen.name or word.startswith(f"{chosen.name}.") for word in other.name.split())


_BOTTLEROCKET = tuple(f"{arch}-bottlerocket-linux-gnu/sys-root/usr/lib/os-release" for arch in ("aarch64", "x86_64"))

EXTRACTORS = (
    Extractor(
        name="os-release",
        extract=extract,
        paths=(*(f"etc/{name}" for name in _READERS), "usr/lib/os-release", *_BOTTLEROCKET),
        max_size=MIB,
    ),
)
