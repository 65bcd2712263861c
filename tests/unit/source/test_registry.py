from __future__ import annotations

import json
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from sekisho.errors import (
    BoundExceeded,
    CorruptInput,
    DigestMismatch,
    NotFound,
    OfflineError,
    SourceError,
    Unauthorized,
    Unreachable,
    UsageError,
)
from sekisho.model.reference import Reference, parse_reference
from sekisho.net.http import HttpTransport, OfflineTransport
from sekisho.net.retry import Retry
from sekisho.source.protocol import ByteStream
from sekisho.source.registry import Registry, RegistrySettings
from tests.simulators.registry import OCI_MANIFEST, RegistrySimulator, sha256
from tests.simulators.web import Answer, WebSimulator

MANIFEST = b'{"schemaVersion": 2, "config": {}, "layers": []}'
LAYER = bytes(range(256)) * 400
NOBODY: dict[str, str] = {}


@pytest.fixture
def transport() -> Iterator[HttpTransport]:
    transport = HttpTransport({}, timeout=5.0, retry=Retry(attempts=2, base=0.0), sleep=lambda _: None)
    yield transport
    transport.close()


class Client:
    """Opens repositories of simulators with the settings of a test."""

    def __init__(self, transport: HttpTransport) -> None:
        self.transport = transport

    def open(
        self,
        simulator: RegistrySimulator,
        *,
        host: str = "",
        repository: str = "team/app",
        environ: dict[str, str] | None = None,
        mirrors: dict[str, tuple[str, ...]] | None = None,
        username: str = "",
        password: str = "",
        token: str = "",
        insecure: bool = False,
    ) -> Registry:
        settings = RegistrySettings(
            username=username,
            password=password,
            token=token,
            insecure=insecure,
            mirrors=mirrors or {},
            environ=environ or NOBODY,
        )
        return Registry(
            Reference(host or simulator.host, repository, "v1"), self.transport, settings, sleep=lambda _: None
        )


@pytest.fixture
def client(transport: HttpTransport) -> Client:
    return Client(transport)


@pytest.fixture
def simulator() -> Iterator[RegistrySimulator]:
    with RegistrySimulator() as simulator:
        yield simulator


def whole(stream: ByteStream) -> bytes:
    try:
        return b"".join(iter(lambda: stream.read(10_000), b""))
    finally:
        stream.close()


def test_a_manifest_is_found_by_tag_and_by_digest(simulator: RegistrySimulator, client: Client) -> None:
    digest = simulator.add_manifest("team/app", "v1", MANIFEST)
    registry = client.open(simulator)
    by_tag = registry.manifest("v1")
    assert (by_tag.body, by_tag.media_type, by_tag.digest) == (MANIFEST, OCI_MANIFEST, digest)
    assert registry.manifest(digest) == by_tag


def test_every_kind_of_manifest_we_understand_is_accepted(simulator: RegistrySimulator, client: Client) -> None:
    simulator.add_manifest("team/app", "v1", MANIFEST)
    client.open(simulator).manifest("v1")
    accepted = simulator.requests[0].headers["accept"].split(", ")
    assert len(accepted) == 4
    assert all(("index" in kind or "list" in kind or "manifest.v" in kind) for kind in accepted)


def test_bytes_that_are_not_the_digest_asked_for_are_refused(simulator: RegistrySimulator, client: Client) -> None:
    digest = simulator.add_manifest("team/app", "v1", MANIFEST)
    simulator.corrupted[digest] = MANIFEST + b" "
    simulator.claims[digest] = sha256(MANIFEST + b" ")
    with pytest.raises(DigestMismatch, match="not the ones promised") as caught:
        client.open(simulator).manifest(digest)
    assert digest in caught.value.detail


def test_bytes_that_are_not_the_digest_claimed_are_refused(simulator: RegistrySimulator, client: Client) -> None:
    digest = simulator.add_manifest("team/app", "v1", MANIFEST)
    simulator.claims[digest] = sha256(b"something else")
    with pytest.raises(DigestMismatch):
        client.open(simulator).manifest("v1")


