"""Trivy's own expected reports: each is read back into our words and written again, and must come out the same.

That proves the writer field for field: order, names, what is left out, Go's escaping, scores computed from vectors, and
the identities (ArtifactID, Fingerprint, UID) computed from content.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from sekisho.model.advisory import Score
from sekisho.model.artifact import Artifact, Commit, Layer
from sekisho.model.finding import Finding, Match, Report, Suppressed
from sekisho.model.inventory import Inventory, OperatingSystem
from sekisho.model.package import Package
from sekisho.model.severity import Severity
from sekisho.report.options import RenderOptions
from sekisho.report.trivy_json import render
from tests.contract.shared import area

FAMILIES = {
    "alma": "rpm", "alpine": "apk", "amazon": "rpm", "centos": "rpm", "debian": "deb", "opensuse-leap": "rpm",
    "opensuse-tumbleweed": "rpm", "oracle": "rpm", "redhat": "rpm", "slem": "rpm", "ubuntu": "deb",
}  # fmt: skip
ECOSYSTEMS = {"Pip": "PyPI", "Npm": "npm", "Nuget": "NuGet"}

OTHER_SCANNERS = {
    "secrets": "secrets are another scanner's finds",
    "license-cyclonedx": "licence findings are another scanner's",
    "amazonlinux2-gp2-x86-vm": "a virtual machine's disk; its golden report predates fingerprints",
    "ubuntu-gp2-x86-vm": "a virtual machine's disk; its golden report predates fingerprints",
}

UID, GHSA, RUSTSEC, CUSTOM, POM = "uid", "ghsa", "rustsec", "custom", "pom"
REASONS = {
    UID: "the UID hashes what this report does not tell: the files an OS package installed, licences, jar digests",
    GHSA: "the fixture database writes Npm, Pip and Nuget; the real one, as we do, GitHub's npm, pip and NuGet",
    RUSTSEC: "the fixture database gives RustSec no ID; the real one calls it osv",
    CUSTOM: "custom resources come from a WASM module",
    POM: "the ID of a pom's package ends in a hash of the whole project tree",
}
GOLDENS: dict[str, tuple[str, ...]] = {
    "almalinux-8": (UID,),
    "alpine-310": (UID,),
    "alpine-distroless": (UID,),
    "amazon-1": (UID,),
    "bun": (GHSA,),
    "busybox-with-lockfile": (UID, RUSTSEC),
    "centos-7": (UID,),
    "centos-7-ignore-unfixed": (UID,),
    "centos-7-medium": (UID,),
    "cocoapods": (),
    "debian-buster": (UID,),
    "debian-buster-ignore-unfixed": (UID,),
    "distroless-base": (UID,),
    "distroless-python27": (UID,),
    "dotnet": (GHSA,),
    "fluentd-gems": (UID,),
    "gomod": (UID,),
    "gomod-skip": (UID,),
    "gomod-vex": (UID,),
    "minikube-kbom": (),
    "npm": (GHSA,),
    "npm-ubuntu-severity": (UID, GHSA),
    "npm-with-dev": (GHSA,),
    "opensuse-leap-151": (UID,),
    "opensuse-tumbleweed": (UID,),
    "oraclelinux-8": (UID,),
    "packagesprops": (GHSA,),
    "pip": (GHSA,),
    "pipenv": (GHSA,),
    "pom": (UID, POM),
    "pubspec.lock": (),
    "pylock": (GHSA,),
    "sl-micro-rancher5.4": (),
    "spring4shell-jre11": (UID, CUSTOM),
    "spring4shell-jre8": (UID, CUSTOM),
    "test-repo": (UID, RUSTSEC),
    "ubi-7": (UID,),
    "ubi-7-comprehensive": (UID, GHSA),
    "uv": (GHSA,),
}
"""Every report of the vulnerability scanner, and where we do not follow it."""


def golden(name: str) -> str:
    return (area("scan") / "golden" / "trivy" / f"{name}.json.golden").read_text()


def without(text: str, exceptions: tuple[str, ...]) -> str:
    """The text with everything neutral that an exception is about."""
    if UID in exceptions:
        text = re.sub(r'"UID": "[0-9a-f]+"', '"UID": ""', text)
    if GHSA in exceptions:
        for spelled in ("npm", "pip", "NuGet"):
            text = text.replace(f"Advisory {spelled.capitalize()}", f"Advisory {spelled}")
    if RUSTSEC in exceptions:
        text = re.sub(r'"ID": "osv",\s*', "", text)
    if CUSTOM in exceptions:
        text = re.sub(r',\s*\{\s*"Target": "",\s*"Class": "custom".*(?=\n  \])', "", text, flags=re.DOTALL)
    if POM in exceptions:
        text = re.sub(r'"Fingerprint": ".*"', '"Fingerprint": ""', text.replace("::6a9e9547", ""))
    return text


def layers(metadata: dict[str, Any]) -> tuple[Layer, ...]:
    return tuple(
        Layer(diff_id=layer["DiffID"], digest=layer["Digest"], uncompressed_size=layer["Size"])
        for layer in metadata.get("Layers", ())
    )


def shuffled(config: Any) -> Any:
    """The image's own configuration has another order and more keys than Trivy keeps."""
    if not isinstance(config, dict):
        return config
    return {"unknown": {"x": 1}} | {
        key: shuffled(config[key]) if key == "config" else config[key] for key in reversed(config)
    }


