"""A git repository at a branch, tag or commit, by the ``git`` on PATH.

Only the wanted commit is fetched, into a temporary directory, and treated as hostile: no hooks, no templates, no
submodules, no LFS or other filters' downloads, no transport that runs programs (``ext::``), no prompts. Names that git
could mistake for options or revisions are refused before git sees them.
Source: git-fetch(1), gitprotocol-common(5), https://git-scm.com/docs/git#_security
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from sekisho.errors import NotFound, SourceError, Unauthorized, Undecided, Unreachable, UsageError
from sekisho.model.artifact import Commit

TIMEOUT = 600.0
"""Seconds for one git command; a shallow fetch of the Linux kernel takes about one minute."""
MAX_REASON = 300
_SAFE = (
    "protocol.ext.allow=never",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "submodule.recurse=false",
    "filter.lfs.smudge=",
    "filter.lfs.process=",
    "filter.lfs.required=false",
    "advice.detachedHead=false",
    "gc.auto=0",
)
_PROTOCOLS = "file:git:http:https:ssh"
_INHERITED = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
)
"""Set while a hook runs; they would lead git to the hook's own repository."""
_URL = re.compile(r"(?:https?|ssh|git|file)://[^\s]+\Z")
_SCP = re.compile(r"(?:[A-Za-z0-9_.][A-Za-z0-9_.-]*@)?[A-Za-z0-9_.][A-Za-z0-9_.-]*:(?![:/\\])[^\s:]+\Z")
_BARE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}(?::[0-9]{1,5})?/[^\s:]+\Z")
"""``host.tld/owner/name``, as people paste it from a browser; https is meant."""
_REF = re.compile(r"(?!-)(?!.*(?:\.\.|@\{|//|\.lock(?:/|\Z)))[^\s~^:?*\[\\\x00-\x1f\x7f]{1,240}(?<![./])\Z")
_COMMIT = re.compile(r"[0-9a-fA-F]{7,64}\Z")
_SIGNS = (
    (
        Unauthorized,
        ("authentication failed", "could not read username", "permission denied", "terminal prompts disabled"),
    ),
    (Unauthorized, ("host key verification failed", "dubious ownership", " 403")),
    (NotFound, ("not found", "does not exist", "does not appear to be a git repository", "couldn't find remote ref")),
    (NotFound, ("not our ref", "no such file")),
    (Unreachable, ("could not resolve", "failed to connect", "connection", "timed out", "unable to access")),
)
"""What git says on stderr (LC_ALL=C), and which error it is; the first match counts."""
_HINTS = {
    Unauthorized: "give git credentials for it (a credential helper, or an SSH key), or mark the directory safe",
    NotFound: "check the address and the name of the branch, tag or commit",
    Unreachable: "check the network and HTTPS_PROXY",
}


class Checkout(msgspec.Struct, frozen=True):
    """Files of one commit in a directory; ``close`` removes what was fetched."""

    path: str
    commit: Commit | None
    """None for a directory that is not under git."""
    close: Callable[[], None] = lambda: None


def is_repository_url(target: str) -> bool:
    """Say whether ``target`` is an address to fetch from rather than a path on this machine."""
    return any(form.match(target) for form in (_URL, _SCP, _BARE)) and not _exists(target)


def open_repository(
    target: str,
    *,
    branch: str = "",
    tag: str = "",
    commit: str = "",
    environ: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
) -> Checkout:
    """The files of ``target``, a URL or a path, at one branch, tag or commit; a path alone is read where it lies.

    Raises UsageError for unusable names, NotFound, Unauthorized, Unreachable or SourceError when git fails.
    """
    _check(branch, tag, commit)
    git = _Git(environ, timeout)
    if is_repository_url(target):
        target = f"https://{target}" if _BARE.match(target) else target
    else:
        path = Path(target)
        if "::" in target or not _exists(target) or not path.is_dir():
            raise NotFound(f"{target}: neither a directory nor a repository's URL")
        if not (branch or tag or commit):
            return Checkout(str(path), _describe(git, path))
        target = str(path.resolve())
    return _fetched(git, target, branch, tag, commit)


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:  # longer than a path can be
        return False


def _check(branch: str, tag: str, commit: str) -> None:
    if sum(map(bool, (branch, tag, commit))) > 1:
        raise UsageError("--branch, --tag and --commit name the same thing: give one of them")
    for kind, name, pattern in (("branch", branch, _REF), ("tag", tag, _REF), ("commit", commit, _COMMIT)):
        if name and not pattern.match(name):
            raise UsageError(f"not the name of a {kind}: {name[:100]!r}")


class _Git:
    """Runs git with nothing of the surroundings that could change what it does."""

    def __init__(self, environ: Mapping[str, str] | None, timeout: float) -> None:
        import os

        inherited = os.environ if environ is None else environ
        self._environ = {name: value for name, value in inherited.items() if name not in _INHERITED} | {
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "",
            "SSH_ASKPASS": "",
            "GIT_LFS_SKIP_SMUDGE": "1",
            "GIT_ALLOW_PROTOCOL": _PROTOCOLS,
            "GIT_OPTIONAL_LOCKS": "0",
            "LC_ALL": "C",
        }
        self._timeout = timeout

    def run(self, where: Path, *arguments: str) -> bytes:
        """Standard output; raises the error that git's own words point to."""
        import subprocess

        settings = [part for setting in _SAFE for part in ("-c", setting)]
        command = ["git", *settings, "-C", str(where), *arguments]
        try:
            # a session of its own: neither git nor ssh finds a terminal to ask on, and both can be ended together
            with subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._environ,
                start_new_session=True,
            ) as process:
                try:
                    output, said = process.communicate(timeout=self._timeout)
                except BaseException as error:
                    _end(process.pid)
                    if isinstance(error, subprocess.TimeoutExpired):
                        raise Unreachable(f"git {arguments[0]} took longer than {self._timeout:g} s") from None
                    raise
        except OSError as error:
            raise SourceError("cannot run git", detail=str(error), hint="install git") from None
        if process.returncode:
            raise _failure(arguments, said.decode("utf-8", "replace"))
        return output