def test_a_schema_1_manifest_is_refused_with_its_reason(client: Client) -> None:
    kind = "application/vnd.docker.distribution.manifest.v1+prettyjws"
    with WebSimulator(lambda _: Answer(200, b"{}", {"Content-Type": f"{kind}; charset=utf-8"})) as web:
        reference = Reference(web.url.removeprefix("http://"), "team/app", "v1")
        with pytest.raises(CorruptInput, match="schema 1"):
            Registry(reference, client.transport, RegistrySettings(environ=NOBODY)).manifest("v1")


def test_a_manifest_larger_than_its_bound_is_refused(simulator: RegistrySimulator, client: Client) -> None:
    simulator.add_manifest("team/app", "v1", b" " * (4 << 20) + b"{}")
    with pytest.raises(BoundExceeded):
        client.open(simulator).manifest("v1")


def test_a_missing_tag_is_told_from_a_missing_repository(simulator: RegistrySimulator, client: Client) -> None:
    simulator.add_manifest("team/app", "v1", MANIFEST)
    with pytest.raises(NotFound, match="no such manifest: team/app:v9"):
        client.open(simulator).manifest("v9")
    with pytest.raises(NotFound, match="no such repository: team/other"):
        client.open(simulator, repository="team/other").manifest("v1")


def test_a_missing_tag_is_answered_with_tags_that_exist(simulator: RegistrySimulator, client: Client) -> None:
    for tag in ("1.24", "1.25", "1.25-alpine", "nightly"):
        simulator.add_manifest("team/app", tag, MANIFEST)
    with pytest.raises(NotFound) as caught:
        client.open(simulator).manifest("1.25-alpin")
    assert "1.25-alpine" in caught.value.hint
    assert "nightly" not in caught.value.hint


def test_a_missing_digest_is_not_compared_with_tags(simulator: RegistrySimulator, client: Client) -> None:
    simulator.add_manifest("team/app", "v1", MANIFEST)
    with pytest.raises(NotFound):
        client.open(simulator).manifest(sha256(b"nothing"))
    assert simulator.count("/v2/team/app/tags/list") == 0


def test_tags_come_page_by_page(simulator: RegistrySimulator, client: Client) -> None:
    names = [f"v{number:04}" for number in range(600)]
    for name in names:
        simulator.add_manifest("team/app", name, MANIFEST)
    assert client.open(simulator).tags() == names
    assert client.open(simulator).tags(3) == names[:3]
    assert simulator.count("/v2/team/app/tags/list") == 6


def test_a_blob_is_verified_and_bounded(simulator: RegistrySimulator, client: Client) -> None:
    simulator.add_manifest("team/app", "v1", MANIFEST)
    digest = simulator.add_blob(b"configuration")
    registry = client.open(simulator)
    assert registry.blob(digest, 100) == b"configuration"
    with pytest.raises(BoundExceeded):
        registry.blob(digest, 5)
    simulator.corrupted[digest] = b"configuratioN"
    with pytest.raises(DigestMismatch):
        registry.blob(digest, 100)
    with pytest.raises(NotFound, match="no such blob"):
        registry.blob(sha256(b"none"), 100)


@pytest.mark.parametrize("digest", ["", "../../x", "sha256:abc", "md5:d41d8cd98f00b204e9800998ecf8427e"])
def test_only_digests_name_blobs(simulator: RegistrySimulator, client: Client, digest: str) -> None:
    registry = client.open(simulator)
    with pytest.raises(CorruptInput):
        registry.blob(digest, 10)
    with pytest.raises(CorruptInput):
        registry.open_blob(digest, 10)
    assert simulator.requests == []


@pytest.fixture
def layer(simulator: RegistrySimulator) -> str:
    simulator.add_manifest("team/app", "v1", MANIFEST)
    return simulator.add_blob(LAYER)


def test_a_layer_comes_as_a_stream(simulator: RegistrySimulator, client: Client, layer: str) -> None:
    assert whole(client.open(simulator).open_blob(layer, len(LAYER))) == LAYER
    assert whole(client.open(simulator).open_blob(layer, -1)) == LAYER