def artifact(document: dict[str, Any]) -> Artifact:
    held = document.get("Metadata", {})
    commit = Commit(
        url=held.get("RepoURL", ""), branch=held.get("Branch", ""), commit=held.get("Commit", ""),
        message=held.get("CommitMsg", ""), author=held.get("Author", ""), committer=held.get("Committer", ""),
    )  # fmt: skip
    return Artifact(
        name=document["ArtifactName"],
        kind=document["ArtifactType"],
        reference=held.get("Reference", ""),
        image_id=held.get("ImageID", ""),
        repo_tags=tuple(held.get("RepoTags", ())),
        repo_digests=tuple(held.get("RepoDigests", ())),
        layers=layers(held),
        config=shuffled(held.get("ImageConfig", {})),
        commit=commit if held.get("Commit") else None,
    )


def package(result: dict[str, Any], **fields: Any) -> Package:
    system = result["Class"] == "os-pkgs"
    kind = FAMILIES[result["Type"]] if system else result["Type"]
    path = "" if system else result["Target"]
    return Package(type=kind, **({"path": path, "found_by": "" if system else result["Type"]} | fields))


def listed(result: dict[str, Any], entry: dict[str, Any], keys: dict[str, str]) -> Package:
    lines = entry.get("Locations", [None])[0]
    return package(
        result,
        name=entry["Name"],
        version=entry["Version"],
        purl=entry["Identifier"]["PURL"],
        licenses=tuple(entry.get("Licenses", ())),
        relation=entry.get("Relationship", ""),
        dev=entry.get("Dev", False),
        depends_on=tuple(keys[ident] for ident in entry.get("DependsOn", ()) if ident in keys),
        lines=(lines["StartLine"], lines["EndLine"]) if lines else None,
    )


def implicated(result: dict[str, Any], entry: dict[str, Any], known: dict[str, Package]) -> Package:
    identifier = entry["PkgIdentifier"]
    if identifier.get("UID") in known:
        return known[identifier["UID"]]
    ident = entry.get("PkgID", "")
    fields: dict[str, Any] = {
        "name": entry["PkgName"],
        "version": entry["InstalledVersion"],
        "purl": identifier["PURL"],
        "layer": entry.get("Layer", {}).get("DiffID", ""),
    }
    if "BOMRef" in identifier:
        fields |= {"facts": {"bom-ref": identifier["BOMRef"]}, "found_by": "", "path": ""}
    if entry.get("PkgPath"):
        fields["path"] = entry["PkgPath"]
    if result["Class"] == "os-pkgs" and FAMILIES[result["Type"]] == "rpm":
        fields["arch"] = ident.rpartition(".")[2]
    return package(result, **fields)


def match(entry: dict[str, Any]) -> tuple[Match, ...]:
    source = entry.get("DataSource")
    if not source:
        return ()
    if source.get("ID") == "ghsa":
        ecosystem = source["Name"].rpartition(" ")[2]
        return (Match(advisory="GHSA-x", source="osv/x", ecosystem=ECOSYSTEMS.get(ecosystem, ecosystem)),)
    if source["Name"].startswith("RustSec"):
        return (Match(advisory="RUSTSEC-2019-0001", source="osv/crates.io"),)
    return (Match(advisory=entry["VulnerabilityID"], source=source["ID"]),)


def finding(result: dict[str, Any], entry: dict[str, Any], known: dict[str, Package]) -> Finding:
    scores = [
        Score(source, f"CVSS_{generation}", held[f"{generation}Vector"])
        for source, held in entry.get("CVSS", {}).items()
        for generation in ("V2", "V3")
        if f"{generation}Vector" in held
    ]
    return Finding(
        id=entry["VulnerabilityID"],
        aliases=tuple(entry.get("VendorIDs", ())),
        package=implicated(result, entry, known),
        fixed_version=entry.get("FixedVersion", ""),
        state=entry["Status"],
        severity=Severity[entry["Severity"]],
        severity_source=entry.get("SeveritySource", ""),
        title=entry.get("Title", ""),
        description=entry.get("Description", ""),
        cwes=tuple(entry.get("CweIDs", ())),
        scores=tuple(scores),
        vendor_severities=tuple((s, Severity(n)) for s, n in reversed(entry.get("VendorSeverity", {}).items())),
        references=tuple(entry.get("References", ())),
        url=entry.get("PrimaryURL", ""),
        published=entry.get("PublishedDate", ""),
        modified=entry.get("LastModifiedDate", ""),
        matches=match(entry),
    )


