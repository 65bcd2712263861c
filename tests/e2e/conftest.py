from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from sekisho.advisories.location import store_directory, store_path
from sekisho.advisories.starter import build_from_records
from sekisho.net.http import HttpTransport
from sekisho.net.resume import ResumingStream
from tests.e2e.command import STARTER, CommandLine, Outcome, clean_environment
from tests.e2e.feeds import upstream
from tests.e2e.images import APP, BASE, RECORDS
from tests.simulators.feeds import FeedServer
from tests.simulators.images import Layout
from tests.simulators.registry import RegistrySimulator


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, an empty home, nobody's settings."""
    directory = tmp_path / "here"
    directory.mkdir()
    (tmp_path / "home").mkdir()
    clean_environment(monkeypatch, tmp_path / "home")
    monkeypatch.chdir(directory)
    return directory


@pytest.fixture
def sekisho(monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    return CommandLine(monkeypatch)


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store file of the bundled demonstration set."""
    path = store_path(store_directory({}, str(tmp_path_factory.mktemp("starter"))))
    build_from_records([STARTER], path, datetime.now(UTC))
    return path


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store file of a few records that counts as real data, made now."""
    path = store_path(store_directory({}, str(tmp_path_factory.mktemp("store"))))
    build_from_records(map(msgspec.json.encode, RECORDS), path, datetime.now(UTC), starter=False)
    return path


@pytest.fixture
def registry() -> Iterator[RegistrySimulator]:
    with RegistrySimulator() as registry:
        yield registry


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The shop's image as an OCI layout with a tag."""
    layout = Layout(tmp_path / "shop")
    layout.image(BASE, APP, tag="v1")
    return layout.root


@pytest.fixture
def scan(sekisho: CommandLine, shop: Path, store: Path) -> Callable[..., Outcome]:
    """``scan(*options)`` looks at the shop against its records, without a network."""
    return lambda *words, **how: sekisho("image", "--offline", "--db", store, *words, shop, **how)


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[FeedServer]:
    """The upstream of all feeds, which everything is read from."""
    with upstream() as server:
        monkeypatch.setenv("SEKISHO_MIRROR", server.url)
        yield server


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody sleeps between two attempts."""
    for function in (HttpTransport.__init__, ResumingStream.__init__):
        monkeypatch.setitem(function.__kwdefaults__, "sleep", lambda seconds: None)