def test_a_layer_survives_dropped_connections(simulator: RegistrySimulator, client: Client, layer: str) -> None:
    simulator.drops = [30_000, 10]
    assert whole(client.open(simulator).open_blob(layer, len(LAYER))) == LAYER
    asked = [request.headers.get("range") for request in simulator.requests]
    assert asked == [None, "bytes=30000-", "bytes=30010-"]


def test_a_layer_survives_a_registry_without_ranges(simulator: RegistrySimulator, client: Client, layer: str) -> None:
    simulator.ranges = False
    simulator.drops = [30_000]
    assert whole(client.open(simulator).open_blob(layer, len(LAYER))) == LAYER


def test_a_layer_that_never_arrives_is_unreachable(simulator: RegistrySimulator, client: Client, layer: str) -> None:
    simulator.drops = [30_000] + [0] * 10
    stream = client.open(simulator).open_blob(layer, len(LAYER))
    with pytest.raises(Unreachable):
        whole(stream)


def test_a_layer_of_another_size_than_its_manifest_says_is_refused(
    simulator: RegistrySimulator, client: Client, layer: str
) -> None:
    for size in (len(LAYER) - 1, len(LAYER) + 1):
        with pytest.raises(CorruptInput, match="but its manifest says"):
            client.open(simulator).open_blob(layer, size)


def test_a_stream_may_be_closed_in_the_middle(simulator: RegistrySimulator, client: Client, layer: str) -> None:
    stream = client.open(simulator).open_blob(layer, len(LAYER))
    assert stream.read(10) == LAYER[:10]
    stream.close()
    stream.close()


def test_a_stalled_layer_is_unreachable(simulator: RegistrySimulator, layer: str) -> None:
    simulator.stalls[layer] = 1000
    transport = HttpTransport({}, timeout=0.2)
    stream = Client(transport).open(simulator).open_blob(layer, len(LAYER))
    with pytest.raises(Unreachable, match=r"within 0\.2 s"):
        whole(stream)
    stream.close()
    transport.close()


def test_a_stalled_manifest_is_unreachable(simulator: RegistrySimulator) -> None:
    simulator.stalls[simulator.add_manifest("team/app", "v1", MANIFEST)] = -1
    transport = HttpTransport({}, timeout=0.2)
    with pytest.raises(Unreachable, match=r"within 0\.2 s"):
        Client(transport).open(simulator).manifest("v1")
    transport.close()


def test_a_redirected_layer_is_fetched_without_credentials(client: Client) -> None:
    with RegistrySimulator(auth="basic", users={"alice": "pw"}) as simulator, RegistrySimulator() as storage:
        simulator.add_manifest("team/app", "v1", MANIFEST)
        digest = simulator.add_blob(LAYER)
        storage.blobs[digest] = LAYER
        simulator.redirect_blobs_to = f"http://localhost:{storage.port}"
        registry = client.open(simulator, username="alice", password="pw")
        assert whole(registry.open_blob(digest, len(LAYER))) == LAYER
        assert [set(request.headers) & {"authorization"} for request in storage.requests] == [set()]
        assert "authorization" in simulator.requests[-1].headers


def test_a_challenge_of_another_host_is_not_answered(simulator: RegistrySimulator, client: Client, layer: str) -> None:
    with WebSimulator(lambda _: Answer(401)) as storage:
        challenge = {"WWW-Authenticate": f'Bearer realm="{storage.url}/token"'}
        storage.answer = lambda _: Answer(401, headers=challenge)
        simulator.redirect_blobs_to = storage.url
        with pytest.raises(Unauthorized):
            client.open(simulator, username="alice", password="pw").open_blob(layer, len(LAYER))
        assert [asked.path for asked in storage.asked] == [f"/cdn/{layer}"]
        assert len(simulator.requests) == 1


