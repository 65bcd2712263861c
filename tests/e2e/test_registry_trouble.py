"""A registry that refuses, fails, stalls or lies: a clear error, exit code 3, and never half an answer."""

from __future__ import annotations

import base64
import gzip
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.command import CommandLine, Outcome
from tests.e2e.images import APP, BASE, FOUND, ids
from tests.simulators.images import layer_tar
from tests.simulators.registry import RegistrySimulator, sha256

LAYERS = [layer_tar(BASE), layer_tar(APP)]
Pull = Callable[..., Outcome]


@pytest.fixture
def pull(sekisho: CommandLine, registry: RegistrySimulator, store: Path, impatient: None) -> Pull:
    """``pull()`` scans ``team/shop:v1`` of the simulator."""
    registry.add_image("team/shop", "v1", LAYERS)
    return lambda *words, name="team/shop:v1": sekisho(
        "image", "--skip-db-update", "--db", store, "-f", "json", *words, f"{registry.host}/{name}"
    )


@pytest.fixture
def layer(registry: RegistrySimulator) -> str:
    """The digest of the second layer as it is stored."""
    return sha256(gzip.compress(LAYERS[1], 6, mtime=0))


def refused(outcome: Outcome, *words: str) -> bool:
    """Say whether this is an error that names all the words, and nothing else."""
    assert (outcome.code, outcome.raw) == (3, b""), outcome
    assert outcome.err.startswith("error: ")
    missing = [word for word in words if word not in outcome.err]
    assert missing == [], outcome.err
    return True


def test_an_image_is_read_from_its_registry(pull: Pull, registry: RegistrySimulator) -> None:
    found = pull()
    assert (found.code, found.err, ids(found.report)) == (0, "", FOUND)
    assert found.report["ArtifactName"] == f"{registry.host}/team/shop:v1"
    digest = next(name for name in registry.manifests["team/shop"] if ":" in name)
    assert found.report["Metadata"]["RepoDigests"] == [f"{registry.host}/team/shop@{digest}"]
    assert ids(pull(name=f"team/shop@{digest}").report) == FOUND


def test_a_second_scan_asks_for_no_layer(pull: Pull, registry: RegistrySimulator, layer: str) -> None:
    pull()
    assert pull().code == 0
    assert registry.count(f"/v2/team/shop/blobs/{layer}") == 1


@pytest.mark.parametrize("name", ["team/shop:v2", "team/nothing:v1", f"team/shop@sha256:{'0' * 64}"])
def test_what_is_not_there_is_not_clean(pull: Pull, name: str) -> None:
    assert refused(pull("--exit-code", "1", name=name), name.partition(":")[0].partition("@")[0])


def test_a_closed_registry_says_how_to_get_in(
    sekisho: CommandLine, store: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with RegistrySimulator(auth="basic", users={"ada": "a, b"}) as closed:
        closed.add_image("team/shop", "v1", LAYERS)
        words = ("image", "--skip-db-update", "--db", store, "-f", "json", f"{closed.host}/team/shop:v1")
        assert refused(sekisho(*words), "hint: docker login")
        assert refused(sekisho(*words, "--username", "ada", "--password", "guess"))
        assert ids(sekisho(*words, "--username", "ada", "--password", "a, b").report) == FOUND
        monkeypatch.setenv("TRIVY_USERNAME", "ada")
        monkeypatch.setenv("TRIVY_PASSWORD", "a, b")
        assert ids(sekisho(*words).report) == FOUND
        monkeypatch.delenv("TRIVY_USERNAME")
        monkeypatch.delenv("TRIVY_PASSWORD")
        login = {"auths": {closed.host: {"auth": base64.b64encode(b"ada:a, b").decode()}}}
        (tmp_path / "config.json").write_text(json.dumps(login))
        monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
        assert ids(sekisho(*words).report) == FOUND


def test_a_password_may_come_from_standard_input(
    sekisho: CommandLine, store: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("secret\n")
    with RegistrySimulator(auth="token", users={"ada": "secret"}) as closed, (tmp_path / "password").open() as typed:
        closed.add_image("team/shop", "v1", LAYERS)
        monkeypatch.setattr("sys.stdin", typed)
        words = ("image", "--skip-db-update", "--db", store, "-f", "json", "--username", "ada", "--password-stdin")
        assert ids(sekisho(*words, f"{closed.host}/team/shop:v1").report) == FOUND


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (401, {}, ("login", "hint: docker login")),
        (403, {}, ("does not let us read team/shop", "hint: docker login")),
        (404, {}, ("team/shop",)),
        (429, {"Retry-After": "3600"}, ("too many requests", "3600 s")),
        (500, {}, ("the server failed (HTTP 500)",)),
        (503, {}, ("the server failed (HTTP 503)",)),
        (418, {}, ("unexpected answer (HTTP 418)",)),
    ],
)
def test_an_error_answer_is_an_error(
    pull: Pull, registry: RegistrySimulator, status: int, headers: dict[str, str], words: tuple[str, ...]
) -> None:
    registry.failures = [(status, headers)] * 40
    assert refused(pull("--exit-code", "1"), *words)


