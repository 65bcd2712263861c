from __future__ import annotations

import msgspec
import pytest

from sekisho.model.severity import Severity
from sekisho.report.fixes import fixes
from sekisho.report.summary import data_age, over_on, severity_counts
from tests.unit.sbom.examples import SHOP


@pytest.mark.parametrize(
    ("built", "age"),
    [
        ("2026-11-23T13:00:00Z", "less than an hour"),
        ("2026-11-23T04:10:00+00:00", "9 h"),
        ("2026-11-20T13:20:00Z", "3 days"),
        ("2026-11-24T00:00:00Z", ""),
        ("yesterday", ""),
        ("2026-11-23T04:10:00", ""),
        ("", ""),
    ],
)
def test_the_age_of_the_data_is_counted_from_the_report(built: str, age: str) -> None:
    assert SHOP.store is not None
    store = msgspec.structs.replace(SHOP.store, built_at=built)
    assert data_age(msgspec.structs.replace(SHOP, store=store)) == age


def test_a_vulnerability_in_several_packages_of_one_source_counts_once() -> None:
    counts = severity_counts(fixes(SHOP.findings))
    assert counts == {
        Severity.CRITICAL: 1, Severity.HIGH: 3, Severity.MEDIUM: 1, Severity.LOW: 1, Severity.UNKNOWN: 0,
    }  # fmt: skip
    assert next(iter(counts)) is Severity.CRITICAL


def test_support_that_lasts_is_not_over() -> None:
    assert over_on(SHOP) == ""
