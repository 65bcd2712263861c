"""yarn.lock, classic (version 1) and berry (2 and later).

Both are blocks of indented lines: a header naming the descriptors (``name@range``) that one resolution serves, then
its fields. Classic writes ``version "1.0.0"``, berry the YAML subset ``version: 1.0.0``. One reader of lines serves
both and knows where each block stands. What is direct or for development stands in package.json beside it.
Source: https://classic.yarnpkg.com/lang/en/docs/yarn-lock/ and https://yarnpkg.com/protocols
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from sekisho.errors import CorruptInput
from sekisho.formats.json_document import as_table
from sekisho.formats.limits import MIB
from sekisho.inventory.language.dependency_graph import only_reachable, reachable, unique
from sekisho.inventory.language.node_integrity import integrity_checksums
from sekisho.inventory.language.node_manifest import NOT_IN_MODULES, Requirements, read_requirements
from sekisho.inventory.protocol import Extractor, File, Item
from sekisho.model.inventory import Gap
from sekisho.model.package import Package, Relation

MAX_LOCK_FILE = 32 * MIB
"""yarn.lock of the largest public monorepos is near 3 MiB."""
_CODE = frozenset({"git", "git+ssh", "git+http", "git+https", "git+file", "github", "gitlab", "bitbucket", "gist"})
_REMOTE = _CODE | {"npm", "jsr", "catalog", "patch", "virtual", "file", "exec", "http", "https", "ssh"}
"""Protocols of packages with a version of their own; workspace, link and portal lead to the project's directories."""
_PUBLISHED = re.compile(r"/((?:@[^/@]+(?:/|%2f))?[^/@]+)/-/[^/]+\.tgz")
"""The name in the address of a registry: a resolution may have put another package in its place."""
_NEEDS = frozenset({"dependencies", "optionalDependencies"})
_FIELD = re.compile(r'(?:"([^"]*)"|([^\s":]+)):?\s*(.*)\Z')
_PROTOCOL = re.compile(r"([a-z+]+):")
_COMMIT = re.compile(r"(?:#commit[=:]|/tar\.gz/|\.git#|^git.*#)([0-9a-f]{7,64})\b")


class Block(msgspec.Struct, gc=False):
    """One resolution as the lock file writes it."""

    patterns: list[str]
    first: int
    """Line of the header, counted from 1."""
    last: int
    fields: dict[str, str] = {}
    needs: list[tuple[str, str]] = []
    """(name, range) of dependencies and optional dependencies."""

    @property
    def descriptor(self) -> tuple[str, str]:
        """Name and range, or rather what they were resolved to where the lock file says so."""
        name, wanted = split_pattern(self.fields.get("resolution") or self.patterns[0])
        published = _PUBLISHED.search(self.fields.get("resolved", ""))
        return (published[1].replace("%2f", "/"), wanted) if published else (name, wanted)

    @property
    def protocol(self) -> str:
        """What stands before the colon of the range; npm when nothing does."""
        found = _PROTOCOL.match(self.descriptor[1])
        return found[1] if found else "npm"


def extract(file: File) -> Iterator[Item]:
    """Every package of the lock but the project's own; raises CorruptInput when the text is not a yarn.lock."""
    blocks = list(read_blocks(file.text))
    graph = _Graph(blocks)
    graph.mark(_requirements(file))
    yield from unique(graph.packages(file.path))
    for block in graph.blocks.values():
        if block.protocol in _REMOTE and not block.fields.get("version"):
            reason = f"line {block.first}: the entry {block.patterns[0][:200]!r} has no version"
            yield Gap(path=file.path, extractor="yarn", reason=reason)


def read_blocks(text: str) -> Iterator[Block]:
    """The blocks of the lock in their order; raises CorruptInput at the first line that belongs to none."""
    block: Block | None = None
    section = ""
    for number, line in enumerate(text.split("\n"), 1):
        body = line.strip()
        if not body or body[0] == "#" or body == ":":
            continue
        if line[0] != " ":
            if block:
                yield block
            block, section = Block(_patterns(body, number), number, number), ""
            continue
        key, value = _field(body)
        if block is None or not key:
            raise CorruptInput(f"not a yarn.lock: line {number} belongs to nothing")
        block.last = number
        if line.startswith("    "):
            if section in _NEEDS:
                block.needs.append((key, value))
        else:
            section = key
            block.fields[key] = value
    if block:
        yield block


def split_pattern(pattern: str) -> tuple[str, str]:
    """``@scope/name@range`` as name and range; an alias (``npm:other@range``) is the package it stands for."""
    name, _, wanted = _cut(pattern)
    other, at, inner = _cut(wanted.removeprefix("npm:"))
    return (other, inner) if at and wanted.startswith("npm:") and "/" not in inner else (name, wanted)


