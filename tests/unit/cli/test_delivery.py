from __future__ import annotations

from typing import Any

import pytest

from sekisho.cli.delivery import date_of_output, exit_code, only_bills, outputs_of
from sekisho.errors import UsageError
from sekisho.model.artifact import Artifact
from sekisho.model.finding import Finding, Report
from sekisho.model.inventory import Inventory, OperatingSystem
from sekisho.model.package import Package


def outputs(*output: str, form: str = "table") -> tuple[tuple[str, str], ...]:
    return outputs_of({"format": form, "output": output})


def test_without_a_file_the_report_goes_to_standard_output() -> None:
    assert outputs() == (("table", ""),)
    assert outputs(form="json") == (("json", ""),)
    assert outputs("-", form="json") == (("json", ""),)


def test_each_file_may_have_its_own_format() -> None:
    assert outputs("a.json", "cyclonedx=b", "table=-", form="json") == (
        ("json", "a.json"),
        ("cyclonedx", "b"),
        ("table", ""),
    )
    assert outputs("cyclonedx-json=b", "trivy-json=c") == (("cyclonedx", "b"), ("json", "c"))


def test_a_file_name_may_hold_an_equals_sign() -> None:
    assert outputs("./a=b", "A=b", "/tmp/x=y") == (("table", "./a=b"), ("table", "A=b"), ("table", "/tmp/x=y"))
    assert outputs("json=a=b") == (("json", "a=b"),)


@pytest.mark.parametrize(("form", "output"), [("verse", ()), ("table", ("sarrif=x",)), ("", ())])
def test_a_format_nobody_knows_is_refused(form: str, output: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="no such format"):
        outputs(*output, form=form)


def test_bills_of_materials_are_told_apart() -> None:
    assert only_bills(outputs("cyclonedx=a", "spdx-json=b"))
    assert not only_bills(outputs("cyclonedx=a", "json=b"))
    assert not only_bills(outputs())


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("", ""),
        ("0", "1970-01-01T00:00:00Z"),
        (" 1700000000\n", "2023-11-14T22:13:20Z"),
        ("253402300799", "9999-12-31T23:59:59Z"),
    ],
)
def test_the_date_of_a_document_is_seconds_since_1970(text: str, date: str) -> None:
    assert date_of_output({"SOURCE_DATE_EPOCH": text}) == date
    assert date_of_output({}) == ""


@pytest.mark.parametrize("text", ["253402300800", "-1", "1.5", "now", "١", "9" * 5000])
def test_other_dates_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="SOURCE_DATE_EPOCH"):
        date_of_output({"SOURCE_DATE_EPOCH": text})


def code(*, found: bool = False, undecided: bool = False, eol: str = "", threshold: int = 0, on_eol: int = 0) -> int:
    package = Package(type="npm", name="a", version="1")
    values: dict[str, Any] = {"exit_code": threshold, "exit_on_eol": on_eol}
    report = Report(
        artifact=Artifact(name="a", kind="container_image"),
        inventory=Inventory(packages=(package,), system=OperatingSystem(family="debian", eol=eol)),
        findings=(Finding(id="CVE-1", package=package),) if found else (),
        created_at="2026-11-23T04:10:00.000000Z",
        undecided=("why",) if undecided else (),
    )
    return exit_code(report, values)


def test_exit_codes_in_their_order() -> None:
    assert code() == 0
    assert code(found=True) == 0
    assert code(found=True, threshold=1) == 1
    assert code(undecided=True) == 3
    assert code(undecided=True, threshold=1) == 3
    assert code(found=True, undecided=True) == 3
    assert code(found=True, undecided=True, threshold=7) == 7
    assert code(found=True, threshold=1, eol="2026-11-22", on_eol=5) == 5
    assert code(eol="2026-11-23", on_eol=5) == 0
    assert code(eol="2026-11-22") == 0
