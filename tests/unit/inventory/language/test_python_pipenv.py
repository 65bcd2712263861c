from __future__ import annotations

import json
from typing import Any

import pytest

from sekisho.errors import CorruptInput
from sekisho.inventory.language.python_pipenv import extract
from sekisho.inventory.protocol import File

LOCK = {
    "default": {
        "a": {"version": "==1.0", "hashes": ["sha256:aa"]},
        "editable": {"git": "https://git.example.test/x", "ref": "abc"},
        "odd": 7,
    },
    "develop": {"b": {"version": "==2.0"}, "a": {"version": "==1.0"}},
}


def read(document: Any) -> list[Any]:
    return list(extract(File("Pipfile.lock", json.dumps(document, indent=4).encode())))


def test_both_sections_are_read_and_development_is_marked() -> None:
    assert [(p.key, p.dev, p.lines, p.checksums) for p in read(LOCK)] == [
        ("a@1.0", False, (3, 8), ("sha256:aa",)),
        ("b@2.0", True, (16, 18), ()),
    ]


@pytest.mark.parametrize("document", [[], {"default": []}, "x"])
def test_another_document_is_corrupt(document: Any) -> None:
    with pytest.raises(CorruptInput):
        read(document)
