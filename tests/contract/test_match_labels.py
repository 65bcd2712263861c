"""What people decided about 13,584 matches in 65 images, held against ours (anchore/vulnerability-match-labels, CC0).

A label names an image, a package, a version and a vulnerability, and says TP or FP. The images are not at hand, and
most of them are of distributions or about vulnerabilities that the advisory pack has no record of, so the join is thin:
a label counts only where some record of the store names that vulnerability *and* that package in that release or
language. What labels do not tell is supplied below: the distribution, the source package, the module stream. Which
files belong to system packages is not known, so everything a language package's owner would settle counts against us.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from sekisho.advisories.ecosystem import LANGUAGES, lookups, store_name
from sekisho.advisories.mirror import BASE, DirectoryTransport
from sekisho.advisories.settings import FeedSettings
from sekisho.advisories.store import Store
from sekisho.advisories.update import update
from sekisho.match.explain import explain
from sekisho.match.find import find
from sekisho.model.advisory import Advisory
from sekisho.model.inventory import Inventory, OperatingSystem
from sekisho.model.package import Package
from tests.contract.shared import area

NOW = datetime(2026, 11, 23, tzinfo=UTC)
BRANCHES = ("3.11", "3.12", "3.14", "3.15")
SCOPE = ("Go", "PyPI", "npm", "Maven", "crates.io", "RubyGems", "Packagist", "NuGet", "Debian", "AlmaLinux",
         *(f"Alpine:v{branch}" for branch in BRANCHES))  # fmt: skip

SYSTEMS = {
    ("debian", "10"): "9cd85e 1a67ab",
    ("debian", "11"): "267d5a 42137b 6fd569 fcfcbb",
    ("alpine", "3.11"): "01c78c",
    ("alpine", "3.12"): "0825ac 55c9ba",
    ("alpine", "3.14"): "100087 5763c8 fe242a 779069",
    ("alpine", "3.15"): "a11c68 09354c 86a072",
    ("alma", "8"): "cd49d7",
    ("centos", "8"): "808f6c",
    ("redhat", "8"): "524ff8 e8fea6 68fece",
    ("redhat", "9"): "347a0d",
}
"""Distribution → beginnings of the digests of its images. Of the others the pack has no advisories."""
SYSTEM_OF = {digest: system for system, digests in SYSTEMS.items() for digest in digests.split()}
TYPES = {"debian": "deb", "alpine": "apk", "alma": "rpm", "centos": "rpm", "redhat": "rpm"}
SOURCES = {
    "apt": "libapt-pkg5.0 libapt-pkg6.0",
    "busybox": "ssl_client",
    "curl": "libcurl libcurl3-gnutls libcurl4",
    "db5.3": "libdb5.3",
    "e2fsprogs": "libcom-err2 libext2fs2 libss2",
    "expat": "libexpat1",
    "gcc-8": "gcc-8-base libgcc1 libstdc++6",
    "git": "git-man",
    "glibc": "libc-bin libc-l10n libc6 locales",
    "gmp": "gmp-dev libgmpxx",
    "gnupg2": "dirmngr gnupg gpgv",
    "gnutls28": "libgnutls30",
    "krb5": "libgssapi-krb5-2 libk5crypto3 libkrb5-3 libkrb5support0",
    "libidn2": "libidn2-0",
    "libpng1.6": "libpng16-16",
    "libsepol": "libsepol1",
    "libssh2": "libssh2-1",
    "libx11": "libx11-6 libx11-data",
    "libxslt": "libxslt1.1",
    "lz4": "liblz4-1",
    "ncurses": "libncurses6 libncursesw6 libtinfo6 ncurses-base ncurses-bin",
    "nettle": "libhogweed4 libnettle6",
    "nghttp2": "libnghttp2-14 nghttp2-libs",
    "openldap": "libldap-2.4-2 libldap-common",
    "openssh": "openssh-client",
    "openssl": "libcrypto1.1 libssl1.1",
    "pcre3": "libpcre3",
    "perl": "libperl5.28 libperl5.32 perl-base perl-modules-5.28 perl-modules-5.32",
    "python2.7": "libpython2.7-minimal libpython2.7-stdlib python2.7-minimal",
    "ruby": "ruby-dev ruby-libs ruby-rake",
    "shadow": "login passwd",
    "sqlite": "sqlite-libs",
    "sqlite3": "libsqlite3-0",
    "systemd": "libsystemd0 libudev1",
    "util-linux": "bsdutils libblkid1 libmount1 libsmartcols1 libuuid1 mount",
    "xz-utils": "liblzma5",
    "zlib": "zlib1g",
}
"""Source package → binary packages built from it."""
SOURCE_OF = {binary: source for source, binaries in SOURCES.items() for binary in binaries.split()}
STREAMS = (
    ("ruby", "ruby:2.5"), ("nodejs", "nodejs:14"), ("npm", "nodejs:14"), ("php", "php:7.4"),
    ("postgresql", "postgresql:12"), ("mariadb", "mariadb:10.3"), ("maven", "maven:3.5"), ("guava20", "maven:3.5"),
    ("jsoup", "maven:3.5"), ("httpd", "httpd:2.4"), ("nginx", "nginx:1.16"),
)  # fmt: skip
"""Beginning of a modular package's name → its stream in these images."""
SYSTEM_VERSION = {
    "deb": re.compile(r".*-\d.*|.*[+~]deb\d.*"),
    "apk": re.compile(r".*-r\d+"),
    "rpm": re.compile(r".*[._+]el\d.*"),
}

