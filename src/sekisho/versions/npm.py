"""npm's order: Semantic Versioning, read as leniently as node-semver's loose mode.

Source: https://github.com/npm/node-semver#versions
"""

from __future__ import annotations

from sekisho.versions.semver import compare, key

__all__ = ["compare", "key"]
