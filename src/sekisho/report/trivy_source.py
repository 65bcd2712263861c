"""Who says so, in Trivy's words: source IDs, data sources, the page about a vulnerability."""

from __future__ import annotations

from sekisho.model.finding import Finding, Match
from sekisho.report.trivy_schema import DataSourceEntry

_GHSA_URL = "https://github.com/advisories?query=type%3Areviewed+ecosystem%3A"
_GHSA_NAMES = {
    "crates.io": ("Rust", "rust"),
    "go": ("Go", "go"),
    "hex": ("Erlang", "erlang"),
    "maven": ("Maven", "maven"),
    "npm": ("npm", "npm"),
    "nuget": ("NuGet", "nuget"),
    "packagist": ("Composer", "composer"),
    "pub": ("Pub", "pub"),
    "pypi": ("pip", "pip"),
    "rubygems": ("RubyGems", "rubygems"),
    "swifturl": ("Swift", "swift"),
}
"""OSV's ecosystem → how GitHub's database names it for Trivy."""
_SOURCES = {
    "alma": ("AlmaLinux Product Errata", "https://errata.almalinux.org/"),
    "alpine": ("Alpine Secdb", "https://secdb.alpinelinux.org/"),
    "amazon": ("Amazon Linux Security Center", "https://alas.aws.amazon.com/"),
    "chainguard": ("Chainguard Security Data", "https://packages.cgr.dev/chainguard/security.json"),
    "debian": ("Debian Security Tracker", "https://salsa.debian.org/security-tracker-team/security-tracker"),
    "glad": ("GitLab Advisory Database Community", "https://gitlab.com/gitlab-org/advisories-community"),
    "govulndb": ("The Go Vulnerability Database", "https://pkg.go.dev/vuln/"),
    "k8s": (
        "Official Kubernetes CVE Feed",
        "https://kubernetes.io/docs/reference/issues-security/official-cve-feed/index.json",
    ),
    "oracle-oval": ("Oracle Linux OVAL definitions", "https://linux.oracle.com/security/oval/"),
    "photon": ("Photon OS CVE metadata", "https://packages.broadcom.com/photon/photon_cve_metadata/"),
    "redhat": ("Red Hat OVAL v2", "https://www.redhat.com/security/data/oval/v2/"),
    "rocky": ("Rocky Linux updateinfo", "https://download.rockylinux.org/pub/rocky/"),
    "suse-cvrf": ("SUSE CVRF", "https://ftp.suse.com/pub/projects/security/cvrf/"),
    "ubuntu": ("Ubuntu CVE Tracker", "https://git.launchpad.net/ubuntu-cve-tracker"),
    "wolfi": ("Wolfi Secdb", "https://packages.wolfi.dev/os/security.json"),
}
_OSV_DATABASES = {
    "PYSEC": ("Python Packaging Advisory Database", "https://github.com/pypa/advisory-db"),
    "RUSTSEC": ("RustSec Advisory Database", "https://github.com/RustSec/advisory-db"),
    "OSV": ("Open Source Vulnerability", "https://osv.dev/list"),
}
_BY_PREFIX = {
    "ALAS": "amazon",
    "ALPINE": "alpine",
    "ALBA": "alma",
    "ALEA": "alma",
    "ALSA": "alma",
    "CGA": "chainguard",
    "CVE": "nvd",
    "DEBIAN": "debian",
    "DLA": "debian",
    "DSA": "debian",
    "DTSA": "debian",
    "ELSA": "oracle-oval",
    "GHSA": "ghsa",
    "GMS": "glad",
    "GO": "govulndb",
    "RHBA": "redhat",
    "RHEA": "redhat",
    "RHSA": "redhat",
    "RLSA": "rocky",
    "RXSA": "rocky",
    "SUSE": "suse-cvrf",
    "UBUNTU": "ubuntu",
    "USN": "ubuntu",
    "openSUSE": "suse-cvrf",
}
_BY_ECOSYSTEM = {
    "almalinux": "alma",
    "alpine": "alpine",
    "chainguard": "chainguard",
    "debian": "debian",
    "red hat": "redhat",
    "rocky linux": "rocky",
    "suse": "suse-cvrf",
    "opensuse": "suse-cvrf",
    "ubuntu": "ubuntu",
    "wolfi": "wolfi",
}
_FEEDS = {"go": "govulndb"}
"""Feeds of ours that Trivy calls otherwise."""
VENDOR_ERRATA = ("ALAS", "ALBA", "ALEA", "ALSA", "DLA-", "DSA-", "ELSA", "RHBA", "RHEA", "RHSA", "RLSA", "RXSA",
                 "SUSE-", "USN-", "openSUSE-")  # fmt: skip
"""Names of errata, which Trivy lists as VendorIDs beside the vulnerability's own."""
_PAGES = (
    ("CVE-", "https://avd.aquasec.com/nvd/", True),
    ("RUSTSEC-", "https://osv.dev/vulnerability/", False),
    ("GHSA-", "https://github.com/advisories/", False),
    ("TEMP-", "https://security-tracker.debian.org/tracker/", False),
)


def source_id(source: str, advisory: str = "") -> str:
    """Trivy's word for a source of ours: ``osv/…`` is told apart by the record's name, then by the ecosystem."""
    database, _, ecosystem = source.partition("/")
    if database != "osv":
        return _FEEDS.get(database, database)
    by_name = _BY_PREFIX.get(advisory.partition("-")[0].partition(":")[0])
    if by_name:
        return by_name
    family = ecosystem.lower().partition(":")[0]
    if family in _BY_ECOSYSTEM:
        return _BY_ECOSYSTEM[family]
    return "osv" if advisory else "ghsa" if family in _GHSA_NAMES else "osv"


def data_source(match: Match) -> DataSourceEntry | None:
    """The data source of a record; None for one that Trivy has no name for."""
    ident = source_id(match.source, match.advisory)
    if ident == "ghsa":
        ecosystem = (match.ecosystem or match.source.partition("/")[2]).lower().partition(":")[0]
        name, query = _GHSA_NAMES.get(ecosystem, (match.ecosystem, ecosystem))
        return DataSourceEntry(ident, f"GitHub Security Advisory {name}", _GHSA_URL + query)
    if ident == "osv":
        return DataSourceEntry(ident, *_OSV_DATABASES.get(match.advisory.partition("-")[0], _OSV_DATABASES["OSV"]))
    known = _SOURCES.get(ident)
    return DataSourceEntry(ident, *known) if known else None


def vendor_ids(finding: Finding) -> tuple[str, ...]:
    """The errata among the records and aliases of a finding, sorted."""
    names = {match.advisory for match in finding.matches}.union(finding.aliases)
    return tuple(sorted(name for name in names if name != finding.id and name.startswith(VENDOR_ERRATA)))


def primary_url(finding: Finding) -> str:
    """The page Trivy sends people to; for names it has no page for, the record's own."""
    for prefix, base, lower in _PAGES:
        if finding.id.startswith(prefix):
            return base + (finding.id.lower() if lower else finding.id)
    return finding.url