MEASURED = {
    "apk alpine": (110, 1, 48, 23, 0),
    "cargo": (0, 0, 3, 0, 0),
    "deb debian": (190, 0, 0, 28, 0),
    "gem": (42, 8, 4, 10, 0),
    "golang": (39, 0, 0, 3, 1),
    "maven": (472, 27, 2, 39, 0),
    "npm": (34, 3, 0, 6, 0),
    "pypi": (26, 2, 5, 38, 0),
    "rpm alma": (111, 0, 0, 0, 0),
    "rpm centos": (78, 2, 147, 35, 0),
    "rpm redhat": (306, 9, 126, 34, 0),
}
"""Kind → (TP kept, TP missed, FP dropped, FP reported, undecided): 96 % of the TPs, 61 % of the FPs."""

RANGE = "the records of today have a range that leaves this version out"
SIBLING = "built again because another package of its module was mended; its own version is the repaired one"
MISSED = {
    "nghttp2-libs": RANGE,
    **dict.fromkeys(("cgi", "rdoc", "rexml"), RANGE),
    **dict.fromkeys(("jackson-databind", "spring-web"), RANGE),
    "cryptiles": RANGE,
    "numpy": RANGE,
    **dict.fromkeys(("libxml2", "python3-libxml2"), RANGE),
    **dict.fromkeys(
        ("php", *(f"php-{part}" for part in ("cli", "common", "fpm", "json", "mbstring", "opcache", "pdo", "xml"))),
        SIBLING,
    ),
}
"""Package of a missed TP → why."""

PART = "people judged that this part of the source package has not the code; distributions mend sources"
OWNED = "the files belong to a system package, which the image would tell and a label does not"
NAMESAKE = "something else of that name: a gem, an editor's extension, a part of a Java program"
ERRATUM = "Red Hat's erratum mends it in a later version than the one installed"
RECORD = "the record names this package and covers this version; people knew better"
REPORTED = {
    "ssl_client": PART,
    **dict.fromkeys(("libc-l10n", "libgssapi-krb5-2", "libk5crypto3", "libkrb5support0", "libudev1", "locales"), PART),
    **dict.fromkeys(("json", "rdoc", "webrick"), OWNED),
    **dict.fromkeys(("guava", "httpclient", "jsoup"), OWNED),
    **dict.fromkeys(("PyYAML", "mercurial", "urllib3"), OWNED),
    **dict.fromkeys(("handlebars", "npm", "protobuf", "swift"), NAMESAKE),
    **dict.fromkeys(("commons-httpclient", "dom4j", "jetty-server", "netty"), RECORD),
    "github.com/docker/docker": RECORD,
    **dict.fromkeys(("mariadb", "mariadb-common", "nodejs"), ERRATUM),
}
"""Package of a reported FP → why."""

