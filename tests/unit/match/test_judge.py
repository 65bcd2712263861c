"""One record against one version: OSV's rules, and when nobody can tell."""

from __future__ import annotations

from typing import Any

import pytest

from sekisho.advisories.candidate import Candidate
from sekisho.match.judge import Judgement, judge, readable
from sekisho.model.advisory import Interval
from sekisho.model.package import Package
from sekisho.versions.order import order_named


def candidate(*intervals: Interval, **fields: Any) -> Candidate:
    return Candidate(id="X-1", source="test", intervals=intervals, **fields)


def said(version: str, *intervals: Interval, order: str = "npm", **fields: Any) -> Judgement:
    package = Package(type="npm", name="a", version=version)
    return judge(package, version, candidate(*intervals, **fields), order_named(order))


def test_the_fixed_version_is_the_first_that_is_safe() -> None:
    assert said("1.1.9", Interval("1.0.0", fixed="1.2.0")) == Judgement(True, ">=1.0.0, <1.2.0", ("1.2.0",))
    assert said("1.2.0", Interval("1.0.0", fixed="1.2.0")).covered is False


def test_the_introducing_version_is_affected() -> None:
    assert said("1.0.0", Interval("1.0.0", fixed="1.2.0")).covered
    assert not said("0.9.9", Interval("1.0.0", fixed="1.2.0")).covered


def test_introduced_zero_lies_before_every_version() -> None:
    assert said("0.0.0-alpha", Interval("0", fixed="1.0.0")) == Judgement(True, "<1.0.0", ("1.0.0",))


def test_the_last_affected_version_is_affected_and_knows_no_fix() -> None:
    assert said("1.4.0", Interval("1.0.0", last_affected="1.4.0")) == Judgement(True, ">=1.0.0, <=1.4.0")
    assert not said("1.4.1", Interval("1.0.0", last_affected="1.4.0")).covered


def test_a_limit_ends_a_range_without_being_a_fix() -> None:
    assert said("1.9.0", Interval("1.0.0", limit="2.0.0")) == Judgement(True, ">=1.0.0, <2.0.0")
    assert not said("2.0.0", Interval("1.0.0", limit="2.0.0")).covered


def test_a_range_without_end_goes_on_for_ever() -> None:
    assert said("99.0.0", Interval("1.0.0")) == Judgement(True, ">=1.0.0")
    assert said("1.0.0", Interval()) == Judgement(True, "every version")


def test_ranges_are_alternatives() -> None:
    ranges = Interval("1.0.0", fixed="1.2.0"), Interval("2.0.0", fixed="2.1.0")
    assert [said(version, *ranges).covered for version in ("1.1.0", "1.3.0", "2.0.5", "2.1.0")] == [
        True, False, True, False,
    ]  # fmt: skip


def test_listed_versions_are_alternatives_to_ranges() -> None:
    judgement = said("3.0.0", Interval("1.0.0", fixed="1.2.0"), versions=("3.0.0",))
    assert judgement == Judgement(True, "= 3.0.0")


def test_a_listed_version_may_be_written_otherwise() -> None:
    assert said("1.0", versions=("1.0.0",), order="pep440").reason == "= 1.0.0"
    assert said("v1.0.0", versions=("1.0.0",), order="golang").covered


def test_a_listed_version_that_is_none_spoils_nothing() -> None:
    assert said("1.0.0", versions=("latest", "1.0.0"), order="semver").covered
    assert said("1.0.1", versions=("latest", "1.0.0"), order="semver") == Judgement(
        False, "1.0.1 is none of the 2 versions named"
    )


def test_every_later_branch_that_was_mended_is_named_nearest_first() -> None:
    ranges = Interval("2.0.0", fixed="2.1.0"), Interval("1.0.0", fixed="1.2.0"), Interval("0", fixed="0.9.0")
    assert said("1.1.0", *ranges).fixed == ("1.2.0", "2.1.0")


def test_a_fix_that_another_range_covers_is_none() -> None:
    first, whole = Interval("0", fixed="1.2.0"), Interval("1.1.0", fixed="1.4.0")
    assert said("1.0.0", first, whole).fixed == ("1.4.0",)
    assert said("1.0.0", first, Interval("1.1.0")).fixed == ()


def test_a_listed_version_is_mended_by_the_next_fix() -> None:
    assert said("1.5.0", Interval("2.0.0", fixed="2.3.0"), versions=("1.5.0",)).fixed == ("2.3.0",)


def test_a_version_without_a_place_is_undecided_not_safe() -> None:
    judgement = said("(devel)", Interval("0", fixed="1.0.0"), order="golang")
    assert judgement.undecided
    assert not judgement.covered
    assert "'(devel)' cannot be compared" in judgement.reason


