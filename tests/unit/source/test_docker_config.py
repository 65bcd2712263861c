from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any

import pytest

from sekisho.errors import UsageError
from sekisho.source.docker_config import Found, Helper, find_credentials
from sekisho.source.registry_auth import Credentials

HUB = "index.docker.io"


def pair(user: str, password: str) -> dict[str, str]:
    return {"auth": b64encode(f"{user}:{password}".encode()).decode()}


class Home:
    """A home directory with the configuration files of a test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {"HOME": str(folder)}

    def write(self, path: str, config: object) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(config if isinstance(config, str) else json.dumps(config))
        return file

    def docker(self, **config: Any) -> None:
        self.write(".docker/config.json", config)

    def find(
        self, registry: str = "registry.test", repository: str = "team/app", helper: Helper | None = None
    ) -> Found:
        return find_credentials(registry, repository, self.environ, helper or no_helper)


def no_helper(name: str, server: str) -> tuple[int, bytes]:
    raise AssertionError(f"docker-credential-{name} must not be run")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_nothing_on_this_machine_means_anonymous(home: Home) -> None:
    assert home.find() == Found()
    assert find_credentials("registry.test", "a", {}) == Found()


def test_a_login_is_found_with_where_it_is_from(home: Home) -> None:
    home.docker(auths={"registry.test": pair("alice", "se:cret")})
    found = home.find()
    assert found.credentials == Credentials("alice", "se:cret")
    assert found.origin == str(home.folder / ".docker/config.json")


def test_a_login_of_another_registry_is_not_taken(home: Home) -> None:
    home.docker(auths={"registry.test": pair("a", "b"), "registry.test:5000": pair("c", "d")})
    assert home.find("other.test") == Found()
    assert home.find("registry.test:5000").credentials.username == "c"


@pytest.mark.parametrize(
    "key", ["https://registry.test", "http://registry.test/v2/", "REGISTRY.test/v1", "registry.test/"]
)
def test_keys_may_be_written_as_urls(home: Home, key: str) -> None:
    home.docker(auths={key: pair("alice", "x")})
    assert home.find().credentials.username == "alice"


@pytest.mark.parametrize("key", ["https://index.docker.io/v1/", "docker.io", "index.docker.io", "registry-1.docker.io"])
def test_docker_hub_has_many_names(home: Home, key: str) -> None:
    home.docker(auths={key: pair("alice", "x")})
    assert home.find(HUB, "library/alpine").credentials.username == "alice"


def test_the_longest_path_wins(home: Home) -> None:
    auths = {"registry.test": pair("all", "x"), "registry.test/team": pair("team", "x")}
    home.write(".config/containers/auth.json", {"auths": auths | {"registry.test/team/app": pair("app", "x")}})
    assert home.find(repository="team/app").credentials.username == "app"
    assert home.find(repository="team/other").credentials.username == "team"
    assert home.find(repository="teammate/app").credentials.username == "all"


def test_docker_comes_before_podman(home: Home, tmp_path: Path) -> None:
    home.environ["XDG_RUNTIME_DIR"] = str(tmp_path / "run")
    home.environ["REGISTRY_AUTH_FILE"] = str(tmp_path / "named.json")
    home.environ["DOCKER_CONFIG"] = str(tmp_path / "docker")
    names = ["docker/config.json", "named.json", "run/containers/auth.json", ".config/containers/auth.json"]
    files = [home.write(name, {"auths": {"registry.test": pair(name, "x")}}) for name in names]
    for name, file in zip(names, files, strict=True):
        assert home.find().credentials.username == name
        file.unlink()
    assert home.find() == Found()


def test_docker_config_replaces_the_home_directory(home: Home, tmp_path: Path) -> None:
    home.docker(auths={"registry.test": pair("alice", "x")})
    home.environ["DOCKER_CONFIG"] = str(tmp_path / "elsewhere")
    assert home.find() == Found()


def test_tokens_are_found(home: Home) -> None:
    home.docker(
        auths={"registry.test": pair("00000000", "") | {"identitytoken": "idt"}, "b.test": {"registrytoken": "rt"}}
    )
    assert home.find().credentials == Credentials("00000000", "", identity_token="idt")
    assert home.find("b.test").credentials == Credentials(registry_token="rt")


def test_an_empty_entry_is_no_login(home: Home) -> None:
    home.docker(auths={"registry.test": {}})
    assert home.find() == Found()


def answer(**fields: object) -> tuple[int, bytes]:
    return 0, json.dumps(fields).encode()


def test_a_helper_of_the_registry_comes_before_the_general_one(home: Home) -> None:
    home.docker(credHelpers={"registry.test": "own"}, credsStore="general", auths={"registry.test": pair("file", "x")})
    asked: list[tuple[str, str]] = []

    def helper(name: str, server: str) -> tuple[int, bytes]:
        asked.append((name, server))
        return answer(ServerURL=server, Username="alice", Secret="s")

    found = home.find(helper=helper)
    assert (found.credentials, found.origin) == (Credentials("alice", "s"), "docker-credential-own")
    assert home.find("other.test", helper=helper).origin == "docker-credential-general"
    assert asked == [("own", "registry.test"), ("general", "other.test")]


def test_helpers_know_docker_hub_by_its_old_address(home: Home) -> None:
    home.docker(credsStore="desktop")
    asked: list[str] = []
    home.find(HUB, "library/alpine", lambda _, server: asked.append(server) or (1, b"credentials not found"))
    assert asked == ["https://index.docker.io/v1/"]


def test_a_helper_may_hand_out_an_identity_token(home: Home) -> None:
    home.docker(credHelpers={"registry.test": "acr"})
    found = home.find(helper=lambda *_: answer(Username="<token>", Secret="idt"))
    assert found.credentials == Credentials(identity_token="idt")


def test_a_helper_that_knows_nothing_leaves_it_to_the_file(home: Home) -> None:
    home.docker(credsStore="desktop", auths={"registry.test": pair("file", "x")})
    found = home.find(helper=lambda *_: (1, b"credentials not found in native keychain\n"))
    assert found.credentials.username == "file"


def missing(*_: str) -> tuple[int, bytes]:
    raise FileNotFoundError


def late(*_: str) -> tuple[int, bytes]:
    raise TimeoutExpired("docker-credential-x", 30)


@pytest.mark.parametrize(
    ("helper", "note"),
    [
        (missing, "not on PATH"),
        (late, "TimeoutExpired"),
        (lambda *_: (2, b"no AWS credentials"), "failed with status 2"),
        (lambda *_: (0, b"hello"), "did not answer with JSON"),
        (lambda *_: (0, b"[]"), "did not answer with JSON"),
        (lambda *_: answer(Username="a", Secret=""), "knows no secret"),
        (lambda *_: answer(Username=None, Secret=3), "knows no secret"),
    ],
)
def test_a_helper_that_fails_leaves_a_note_and_goes_on_anonymously(home: Home, helper: Helper, note: str) -> None:
    home.docker(credsStore="x")
    found = home.find(helper=helper)
    assert found.credentials == Credentials()
    assert note in found.note
    assert "docker-credential-x" in found.note


def test_a_helper_that_knows_nothing_leaves_no_note(home: Home) -> None:
    home.docker(credsStore="x")
    assert home.find(helper=lambda *_: (1, b"credentials not found in native keychain")) == Found()


@pytest.mark.parametrize("name", ["../evil", "a b", "-x", "x" * 100, "a/b", "$(id)"])
def test_a_helper_cannot_be_any_program(home: Home, name: str) -> None:
    home.docker(credsStore=name)
    with pytest.raises(UsageError, match="impossible credential helper"):
        home.find()


def test_a_real_helper_program_is_asked(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    program = home.write(
        "bin/docker-credential-test",
        '#!/bin/sh\nread server\necho "{\\"Username\\":\\"$1\\",\\"Secret\\":\\"$server\\"}"\n',
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    home.docker(credsStore="test")
    found = find_credentials("registry.test", "a", home.environ)
    assert found == Found(Credentials("get", "registry.test"), "docker-credential-test")


def test_a_broken_file_is_not_mistaken_for_no_login(home: Home) -> None:
    home.write(".docker/config.json", '{"auths": ')
    with pytest.raises(UsageError, match="is not JSON"):
        home.find()


def test_an_auth_that_is_not_base64_is_named(home: Home) -> None:
    home.docker(auths={"registry.test": {"auth": "%%%"}})
    with pytest.raises(UsageError, match="not base64"):
        home.find()


@pytest.mark.parametrize(
    "config",
    [
        [],
        None,
        "",
        {"auths": []},
        {"auths": {"registry.test": []}},
        {"auths": {"registry.test": {"auth": 3, "identitytoken": []}}},
        {"credHelpers": [], "credsStore": 5},
        {"credHelpers": {"registry.test": 1}},
    ],
)
def test_odd_shapes_are_no_login(home: Home, config: object) -> None:
    home.write(".docker/config.json", config)
    assert home.find() == Found()
