r"""The note that the Go linker leaves in each program: toolchain, modules with their hashes, build settings.

A blob aligned to 16 bytes begins with ``\xff Go buildinf:``. Since Go 1.18 the two strings follow inline with varint
lengths; before, the blob holds pointers to Go string headers (pointer, length) in the program's own word size and byte
order. It survives stripping: it is data, not debug information. It lies in a section of its own in ELF and Mach-O, and
at the start of the initialised data in PE and in ELF files that have lost their section table.
Source: https://pkg.go.dev/debug/buildinfo and https://pkg.go.dev/runtime/debug#BuildInfo
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats.executable import Executable
from sekisho.formats.limits import KIB, MIB

MAX_MODULE_TEXT = 16 * MIB
"""The module string; Kubernetes' largest programs carry 50 KiB."""
MAX_GO_VERSION = 1 * KIB
"""``devel +hash date X:experiments`` is the longest kind."""
MAX_SEARCH = 4 * MIB
"""Initialised data searched in PE files, where C objects linked in may come before the blob."""
MAGIC = b"\xff Go buildinf:"
_ALIGN = 16
_HEADER = 32
_STEP = 64 * KIB
_POINTERS_BIG, _INLINE = 1, 2
_FRAME = 16
"""Bytes of marker before and after the module string."""
_SECTIONS = (".go.buildinfo", "__go_buildinfo")
_BUILT_BY_GO = (".note.go.buildid", ".gopclntab", "__gopclntab")
_QUOTED = re.compile(r'"(?:[^"\\]++|\\.)*+"|`[^`]*+`')
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))")
_RELEASE = re.compile(r"(?:go)?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?:(rc|beta)(\d{1,4}))?(?![.\w])(-(?!X:))?")
_LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class GoModule(msgspec.Struct, frozen=True):
    """A module as it was linked in; ``replace`` is what took its place."""

    path: str
    version: str = ""
    sum: str = ""
    """``h1:…``; empty for the main module and local directories."""
    replace: GoModule | None = None


class BuildInfo(msgspec.Struct, frozen=True):
    """What ``go version -m`` prints."""

    go_version: str
    """As it stands: ``go1.23.4``, ``go1.22.3 X:boringcrypto``, ``devel go1.23-…``."""
    path: str = ""
    """Import path of the main package."""
    main: GoModule | None = None
    deps: tuple[GoModule, ...] = ()
    settings: dict[str, str] = {}
    """Build settings; empty before Go 1.18."""


def read_build_info(program: Executable) -> BuildInfo | None:
    """The build information, or None when there is none; CorruptInput when it is there and cannot be followed."""
    address = _find(program)
    if address is None:
        return None
    header = program.read_address(address, _HEADER)
    if header[15] & _INLINE:
        version, modules = _inline_strings(program, address + _HEADER)
    else:
        version, modules = _pointed_strings(program, header)
    if not version:
        raise CorruptInput("the Go build information names no toolchain")
    return parse_modules(version.decode("utf-8", "replace"), _unframe(modules))


def is_built_by_go(program: Executable) -> bool:
    """Say whether the sections show the Go linker's hand, whatever became of the build information."""
    return program.section(*_BUILT_BY_GO) is not None


def release_version(go_version: str) -> str:
    """The toolchain as the standard library's module version: ``go1.22rc1`` is ``v1.22.0-rc.1``; empty for snapshots.

    Experiments (`` X:boringcrypto``, ``-X:…``) and vendors' suffixes (`` (Red Hat …)``, ``go1.21.5-acme``) are dropped.
    ``go1.23-20240626-RC01`` is a snapshot of a branch, not a release.
    """
    found = _RELEASE.match(go_version)
    if not found:
        return ""
    major, minor, patch, stage, count, suffix = found.groups()
    if suffix and not patch and not stage:
        return ""
    version = f"v{major}.{minor}.{patch or 0}"
    return f"{version}-{stage}.{count}" if stage else version


def _find(program: Executable) -> int | None:
    """Virtual address of the blob."""
    section = program.section(*_SECTIONS)
    if section is not None:
        return _search(program, section.address, min(section.size, _STEP))
    if program.has_sections and program.kind != "pe":
        return None
    data = program.data_segment
    if data is None:
        return None
    return _search(program, data.address, min(data.size, MAX_SEARCH if program.kind == "pe" else _STEP))


