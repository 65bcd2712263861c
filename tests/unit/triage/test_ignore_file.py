"""``.trivyignore`` and ``.trivyignore.yaml``: what a rule means, and what is refused instead of guessed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sekisho.errors import UsageError
from sekisho.model.package import Package
from sekisho.triage.ignore_file import MAX_IGNORE_FILE, IgnoreRule, read_ignore_file
from tests.unit.triage.findings import finding


def rules(directory: Path, text: str, name: str = ".trivyignore") -> tuple[IgnoreRule, ...]:
    path = directory / name
    path.write_text(text)
    return read_ignore_file(path)


def yaml(directory: Path, text: str) -> tuple[IgnoreRule, ...]:
    return rules(directory, text, ".trivyignore.yaml")


def test_a_line_is_an_id_and_the_rest_is_comment(tmp_path: Path) -> None:
    text = "# accepted\n\nCVE-2024-1\n  CVE-2024-2   # until the rewrite\n\tGHSA-aaaa-bbbb-cccc\n#CVE-2024-3\n"
    assert [rule.id for rule in rules(tmp_path, text)] == ["CVE-2024-1", "CVE-2024-2", "GHSA-aaaa-bbbb-cccc"]


def test_windows_line_ends_and_a_byte_order_mark_are_no_part_of_an_id(tmp_path: Path) -> None:
    assert [rule.id for rule in rules(tmp_path, "\ufeffCVE-2024-1\r\nCVE-2024-2\r\n")] == ["CVE-2024-1", "CVE-2024-2"]


def test_a_rule_ends_as_its_day_begins(tmp_path: Path) -> None:
    [rule] = rules(tmp_path, "CVE-2024-1 exp:2026-11-23")
    assert rule.active(date(2026, 11, 22))
    assert not rule.active(date(2026, 11, 23))


def test_words_behind_an_id_are_its_statement(tmp_path: Path) -> None:
    """Trivy passes over them; files with such lines exist."""
    [rule] = rules(tmp_path, "CVE-2024-1 exp:2027-01-01 accepted by the platform team")
    assert (rule.expires, rule.statement) == (date(2027, 1, 1), "accepted by the platform team")


@pytest.mark.parametrize("word", ["exp=2026-01-01", "expires:2026-01-01", "until:2026-01-01", "exp-2026-01-01"])
def test_what_was_meant_to_end_a_rule_is_not_taken_for_a_statement(tmp_path: Path, word: str) -> None:
    with pytest.raises(UsageError, match=r"\.trivyignore:2: not understood") as refused:
        rules(tmp_path, f"CVE-2024-1\nCVE-2024-2 {word}\n")
    assert "exp:2026-12-31" in refused.value.hint


@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "01/02/2026", ""])
def test_a_day_that_is_none_is_refused(tmp_path: Path, day: str) -> None:
    with pytest.raises(UsageError, match="not a day"):
        rules(tmp_path, f"CVE-2024-1 exp:{day}")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the ignore file"):
        read_ignore_file(tmp_path / "none")
    (tmp_path / "latin").write_bytes(b"CVE-2024-1 # caf\xe9")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_ignore_file(tmp_path / "latin")
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(MAX_IGNORE_FILE + 1)
    with pytest.raises(UsageError, match="larger than 4 MiB"):
        read_ignore_file(tmp_path / "huge")


WHOLE = """\
vulnerabilities:
  - id: CVE-2024-1
    paths: ["app/package-lock.json"]
    purls: ["pkg:npm/lodash"]
    expired_at: 2027-01-01
    statement: not reachable
  - id: CVE-2024-2
secrets:
  - id: aws-key