def test_too_many_requests_say_how_long_to_wait(simulator: RegistrySimulator, client: Client) -> None:
    simulator.add_manifest("team/app", "v1", MANIFEST)
    simulator.failures = [(429, {"Retry-After": "600"})]
    with pytest.raises(Unreachable, match="asks to wait 600 s"):
        client.open(simulator).manifest("v1")
    assert len(simulator.requests) == 1


def test_a_short_wait_is_waited_for(simulator: RegistrySimulator, client: Client) -> None:
    simulator.add_manifest("team/app", "v1", MANIFEST)
    simulator.failures = [(429, {"Retry-After": "1"})]
    assert client.open(simulator).manifest("v1").body == MANIFEST


@pytest.mark.parametrize(
    ("status", "error"), [(500, Unreachable), (503, Unreachable), (403, Unauthorized), (418, SourceError)]
)
def test_refusals_are_told_apart(
    simulator: RegistrySimulator, client: Client, status: int, error: type[SourceError]
) -> None:
    simulator.failures = [(status, {})] * 2
    with pytest.raises(SourceError) as caught:
        client.open(simulator).manifest("v1")
    assert type(caught.value) is error


def test_nobody_listening_is_unreachable(client: Client) -> None:
    with RegistrySimulator() as simulator:
        registry = client.open(simulator)
    with pytest.raises(Unreachable, match="cannot connect"):
        registry.manifest("v1")


def test_offline_asks_nobody(simulator: RegistrySimulator) -> None:
    registry = Registry(parse_reference(f"{simulator.host}/a:b"), OfflineTransport(), RegistrySettings(environ=NOBODY))
    with pytest.raises(OfflineError):
        registry.manifest("b")
    assert simulator.requests == []


# --- logins ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("auth", ["basic", "token"])
def test_a_user_and_password_open_the_door(client: Client, auth: str) -> None:
    with RegistrySimulator(auth=auth, users={"alice": "pw"}) as simulator:  # type: ignore[arg-type]
        digest = simulator.add_image("team/app", "v1", [b"layer"])
        registry = client.open(simulator, username="alice", password="pw")
        assert registry.manifest("v1").digest == digest
        for layer in json.loads(registry.manifest("v1").body)["layers"]:
            assert len(whole(registry.open_blob(layer["digest"], layer["size"]))) == layer["size"]
        refused = [request for request in simulator.requests if "authorization" not in request.headers]
        assert len(refused) == 1, "one unauthorised request teaches what is needed"


def test_anybody_may_pull_what_is_public(client: Client) -> None:
    with RegistrySimulator(auth="token", anonymous=True) as simulator:
        simulator.add_manifest("team/app", "v1", MANIFEST)
        assert client.open(simulator).manifest("v1").body == MANIFEST
        assert simulator.count("/token") == 1


def test_an_expired_token_is_renewed(client: Client) -> None:
    with RegistrySimulator(auth="token", anonymous=True) as simulator:
        simulator.add_manifest("team/app", "v1", MANIFEST)
        registry = client.open(simulator)
        registry.manifest("v1")
        simulator.tokens.clear()
        simulator.tokens.add("another")
        assert registry.manifest("v1").body == MANIFEST
        assert simulator.count("/token") == 2


def test_an_identity_token_is_traded_in(client: Client, tmp_path: Path) -> None:
    with RegistrySimulator(auth="token", identity_tokens=("idt",)) as simulator:
        simulator.add_manifest("team/app", "v1", MANIFEST)
        config = {"auths": {simulator.host: {"identitytoken": "idt"}}}
        (tmp_path / "config.json").write_text(json.dumps(config))
        registry = client.open(simulator, environ={"DOCKER_CONFIG": str(tmp_path)})
        assert registry.manifest("v1").body == MANIFEST


def test_a_login_of_docker_is_used(client: Client, tmp_path: Path) -> None:
    with RegistrySimulator(auth="basic", users={"alice": "pw"}) as simulator:
        simulator.add_manifest("team/app", "v1", MANIFEST)
        config = {"auths": {simulator.host: {"auth": b64encode(b"alice:pw").decode()}}}
        (tmp_path / "config.json").write_text(json.dumps(config))
        registry = client.open(simulator, environ={"DOCKER_CONFIG": str(tmp_path)})
        assert registry.manifest("v1").body == MANIFEST


