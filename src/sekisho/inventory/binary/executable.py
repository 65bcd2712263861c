"""Programs and shared libraries: opened once, asked for the modules of Go and the crates of Rust.

Go programs are recognised with or without symbols. A program that shows the Go linker's hand but no build information,
or one compressed with UPX, holds modules nobody can list; both leave a note.
Source: https://pkg.go.dev/debug/buildinfo, https://github.com/rust-secure-code/cargo-auditable, https://upx.github.io
"""

from __future__ import annotations

from collections.abc import Iterator

from sekisho.formats.executable import HEAD, Executable
from sekisho.formats.go_buildinfo import is_built_by_go, read_build_info
from sekisho.formats.limits import KIB, MAX_BINARY_FILE
from sekisho.formats.program import open_executable
from sekisho.inventory.binary.go import go_packages
from sekisho.inventory.binary.rust import rust_packages
from sekisho.inventory.protocol import Extractor, File, Item
from sekisho.model.inventory import Gap

NAME = "executable"
MIN_SIZE = 16 * KIB
"""Smaller than any Go or Rust program; spares the opening of stubs and tiny libraries."""
MAGIC = (
    b"\x7fELF",
    b"MZ",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"\xca\xfe\xba\xbf",
)
_UPX = b"UPX!"
_UPX_SECTION = "UPX0"


def extract(file: File) -> Iterator[Item]:
    """Go modules, Rust crates, or a note about why there may be some unseen."""
    program = open_executable(file.open())
    if program is None:
        return
    if _is_packed(program):
        yield _note(file, "packed with UPX, content not visible")
        return
    info = read_build_info(program)
    if info:
        yield from go_packages(info, file.path, program)
    elif is_built_by_go(program):
        yield _note(file, "built by Go without build information, its modules are not visible")
    yield from rust_packages(program, file.path)


def _is_packed(program: Executable) -> bool:
    """UPX leaves ELF files without sections and its own letters behind the headers; in PE it names its sections."""
    if program.kind == "elf":
        return not program.has_sections and _UPX in program.region.read_up_to(0, HEAD)
    return program.kind == "pe" and program.section(_UPX_SECTION) is not None


def _note(file: File, reason: str) -> Gap:
    return Gap(path=file.path, extractor=NAME, reason=reason, weight="note")


EXTRACTORS = (
    Extractor(
        name=NAME,
        extract=extract,
        magic=MAGIC,
        min_size=MIN_SIZE,
        max_size=MAX_BINARY_FILE,
        authoritative=False,
        pre_build=False,
    ),
)
