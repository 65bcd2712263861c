"""Names of Python projects, and the requirements that ask for them.

``Ruamel.YAML`` and ``ruamel_yaml`` are the same project: names are compared in their normal form.
Source: PEP 503 and https://packaging.python.org/specifications/dependency-specifiers/
"""

from __future__ import annotations

import re

_SEPARATORS = re.compile(r"[-_.]+")
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


def normal_name(name: str) -> str:
    """The form in which two spellings of a project's name are equal."""
    return _SEPARATORS.sub("-", name).lower()


def required_name(requirement: str) -> str:
    """The project that a requirement (``Flask[async] >=2 ; python_version > "3"``) asks for, in normal form."""
    found = _NAME.match(requirement)
    return normal_name(found[1]) if found else ""
