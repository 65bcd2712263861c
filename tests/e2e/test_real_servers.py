"""Against the real parts: Debian's docker-registry, open and closed, and podman's engine; skipped without them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.servers import PodmanService, RealRegistry, docker_registry, podman_service
from tests.e2e.command import CommandLine, process
from tests.e2e.feeds import upstream
from tests.e2e.images import APP, BASE, FOUND, ids, vulnerabilities
from tests.simulators.images import Layout

USERS = {"ada": "pass:word, with a comma"}


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    layout = Layout(tmp_path_factory.mktemp("layouts") / "shop")
    layout.image(BASE, APP, tag="v1")
    return layout.root


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, layout: Path) -> Iterator[RealRegistry]:
    with docker_registry(tmp_path_factory.mktemp("open")) as server:
        server.push(layout, "v1", "team/shop:v1")
        server.push(layout, "v1", "team/shop:docker", "--format=v2s2")
        yield server


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory, layout: Path) -> Iterator[RealRegistry]:
    with docker_registry(tmp_path_factory.mktemp("closed"), USERS) as server:
        server.push(layout, "v1", "team/shop:v1")
        yield server


def test_a_pipeline_stops_at_an_image_from_the_registry(server: RealRegistry, store: Path) -> None:
    words = ("image", "--severity", "CRITICAL,HIGH", "--format", "json", "--output", "r.json", "--exit-code", "1")
    name = f"{server.host}/team/shop:v1"
    done = process(*words, "--db", store, "--skip-db-update", name)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")
    report = json.loads(Path("r.json").read_bytes())
    assert (report["SchemaVersion"], report["ArtifactName"], report["ArtifactType"]) == (2, name, "container_image")
    metadata = report["Metadata"]
    assert metadata["RepoTags"] == [name] and metadata["RepoDigests"][0].startswith(f"{server.host}/team/shop@sha256:")
    assert metadata["ImageID"].startswith("sha256:") and len(metadata["DiffIDs"]) == 2
    (finding,) = vulnerabilities(report)
    assert (finding["VulnerabilityID"], finding["PkgName"], finding["Severity"]) == (
        "CVE-2021-23337",
        "lodash",
        "CRITICAL",
    )
    assert finding["Layer"]["DiffID"] == metadata["DiffIDs"][1]
    assert finding["PkgIdentifier"]["PURL"] == "pkg:npm/lodash@4.17.20"


def test_the_same_after_an_update_from_a_mirror(sekisho: CommandLine, server: RealRegistry, tmp_path: Path) -> None:
    with upstream() as feeds:
        place = ("--cache-dir", tmp_path / "cache", "--mirror", feeds.url)
        assert sekisho("db", "update", "npm", "Debian:12", *place).code == 0
        words = ("--severity", "CRITICAL,HIGH", "--format", "json", "--output", "r.json", "--exit-code", "1")
        assert sekisho("image", *words, *place, f"{server.host}/team/shop:v1").code == 1
    assert ids(json.loads(Path("r.json").read_bytes())) == ["CVE-2021-23337"]


def test_dockers_manifests_are_read_as_well(sekisho: CommandLine, server: RealRegistry, store: Path) -> None:
    words = ("image", "--skip-db-update", "--db", store, "-f", "json")
    assert ids(sekisho(*words, f"registry:{server.host}/team/shop:docker").report) == FOUND
    missing = sekisho(*words, f"{server.host}/team/shop:v9")
    assert missing.code == 3 and "hint: there is v1" in missing.err


def test_a_closed_registry_opens_for_those_it_knows(
    sekisho: CommandLine, closed: RealRegistry, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((user, password),) = USERS.items()
    words = ("image", "--skip-db-update", "--db", store, "-f", "json", f"{closed.host}/team/shop:v1")
    refused = sekisho(*words, "--exit-code", "1")
    assert refused.code == 3 and f"hint: docker login {closed.host}" in refused.err and refused.raw == b""
    assert sekisho(*words, "--username", user, "--password", "guess").code == 3
    assert ids(sekisho(*words, "--username", user, "--password", password).report) == FOUND
    auth = base64.b64encode(f"{user}:{password}".encode()).decode()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {closed.host: {"auth": auth}}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    assert ids(sekisho(*words).report) == FOUND


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, layout: Path) -> Iterator[PodmanService]:
    with podman_service(tmp_path_factory.mktemp("engine")) as engine:
        engine.load(layout, "v1", "localhost/team/shop:v1")
        yield engine


def test_an_engines_image_is_read_over_its_socket(
    sekisho: CommandLine, engine: PodmanService, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("image", "--skip-db-update", "--db", store, "-f", "json")
    named = sekisho(*words, "--podman-host", f"unix://{engine.socket}", "podman:localhost/team/shop:v1")
    assert (named.code, ids(named.report)) == (0, FOUND)
    assert named.report["Metadata"]["RepoTags"] == ["localhost/team/shop:v1"]
    monkeypatch.setenv("CONTAINER_HOST", f"unix://{engine.socket}")
    assert ids(sekisho(*words, "podman:localhost/team/shop:v1").report) == FOUND
    assert ids(sekisho(*words, "localhost/team/shop:v1").report) == FOUND
    missing = sekisho(*words, "podman:localhost/team/other:v1", "--exit-code", "1")
    assert missing.code == 3 and "has no image localhost/team/other:v1" in missing.err
