"""Small reports of every shape: images of Debian, Alpine and Alma, a repository, nothing at all, and hostility."""

from __future__ import annotations

from typing import Any

import msgspec

from sekisho.model.advisory import Exploitation, Score
from sekisho.model.artifact import Artifact, Commit, Layer
from sekisho.model.finding import Finding, Match, Report, StoreInfo
from sekisho.model.inventory import Gap, Inventory, OperatingSystem
from sekisho.model.package import Package
from sekisho.model.purl import package_purl
from sekisho.model.severity import Severity

NOW = "2026-11-23T13:20:00Z"
LAYERS = tuple(
    Layer(
        diff_id="sha256:" + f"{number:064x}", digest="sha256:" + f"{number + 16:064x}", uncompressed_size=number << 20
    )
    for number in (1, 2, 3)
)
DEBIAN = OperatingSystem(
    family="debian",
    name="12.8",
    id="debian",
    version_id="12",
    pretty_name="Debian GNU/Linux 12 (bookworm)",
    eol="2028-06-30",
)
SCORE = Score("nvd", "CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")


def package(kind: str, name: str, version: str, system: OperatingSystem | None = None, **fields: Any) -> Package:
    """A package with the purl the inventory would give it."""
    bare = Package(type=kind, name=name, version=version, **fields)
    return msgspec.structs.replace(bare, purl=package_purl(bare, system))


def deb(name: str, version: str, **fields: Any) -> Package:
    given = {
        "arch": "amd64",
        "found_by": "dpkg",
        "path": "var/lib/dpkg/status",
        "layer": LAYERS[0].diff_id,
        "base": True,
    }
    return package("deb", name, version, DEBIAN, **(given | fields))


LIBSSL = deb(
    "libssl3",
    "3.0.14-1~deb12u2",
    source_name="openssl",
    depends_on=("libc6",),
    licenses=("Apache-2.0", "GPL-1+"),
    supplier="Debian OpenSSL Team <team@example.test>",
    homepage="https://www.openssl.org/",
    description="TLS toolkit",
)
OPENSSL = deb("openssl", "3.0.14-1~deb12u2", depends_on=("libc6", "libssl3"))
LIBC = deb("libc6", "2.36-9+deb12u8", source_name="glibc")
EPOCH = deb("bind9", "1:9.18.28-1~deb12u2", source_name="bind9", source_version="1:9.18.28-1")
NET = package(
    "golang",
    "golang.org/x/net",
    "v0.17.0",
    found_by="gobinary",
    path="app/shop",
    layer=LAYERS[2].diff_id,
    checksums=("h1:pVaXccu2ozPjCXewfr1S7xza/zcXTity9cCdXQYSjIM=",),
)
NET_AGAIN = msgspec.structs.replace(NET, path="app/worker", layer=LAYERS[1].diff_id)
AZURE = package("golang", "github.com/Azure/go-autorest", "v14.2.0+incompatible", found_by="gobinary", path="app/shop")
LODASH = package(
    "npm",
    "lodash",
    "4.17.20",
    found_by="npm",
    path="app/package-lock.json",
    layer=LAYERS[2].diff_id,
    lines=(10, 14),
    relation="direct",
    licenses=("MIT",),
    checksums=("sha512:" + "ab" * 64,),
    depends_on=("@babel/core@7.1.0",),
)
BABEL = package(
    "npm",
    "@babel/core",
    "7.1.0",
    found_by="npm",
    path="app/package-lock.json",
    relation="indirect",
    dev=True,
    licenses=("(MIT OR Apache-2.0)",),
)
LOG4J = package(
    "maven",
    "org.apache.logging.log4j:log4j-core",
    "2.14.1",
    found_by="jar",
    layer=LAYERS[2].diff_id,
    path="app/shop.jar!/BOOT-INF/lib/log4j-core-2.14.1.jar",
    checksums=("sha1:" + "0a" * 20,),
)
FLASK = package(
    "pypi",
    "Flask_Login",
    "0.6.3",
    found_by="python-pkg",
    path="usr/lib/python3/dist-packages/Flask_Login.dist-info/METADATA",
    owned_by="python3-flask-login@0.6.3",
    licenses=("BSD or something", "MIT"),
)
LOCAL = package("golang", "./internal", "", found_by="gomod", path="go.mod")


