from __future__ import annotations

import time

import pytest

from sekisho.sbom.licence import is_expression, reference


@pytest.mark.parametrize(
    "text",
    [
        "MIT",
        "MIT OR Apache-2.0",
        "(MIT OR ISC) AND BSD-3-Clause",
        "GPL-2.0+",
        "GPL-2.0-only WITH Classpath-exception-2.0",
        "((MIT))",
    ],
)
def test_expressions_of_known_identifiers_are_recognised(text: str) -> None:
    assert is_expression(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mit",
        "MIT ISC",
        "MIT OR",
        "AND MIT",
        "(MIT",
        "MIT)",
        "()",
        "MIT WITH MIT",
        "(MIT) WITH LLVM-exception",
        "MIT (ISC)",
        "BSD",
    ],
)
def test_everything_else_is_a_name(text: str) -> None:
    assert not is_expression(text)


def test_an_endless_text_is_no_expression_and_costs_nothing() -> None:
    start = time.process_time()
    assert not is_expression("(" * 10_000_000)
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("text", "ident"),
    [("GPL (any)", "LicenseRef-GPL-any"), ("§§§", "LicenseRef-unnamed"), ("x" * 200, "LicenseRef-" + "x" * 64)],
)
def test_names_become_references(text: str, ident: str) -> None:
    assert reference(text) == ident