def _search(program: Executable, start: int, size: int) -> int | None:
    for at in range(0, size, _STEP):
        block = program.read_address(start + at, _STEP + _HEADER)
        found = block.find(MAGIC)
        while found >= 0:
            if found % _ALIGN == 0 and _is_header(block[found : found + _HEADER]):
                return start + at + found
            found = block.find(MAGIC, found + 1)
    return None


def _is_header(header: bytes) -> bool:
    """A text that merely mentions the magic (Go's own tools hold it as a constant) is followed by something else."""
    if len(header) < _HEADER or header[15] > (_INLINE | _POINTERS_BIG):
        return False
    return header[15] & _INLINE != 0 or header[14] in (4, 8)


def _inline_strings(program: Executable, address: int) -> tuple[bytes, bytes]:
    version, address = _inline_string(program, address, MAX_GO_VERSION)
    modules, _ = _inline_string(program, address, MAX_MODULE_TEXT)
    return version, modules


def _inline_string(program: Executable, address: int, limit: int) -> tuple[bytes, int]:
    """The string whose varint length stands at ``address``, and the address after it."""
    length = shift = 0
    for index, byte in enumerate(program.read_address(address, 10)):
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            start = address + index + 1
            return _exactly(program, start, length, limit), start + length
    raise CorruptInput("the Go build information ends too early")


def _pointed_strings(program: Executable, header: bytes) -> tuple[bytes, bytes]:
    word = header[14]
    order: Literal["big", "little"] = "big" if header[15] & _POINTERS_BIG else "little"
    found = []
    for at, limit in ((16, MAX_GO_VERSION), (16 + word, MAX_MODULE_TEXT)):
        string = program.read_address(int.from_bytes(header[at : at + word], order), 2 * word)
        data, length = int.from_bytes(string[:word], order), int.from_bytes(string[word:], order)
        found.append(_exactly(program, data, length, limit))
    return found[0], found[1]


def _exactly(program: Executable, address: int, size: int, limit: int) -> bytes:
    if size > limit:
        raise BoundExceeded(f"a string of {size} bytes in the Go build information")
    data = program.read_address(address, size)
    if len(data) != size:
        raise CorruptInput("the Go build information points outside the program")
    return data


def _unframe(modules: bytes) -> str:
    """Drop the markers by which the text could be found in a running program; without them there is no text."""
    if len(modules) <= 2 * _FRAME or modules[-_FRAME - 1] != 0x0A:
        return ""
    return modules[_FRAME:-_FRAME].decode("utf-8", "replace")


def parse_modules(go_version: str, text: str) -> BuildInfo:
    """Read the module text: tab-separated lines ``path``, ``mod``, ``dep``, ``=>`` and ``build``; others are
    skipped."""
    path = ""
    main: GoModule | None = None
    deps: list[GoModule] = []
    settings: dict[str, str] = {}
    for line in text.split("\n"):
        word, _, rest = line.partition("\t")
        if word == "dep":
            deps.append(_module(rest))
        elif word == "=>":
            if deps:
                deps[-1] = msgspec.structs.replace(deps[-1], replace=_module(rest))
            elif main:
                main = msgspec.structs.replace(main, replace=_module(rest))
        elif word == "build":
            key, value = _setting(rest)
            settings[key] = value
        elif word == "mod":
            main = _module(rest)
        elif word == "path":
            path = rest
    return BuildInfo(go_version, path, main, tuple(deps), settings)


def _module(text: str) -> GoModule:
    path, version, checksum, *_ = (*text.split("\t"), "", "")
    return GoModule(path, version, checksum)


def _setting(text: str) -> tuple[str, str]:
    """``key=value``; both may be written as Go string literals."""
    found = _QUOTED.match(text)
    if found and text[found.end() : found.end() + 1] == "=":
        return _unquote(found.group()), _unquote(text[found.end() + 1 :])
    key, _, value = text.partition("=")
    return key, _unquote(value)


def _unquote(text: str) -> str:
    """The value of a Go string literal; anything else as it stands."""
    if not _QUOTED.fullmatch(text):
        return text
    return text[1:-1] if text[0] == "`" else _ESCAPE.sub(_unescape, text[1:-1])


def _unescape(found: re.Match[str]) -> str:
    byte, short, long, octal, letter = found.groups()
    if letter:
        return _LETTERS.get(letter, letter)
    code = int(octal, 8) if octal else int(byte or short or long, 16)
    return chr(code) if code < 0xD800 or 0xE000 <= code < 0x110000 else "\ufffd"