def report(document: dict[str, Any]) -> Report:
    packages: list[Package] = []
    findings: list[Finding] = []
    aside: list[Suppressed] = []
    for result in document["Results"]:
        if result["Class"] == "custom":
            continue
        entries = result.get("Packages", [])
        keys = {entry["ID"]: f"{entry['Name']}@{entry['Version']}" for entry in entries if "ID" in entry}
        known = {entry["Identifier"]["UID"]: listed(result, entry, keys) for entry in entries}
        packages += known.values()
        if not known and not result.get("Vulnerabilities") and result["Class"] == "lang-pkgs":
            packages.append(package(result, name="clean", version="1"))
        findings += [finding(result, entry, known) for entry in reversed(result.get("Vulnerabilities", []))]
        aside += [
            Suppressed(
                finding=finding(result, entry["Finding"], known),
                kind=entry["Status"], source=entry["Source"], statement=entry["Statement"],
            )
            for entry in result.get("ExperimentalModifiedFindings", [])
        ]  # fmt: skip
    held = document.get("Metadata", {}).get("OS")
    system = (
        OperatingSystem(family=held["Family"], name=held["Name"], eol="2000-01-01" if held.get("EOSL") else "")
        if held
        else None
    )
    return Report(
        artifact=artifact(document),
        inventory=Inventory(packages=tuple(reversed(packages)), system=system),
        findings=tuple(findings),
        suppressed=tuple(aside),
        created_at=document["CreatedAt"],
    )


def written(document: dict[str, Any]) -> str:
    options = RenderOptions(
        tool_version="dev",
        report_id=document.get("ReportID", "x"),
        extras=False,
        show_suppressed=True,
        include_dev=True,
        list_all_packages=any("Packages" in result for result in document["Results"]),
    )
    return render(report(document), options=options).decode()


@pytest.mark.parametrize(("name", "exceptions"), GOLDENS.items())
def test_report_is_written_as_trivy_writes_it(name: str, exceptions: tuple[str, ...]) -> None:
    text = golden(name)
    assert without(written(json.loads(text)), exceptions) == without(text, exceptions)


@pytest.mark.parametrize(("name", "exceptions"), [(name, held) for name, held in GOLDENS.items() if held])
def test_every_exception_is_still_needed(name: str, exceptions: tuple[str, ...]) -> None:
    text = golden(name)
    ours = written(json.loads(text))
    for dropped in exceptions:
        rest = tuple(exception for exception in exceptions if exception != dropped)
        assert without(ours, rest) != without(text, rest), REASONS[dropped]


def test_no_golden_report_is_forgotten() -> None:
    directory = area("scan") / "golden" / "trivy"
    reports = {
        path.name.removesuffix(".json.golden")
        for path in directory.glob("*.json.golden")
        if '"SchemaVersion"' in path.read_text()[:40]
    }
    assert reports == GOLDENS.keys() | OTHER_SCANNERS.keys()


def test_listed_packages_have_trivys_uid() -> None:
    """Where a report lists its packages whole, the UID is computed from the same facts."""
    theirs, ours = [], []
    for name in GOLDENS:
        document = json.loads(golden(name))
        again = json.loads(written(document))
        for wanted, got in zip(document["Results"], again["Results"], strict=False):
            theirs += [entry["Identifier"]["UID"] for entry in wanted.get("Packages", ())]
            ours += [entry["Identifier"]["UID"] for entry in got.get("Packages", ())]
    assert len(theirs) == 48
    assert ours == theirs


def test_suppressed_findings_stand_where_trivy_shows_them() -> None:
    """``trivy convert --show-suppressed``; the file is older than fingerprints and the names of analysers."""
    path = area("scan") / "golden" / "trivy" / "fixtures" / "convert" / "npm-with-suppressed.json.golden"
    younger = {"UID", "Fingerprint", "AnalyzedBy", "ReportID", "Trivy"}

    def old(node: Any) -> Any:
        if isinstance(node, list):
            return [old(item) for item in node]
        return {key: old(node[key]) for key in node if key not in younger} if isinstance(node, dict) else node

    wanted = json.loads(path.read_text())
    assert json.dumps(old(json.loads(written(wanted)))) == json.dumps(old(wanted))
