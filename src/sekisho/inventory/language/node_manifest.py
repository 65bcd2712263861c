"""package.json: what a Node package says about itself.

Only ``name`` and ``version`` are certain to be there; everything else comes in the forms of a decade and a half of
conventions, and test data in published packages has every field in every wrong type.
Source: https://docs.npmjs.com/cli/configuring-npm/package-json
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from sekisho.formats.json_document import decode_json_as
from sekisho.formats.limits import MIB

MAX_MANIFEST = 4 * MIB
"""The largest package.json in published packages is below one megabyte."""
NOT_IN_MODULES = r"^(?!(?:.*/)?(?:node_modules|\.yarn)/)"
"""Paths of lock files that belong to the project itself, not to a package installed in it."""
_NAME = re.compile(r"(?:@[A-Za-z0-9._~-]+/)?[A-Za-z0-9._~-]+\Z")


class Manifest(msgspec.Struct, gc=False):
    """The fields that matter here; their types are whatever the author wrote."""

    name: Any = None
    version: Any = None
    description: Any = None
    license: Any = None
    licenses: Any = None
    author: Any = None
    homepage: Any = None
    repository: Any = None


class Requirements(msgspec.Struct, gc=False):
    """What a project asks for, and whether it has members with wishes of their own."""

    dependencies: Any = None
    optionalDependencies: Any = None  # noqa: N815 - the manifest's spelling
    devDependencies: Any = None  # noqa: N815
    workspaces: Any = None


_MANIFEST = msgspec.json.Decoder(Manifest)
_REQUIREMENTS = msgspec.json.Decoder(Requirements)


def read_manifest(data: bytes) -> Manifest:
    """The manifest; raises CorruptInput when it is not a JSON object."""
    return decode_json_as(_MANIFEST, data, MAX_MANIFEST)


def read_requirements(data: bytes) -> Requirements:
    """What the manifest asks for; raises CorruptInput when it is not a JSON object."""
    return decode_json_as(_REQUIREMENTS, data, MAX_MANIFEST)


def is_package_name(name: Any) -> bool:
    """Say whether ``name`` could ever have been published: templates and placeholders in test data could not."""
    return isinstance(name, str) and _NAME.match(name) is not None


def declared_licenses(*fields: Any) -> tuple[str, ...]:
    """Licences of the first field that names any: text, ``{"type": …}``, or a list of either."""
    for field in fields:
        found = tuple(filter(None, map(_license, field if isinstance(field, list) else (field,))))
        if found:
            return found
    return ()


def _license(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("type") or value.get("name")
    return value.strip() if isinstance(value, str) else ""


def person(value: Any) -> str:
    """An author as one line: ``Name <mail> (address)``."""
    if isinstance(value, str):
        return value.strip()
    if not isinstance(value, dict):
        return ""
    forms = (("name", "{}"), ("email", "<{}>"), ("url", "({})"))
    return " ".join(form.format(value[key].strip()) for key, form in forms if isinstance(value.get(key), str))


def address(value: Any) -> str:
    """A homepage or repository, given as text or as ``{"url": …}``."""
    if isinstance(value, dict):
        value = value.get("url")
    return value.strip() if isinstance(value, str) else ""