def test_a_broken_bound_does_not_hide_a_range_that_covers() -> None:
    broken, sound = Interval("junk", fixed="rubbish"), Interval("0", fixed="2.0.0")
    assert said("1.0.0", broken, sound, order="golang") == Judgement(True, "<2.0.0", ("2.0.0",))
    assert said("3.0.0", broken, sound, order="golang").undecided


def test_no_version_is_undecided() -> None:
    assert said("", Interval("0", fixed="1.0.0")) == Judgement(False, "the package has no version here", undecided=True)


def test_what_the_vendor_denies_is_not_covered() -> None:
    assert said("1.0.0", Interval(), state="not_affected") == Judgement(False, "the vendor says it is not affected")


def test_what_the_vendor_has_yet_to_look_at_is_undecided() -> None:
    assert said("1.0.0", state="under_investigation").undecided


def test_an_undecidable_record_says_why() -> None:
    judgement = said("1.0.0", Interval(), undecidable="its tags are no versions")
    assert judgement == Judgement(False, "its tags are no versions", undecided=True)


def test_a_record_without_any_version_covers_nothing() -> None:
    assert said("1.0.0") == Judgement(False, "no version is named")


def test_why_not_is_told_with_all_ranges() -> None:
    judgement = said("3.0.0", Interval("0", fixed="1.0.0"), Interval("2.0.0", last_affected="2.5.0"))
    assert judgement.reason == "3.0.0 is outside <1.0.0, or >=2.0.0, <=2.5.0"


@pytest.mark.parametrize(("arch", "covered"), [("x86_64", True), ("aarch64", False), ("noarch", True), ("", True)])
def test_a_record_for_an_architecture_speaks_of_no_other(arch: str, covered: bool) -> None:
    """Where a document does not tell the architecture, nothing can be ruled out."""
    package = Package(type="rpm", name="a", version="1-1", arch=arch)
    judgement = judge(package, "1-1", candidate(Interval(fixed="2-1"), arches=("x86_64",)), order_named("rpm"))
    assert judgement.covered is covered


def modular(version: str, label: str, **fields: Any) -> Judgement:
    package = Package(type="rpm", name="nodejs", version=version, modularity=label)
    fixed = fields.pop("fixed", "1:14.18.2-2.module_el8.5.0+2618+8d46dafd")
    return judge(package, version, candidate(Interval(fixed=fixed), **fields), order_named("rpm"))


OLD = "1:14.16.0-1.module_el8.4.0+2521+c668cc9f"


def test_a_modular_record_speaks_of_its_own_stream_only() -> None:
    assert modular(OLD, "nodejs:14:8040:522a", modularity="nodejs:14").covered
    other = modular(OLD, "nodejs:12:8040:522a", modularity="nodejs:14")
    assert other == Judgement(False, "only for module nodejs:14, this is nodejs:12")


def test_a_modular_record_does_not_speak_of_the_package_outside_modules() -> None:
    assert modular("1:14.16.0-1.el8", "", modularity="nodejs:14").reason == (
        "only for module nodejs:14, this is not modular"
    )
    assert modular("1:14.16.0-1.el8", "").reason == "only for packages in modules"


def test_a_plain_record_does_not_speak_of_modules() -> None:
    judgement = modular(OLD, "nodejs:14:8040:522a", fixed="1:14.18.2-2.el8")
    assert judgement == Judgement(False, "only for packages outside modules")


def test_a_modular_package_of_an_unknown_stream_is_undecided() -> None:
    """Bills of materials often lose the label; the release still tells that there was one."""
    judgement = modular(OLD, "", modularity="nodejs:14")
    assert judgement.undecided
    assert "not known which one" in judgement.reason


def test_a_record_of_a_nameless_module_is_compared_with_modular_packages() -> None:
    assert modular(OLD, "nodejs:14:8040:522a").covered


def test_a_package_from_another_repository_is_compared_only_with_fixes() -> None:
    """``1.25.3-1~bookworm`` of nginx.org is newer than what Debian mended; what Debian has not mended it may have."""
    package = Package(type="deb", name="nginx", version="1.18.0-1", facts={"repository": "third-party"})
    order = order_named("deb")
    assert judge(package, "1.18.0-1", candidate(Interval(fixed="1.22.1-9")), order).covered
    assert judge(package, "1.18.0-1", candidate(Interval(), state="affected"), order).undecided


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (Interval("0", fixed="2"), "<2"),
        (Interval("1", fixed="2"), ">=1, <2"),
        (Interval("1", last_affected="2"), ">=1, <=2"),
        (Interval("1", limit="2"), ">=1, <2"),
        (Interval("1"), ">=1"),
        (Interval(), "every version"),
    ],
)
def test_intervals_are_written_as_people_write_them(interval: Interval, text: str) -> None:
    assert readable(interval) == text