def test_a_registry_that_recovers_is_worth_asking_again(pull: Pull, registry: RegistrySimulator) -> None:
    registry.failures = [(503, {}), (429, {"Retry-After": "0"})]
    assert ids(pull().report) == FOUND


def test_a_dropped_connection_is_taken_up_again(pull: Pull, registry: RegistrySimulator) -> None:
    registry.drops = [10**9, 100]  # the configuration comes whole
    assert ids(pull().report) == FOUND


def test_a_blob_that_never_comes_whole_is_no_verdict(pull: Pull, registry: RegistrySimulator) -> None:
    registry.drops = [10**9, *[0] * 60]
    assert refused(pull(), "layer 1 of 2", "closed the connection")


@pytest.mark.parametrize("sent", [-1, 0, 50])
def test_a_stalled_layer_ends_with_the_time_limit(
    pull: Pull, registry: RegistrySimulator, layer: str, sent: int
) -> None:
    registry.stalls[layer] = sent
    started = time.monotonic()
    assert refused(pull("--timeout", "400ms"), "the work took longer than 400ms", "hint: allow more with --timeout")
    assert time.monotonic() - started < 5


def test_a_stalled_manifest_ends_with_the_time_limit(pull: Pull, registry: RegistrySimulator) -> None:
    (digest,) = (name for name in registry.manifests["team/shop"] if ":" in name)
    registry.stalls[digest] = -1
    assert refused(pull("--timeout", "300ms"), "the work took longer than 300ms")


@pytest.mark.parametrize(
    "instead",
    [b"", b"short", gzip.compress(layer_tar({"other": b"x"})), gzip.compress(LAYERS[1], 1, mtime=1), bytes(5000)],
    ids=["nothing", "less", "another layer", "the layer packed otherwise", "zeros"],
)
def test_other_bytes_than_promised_are_refused(
    pull: Pull, registry: RegistrySimulator, layer: str, instead: bytes
) -> None:
    registry.corrupted[layer] = instead
    assert refused(pull("--exit-code", "1"), "layer 2 of 2")
    assert refused(pull("--exit-code", "1"), "layer 2 of 2")  # and nothing of it was remembered


def test_another_manifest_than_promised_is_refused(pull: Pull, registry: RegistrySimulator) -> None:
    (digest,) = (name for name in registry.manifests["team/shop"] if ":" in name)
    registry.corrupted[digest] = json.dumps({"schemaVersion": 2, "config": {}, "layers": []}).encode()
    assert refused(pull(name=f"team/shop@{digest}"), "the bytes are not the ones promised")
    assert refused(pull())
    for body in (b"<html>please log in</html>", b'{"\x80": 1}', b"[" * 100_000):
        registry.corrupted[digest] = body
        assert refused(pull())


def test_another_configuration_than_promised_is_refused(pull: Pull, registry: RegistrySimulator) -> None:
    manifest = json.loads(registry.manifests["team/shop"]["v1"].body)
    registry.corrupted[manifest["config"]["digest"]] = b"{}"
    assert refused(pull(), "the bytes are not the ones promised")


def test_part_of_an_image_may_be_asked_for(pull: Pull, registry: RegistrySimulator, layer: str) -> None:
    registry.corrupted[layer] = b"short"
    partly = pull("--allow-partial")
    assert partly.code == 3 and ids(partly.report) == ["CVE-2023-5363", "CVE-2023-9999"]


@pytest.fixture
def closed_port() -> Iterator[str]:
    with RegistrySimulator() as gone:
        host = gone.host
    yield host


def test_nobody_listening_is_an_error(sekisho: CommandLine, store: Path, closed_port: str, impatient: None) -> None:
    words = ("image", "--skip-db-update", "--db", store, "--exit-code", "1")
    assert refused(
        sekisho(*words, f"{closed_port}/team/shop:v1"), f"cannot connect to {closed_port}", "Connection refused"
    )
    assert refused(sekisho(*words, f"registry:{closed_port}/team/shop:v1"), f"cannot connect to {closed_port}")


def test_a_host_that_does_not_speak_tls_is_not_trusted(
    sekisho: CommandLine, store: Path, impatient: None, tmp_path: Path
) -> None:
    (tmp_path / "ca.pem").write_text("no certificate\n")
    words = ("image", "--skip-db-update", "--db", store, "--cacert", tmp_path / "ca.pem", "example.test/a/b:v1")
    wrong = sekisho(*words)
    assert wrong.code == 2 and "cannot read certificates from" in wrong.err


def test_offline_asks_nobody(pull: Pull, registry: RegistrySimulator) -> None:
    assert refused(pull("--offline"), "--offline forbids it", "hint: run again without --offline")
    assert registry.requests == []