def _cut(pattern: str) -> tuple[str, str, str]:
    at = pattern.find("@", 1)
    return (pattern, "", "") if at < 0 else (pattern[:at], "@", pattern[at + 1 :])


def _patterns(header: str, number: int) -> list[str]:
    if not header.endswith(":") and not header.startswith("? "):
        raise CorruptInput(f"not a yarn.lock: line {number} is no header")
    return [part.strip('"') for part in header.removeprefix("? ").removesuffix(":").split(", ")]


def _field(body: str) -> tuple[str, str]:
    found = _FIELD.match(body)
    if not found:
        return "", ""
    value = found[3]
    return found[1] or found[2], value[1:-1] if value[:1] == '"' == value[-1:] and len(value) > 1 else value


def _requirements(file: File) -> Requirements | None:
    """What package.json beside the lock asks for; None without a readable one: the lock itself stays complete."""
    data = file.sibling("package.json")
    if data is None:
        return None
    try:
        return read_requirements(data)
    except CorruptInput:
        return None


class _Graph:
    """Which block answers which wish, and from that what is direct and what is for development."""

    def __init__(self, blocks: list[Block]) -> None:
        self.blocks = {at: block for at, block in enumerate(blocks) if block.patterns != ["__metadata"]}
        self.berry = len(self.blocks) < len(blocks)
        self.by_pattern = {pattern: at for at, block in self.blocks.items() for pattern in block.patterns}
        self.by_name: dict[str, set[int]] = {}
        for pattern, at in self.by_pattern.items():
            self.by_name.setdefault(_cut(pattern)[0], set()).add(at)
        self.edges = {at: self._answers(block.needs) for at, block in self.blocks.items()}
        self.direct: set[int] = set()
        self.production: set[int] = set()
        self.development: set[int] = set()

    def mark(self, wanted: Requirements | None) -> None:
        """Start from package.json, and from the workspaces that berry lists among the blocks."""
        production: set[int] = set()
        development: set[int] = set()
        if wanted:
            sections = as_table(wanted.dependencies) | as_table(wanted.optionalDependencies)
            production.update(self._answers(sections.items()))
            development.update(self._answers(as_table(wanted.devDependencies).items()))
        for at, block in self.blocks.items():
            if block.protocol == "workspace" and not (wanted and block.descriptor[1] == "workspace:."):
                production.update(self.edges[at])
        self.direct = production | development
        self.production = reachable(production, self.edges)
        self.development = only_reachable(development, production, self.edges)
        if wanted and wanted.workspaces and not self.berry:
            self.development = set()  # the members may need it, and their package.json is not at hand

    def packages(self, path: str) -> Iterator[Package]:
        """A package for each block that is not a directory of the project itself."""
        for at, block in self.blocks.items():
            version = block.fields.get("version")
            if not version or block.protocol not in _REMOTE:
                continue
            yield Package(
                type="npm",
                name=block.descriptor[0],
                version=version,
                found_by="yarn",
                path=path,
                relation=self._relation(at),
                dev=at in self.development,
                depends_on=tuple(sorted({key for target in self.edges[at] if (key := self._key(target))})),
                lines=(block.first, block.last),
                checksums=integrity_checksums(block.fields.get("integrity")),
                facts=_origin(block),
            )

    def _relation(self, at: int) -> Relation:
        if at in self.direct:
            return "direct"
        return "indirect" if at in self.production or at in self.development else ""

    def _key(self, at: int) -> str:
        block = self.blocks[at]
        version = block.fields.get("version")
        return f"{block.descriptor[0]}@{version}" if version and block.protocol in _REMOTE else ""

    def _answers(self, wishes: Iterable[tuple[str, object]]) -> list[int]:
        found = (self._answer(name, wanted) for name, wanted in wishes if isinstance(wanted, str))
        return [at for at in found if at is not None]

    def _answer(self, name: str, wanted: str) -> int | None:
        """The block that serves ``name@wanted``; resolutions may have replaced the range of a name that occurs once."""
        for pattern in (f"{name}@{wanted}", f"{name}@npm:{wanted}"):
            if pattern in self.by_pattern:
                return self.by_pattern[pattern]
        candidates = self.by_name.get(name, ())
        return next(iter(candidates)) if len(candidates) == 1 else None


def _origin(block: Block) -> dict[str, str]:
    """Where it comes from: the address, and the commit when that is a git repository."""
    address = block.fields.get("resolved", "")
    commit = _COMMIT.search(address or block.fields.get("resolution", ""))
    return ({"resolved": address} if address else {}) | ({"commit": commit[1]} if commit else {})


EXTRACTORS = (
    Extractor(
        name="yarn",
        extract=extract,
        names=("yarn.lock",),
        pattern=NOT_IN_MODULES,
        max_size=MAX_LOCK_FILE,
        siblings=("package.json",),
        post_build=False,
    ),
)
