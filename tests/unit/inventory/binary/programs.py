"""Small programs built by hand: ELF, Mach-O and PE files that hold the given sections and nothing else."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

import msgspec

BASE = 0x400000
"""Virtual address of the writable segment of ELF and Mach-O programs; of the image for PE."""
BODY = 0x400
"""File offset of the first section's bytes, and their distance from the base in PE."""
MARK = b"\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6"
MAGIC = b"\xff Go buildinf:"

Sections = Mapping[str, bytes]


def _place(sections: Sections) -> tuple[bytes, dict[str, tuple[int, int]]]:
    """The section bytes one after the other, aligned to 16, and where each lies from their start."""
    body, places = b"", {}
    for name, content in sections.items():
        places[name] = (len(body), len(content))
        body += content + bytes(-len(content) % 16)
    return body, places


def elf(sections: Sections, *, wide: bool = True, big: bool = False, table: bool = True, kind: int = 2) -> bytes:
    """A program with one writable segment at BASE that holds every section; ``table=False`` as after sstrip."""
    sign, word = (">" if big else "<"), ("Q" if wide else "I")
    body, places = _place(sections)
    names = b"\0" + b"".join(name.encode() + b"\0" for name in sections) + b".shstrtab\0"
    names_at = BODY + len(body)
    table_at = names_at + len(names) + (-len(names) % 8)
    entries = [(0, 0, 0, 0, 0, 0)]
    name_at = 1
    for name, (at, size) in places.items():
        entries.append((name_at, 1, 3, BASE + at, BODY + at, size))
        name_at += len(name) + 1
    entries.append((name_at, 3, 0, 0, names_at, len(names)))
    header = struct.pack(
        f"{sign}4s5B7xHHI{word}{word}{word}IHHHHHH",
        b"\x7fELF", 2 if wide else 1, 2 if big else 1, 1, 0, 0, kind, 62, 1, BASE,
        64 if wide else 52, table_at if table else 0, 0, 64 if wide else 52, 56 if wide else 32, 1,
        64 if wide else 40, len(entries) if table else 0, len(entries) - 1 if table else 0,
    )  # fmt: skip
    load = (BODY, BASE, BASE, len(body), len(body))
    program = struct.pack(f"{sign}IIQQQQQQ", 1, 6, *load, 16) if wide else struct.pack(f"{sign}8I", 1, *load, 6, 16)
    front = header + program
    file = front + bytes(BODY - len(front)) + body
    if not table:
        return file
    file += names + bytes(table_at - len(file) - len(names))
    for name_at, section_kind, flags, address, offset, size in entries:
        file += struct.pack(
            f"{sign}II{word * 4}II{word * 2}", name_at, section_kind, flags, address, offset, size, *[0] * 4
        )
    return file


def macho(sections: Sections, *, wide: bool = True, big: bool = False, kind: int = 2) -> bytes:
    """A program with one writable segment ``__DATA`` at BASE."""
    sign, word = (">" if big else "<"), ("Q" if wide else "I")
    body, places = _place(sections)
    entries = b"".join(
        struct.pack(
            f"{sign}16s16s{word}{word}5I{'3I' if wide else '2I'}",
            name.encode(), b"__DATA", BASE + at, size, BODY + at, 4, 0, 0, 0, *[0] * (3 if wide else 2),
        )
        for name, (at, size) in places.items()
    )  # fmt: skip
    length = (72 if wide else 56) + len(entries)
    segment = struct.pack(
        f"{sign}II16s{word * 4}4I",
        0x19 if wide else 1, length, b"__DATA", BASE, len(body), BODY, len(body), 3, 3, len(places), 0,
    )  # fmt: skip
    magic = 0xFEEDFACF if wide else 0xFEEDFACE
    header = struct.pack(f"{sign}7I", magic, 7, 3, kind, 1, length, 0) + (bytes(4) if wide else b"")
    front = header + segment + entries
    return front + bytes(BODY - len(front)) + body


def universal(*slices: bytes) -> bytes:
    """A universal Mach-O of these architectures."""
    at = 8 + 20 * len(slices)
    table = struct.pack(">II", 0xCAFEBABE, len(slices))
    for number, part in enumerate(slices):
        table += struct.pack(">5I", 7 + number, 3, at, len(part), 4)
        at += len(part)
    return table + b"".join(slices)


def pe(sections: Sections, *, wide: bool = True) -> bytes:
    """A Windows program whose sections are all writable data, mapped at BASE plus their file offset."""
    body, places = _place(sections)
    optional = struct.pack("<H22xQ", 0x20B, BASE) if wide else struct.pack("<H26xI", 0x10B, BASE)
    coff = struct.pack("<4sHHIIIHH", b"PE\0\0", 0x8664, len(places), 0, 0, 0, len(optional), 2)
    table = b"".join(
        struct.pack("<8sIIII12xI", name.encode(), size, BODY + at, size, BODY + at, 0xC0000040)
        for name, (at, size) in places.items()
    )
    front = b"MZ" + bytes(0x3A) + struct.pack("<I", 0x40) + coff + optional + table
    return front + bytes(BODY - len(front)) + body


def modules(text: str) -> bytes:
    """A module text between the linker's markers."""
    return MARK + text.encode() + MARK


def inline(version: str, text: str, *, big: bool = False) -> bytes:
    """Build information as Go has written it since 1.18."""
    flags = 3 if big else 2
    strings = b"".join(_varint(len(part)) + part for part in (version.encode(), modules(text)))
    return MAGIC + bytes([8, flags]) + bytes(16) + strings


def pointed(version: str, text: str, *, wide: bool = True, big: bool = False, at: int = BASE) -> bytes:
    """Build information as Go wrote it before 1.18, for a section that lies at the address ``at``."""
    word, order = (8 if wide else 4), ("big" if big else "little")
    parts = (version.encode(), modules(text) if text else b"")
    headers_at = at + 32
    strings_at = headers_at + 4 * word
    pointers = b"".join((headers_at + index * 2 * word).to_bytes(word, order) for index in range(2))
    headers = b""
    for part in parts:
        headers += strings_at.to_bytes(word, order) + len(part).to_bytes(word, order)
        strings_at += len(part)
    front = MAGIC + bytes([word, 1 if big else 0]) + pointers
    return front + bytes(32 - len(front)) + headers + b"".join(parts)


def audit(*crates: dict[str, object]) -> bytes:
    """The crate list of cargo-auditable."""
    return zlib.compress(msgspec.json.encode({"packages": crates}))


def _varint(number: int) -> bytes:
    found = bytearray()
    while number >= 0x80:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])