def finding(where: Package, name: str, severity: Severity, fixed: str = "", **fields: Any) -> Finding:
    """One finding with the details a report prints."""
    given: dict[str, Any] = {
        "severity_source": "nvd",
        "title": f"{where.name}: a hole",
        "description": "Somebody could get in <through> & out.",
        "cwes": ("CWE-79",),
        "scores": (SCORE,),
        "vendor_severities": (("nvd", severity),),
        "references": ("https://example.test/a", "https://example.test/b"),
        "published": "2024-01-02T03:04:05Z",
        "modified": "2024-02-03",
        "state": "fixed" if fixed else "affected",
        "matches": (Match(advisory="GHSA-aaaa-bbbb-cccc", source="osv/npm", ecosystem="npm", covered_by=">=0, <9"),),
    }
    return Finding(id=name, package=where, severity=severity, fixed_version=fixed, **(given | fields))


IMAGE = Artifact(
    name="registry.example.test/acme/shop:1.4",
    kind="container_image",
    reference="registry.example.test/acme/shop:1.4",
    image_id="sha256:" + "1d" * 32,
    manifest_digest="sha256:" + "9f2c" * 16,
    repo_tags=("registry.example.test/acme/shop:1.4",),
    platform="linux/amd64",
    layers=LAYERS,
    config={"os": "linux", "architecture": "amd64"},
)
STORE = StoreInfo(built_at="2026-11-23T04:10:00Z", sources=("debian", "osv/Go", "osv/npm"))
SHOP = Report(
    artifact=IMAGE,
    inventory=Inventory(
        packages=(EPOCH, LIBC, LIBSSL, OPENSSL, LOCAL, AZURE, NET, NET_AGAIN, LOG4J, BABEL, LODASH, FLASK),
        system=DEBIAN,
    ),
    findings=(
        finding(LIBSSL, "CVE-2024-5535", Severity.CRITICAL, "3.0.15-1~deb12u1"),
        finding(LIBSSL, "CVE-2024-4741", Severity.HIGH, "3.0.14-1~deb12u3", aliases=("DSA-5764-1",)),
        finding(OPENSSL, "CVE-2024-5535", Severity.CRITICAL, "3.0.15-1~deb12u1"),
        finding(LIBC, "CVE-2010-4756", Severity.LOW, state="will_not_fix"),
        finding(
            NET, "CVE-2023-45288", Severity.HIGH, "0.23.0", exploitation=Exploitation(cve="x", kev_added="2024-05-01")
        ),
        finding(NET_AGAIN, "CVE-2023-45288", Severity.HIGH, "0.23.0"),
        finding(LODASH, "CVE-2021-23337", Severity.HIGH, "4.17.21"),
        finding(LODASH, "CVE-2020-28500", Severity.MEDIUM, "4.17.21"),
    ),
    store=STORE,
    created_at=NOW,
    elapsed=2.13,
)
ALPINE_SYSTEM = OperatingSystem(family="alpine", name="3.19.1", id="alpine", version_id="3.19.1")
ALPINE = Report(
    artifact=msgspec.structs.replace(IMAGE, name="alpine.tar", reference="", manifest_digest="", repo_tags=()),
    inventory=Inventory(
        packages=(
            package(
                "apk",
                "libcrypto3",
                "3.1.4-r5",
                ALPINE_SYSTEM,
                arch="x86_64",
                source_name="openssl",
                licenses=("Apache-2.0",),
                found_by="apk",
                path="lib/apk/db/installed",
                layer=LAYERS[0].diff_id,
                checksums=("sha1:" + "1b" * 20,),
            ),
            package("apk", "musl", "1.2.4_git20230717-r4", ALPINE_SYSTEM, arch="x86_64", path="lib/apk/db/installed"),
        ),
        system=ALPINE_SYSTEM,
        gaps=(Gap(path="opt/app.jar", extractor="jar", reason="truncated"),),
    ),
    store=STORE,
    created_at=NOW,
)
ALMA_SYSTEM = OperatingSystem(family="alma", name="9.4", id="almalinux", version_id="9.4")
ALMA = Report(
    artifact=msgspec.structs.replace(IMAGE, name="alma"),
    inventory=Inventory(
        packages=(
            package(
                "rpm",
                "nodejs",
                "1:18.20.2-2.module_el9",
                ALMA_SYSTEM,
                arch="x86_64",
                modularity="nodejs:18:9040020240503:rhel9",
                source_name="nodejs",
                source_version="1:18.20.2-2.module_el9",
                found_by="rpm",
                path="var/lib/rpm/rpmdb.sqlite",
            ),
            package(
                "rpm",
                "openssl-libs",
                "1:3.0.7-27.el9",
                ALMA_SYSTEM,
                arch="x86_64",
                source_name="openssl",
                source_version="3.0.7-27.el9",
                supplier="AlmaLinux",
                path="var/lib/rpm/rpmdb.sqlite",
            ),
        ),
        system=ALMA_SYSTEM,
    ),
    created_at=NOW,
)
REPOSITORY = Report(
    artifact=Artifact(
        name="https://example.test/acme/shop",
        kind="repository",
        commit=Commit(url="https://example.test/acme/shop", branch="main", commit="5ae342eb" * 5),
    ),
    inventory=Inventory(packages=(BABEL, LODASH)),
    findings=(finding(LODASH, "GHSA-35jh-r3h4-6jhm", Severity.HIGH, "4.17.21", scores=(), references=()),),
    store=STORE,
    created_at=NOW,
)
EMPTY = Report(artifact=Artifact(name="nothing", kind="filesystem"), inventory=Inventory(), created_at=NOW, store=STORE)
HOSTILE_TEXT = "\x1b[2J\u202e<script>&\u2028\r\n\x00" + "x" * 300
HOSTILE = Report(
    artifact=Artifact(name=HOSTILE_TEXT, kind="container_image", manifest_digest=HOSTILE_TEXT, platform=HOSTILE_TEXT),
    inventory=Inventory(
        packages=(
            Package(
                type="npm",
                name=HOSTILE_TEXT,
                version=HOSTILE_TEXT,
                path=HOSTILE_TEXT,
                licenses=(HOSTILE_TEXT, "MIT"),
                supplier=HOSTILE_TEXT,
                homepage="https://x y",
                description=HOSTILE_TEXT,
                checksums=("sha1:zz", HOSTILE_TEXT),
                purl="pkg:npm/hostile@1",
                relation="direct",
                found_by=HOSTILE_TEXT,
                depends_on=(HOSTILE_TEXT,),
            ),
        ),
        gaps=(Gap(path=HOSTILE_TEXT, extractor="x", reason=HOSTILE_TEXT),),
    ),
    undecided=(HOSTILE_TEXT,),
    created_at=NOW,
)
HOSTILE = msgspec.structs.replace(
    HOSTILE,
    findings=(
        finding(
            HOSTILE.inventory.packages[0],
            f"CVE-{HOSTILE_TEXT}",
            Severity.LOW,
            HOSTILE_TEXT,
            url="https://\x1b/",
            cwes=("CWE-0", "CWE-x"),
            published="yesterday",
            scores=(Score("n", "CVSS_V3", HOSTILE_TEXT),),
        ),
    ),
)
REPORTS = {
    "shop": SHOP,
    "alpine": ALPINE,
    "alma": ALMA,
    "repository": REPOSITORY,
    "empty": EMPTY,
    "hostile": HOSTILE,
}