def test_a_ready_token_is_shown_as_it_is(client: Client) -> None:
    with RegistrySimulator(auth="token") as simulator:
        simulator.add_manifest("team/app", "v1", MANIFEST)
        simulator.tokens.add("ready")
        assert client.open(simulator, token="ready").manifest("v1").body == MANIFEST
        assert simulator.count("/token") == 0
        with pytest.raises(Unauthorized, match=r"refuses the credentials|not for us"):
            client.open(simulator, token="stale").manifest("v1")


@pytest.mark.parametrize("auth", ["basic", "token"])
def test_a_closed_door_says_who_came_and_how_to_log_in(client: Client, auth: str) -> None:
    with RegistrySimulator(auth=auth, users={"alice": "pw"}) as simulator:  # type: ignore[arg-type]
        simulator.add_manifest("team/app", "v1", MANIFEST)
        with pytest.raises(Unauthorized) as anonymous:
            client.open(simulator).manifest("v1")
        with pytest.raises(Unauthorized) as wrong:
            client.open(simulator, username="alice", password="secret").manifest("v1")
        assert len(simulator.requests) < 8
    assert "anonymously" in anonymous.value.detail
    assert f"docker login {simulator.host}" in anonymous.value.hint
    assert "alice from --username" in wrong.value.detail
    assert "secret" not in wrong.value.detail + wrong.value.message + wrong.value.hint


def test_credentials_are_not_sent_before_they_are_asked_for(simulator: RegistrySimulator, client: Client) -> None:
    simulator.add_manifest("team/app", "v1", MANIFEST)
    client.open(simulator, username="alice", password="pw").manifest("v1")
    assert "authorization" not in simulator.requests[0].headers


# --- mirrors --------------------------------------------------------------------------------------------------------


def test_a_mirror_is_asked_first(simulator: RegistrySimulator, client: Client) -> None:
    with RegistrySimulator() as mirror:
        mirror.add_manifest("team/app", "v1", MANIFEST)
        registry = client.open(simulator, mirrors={simulator.host: (mirror.host,)})
        assert registry.manifest("v1").body == MANIFEST
    assert simulator.requests == []


def test_a_mirror_may_keep_images_under_a_prefix(simulator: RegistrySimulator, client: Client) -> None:
    with RegistrySimulator() as mirror:
        mirror.add_manifest("cache/hub/team/app", "v1", MANIFEST)
        registry = client.open(simulator, mirrors={simulator.host: (f"http://{mirror.host}/cache/hub/",)})
        assert registry.manifest("v1").body == MANIFEST
    assert simulator.requests == []


def test_docker_hub_is_mirrored_under_its_short_name(client: Client) -> None:
    with RegistrySimulator() as mirror:
        mirror.add_manifest("library/alpine", "3.19", MANIFEST)
        settings = RegistrySettings(mirrors={"docker.io": (mirror.host,)}, environ=NOBODY)
        assert Registry(parse_reference("alpine:3.19"), client.transport, settings).manifest("3.19").body == MANIFEST


def test_what_a_mirror_cannot_give_comes_from_the_registry(simulator: RegistrySimulator, client: Client) -> None:
    simulator.add_manifest("team/app", "v1", MANIFEST)
    digest = simulator.add_blob(LAYER)
    with RegistrySimulator() as gone:
        pass
    with RegistrySimulator() as mirror, RegistrySimulator(auth="basic") as closed:
        mirror.add_manifest("team/app", "v1", MANIFEST)
        mirrors = {simulator.host: (closed.host, gone.host, mirror.host)}
        registry = client.open(simulator, mirrors=mirrors)
        registry.manifest("v1")
        assert simulator.requests == []
        assert whole(registry.open_blob(digest, len(LAYER))) == LAYER
        assert len(simulator.requests) == 1