"""


def test_a_yaml_rule_has_paths_purls_a_day_and_a_statement(tmp_path: Path) -> None:
    first, second, secret = yaml(tmp_path, WHOLE)
    assert first == IgnoreRule(
        id="CVE-2024-1",
        paths=("app/package-lock.json",),
        purls=("pkg:npm/lodash",),
        expires=date(2027, 1, 1),
        statement="not reachable",
        source=str(tmp_path / ".trivyignore.yaml"),
        section="vulnerabilities",
    )
    assert (second.paths, second.purls, second.expires) == ((), (), None)
    assert secret.section == "secrets"


def test_a_rule_about_secrets_ignores_no_vulnerability(tmp_path: Path) -> None:
    [rule] = yaml(tmp_path, "secrets: [{id: CVE-2024-1}]")
    assert not rule.covers(finding())


def test_an_empty_yaml_file_has_no_rules(tmp_path: Path) -> None:
    assert yaml(tmp_path, "") == ()
    assert yaml(tmp_path, "vulnerabilities:\n") == ()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("- CVE-2024-1", "a mapping with vulnerabilities"),
        ("vulnerabilities: CVE-2024-1", "vulnerabilities is not a list"),
        ("vulnerabilities: [CVE-2024-1]", r"vulnerabilities\[0\]: a mapping with an `id`"),
        ("vulnerabilities: [{id: [1]}]", "a mapping with an `id`"),
        ("vulnerabilities: [{id: CVE-1, paths: x}]", "a list of texts is expected"),
        ("vulnerabilities: [{id: CVE-1, purls: [7]}]", "a list of texts is expected"),
        ("vulnerabilities: [{id: CVE-1, purls: [lodash]}]", "not a purl: 'lodash'"),
        ("vulnerabilities: [{id: CVE-1, expired_at: soon}]", "not a day: 'soon'"),
        ("vulnerabilities: [", "trivyignore"),
    ],
)
def test_yaml_that_cannot_be_meant_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        yaml(tmp_path, text)


def test_a_rule_is_about_every_name_of_a_vulnerability() -> None:
    told = finding("CVE-2024-1", aliases=("ALSA-2024:1", "GHSA-1"))
    assert IgnoreRule(id="GHSA-1").covers(told)
    assert IgnoreRule(id="ALSA-2024:1").covers(told)
    assert not IgnoreRule(id="CVE-2024-10").covers(told)


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [
        ("app/package-lock.json", True),
        ("/app/package-lock.json", True),
        ("./app/package-lock.json", True),
        ("app/*.json", True),
        ("**/package-lock.json", True),
        ("app/**", True),
        ("*.json", False),
        ("app", False),
        ("package-lock.json", False),
        ("app/package-lock.jso?", True),
        ("APP/package-lock.json", False),
    ],
)
def test_paths_are_globs_in_which_only_two_stars_cross_directories(pattern: str, covered: bool) -> None:
    assert IgnoreRule(id="CVE-2024-1", paths=(pattern,)).covers(finding()) is covered


def test_archives_in_archives_may_be_written_either_way() -> None:
    inner = finding(package=Package(type="maven", name="g:a", version="1", path="srv/shop.war!/WEB-INF/lib/a.jar"))
    for path in ("srv/shop.war", "srv/shop.war/WEB-INF/lib/a.jar", "srv/shop.war!/WEB-INF/lib/*.jar"):
        assert IgnoreRule(id="CVE-2024-1", paths=(path,)).covers(inner)
    assert not IgnoreRule(id="CVE-2024-1", paths=("srv/other.war",)).covers(inner)


DEB = Package(
    type="deb", name="bash", version="5.2-1", purl="pkg:deb/debian/bash@5.2-1?arch=amd64&distro=debian-12.8"
)  # fmt: skip
SCOPED = Package(type="npm", name="@babel/core", version="7.0.0", purl="pkg:npm/%40babel/core@7.0.0")


@pytest.mark.parametrize(
    ("purl", "package", "covered"),
    [
        ("pkg:deb/debian/bash", DEB, True),
        ("pkg:deb/debian/bash@5.2-1", DEB, True),
        ("pkg:deb/debian/bash@5.2-1?arch=amd64", DEB, True),
        ("pkg:deb/debian/bash?distro=debian-12.8&arch=amd64", DEB, True),
        ("pkg:deb/debian/bash?arch=arm64", DEB, False),
        ("pkg:deb/debian/bash?flavour=any", DEB, True),
        ("pkg:deb/debian/bash@5.2-2", DEB, False),
        ("pkg:deb/ubuntu/bash", DEB, False),
        ("pkg:deb/debian/bas", DEB, False),
        ("pkg:npm/@babel/core", SCOPED, True),
        ("pkg:npm/%40babel/core@7.0.0", SCOPED, True),
        ("pkg:npm/core", SCOPED, False),
        ("pkg:npm/%40babel/core", Package(type="npm", name="@babel/core"), False),
    ],
)
def test_a_purl_leaves_open_what_it_does_not_name(purl: str, package: Package, covered: bool) -> None:
    """As in Trivy, a qualifier that only one side has is no difference."""
    assert IgnoreRule(id="CVE-2024-1", purls=(purl,)).covers(finding(package=package)) is covered


def test_path_and_purl_must_both_fit() -> None:
    rule = IgnoreRule(id="CVE-2024-1", paths=("app/**",), purls=("pkg:npm/lodash",))
    assert rule.covers(finding())
    elsewhere = Package(type="npm", name="lodash", version="4.17.20", path="lib/x", purl="pkg:npm/lodash@4.17.20")
    assert not rule.covers(finding(package=elsewhere))
