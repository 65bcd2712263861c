from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sekisho.errors import NotFound, SourceError, Unauthorized, Unreachable, UsageError
from sekisho.source.git import Checkout, is_repository_url, open_repository

if shutil.which("git") is None:
    pytest.skip("git is not on PATH", allow_module_level=True)

WHO = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.test",
    "GIT_COMMITTER_NAME": "Grace",
    "GIT_COMMITTER_EMAIL": "grace@example.test",
    "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z",
    "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z",
    "GIT_CONFIG_GLOBAL": "/nonexistent/gitconfig",
    "GIT_CONFIG_NOSYSTEM": "1",
}


class Repository:
    """A repository with two branches and a tag: main (two, tagged v2), old (one)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.environ = {"PATH": os.environ["PATH"], "HOME": str(path.parent), **WHO}
        path.mkdir()
        self.git("init", "-q", "-b", "main")
        self.first = self.commit("one")
        self.git("branch", "old")
        self.second = self.commit("two\n\nwith a body")
        self.git("tag", "v2")
        self.git("tag", "-a", "-m", "annotated", "v2-signed")
        self.third = self.commit("three")

    def git(self, *arguments: str) -> str:
        command = ["git", *arguments]
        done = subprocess.run(command, cwd=self.path, env=self.environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        (self.path / "file").write_text(message)
        self.git("add", ".")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    @property
    def url(self) -> str:
        return f"file://{self.path}"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repo")


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary directories appear; nothing may be left in it."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def read(checkout: Checkout) -> str:
    text = (Path(checkout.path) / "file").read_text()
    checkout.close()
    return text


def test_the_default_branch_of_a_url(repository: Repository, folders: Path) -> None:
    checkout = open_repository(repository.url, environ=repository.environ)
    commit = checkout.commit
    assert commit is not None
    assert (commit.url, commit.branch, commit.tags, commit.commit) == (repository.url, "main", (), repository.third)
    assert (commit.message, commit.author, commit.committer) == (
        "three",
        "Ada <ada@example.test>",
        "Grace <grace@example.test>",
    )
    assert read(checkout) == "three"


def test_a_branch_of_a_url(repository: Repository, folders: Path) -> None:
    checkout = open_repository(repository.url, branch="old", environ=repository.environ)
    assert checkout.commit is not None
    assert (checkout.commit.branch, checkout.commit.commit) == ("old", repository.first)
    assert read(checkout) == "one"


@pytest.mark.parametrize("tag", ["v2", "v2-signed"])
def test_a_tag_of_a_url(repository: Repository, folders: Path, tag: str) -> None:
    checkout = open_repository(repository.url, tag=tag, environ=repository.environ)
    assert checkout.commit is not None
    assert (checkout.commit.branch, checkout.commit.commit) == ("", repository.second)
    assert tag in checkout.commit.tags
    assert checkout.commit.message == "two\n\nwith a body"
    assert read(checkout) == "two\n\nwith a body"


@pytest.mark.parametrize("length", [40, 12])
def test_a_commit_of_a_url(repository: Repository, folders: Path, length: int) -> None:
    checkout = open_repository(repository.url, commit=repository.first[:length], environ=repository.environ)
    assert checkout.commit is not None
    assert checkout.commit.commit == repository.first
    assert read(checkout) == "one"


def test_a_commit_that_no_name_points_to_is_found_in_the_history(repository: Repository, folders: Path) -> None:
    repository.git("branch", "-D", "old")
    repository.git("config", "uploadpack.allowAnySHA1InWant", "false")
    assert read(open_repository(repository.url, commit=repository.first, environ=repository.environ)) == "one"


def test_only_the_wanted_commit_is_fetched(repository: Repository, folders: Path) -> None:
    checkout = open_repository(repository.url, environ=repository.environ)
    count = subprocess.run(
        ["git", "-C", checkout.path, "rev-list", "--all", "--count"], capture_output=True, text=True, check=True
    )
    assert count.stdout.strip() == "1"
    checkout.close()


def test_a_path_at_a_branch_is_copied_and_left_alone(repository: Repository, folders: Path) -> None:
    (repository.path / "file").write_text("not committed")
    repository.git("remote", "add", "origin", "https://code.test/repo.git")
    checkout = open_repository(str(repository.path), branch="old", environ=repository.environ)
    assert checkout.path != str(repository.path)
    assert checkout.commit is not None
    assert (checkout.commit.url, checkout.commit.branch) == ("https://code.test/repo.git", "old")
    assert read(checkout) == "one"
    assert (repository.path / "file").read_text() == "not committed"


def test_a_path_alone_is_read_where_it_lies(repository: Repository, folders: Path) -> None:
    repository.git("remote", "add", "origin", "https://ada:secret@code.test/repo.git")
    repository.git("tag", "v3")
    checkout = open_repository(str(repository.path), environ=repository.environ)
    assert checkout.path == str(repository.path)
    assert checkout.commit is not None
    assert (checkout.commit.url, checkout.commit.branch) == ("https://code.test/repo.git", "main")
    assert checkout.commit.tags == ("v3",)
    checkout.close()
    assert repository.path.is_dir()


def test_a_directory_without_git_has_no_commit(tmp_path: Path, folders: Path) -> None:
    (tmp_path / "plain").mkdir()
    environ = {"PATH": os.environ["PATH"], "GIT_CEILING_DIRECTORIES": str(tmp_path)}
    assert open_repository(str(tmp_path / "plain"), environ=environ).commit is None


def test_a_repository_without_commits_has_none(tmp_path: Path, folders: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path / "empty")], check=True)
    assert open_repository(str(tmp_path / "empty")).commit is None
    with pytest.raises(NotFound, match="no default branch"):
        open_repository(f"file://{tmp_path / 'empty'}")


def test_what_is_not_there_is_not_found(repository: Repository, folders: Path, tmp_path: Path) -> None:
    for wanted in ({"branch": "nope"}, {"tag": "nope"}, {"commit": "f" * 40}):
        with pytest.raises(NotFound):
            open_repository(repository.url, environ=repository.environ, **wanted)  # type: ignore[arg-type]
    with pytest.raises(NotFound, match="has no commit fffffff"):
        open_repository(repository.url, environ=repository.environ, commit="fffffff")
    with pytest.raises(NotFound):
        open_repository(f"file://{tmp_path}/absent.git", environ=repository.environ)
    with pytest.raises(NotFound, match="neither a directory"):
        open_repository(str(tmp_path / "absent"), environ=repository.environ)


@pytest.mark.parametrize(
    "name",
    [
        "--upload-pack=touch /tmp/x",
        "-u",
        "a..b",
        "a b",
        "a:b",
        "a^{commit}",
        "a~1",
        "@{upstream}",
        "a\nb",
        "x.lock",
        "a//b",
        "a/",
        "*",
        "a" * 300,
    ],
)
def test_names_that_git_could_mistake_are_refused(repository: Repository, folders: Path, name: str) -> None:
    for kind in ("branch", "tag", "commit"):
        with pytest.raises(UsageError, match="not the name"):
            open_repository(repository.url, environ=repository.environ, **{kind: name})  # type: ignore[arg-type]


def test_one_name_is_enough(repository: Repository) -> None:
    with pytest.raises(UsageError, match="give one of them"):
        open_repository(repository.url, branch="main", tag="v2")


@pytest.mark.parametrize(
    "target", ["ext::sh -c 'touch pwned'", "--upload-pack=touch pwned", "-x", "fd::17", "foo::bar", "https://a b/"]
)
def test_targets_that_run_programs_are_refused(
    folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotFound, match="neither a directory"):
        open_repository(target, branch="main")
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("https://code.test/a/b", True),
        ("ssh://git@code.test/a/b.git", True),
        ("git@code.test:a/b.git", True),
        ("git://code.test/x", True),
        ("code.test/a/b", True),
        ("code.test:8443/a/b.git", True),
        ("go.mod", False),
        ("a" * 5000, False),
        ("file:///srv/x.git", True),
        (".", False),
        ("./a/b", False),
        ("/srv/x", False),
        ("C:\\x", False),
        ("ext::sh", False),
        ("-oProxyCommand=x:y", False),
        ("alpine", False),
    ],
)
def test_a_url_is_told_from_a_path(target: str, expected: bool) -> None:
    assert is_repository_url(target) is expected


def test_an_address_without_scheme_means_https(tmp_path: Path, folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = fake_git(tmp_path / "bin", f'echo "$@" >> {tmp_path}/asked; case "$*" in *fetch*) exit 1;; esac')
    monkeypatch.setenv("PATH", environ["PATH"])
    with pytest.raises(SourceError):
        open_repository("code.test/a/b", branch="main", environ=environ)
    assert "-- https://code.test/a/b refs/heads/main:refs/heads/main" in (tmp_path / "asked").read_text()


def test_hooks_of_templates_and_attributes_do_not_run(repository: Repository, folders: Path, tmp_path: Path) -> None:
    hooks = tmp_path / "template" / "hooks"
    hooks.mkdir(parents=True)
    (hooks / "post-checkout").write_text(f"#!/bin/sh\ntouch {tmp_path}/pwned\n")
    (hooks / "post-checkout").chmod(0o755)
    environ = repository.environ | {"GIT_TEMPLATE_DIR": str(tmp_path / "template")}
    environ["GIT_CONFIG_COUNT"] = "1"
    environ |= {"GIT_CONFIG_KEY_0": "core.hooksPath", "GIT_CONFIG_VALUE_0": str(hooks)}
    assert read(open_repository(repository.url, environ=environ)) == "three"
    assert not (tmp_path / "pwned").exists()


def test_submodules_are_not_fetched(repository: Repository, folders: Path) -> None:
    (repository.path / ".gitmodules").write_text('[submodule "x"]\n\tpath = x\n\turl = https://nowhere.invalid/x\n')
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{repository.first},x")
    repository.commit("with a submodule")
    assert read(open_repository(repository.url, environ=repository.environ)) == "with a submodule"


def test_a_hook_that_runs_us_does_not_lead_us_to_its_own_repository(
    repository: Repository, folders: Path, tmp_path: Path
) -> None:
    other = Repository(tmp_path / "other")
    other.commit("other")
    environ = repository.environ | {"GIT_DIR": str(other.path / ".git"), "GIT_WORK_TREE": str(other.path)}
    assert read(open_repository(repository.url, environ=environ)) == "three"


def fake_git(folder: Path, script: str) -> dict[str, str]:
    folder.mkdir()
    (folder / "git").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "git").chmod(0o755)
    return {"PATH": str(folder) + ":/usr/bin:/bin"}


def test_a_git_that_never_ends_is_ended_with_its_children(
    tmp_path: Path, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = fake_git(tmp_path / "bin", f"sleep 60 & echo $! > {tmp_path}/pid; wait")
    monkeypatch.setenv("PATH", environ["PATH"])
    before = time.monotonic()
    with pytest.raises(Unreachable, match="took longer than"):
        open_repository("https://code.test/x", environ=environ, timeout=0.5)
    assert time.monotonic() - before < 10
    child = Path("/proc") / (tmp_path / "pid").read_text().strip()
    deadline = time.monotonic() + 5
    while (child / "stat").exists() and "Z" not in (child / "stat").read_text().split()[2]:
        assert time.monotonic() < deadline, "the child still runs"
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("fatal: could not read Username for 'https://code.test': terminal prompts disabled", Unauthorized),
        ("fatal: Authentication failed for 'https://code.test/'", Unauthorized),
        ("git@code.test: Permission denied (publickey).\nfatal: Could not read from remote repository.", Unauthorized),
        ("fatal: repository 'https://code.test/x/' not found", NotFound),
        ("fatal: unable to access 'https://code.test/': Could not resolve host: code.test", Unreachable),
        ("fatal: unable to access 'https://code.test/': The requested URL returned error: 403", Unauthorized),
        ("fatal: something new", SourceError),
        ("", SourceError),
    ],
)
def test_what_git_says_becomes_our_error(
    tmp_path: Path, folders: Path, monkeypatch: pytest.MonkeyPatch, said: str, error: type[SourceError]
) -> None:
    (tmp_path / "said").write_text(said)
    environ = fake_git(tmp_path / "bin", f"cat {tmp_path}/said >&2; exit 128")
    monkeypatch.setenv("PATH", environ["PATH"])
    with pytest.raises(SourceError) as caught:
        open_repository("https://code.test/x", environ=environ)
    assert type(caught.value) is error


def test_passwords_in_urls_stay_out_of_messages(tmp_path: Path, folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = fake_git(tmp_path / "bin", "echo \"fatal: no 'https://ada:secret@code.test/x'\" >&2; exit 1")
    monkeypatch.setenv("PATH", environ["PATH"])
    with pytest.raises(SourceError) as caught:
        open_repository("https://ada:secret@code.test/x", environ=environ)
    assert "secret" not in str(caught.value)
    assert "https://code.test/x" in str(caught.value)


def test_no_git_is_said(tmp_path: Path, folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match="cannot run git") as caught:
        open_repository("https://code.test/x")
    assert caught.value.hint == "install git"