def test_a_mirror_that_lies_is_not_believed(simulator: RegistrySimulator, client: Client) -> None:
    digest = simulator.add_manifest("team/app", "v1", MANIFEST)
    with RegistrySimulator() as mirror:
        mirror.add_manifest("team/app", "v1", MANIFEST)
        mirror.corrupted[digest] = b"{}"
        registry = client.open(simulator, mirrors={simulator.host: (mirror.host,)})
        assert registry.manifest(digest).body == MANIFEST


def test_the_registry_has_the_last_word_about_failure(simulator: RegistrySimulator, client: Client) -> None:
    with RegistrySimulator(auth="basic") as closed, pytest.raises(NotFound) as caught:
        client.open(simulator, mirrors={simulator.host: (closed.host,)}).manifest("v1")
    assert "mirror:" in caught.value.detail


def test_explicit_credentials_never_go_to_a_mirror(simulator: RegistrySimulator, client: Client) -> None:
    simulator.add_manifest("team/app", "v1", MANIFEST)
    with RegistrySimulator(auth="basic", users={"alice": "pw"}) as mirror:
        registry = client.open(simulator, mirrors={simulator.host: (mirror.host,)}, username="alice", password="pw")
        registry.manifest("v1")
        assert all("authorization" not in request.headers for request in mirror.requests)
        assert len(mirror.requests) == 1


@pytest.mark.parametrize("mirror", ["", "ftp://a.test", "https://", "/x"])
def test_a_mirror_must_be_a_host(simulator: RegistrySimulator, client: Client, mirror: str) -> None:
    with pytest.raises(UsageError, match="not a registry mirror"):
        client.open(simulator, mirrors={simulator.host: (mirror,)})


# --- plain HTTP and TLS ---------------------------------------------------------------------------------------------


class Recorded:
    """A transport that only writes down where it was sent."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    def request(self, method: str, url: str, headers: object = None, body: bytes | None = None) -> None:
        self.urls.append(url)
        raise Unreachable("nobody there")

    def close(self) -> None: ...


@pytest.mark.parametrize(
    ("host", "insecure", "schemes"),
    [
        ("registry.test", False, ["https"]),
        ("registry.test:5000", True, ["https", "http"]),
        ("10.0.0.1", False, ["https"]),
        ("127.0.0.1.evil.test", False, ["https"]),
        ("localhost.evil.test:80", False, ["https"]),
        ("127.0.0.1:5000", False, ["http", "https"]),
        ("localhost", False, ["http", "https"]),
        ("[::1]:5000", False, ["http", "https"]),
    ],
)
def test_plain_http_is_for_this_machine_or_when_asked(host: str, insecure: bool, schemes: list[str]) -> None:
    recorded = Recorded()
    settings = RegistrySettings(insecure=insecure, environ=NOBODY)
    with pytest.raises(Unreachable):
        Registry(Reference(host, "a", "b"), recorded, settings).manifest("b")  # type: ignore[arg-type]
    assert [url.partition("://")[0] for url in recorded.urls] == schemes
    assert recorded.urls[0].partition("://")[2] == f"{host}/v2/a/manifests/b"


def test_docker_hub_lives_elsewhere_than_its_name() -> None:
    recorded = Recorded()
    with pytest.raises(Unreachable):
        Registry(parse_reference("alpine:3"), recorded, RegistrySettings(environ=NOBODY)).manifest("3")  # type: ignore[arg-type]
    assert recorded.urls == ["https://registry-1.docker.io/v2/library/alpine/manifests/3"]


def test_a_tls_registry_on_this_machine_is_found(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not on PATH: no certificate can be made")
    certificate, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-subj", "/CN=x", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True)
    transport = HttpTransport({}, ca_file=certificate, timeout=5.0, sleep=lambda _: None)
    with RegistrySimulator(certificate=(certificate, key)) as simulator:
        simulator.add_manifest("team/app", "v1", MANIFEST)
        assert Client(transport).open(simulator).manifest("v1").body == MANIFEST
    transport.close()
