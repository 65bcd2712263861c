"""What is shown, what is set aside, by whom and why."""

from __future__ import annotations

from datetime import date

from sekisho.model.package import Package
from sekisho.model.severity import Severity
from sekisho.triage.ignore_file import IgnoreRule
from sekisho.triage.sift import UNFIXED, Sieve, sift
from tests.unit.triage.findings import finding

TODAY = date(2026, 11, 23)
RULE = IgnoreRule(id="CVE-2024-1", source=".trivyignore", statement="accepted")


def test_without_a_wish_everything_stays_in_its_order() -> None:
    findings = [finding("CVE-2024-2"), finding("CVE-2024-1"), finding("CVE-2024-3", severity=Severity.UNKNOWN)]
    sifted = sift(findings, Sieve(), TODAY)
    assert list(sifted.kept) == findings
    assert (sifted.suppressed, sifted.remarks) == ((), ())


def test_what_is_set_aside_stays_with_its_reason() -> None:
    low, unfixed, ignored = (
        finding("CVE-2024-3", severity=Severity.LOW),
        finding("CVE-2024-2", state="will_not_fix"),
        finding("CVE-2024-1", state="fixed"),
    )
    sieve = Sieve(severities=frozenset({Severity.HIGH}), ignored_states=UNFIXED, rules=(RULE,))
    sifted = sift([low, unfixed, ignored], sieve, TODAY)
    assert sifted.kept == ()
    assert [(aside.finding.id, aside.kind, aside.source, aside.statement) for aside in sifted.suppressed] == [
        ("CVE-2024-3", "severity", "--severity", ""),
        ("CVE-2024-2", "status", "--ignore-unfixed or --ignore-status", ""),
        ("CVE-2024-1", "ignored", ".trivyignore", "accepted"),
    ]


def test_filters_come_before_the_ignore_file() -> None:
    """Trivy's order: an exception is only told where it made a difference."""
    sieve = Sieve(severities=frozenset({Severity.CRITICAL}), rules=(RULE,))
    assert [aside.kind for aside in sift([finding()], sieve, TODAY).suppressed] == ["severity"]


def test_ignore_unfixed_leaves_what_has_a_fix_or_is_not_known() -> None:
    states = ("fixed", "affected", "will_not_fix", "fix_deferred", "end_of_life", "under_investigation", "")
    findings = [finding(f"CVE-{state}", state=state) for state in states]
    kept = sift(findings, Sieve(ignored_states=UNFIXED), TODAY).kept
    assert [one.state for one in kept] == ["fixed", "under_investigation", ""]


def test_development_dependencies_are_set_aside_unless_asked_for() -> None:
    tool = finding(package=Package(type="npm", name="eslint", version="8.0.0", dev=True))
    assert [aside.kind for aside in sift([tool], Sieve(), TODAY).suppressed] == ["dev"]
    assert sift([tool], Sieve(include_dev=True), TODAY).kept == (tool,)


def test_a_rule_by_an_alias_sets_aside_too() -> None:
    told = finding("CVE-2024-9", aliases=("GHSA-1",))
    rules = (IgnoreRule(id="GHSA-1", source="b"), IgnoreRule(id="CVE-2024-9", source="a"))
    assert [aside.source for aside in sift([told], Sieve(rules=rules), TODAY).suppressed] == ["a"]


def test_a_rule_for_another_place_is_passed_over_for_one_that_fits() -> None:
    rules = (
        IgnoreRule(id="CVE-2024-1", paths=("other/**",), source="first"),
        IgnoreRule(id="CVE-2024-1", paths=("app/**",), source="second"),
    )
    assert [aside.source for aside in sift([finding()], Sieve(rules=rules), TODAY).suppressed] == ["second"]


def test_an_expired_rule_no_longer_applies_and_says_so_where_it_matters() -> None:
    expired = IgnoreRule(id="CVE-2024-1", source=".trivyignore", expires=TODAY)
    stranger = IgnoreRule(id="CVE-1999-1", source=".trivyignore", expires=TODAY)
    sifted = sift([finding(), finding()], Sieve(rules=(expired, stranger)), TODAY)
    assert len(sifted.kept) == 2
    assert sifted.remarks == (".trivyignore: the exception for CVE-2024-1 expired on 2026-11-23 and no longer applies",)


def test_an_expired_rule_beside_a_valid_one_is_no_matter() -> None:
    expired = IgnoreRule(id="CVE-2024-1", source="old", expires=TODAY)
    sifted = sift([finding()], Sieve(rules=(expired, RULE)), TODAY)
    assert [aside.source for aside in sifted.suppressed] == [".trivyignore"]
    assert sifted.remarks == ()


def test_hiding_what_nobody_has_rated_is_said() -> None:
    unrated, low = finding("CVE-1", severity=Severity.UNKNOWN), finding("CVE-2", severity=Severity.LOW)
    high = Sieve(severities=frozenset({Severity.HIGH}))
    assert sift([unrated, low], high, TODAY).remarks == (
        "--severity hides 1 findings that nobody has rated yet; add UNKNOWN to it to see them",
    )
    assert sift([low], high, TODAY).remarks == ()
    assert sift([unrated], Sieve(severities=frozenset({Severity.UNKNOWN})), TODAY).remarks == ()
