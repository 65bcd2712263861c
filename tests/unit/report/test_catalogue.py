from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from sekisho.errors import UsageError
from sekisho.report.catalogue import FORMATS, format_named, names, render
from sekisho.report.options import RenderOptions
from tests.unit.sbom.examples import SHOP

ROOT = Path(__file__).parents[3]


def printed(code: str) -> str:
    """What a fresh interpreter says."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.strip()


def test_formats_are_named_once() -> None:
    assert names() == ("table", "json", "cyclonedx", "spdx-json")
    assert format_named("cyclonedx-json") is format_named("cyclonedx")


def test_every_line_of_the_table_leads_to_a_documented_renderer() -> None:
    for known in FORMATS:
        module = importlib.import_module(f"sekisho.report.{known.module}")
        assert module.__doc__
        assert getattr(module, known.function).__doc__
        assert known.description


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError) as refused:
        format_named("xlsx")
    assert "table, json, cyclonedx, spdx-json" in refused.value.hint


@pytest.mark.parametrize("name", names())
def test_every_format_is_bytes_and_ends_with_a_newline(name: str) -> None:
    written = render(name, SHOP, RenderOptions())
    assert isinstance(written, bytes)
    assert written.endswith(b"\n")


@pytest.mark.parametrize("name", names())
def test_a_name_that_is_not_utf_8_is_still_written(name: str) -> None:
    artifact = msgspec.structs.replace(SHOP.artifact, name="caf\udce9.tar")
    written = render(name, msgspec.structs.replace(SHOP, artifact=artifact), RenderOptions()).decode()
    assert "caf" in written
    if name != "table":
        json.loads(written)


def test_the_table_of_formats_imports_none_of_them() -> None:
    assert (
        printed(
            "import sys, sekisho.report.catalogue as c; c.names()\n"
            "print([name for name in sys.modules if 'sbom' in name or 'table' in name])"
        )
        == "[]"
    )


def test_no_format_imports_rich() -> None:
    code = (
        "import sys; from tests.unit.sbom.examples import SHOP; from sekisho.report.catalogue import names, render;"
        "from sekisho.report.options import RenderOptions\n"
        "for name in names(): render(name, SHOP, RenderOptions(colour=True))\n"
        "print([m for m in ('rich', 'dataclasses', 'logging', 'importlib.metadata') if m in sys.modules])"
    )
    assert printed(code) == "[]"
