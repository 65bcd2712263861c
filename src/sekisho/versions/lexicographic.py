"""The plain order of characters by code point.

Source: https://github.com/package-url/vers-spec (scheme ``lexicographic``)
"""

from __future__ import annotations

from sekisho.versions.order import Key, comparison


def key(version: str) -> Key:
    """The version itself."""
    return version


compare = comparison(key)