MAX_MATCHING = 1.0
"""CPU seconds for 3,000 packages with some 5,000 findings; measured 0.35 on a loaded machine, the aim is 0.5."""


class Label(msgspec.Struct, frozen=True):
    """One person's verdict."""

    image: str
    true: bool
    name: str
    version: str
    ids: tuple[str, ...]


class Verdict(msgspec.Struct, frozen=True):
    """Ours on the same match."""

    label: Label
    kind: str
    outcome: str
    """reported, silent or undecided."""

    @property
    def agrees(self) -> bool:
        return self.outcome == ("reported" if self.label.true else "silent")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The pack's records for the distributions and languages in question, without what rates CVEs."""
    transport = DirectoryTransport(area("vulndata"))
    result = update(tmp_path_factory.mktemp("db"), SCOPE, transport, FeedSettings(mirror=BASE), NOW)
    with Store.open(result.path) as opened:
        yield opened


@pytest.fixture(scope="module")
def verdicts(store: Store) -> list[Verdict]:
    by_image: dict[str, list[Label]] = defaultdict(list)
    for label in labels():
        by_image[label.image].append(label)
    return [verdict for image, known in by_image.items() for verdict in judged(image, known, store)]


def labels() -> Iterator[Label]:
    with (area("scan") / "match-labels" / "labels.jsonl").open() as lines:
        for line in lines:
            row: dict[str, Any] = json.loads(line)
            if row["label"] != "??":
                ids = tuple(dict.fromkeys(name for name in (row["cve"], row["vuln"]) if name))
                image = row["image"].partition("@sha256:")[2][:6]
                yield Label(image, row["label"] == "TP", row["package"]["name"], row["package"]["version"], ids)


def judged(image: str, known: list[Label], store: Store) -> Iterator[Verdict]:
    """Every label of an image that the store's records can speak to."""
    family, release = SYSTEM_OF.get(image, ("", ""))
    system = OperatingSystem(family=family, name=release) if family else None
    candidates = {label: meant(label, system, store) for label in known}
    packages = {(package.type, package.key): package for found in candidates.values() for package in found}
    inventory = Inventory(packages=tuple(packages.values()), system=system)
    reported: dict[str, set[str]] = defaultdict(set)
    for finding in find(inventory, store).findings:
        reported[kind_of(finding.package, system) + finding.package.key].update((finding.id, *finding.aliases))
    for label, found in candidates.items():
        for package in found[:1]:
            kind = kind_of(package, system)
            told = any(reported[kind_of(one, system) + one.key] & set(label.ids) for one in found)
            outcome = "reported" if told else undecided(label, package, system, store)
            yield Verdict(label, kind, outcome)


def meant(label: Label, system: OperatingSystem | None, store: Store) -> list[Package]:
    """The packages a label can mean: the system's, or those of languages whose records name it."""
    records = {(record.source, record.id): record for name in label.ids for record in known_records(store, name)}
    named = {(affected.ecosystem, affected.name) for record in records.values() for affected in record.affected}
    kind = TYPES[system.family] if system else ""
    if system and SYSTEM_VERSION[kind].fullmatch(label.version):
        package = system_package(label, kind)
        if named.intersection(lookups(package, system)):
            return [package]
    return [
        Package(type=kind, name=name if kind == "maven" else label.name, version=label.version)
        for kind, language in LANGUAGES.items()
        for ecosystem, name in sorted(named)
        if ecosystem == language and same_name(language, name, label.name)
    ]


def same_name(language: str, name: str, labelled: str) -> bool:
    """Labels often name a Java artefact without its group."""
    return name == store_name(language, labelled) or (language == "Maven" and name.partition(":")[2] == labelled)


def system_package(label: Label, kind: str) -> Package:
    stream = next((stream for start, stream in STREAMS if label.name.startswith(start)), "")
    return Package(
        type=kind,
        name=label.name,
        version=label.version,
        arch="x86_64" if kind == "rpm" else "",
        source_name=SOURCE_OF.get(label.name, "") if kind != "rpm" else "",
        modularity=f"{stream}:1:0" if ".module" in label.version and stream else "",
    )


