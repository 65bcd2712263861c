"""Rust programs built with cargo-auditable: the crates they were linked from.

A section ``.dep-v0`` holds zlib-compressed JSON: crates with version, source, kind and the indices of what they need.
Crates of the kind ``build`` ran at build time only and are not in the program.
Source: https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import msgspec

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats.executable import Executable
from sekisho.formats.json_document import decode_json_as
from sekisho.formats.limits import MIB
from sekisho.model.package import Package, Relation

FOUND_BY = "rustbinary"
SECTION = ".dep-v0"
MAX_COMPRESSED = 8 * MIB
MAX_AUDIT = 64 * MIB
"""The JSON of a program with a thousand crates has 100 KiB; the reference reader stops at about this size, too."""
_BUILD = "build"


class _Crate(msgspec.Struct):
    name: str
    version: str
    source: str = ""
    kind: str = "runtime"
    dependencies: list[int] = []
    root: bool = False


class _Audit(msgspec.Struct):
    packages: list[_Crate]


_DECODER = msgspec.json.Decoder(_Audit)


def rust_packages(program: Executable, path: str) -> Iterator[Package]:
    """The crates linked in, none when the program does not say; CorruptInput when what it says cannot be read."""
    section = program.section(SECTION)
    if section is None:
        return
    packed = program.read_section(section, MAX_COMPRESSED)
    crates = decode_json_as(_DECODER, _inflate(packed), MAX_AUDIT).packages
    direct = {index for crate in crates if crate.root for index in crate.dependencies}
    for index, crate in enumerate(crates):
        if crate.kind == _BUILD:
            continue
        relation: Relation = "root" if crate.root else "direct" if index in direct else "indirect"
        yield Package(
            type="cargo",
            name=crate.name,
            version=crate.version,
            found_by=FOUND_BY,
            path=path,
            relation=relation,
            dev=crate.kind == "dev",
            depends_on=tuple(_needs(crate, crates)),
            facts={"source": crate.source} if crate.source not in ("", "crates.io") else {},
        )


def _needs(crate: _Crate, crates: list[_Crate]) -> list[str]:
    keys = {
        f"{crates[index].name}@{crates[index].version}"
        for index in crate.dependencies
        if 0 <= index < len(crates) and crates[index].kind != _BUILD
    }
    return sorted(keys)


def _inflate(packed: bytes) -> bytes:
    """Decompress with an upper bound; padding after the stream is ignored."""
    inflater = zlib.decompressobj()
    try:
        audit = inflater.decompress(packed, MAX_AUDIT + 1)
    except zlib.error as error:
        raise CorruptInput(f"the crate list is not zlib data: {error}") from None
    if len(audit) > MAX_AUDIT:
        raise BoundExceeded(f"the crate list expands to more than {MAX_AUDIT} bytes")
    if not inflater.eof:
        raise CorruptInput("the crate list is truncated")
    return audit
