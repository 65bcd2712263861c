"""The options that every scanning command understands: Trivy's names, keys and short forms.

Options of Trivy whose work belongs to other commands, or that change nothing here, are understood and hidden, so that a
command line moves over unchanged; where one would change the answer, the command says that it does not.
"""

from __future__ import annotations

from sekisho.cli.option import Option, Shape

FORMATS = ("table", "json", "cyclonedx", "spdx-json")
PKG_TYPES = ("os", "library")
RELATIONSHIPS = ("unknown", "root", "workspace", "direct", "indirect")
IMAGE_SOURCES = ("docker", "containerd", "podman", "remote")
STATES = (
    "unknown",
    "not_affected",
    "affected",
    "fixed",
    "under_investigation",
    "will_not_fix",
    "fix_deferred",
    "end_of_life",
)

REPORT = (
    Option(
        name="format",
        group="report",
        short="f",
        key="format",
        help="table, json, cyclonedx or spdx-json",
        default="table",
    ),
    Option(
        name="output",
        group="report",
        short="o",
        key="output",
        help="write to this file; FORMAT=FILE, repeatable",
        shape="texts",
    ),
    Option(name="severity", group="report", short="s", key="severity", shape="list", help="show only these severities"),
    Option(
        name="ignore-unfixed",
        group="report",
        key="vulnerability.ignore-unfixed",
        shape="flag",
        help="only what has a fix",
    ),
    Option(
        name="ignore-status",
        group="report",
        key="vulnerability.ignore-status",
        shape="list",
        choices=STATES,
        help="leave out these fix states",
    ),
    Option(name="ignorefile", group="report", key="ignorefile", help="findings to set aside (default: .trivyignore)"),
    Option(
        name="show-suppressed",
        group="report",
        key="scan.show-suppressed",
        shape="flag",
        help="also list what was set aside",
    ),
    Option(
        name="exit-code",
        group="report",
        key="exit-code",
        shape="number",
        default=0,
        help="exit with N when findings remain",
    ),
    Option(
        name="exit-on-eol",
        group="report",
        key="exit-on-eol",
        shape="number",
        default=0,
        help="exit with N when the OS is past EOL",
    ),
    Option(
        name="list-all-pkgs",
        group="report",
        key="list-all-pkgs",
        shape="flag",
        default=True,
        help="list packages in JSON",
    ),
    Option(name="color", group="report", help="when to colour", choices=("auto", "always", "never"), default="auto"),
)
SCAN = (
    Option(
        name="scanners",
        group="scan",
        key="scan.scanners",
        shape="list",
        aliases=("security-checks",),
        help="vuln, or none to list packages only (default: vuln; for bills of materials: none)",
    ),
    Option(
        name="pkg-types",
        group="scan",
        key="pkg.types",
        shape="list",
        default=PKG_TYPES,
        choices=PKG_TYPES,
        aliases=("vuln-type",),
        help="packages of the operating system, of languages, or both",
    ),
    Option(
        name="pkg-relationships",
        group="scan",
        key="pkg.relationships",
        shape="list",
        choices=RELATIONSHIPS,
        help="only packages that stand so to the project",
    ),
    Option(
        name="include-dev-deps",
        group="scan",
        key="pkg.include-dev-deps",
        shape="flag",
        help="also development dependencies",
    ),
    Option(name="skip-dirs", group="scan", key="scan.skip-dirs", shape="list", help="directories to pass over (globs)"),
    Option(name="skip-files", group="scan", key="scan.skip-files", shape="list", help="files to pass over (globs)"),
    Option(name="distro", group="scan", key="scan.distro", help="take the distribution to be FAMILY/VERSION"),
    Option(name="allow-partial", group="scan", shape="flag", help="report what could be read when a layer cannot"),
    Option(
        name="offline",
        group="scan",
        aliases=("offline-scan",),
        key="scan.offline",
        shape="flag",
        help="open no socket at all",
    ),
)
DATA = (
    Option(
        name="skip-db-update",
        group="advisories and cache",
        aliases=("skip-update",),
        key="db.skip-update",
        shape="flag",
        help="match against the advisory data as it is",
    ),
    Option(
        name="download-db-only",
        group="advisories and cache",
        key="db.download-only",
        shape="flag",
        help="update the advisory data and stop",
    ),
    Option(
        name="mirror",
        group="advisories and cache",
        key="db.mirror",
        help="read every feed from URL/<upstream host>/<path>",
    ),
    Option(name="db", group="advisories and cache", help="use this advisory store file"),
    Option(
        name="cache-dir",
        group="advisories and cache",
        key="cache.dir",
        help="where the advisory data and the layer cache are kept",
    ),
    Option(
        name="cache-backend",
        group="advisories and cache",
        key="cache.backend",
        choices=("fs", "memory"),
        help="memory keeps no layer cache",
        default="fs",
    ),
)
IMAGE = (
    Option(name="input", group="image", key="image.input", help="an image archive or layout instead of a reference"),
    Option(name="platform", group="image", key="image.platform", help="os/arch[/variant] of a multi-platform image"),
    Option(
        name="image-src",
        group="image",
        key="image.source",
        shape="list",
        default=("docker", "podman", "remote"),
        choices=IMAGE_SOURCES,
        help="where a bare name is looked for, in order",
    ),
    Option(name="docker-host", group="image", key="image.docker.host", help="address of docker's socket"),
    Option(name="podman-host", group="image", key="image.podman.host", help="address of podman's socket"),
    Option(
        name="max-image-size", group="image", key="image.max-size", help="refuse images larger than this, e.g. 10GB"
    ),
)
REGISTRY = (
    Option(name="username", key="registry.username", shape="texts", help="registry user", group="registry"),
    Option(name="password", key="registry.password", shape="texts", help="registry password", group="registry"),
    Option(name="password-stdin", shape="flag", help="read the password from standard input", group="registry"),
    Option(name="registry-token", key="registry.token", help="bearer token", group="registry"),
    Option(name="registry-mirror", shape="list", help="HOST=MIRROR, tried before HOST", group="registry"),
)
NETWORK = (
    Option(
        name="insecure",
        key="insecure",
        shape="flag",
        help="accept any TLS certificate, and plain HTTP",
        group="network",
    ),
    Option(name="cacert", key="cacert", help="PEM file with further certificate authorities", group="network"),
)
REPOSITORY = (
    Option(name="branch", group="repository", key="repository.branch", help="check out this branch"),
    Option(name="tag", group="repository", key="repository.tag", help="check out this tag"),
    Option(name="commit", group="repository", key="repository.commit", help="check out this commit"),
)
GENERAL = (
    Option(
        name="config", short="c", help="configuration file (default: sekisho.yaml or trivy.yaml here)", group="general"
    ),
    Option(name="quiet", short="q", key="quiet", shape="flag", help="no warnings, no progress", group="general"),
    Option(name="no-progress", key="db.no-progress", shape="flag", help="no progress line", group="general"),
    Option(name="timeout", key="timeout", default="5m", help="give up after, e.g. 90s or 10m", group="general"),
    Option(name="debug", short="d", key="debug", shape="flag", help="show tracebacks of defects", group="general"),
)