def _end(group: int) -> None:
    """End git and what it started (ssh, remote helpers)."""
    import os
    import signal
    from contextlib import suppress

    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _failure(arguments: Sequence[str], said: str) -> SourceError:
    lowered = said.lower()
    kind = next((kind for kind, signs in _SIGNS if any(sign in lowered for sign in signs)), SourceError)
    lines = [line for line in said.splitlines() if line.startswith(("fatal:", "error:"))] or said.splitlines()[-1:]
    reason = _scrubbed(lines[0].partition(": ")[2] or lines[0])[:MAX_REASON] if lines else "it said nothing"
    return kind(f"git {arguments[0]} failed: {reason}", hint=_HINTS.get(kind, ""))


def _scrubbed(text: str) -> str:
    """Without the user names and passwords of URLs."""
    return re.sub(r"(\b[a-z]{2,6}://)[^/@\s]*@", r"\1", text)


def _fetched(git: _Git, source: str, branch: str, tag: str, commit: str) -> Checkout:
    """Fetch one commit into a new temporary directory and check it out there."""
    from tempfile import TemporaryDirectory

    folder = TemporaryDirectory(prefix="sekisho-git-", ignore_cleanup_errors=True)
    try:
        path = Path(folder.name)
        git.run(path, "init", "--quiet", "--template=", "--initial-branch=sekisho")
        branch = branch or ("" if tag or commit else _default_branch(git, path, source))
        revision = _fetch(git, path, source, branch, tag, commit)
        git.run(path, "checkout", "--quiet", "--detach", "--force", revision, "--")
        found = _describe(git, path)
    except BaseException:
        folder.cleanup()
        raise
    if found is not None:
        url = _scrubbed(source) if is_repository_url(source) else _origin(git, Path(source))
        found = msgspec.structs.replace(found, url=url, branch=branch)
    return Checkout(folder.name, found, folder.cleanup)


def _default_branch(git: _Git, path: Path, source: str) -> str:
    answer = git.run(path, "ls-remote", "--symref", "--", source, "HEAD").decode("utf-8", "replace")
    for line in answer.splitlines():
        if line.startswith("ref: refs/heads/"):
            branch = line.removeprefix("ref: refs/heads/").partition("\t")[0]
            if _REF.match(branch):
                return branch
    raise NotFound(f"{_scrubbed(source)} has no default branch", hint="it may be empty; or name a branch with --branch")


def _fetch(git: _Git, path: Path, source: str, branch: str, tag: str, commit: str) -> str:
    """Bring the wanted commit here and return what to check out."""
    fetch = ("fetch", "--quiet", "--no-recurse-submodules", "--force", "--update-shallow")
    if branch or tag:
        kind, name = ("heads", branch) if branch else ("tags", tag)
        git.run(path, *fetch, "--depth=1", "--", source, f"refs/{kind}/{name}:refs/{kind}/{name}")
        return f"refs/{kind}/{name}^{{commit}}"
    if len(commit) in (40, 64):
        try:
            git.run(path, *fetch, "--depth=1", "--", source, f"{commit}:refs/heads/wanted")
        except (Unauthorized, Unreachable):
            raise
        except Undecided:
            pass  # servers may refuse to hand out a commit that no name points to; then the history is needed
        else:
            return "refs/heads/wanted"
    git.run(path, *fetch, "--", source, "refs/heads/*:refs/remotes/origin/*", "refs/tags/*:refs/tags/*")
    try:
        return git.run(path, "rev-parse", "--verify", "--end-of-options", f"{commit}^{{commit}}").decode().strip()
    except SourceError as error:
        detail = "the short form fits several" if "ambiguous" in error.message else ""
        raise NotFound(f"{_scrubbed(source)} has no commit {commit}", detail=detail) from None


def _describe(git: _Git, path: Path) -> Commit | None:
    """What git says about HEAD; None where there is no repository or no commit."""
    layout = "%H%x00%an <%ae>%x00%cn <%ce>%x00%D%x00%B"
    try:
        told = git.run(path, "log", "-1", "--no-show-signature", "--no-color", "--decorate=full", f"--format={layout}")
    except SourceError:
        return None
    fields = told.decode("utf-8", "replace").split("\0", 4)
    if len(fields) != 5:
        return None
    identifier, author, committer, names, message = fields
    refs = names.split(", ")
    head = next((ref for ref in refs if ref.startswith("HEAD -> refs/heads/")), "")
    return Commit(
        url=_origin(git, path),
        branch=head.removeprefix("HEAD -> refs/heads/"),
        tags=tuple(sorted(ref.removeprefix("tag: refs/tags/") for ref in refs if ref.startswith("tag: refs/tags/"))),
        commit=identifier,
        message=message.strip(),
        author=author,
        committer=committer,
    )


def _origin(git: _Git, path: Path) -> str:
    try:
        return _scrubbed(git.run(path, "config", "--get", "remote.origin.url").decode("utf-8", "replace").strip())
    except SourceError:
        return ""
