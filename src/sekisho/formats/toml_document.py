"""TOML documents that somebody else wrote, read with the standard library's parser.

The parser's cost grows with the square of the number of parts in one dotted key and with the depth of nested arrays;
both are bounded here.
Source: https://toml.io/en/v1.0.0
"""

from __future__ import annotations

import re
from typing import Any

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats.limits import MIB

MAX_TOML_DOCUMENT = 16 * MIB
"""A lock file; uv.lock of the largest public monorepos is near 2 MiB, and the parser needs seconds for 16."""
MAX_KEY_PARTS = 100
"""Parts of one dotted key; lock files use three."""
_DOTTED_KEY = re.compile(rb"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){%d}""" % MAX_KEY_PARTS)


def decode_toml(data: bytes, max_size: int = MAX_TOML_DOCUMENT) -> dict[str, Any]:
    """The document as a dict; BoundExceeded above ``max_size`` bytes, CorruptInput when it is not TOML."""
    import tomllib

    if len(data) > max_size:
        raise BoundExceeded(f"a TOML document of {len(data)} bytes is larger than {max_size}")
    _refuse_long_keys(data)
    try:
        return tomllib.loads(data.decode("utf-8-sig", "replace"))
    except RecursionError:
        raise CorruptInput("the TOML is nested too deeply") from None
    except (ValueError, AttributeError, TypeError) as error:
        raise CorruptInput(f"not TOML: {error}") from None


def _refuse_long_keys(data: bytes) -> None:
    for line in data.split(b"\n"):
        if line.count(b".") >= MAX_KEY_PARTS and _DOTTED_KEY.search(line):
            raise BoundExceeded(f"a TOML key has more than {MAX_KEY_PARTS} parts")