def _unused(
    name: str, key: str = "", shape: Shape = "text", *, aliases: tuple[str, ...] = (), default: object = None
) -> Option:
    said = "understood, without effect"
    return Option(name=name, key=key, shape=shape, help=said, hidden=True, aliases=aliases, default=default)


UNUSED = (
    _unused("skip-java-db-update", "db.java-skip-update", "flag"),
    _unused("skip-check-update", "rego.skip-check-update", "flag", aliases=("skip-policy-update",)),
    _unused("skip-vex-repo-update", "vulnerability.skip-vex-repo-update", "flag"),
    _unused("skip-version-check", "scan.skip-version-check", "flag"),
    _unused("disable-telemetry", "scan.disable-telemetry", "flag"),
    _unused("download-java-db-only", "db.download-java-only", "flag"),
    _unused("db-repository", "db.repository", "list"),
    _unused("java-db-repository", "db.java-repository", "list"),
    _unused("light", "", "flag"),
    _unused("dependency-tree", "dependency-tree", "flag"),
    _unused("parallel", "scan.parallel"),
    _unused("table-mode", "table-mode", "list"),
    _unused("cache-ttl", "cache.ttl"),
    _unused("rekor-url", "scan.rekor-url"),
)
ANSWERING = (
    _unused("vuln-severity-source", "vulnerability.severity-source", "list", default=("auto",)),
    _unused("detection-priority", "scan.detection-priority", default="precise"),
    _unused("file-patterns", "scan.file-patterns", "list"),
    _unused("removed-pkgs", "image.removed-pkgs", "flag"),
    _unused("sbom-sources", "scan.sbom-sources", "list"),
    _unused("vex", "vulnerability.vex", "list"),
    _unused("ignore-policy", "ignore-policy"),
    _unused("compliance", "scan.compliance"),
    _unused("server", "server.addr"),
    _unused("template", "template"),
    _unused("image-config-scanners", "image.image-config-scanners", "list"),
)
"""Understood, but they would change the answer: given, they are a usage error that says so."""

ALWAYS = REPORT + SCAN + DATA + NETWORK + GENERAL + UNUSED + ANSWERING
KEYS = frozenset(option.key for option in IMAGE + REGISTRY + REPOSITORY + ALWAYS)
"""Every configuration key: one file serves all commands, so a key of another one is no mistake."""