def kind_of(package: Package, system: OperatingSystem | None) -> str:
    return f"{package.type} {system.family}" if package.is_os and system else package.type


def undecided(label: Label, package: Package, system: OperatingSystem | None, store: Store) -> str:
    inventory = Inventory(packages=(package,), system=system)
    cases = [case for name in label.ids for case in explain(name, inventory, store).cases]
    return "undecided" if any(case.judgement.undecided for case in cases) else "silent"


KNOWN: dict[str, tuple[Advisory, ...]] = {}


def known_records(store: Store, name: str) -> tuple[Advisory, ...]:
    """The store's records, looked up once for each name: thousands of labels are about the same few CVEs."""
    if name not in KNOWN:
        KNOWN[name] = store.records(name)
    return KNOWN[name]


def counted(verdicts: list[Verdict]) -> dict[str, tuple[int, ...]]:
    cells: Counter[tuple[str, bool, str]] = Counter((v.kind, v.label.true, v.outcome) for v in verdicts)
    return {
        kind: (
            cells[kind, True, "reported"],
            cells[kind, True, "silent"],
            cells[kind, False, "silent"],
            cells[kind, False, "reported"],
            cells[kind, True, "undecided"] + cells[kind, False, "undecided"],
        )
        for kind in sorted({verdict.kind for verdict in verdicts})
    }


def test_what_people_decided_is_what_we_decide(verdicts: list[Verdict]) -> None:
    counts = counted(verdicts)
    for kind, (kept, missed, dropped, wrong, open_) in counts.items():
        print(
            f"{kind:<12} TP kept {kept:>4} missed {missed:>3}   FP dropped {dropped:>4} reported {wrong:>3}   ? {open_}"
        )
    print(f"decidable: {len(verdicts):,} of {sum(1 for _ in labels()):,} labels")
    assert counts == MEASURED


def test_every_disagreement_has_its_reason(verdicts: list[Verdict]) -> None:
    missed = {v.label.name for v in verdicts if v.label.true and v.outcome == "silent"}
    reported = {v.label.name for v in verdicts if not v.label.true and v.outcome == "reported"}
    assert missed == MISSED.keys()
    assert reported == REPORTED.keys()


def test_three_thousand_packages_are_matched_in_time(store: Store) -> None:
    """Two thirds of them unknown, as in a real image; every known one old enough to have findings."""
    system = OperatingSystem(family="debian", name="12")
    known = [
        Package(type=kind, name=name, version=version, path="x")
        for kind, ecosystem, version, names in (
            ("deb", "Debian:12", "0.1-1", store_names(store, "Debian:12", 160)),
            ("npm", "npm", "0.1.0", store_names(store, "npm", 200)),
            ("golang", "Go", "v0.0.1", store_names(store, "Go", 300)),
            ("pypi", "PyPI", "0.1", store_names(store, "PyPI", 150)),
            ("maven", "Maven", "0.1", store_names(store, "Maven", 120)),
        )
        for name in names
    ]
    strangers = [Package(type="npm", name=f"stranger-{number}", version="1.0.0") for number in range(3000 - len(known))]
    inventory = Inventory(packages=(*known, *strangers), system=system)
    started = time.process_time()
    with Store.open(store.path) as fresh:
        found = find(inventory, fresh)
    spent = time.process_time() - started
    print(f"{len(inventory.packages):,} packages, {len(found.findings):,} findings: {spent:.2f} CPU seconds")
    assert len(found.findings) > 3000
    assert spent < MAX_MATCHING


def store_names(store: Store, ecosystem: str, count: int) -> list[str]:
    """Names of an ecosystem, spread over the alphabet."""
    with sqlite3.connect(store.path) as connection:
        rows = connection.execute("SELECT DISTINCT name FROM pkg WHERE ecosystem = ? ORDER BY name", (ecosystem,))
        names = [row[0] for row in rows if row[0] != "linux"]  # 4,400 findings of its own
    connection.close()
    return names[:: max(1, len(names) // count)][:count]
