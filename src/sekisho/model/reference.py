"""The name of an image in a registry: ``registry/repository:tag@digest``.

Docker's familiar names are completed as docker does: ``alpine`` is ``index.docker.io/library/alpine:latest``.
Source: https://pkg.go.dev/github.com/distribution/reference
"""

from __future__ import annotations

import re

import msgspec

from sekisho.errors import CorruptInput, UsageError
from sekisho.model.digest import parse_digest

DOCKER_HUB = "index.docker.io"
MAX_NAME = 255
"""The whole name without tag and digest, as the distribution grammar has it."""

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*\Z")
_REGISTRY = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?\Z")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\Z")


class Reference(msgspec.Struct, frozen=True):
    """One image by tag, by digest, or both (then the digest decides)."""

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    def __str__(self) -> str:
        return self.context + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")

    @property
    def context(self) -> str:
        """Registry and repository without tag or digest."""
        return f"{self.registry}/{self.repository}"

    @property
    def identifier(self) -> str:
        """What to ask the registry for: the digest when there is one, else the tag."""
        return self.digest or self.tag

    @property
    def familiar(self) -> str:
        """The name as docker prints it: without Docker Hub and without ``library/``."""
        name = self.context
        if self.registry == DOCKER_HUB:
            name = self.repository.removeprefix("library/")
        return name + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")


def parse_reference(text: str) -> Reference:
    """Read an image name as docker would; raise UsageError when it is not one."""
    name, _, digest = text.partition("@")
    name, tag = _split_tag(name)
    registry, repository = _split_registry(name)
    if digest:
        try:
            parse_digest(digest)
        except CorruptInput as error:
            raise UsageError(f"not an image reference: {text!r}", detail=error.message) from None
    if not _REGISTRY.match(registry) or not _REPOSITORY.match(repository) or len(name) > MAX_NAME:
        raise UsageError(
            f"not an image reference: {text!r}",
            hint="write it as registry/repository:tag; repository names are lower case",
        )
    if tag and not _TAG.match(tag):
        raise UsageError(f"not a tag: {tag!r} in {text!r}", hint="tags are letters, digits, '_', '.' and '-'")
    return Reference(registry, repository, tag or ("" if digest else "latest"), digest)


def _split_tag(name: str) -> tuple[str, str]:
    head, colon, tail = name.rpartition(":")
    return (head, tail) if colon and "/" not in tail else (name, "")


def _split_registry(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    if not slash:
        return DOCKER_HUB, f"library/{name}"
    if "." not in first and ":" not in first and first != "localhost":
        return DOCKER_HUB, name
    if first in ("docker.io", "registry-1.docker.io", DOCKER_HUB):
        return DOCKER_HUB, rest if "/" in rest else f"library/{rest}"
    return first, rest
