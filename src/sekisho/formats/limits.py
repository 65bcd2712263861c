"""Every bound on hostile input, with its reason.

A bound is generous enough for real artifacts and small enough that an attacker cannot take the machine with it.
Crossing one raises :class:`~sekisho.errors.BoundExceeded`; a reader never truncates in silence.
"""

from __future__ import annotations

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30

CHUNK = MIB
"""One read from a stream. Decompressors are asked for no more than this at once, so a bomb cannot expand in one
call."""
MAX_LAYER_SIZE = 64 * GIB
"""Uncompressed bytes of one layer; the largest public CUDA images stay below 20 GiB."""
MAX_EXPANSION_RATIO = 1032
"""Deflate cannot do better than 1032:1 (RFC 1951); beyond it the stream is lying about its format."""
MAX_ENTRIES = 4_000_000
"""Members of one layer. Large monorepo images hold under one million; each costs about a microsecond."""
MAX_PATH = 4096
"""PATH_MAX of Linux: a longer name could not have been unpacked."""
MAX_PAX_HEADER = MIB
"""A PAX or GNU long-name header; GNU tar and Go's archive/tar use the same megabyte."""
MAX_FILE_IN_MEMORY = 32 * MIB
"""A file an extractor wants is kept in memory up to here and in a temporary file beyond it."""
MAX_TEXT_FILE = 64 * MIB
"""A lock file, manifest or text database; the largest seen (a texlive dpkg status) is under 10 MiB."""
MAX_DATABASE_FILE = 512 * MIB
"""An rpm database; a full desktop installation has about 200 MiB."""
MAX_BINARY_FILE = GIB
"""An executable worth opening; the largest public Go binaries are near 300 MiB."""
MAX_ARCHIVE_FILE = GIB
"""A jar, war or ear."""
MAX_NESTED_ARCHIVE = 256 * MIB
"""An archive inside an archive is inflated into memory or a temporary file up to here."""
MAX_ARCHIVE_DEPTH = 4
"""ear → war → jar → shaded jar: the deepest nesting found in the wild."""
MAX_ARCHIVE_ENTRIES = 200_000
"""Members of one zip; scala and kotlin compilers stay below 50,000."""
MAX_JSON_DOCUMENT = 256 * MIB
"""A report, SBOM or manifest read whole; syft writes 46 MiB for 3,000 packages."""
MAX_MANIFEST = 4 * MIB
"""A registry manifest or index (distribution-spec asks registries to accept at least 4 MiB)."""
MAX_IMAGE_CONFIG = 16 * MIB
"""An image configuration; registries cap blobs of this type lower."""
MAX_LAYERS = 1024
"""overlayfs stacks at most 500 lower directories; docker stops at 127."""
MAX_LINK_HOPS = 40
"""Symbolic links followed in one look-up (ELOOP of Linux)."""
