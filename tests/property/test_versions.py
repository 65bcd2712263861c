"""Orders of versions: laws that hold for any text, and agreement with the tools that define them."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from univers import versions as univers

from sekisho.errors import CorruptInput
from sekisho.versions import alpm, rpm
from sekisho.versions.constraint import parse_constraint, satisfies
from sekisho.versions.order import ECOSYSTEMS, TYPES, Key, order_named
from sekisho.versions.vers import parse_vers

ORDERS = sorted({*ECOSYSTEMS.values(), *TYPES.values(), "generic", "instant", "jvm", "lexicographic"})
TOTAL = ("alpm", "apk", "conan", "deb", "generic", "lexicographic", "maven", "packagist", "pep440", "rpm")
"""Orders in which every text has a place."""

PAIRS = 300
ANY = st.text(max_size=40) | st.text("0123456789.-_~^+:abcpr*x ", max_size=40)
GRAMMARS = {
    "deb": r"([0-3]:)?[0-9]{1,3}([.+~][0-9a-z]{1,4}){0,3}(-[0-9a-z]{1,3}([.+~][0-9a-z]{1,3}){0,2})?",
    "rpm": r"([0-3]:)?[0-9]{1,3}([.~^_][0-9a-z]{1,4}){0,3}-[0-9]{1,2}(\.[a-z]{1,3}[0-9]{0,2}){0,2}",
    "apk": r"[1-9][0-9]?(\.[1-9][0-9]?){0,3}[a-z]?(_(alpha|beta|pre|rc|p)[0-9]{1,2})?-r[0-9]",
    "semver": r"(0|[1-9][0-9]?)(\.(0|[1-9][0-9]?)){2}(-(0|[1-9]|[a-z]{1,3})(\.(0|[1-9]|[a-z]{1,3}))?)?",
    "pep440": r"([12]!)?[0-9]{1,2}(\.[0-9]{1,2}){0,3}((a|b|rc)[0-9])?(\.post[0-9])?(\.dev[0-9])?(\+[a-z0-9]{1,2})?",
    "gem": r"[0-9]{1,2}(\.[0-9]{1,2}){0,3}(\.(a|b|pre|rc)[0-9]?(\.[0-9])?)?",
    "nuget": r"[0-9]{1,2}(\.[0-9]{1,2}){2,3}(-[a-zA-Z]{1,3}(\.[1-9][0-9]?)?)?",
    "portage": r"[1-9][0-9]?(\.[0-9]{1,2}){0,3}[a-z]?(_(alpha|beta|pre|rc|p)[0-9])?(-r[0-9])?",
    "alpm": r"[1-9](\.[0-9]{1,2}){0,3}(\.?[a-z]{1,3})?-[1-9]",
    "conan": r"[0-9]{1,2}(\.[0-9]{1,2}){0,3}(-[a-z]{1,3}\.?[0-9]{0,2})?",
    "maven": r"[1-9](\.[0-9]{1,2}){0,2}(-(alpha|beta|rc|SNAPSHOT|sp|foo)(-[1-9])?|-[1-9])?",
}
UNIVERS = {
    "deb": univers.DebianVersion,
    "rpm": univers.RpmVersion,
    "apk": univers.AlpineLinuxVersion,
    "semver": univers.SemverVersion,
    "pep440": univers.PypiVersion,
    "gem": univers.RubygemsVersion,
    "nuget": univers.NugetVersion,
    "portage": univers.GentooVersion,
    "alpm": univers.ArchLinuxVersion,
    "conan": univers.ConanVersion,
    "maven": univers.MavenVersion,
}


def place(order: str, version: str) -> Key | None:
    try:
        return order_named(order).key(version)
    except CorruptInput:
        return None


def versions_like(order: str, count: int) -> list[str]:
    """Versions of a grammar, the same in every run."""
    found: list[str] = []

    @settings(max_examples=count, derandomize=True, database=None)
    @given(st.from_regex(GRAMMARS[order], fullmatch=True))
    def collect(version: str) -> None:
        found.append(version)

    collect()
    random.Random(0).shuffle(found)  # noqa: S311 - the same pairs in every run
    return found


def sign(left: object, right: object) -> int:
    return (left > right) - (left < right)  # type: ignore[operator]


@pytest.mark.parametrize("order", ORDERS)
@settings(max_examples=40)
@given(version=ANY)
def test_every_text_has_a_place_or_is_refused(order: str, version: str) -> None:
    found = place(order, version)
    assert found is not None or order not in TOTAL
    assert found is None or order_named(order).compare(version, version) == 0


@pytest.mark.parametrize("order", sorted(GRAMMARS))
def test_every_version_of_the_grammar_has_a_place(order: str) -> None:
    @given(st.from_regex(GRAMMARS[order], fullmatch=True))
    def check(version: str) -> None:
        assert place(order, version)

    check()


@pytest.mark.parametrize("order", ORDERS)
@settings(max_examples=40)
@given(a=ANY, b=ANY, c=ANY)
def test_orders_are_total(order: str, a: str, b: str, c: str) -> None:
    known = [version for version in (a, b, c) if place(order, version) is not None]
    compare = order_named(order).compare
    for one in known:
        for other in known:
            assert compare(one, other) == -compare(other, one)
            for third in known:
                if compare(one, other) <= 0 and compare(other, third) <= 0:
                    assert compare(one, third) <= 0


@pytest.mark.parametrize("order", ORDERS)
@settings(max_examples=40)
@given(a=ANY, b=ANY)
def test_keys_keep_their_order_as_bytes(order: str, a: str, b: str) -> None:
    left, right = place(order, a), place(order, b)
    if left is not None and right is not None:
        assert sign(left, right) == sign(left.encode(), right.encode())


@given(st.from_regex("[0-9a-z.]+", fullmatch=True), st.from_regex("[0-9a-z.]+", fullmatch=True))
def test_a_missing_arch_release_is_any_release(a: str, b: str) -> None:
    assert alpm.compare(f"{a}-1", b) == alpm.compare(a, f"{b}-2") == alpm.compare(a, b)


@given(constraint=ANY, order=st.sampled_from([*ORDERS, "nginx", "openssl"]))
def test_constraints_are_read_or_refused(constraint: str, order: str) -> None:
    try:
        alternatives = parse_constraint(order, constraint)
    except CorruptInput:
        return
    assert all(bound.operator in ("=", "!=", "<", "<=", ">", ">=") for bounds in alternatives for bound in bounds)


@given(st.from_regex(GRAMMARS["semver"], fullmatch=True), st.from_regex(GRAMMARS["semver"], fullmatch=True))
def test_a_constraint_and_its_opposite_divide_all_versions(version: str, bound: str) -> None:
    for order in ("npm", "golang", "packagist", "nuget", "deb", "rpm"):
        assert satisfies(order, version, f">= {bound}") != satisfies(order, version, f"< {bound}")
        assert satisfies(order, version, f"<= {bound}") != satisfies(order, version, f"> {bound}")


@given(st.text("vers:npm/<>=!*|.0123456789%abé ", max_size=60))
def test_ranges_are_read_or_refused(text: str) -> None:
    try:
        found = parse_vers(text)
    except CorruptInput:
        return
    assert parse_vers(str(found)) == found


@pytest.mark.parametrize("order", sorted(UNIVERS))
def test_agreement_with_univers(order: str) -> None:
    found = versions_like(order, 2 * PAIRS)
    compare = order_named(order).compare
    theirs: Callable[[str], object] = UNIVERS[order]
    differing = [
        (a, b) for a, b in zip(found[::2], found[1::2], strict=False) if compare(a, b) != sign(theirs(a), theirs(b))
    ]
    assert differing == []


@pytest.mark.skipif(not shutil.which("dpkg"), reason="dpkg is not on this machine")
def test_agreement_with_dpkg() -> None:
    found = versions_like("deb", 2 * PAIRS)
    compare = order_named("deb").compare
    words = {-1: "lt", 0: "eq", 1: "gt"}
    for a, b in zip(found[::2], found[1::2], strict=False):
        done = subprocess.run(["dpkg", "--compare-versions", a, words[compare(a, b)], b], check=False)
        assert done.returncode == 0, (a, b)


@pytest.mark.skipif(not shutil.which("rpm"), reason="rpm is not on this machine")
def test_agreement_with_rpm() -> None:
    found = [version.partition("-")[0].rpartition(":")[2] for version in versions_like("rpm", 2 * PAIRS)]
    pairs = list(zip(found[::2], found[1::2], strict=False))
    script = "".join(f'print(rpm.vercmp("{a}","{b}")) print(" ") ' for a, b in pairs)
    done = subprocess.run(["rpm", "--eval", f"%{{lua: {script}}}"], capture_output=True, text=True, check=True)
    assert [rpm.compare(a, b) for a, b in pairs] == [int(answer) for answer in done.stdout.split()]
