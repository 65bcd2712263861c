"""The advisory data through the command line: fetched as needed, shown, carried, and never damaged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.command import STARTER, CommandLine, Outcome
from tests.e2e.feeds import EPSS, HOST, TRACKER
from tests.e2e.images import FOUND, RECORDS, ids, vulnerabilities
from tests.simulators.feeds import FeedServer, publish_bucket

Scan = Callable[..., Outcome]


@pytest.fixture
def cache(tmp_path: Path) -> tuple[str, Path]:
    return "--cache-dir", tmp_path / "cache"


def test_the_first_scan_fetches_what_the_image_needs_and_no_more(
    sekisho: CommandLine, shop: Path, cache: tuple[str, Path], mirror: FeedServer
) -> None:
    first = sekisho("image", *cache, "-f", "json", shop)
    assert (first.code, first.err, ids(first.report)) == (0, "", FOUND)
    assert {path.split("/")[2] for path in mirror.asked(HOST)} == {"npm"}
    assert mirror.asked(TRACKER) == [TRACKER]
    mirror.forget()
    assert ids(sekisho("image", *cache, "-f", "json", shop).report) == FOUND
    assert mirror.log == []
    lodash = next(found for found in vulnerabilities(first.report) if found["PkgName"] == "lodash")
    assert lodash["VulnerabilityID"] == "CVE-2021-23337"


def test_a_mirror_may_be_named_by_option_or_configuration(
    sekisho: CommandLine, shop: Path, tmp_path: Path, mirror: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SEKISHO_MIRROR")
    words = ("image", "-f", "json", shop)
    assert ids(sekisho(*words, "--mirror", mirror.url, "--cache-dir", tmp_path / "1").report) == FOUND
    Path("sekisho.yaml").write_text(f"db:\n  mirror: {mirror.url}\ncache:\n  dir: {tmp_path / '2'}\n")
    assert ids(sekisho(*words).report) == FOUND


def test_download_db_only_prepares_and_stops(
    sekisho: CommandLine, shop: Path, cache: tuple[str, Path], mirror: FeedServer
) -> None:
    publish_bucket(mirror, "Go", [])
    sekisho("image", *cache, "-q", "-f", "json", shop)
    publish_bucket(mirror, "npm", [*npm(), RECORDS[2] | {"id": "GHSA-new"}])
    done = sekisho("image", "--download-db-only", *cache)
    assert (done.code, done.raw) == (0, b"") and "updated   osv/npm" in done.err


def npm() -> list[dict[str, object]]:
    return [record for record in RECORDS if record["id"].startswith("GHSA")]


def test_update_tells_what_became_of_each_source(
    sekisho: CommandLine, cache: tuple[str, Path], mirror: FeedServer
) -> None:
    new = sekisho("db", "update", *cache, "npm", "Debian:12")
    assert (new.code, new.raw) == (0, b"")
    assert sorted(line.split()[1] for line in new.err.splitlines()) == ["debian", "epss", "kev", "osv/npm", "ssvc"]
    assert {line.split()[0] for line in new.err.splitlines()} == {"new"}
    again = sekisho("db", "update", *cache, "--quiet=false")
    assert {line.split()[0] for line in again.err.splitlines()} == {"unchanged"}


def test_status_shows_age_and_origin(sekisho: CommandLine, cache: tuple[str, Path], mirror: FeedServer) -> None:
    missing = sekisho("db", "status", *cache)
    assert (
        missing.code == 3
        and "there is no advisory store" in missing.err
        and "hint: run: sekisho db update" in missing.err
    )
    sekisho("db", "update", "npm", *cache)
    shown = sekisho("db", "status", *cache)
    assert shown.code == 0 and "osv/npm" in shown.out and "  0 h " in shown.out
    told = sekisho("db", "status", "--format", "json", *cache).report
    assert {source["name"]: source["records"] for source in told["sources"]}["osv/npm"] == 2
    assert told["path"] == str(cache[1] / "db" / "advisories-v1.db")


def test_one_failing_feed_is_named_and_does_not_stop_the_others(
    sekisho: CommandLine, cache: tuple[str, Path], mirror: FeedServer, impatient: None
) -> None:
    mirror.failures[EPSS] = [500] * 9
    partly = sekisho("db", "update", "npm", *cache)
    assert partly.code == 3
    assert "error: 1 of 4 sources could not be updated: epss" in partly.err
    assert "new       osv/npm" in partly.err and "failed    epss" in partly.err


def test_a_feed_that_shrank_is_refused_until_forced(
    sekisho: CommandLine, cache: tuple[str, Path], mirror: FeedServer
) -> None:
    many = [RECORDS[2] | {"id": f"GHSA-{number}"} for number in range(60)]
    publish_bucket(mirror, "npm", many)
    assert sekisho("db", "update", "npm", *cache).code == 0
    publish_bucket(mirror, "npm", many[:20])
    refused = sekisho("db", "update", "npm", *cache)
    assert refused.code == 3 and "would lose 40 of its 60" in refused.err and "db update --force" in refused.err
    assert sekisho("db", "update", "npm", "--force", *cache).code == 0


def test_words_nobody_knows_are_refused(sekisho: CommandLine, cache: tuple[str, Path]) -> None:
    for words, complaint in (
        (("update", "--offline"), "--offline forbids it"),
        (("fetch",), "invalid choice: 'fetch'"),
        ((), "required: ACTION"),
        (("export",), "`db export` takes one file"),
        (("import", "a", "b"), "`db import` takes one file"),
        (("build",), "nothing to build from"),
        (("build", "--from", "/nowhere"), "/nowhere is not a directory"),
        (("build", "--starter", "/nowhere"), "there is no /nowhere"),
        (("import", "/nowhere"), "there is no /nowhere"),
    ):
        refused = sekisho("db", *words, *cache)
        assert refused.code in (2, 3) and complaint in refused.err, words


@pytest.mark.parametrize("name", ["data.tar", "data.tar.zst"])
def test_data_cross_an_air_gap(
    sekisho: CommandLine, shop: Path, cache: tuple[str, Path], mirror: FeedServer, tmp_path: Path, name: str
) -> None:
    sekisho("db", "update", "npm", "Debian:12", *cache)
    exported = sekisho("db", "export", name, *cache)
    assert (exported.code, exported.raw) == (0, b"")
    there = ("--cache-dir", tmp_path / "there", "--offline")
    assert sekisho("image", *there, shop).code == 3
    imported = sekisho("db", "import", "--force", *there, name)
    assert imported.code == 0 and imported.err.startswith("imported: built ")
    assert ids(sekisho("image", *there, "-f", "json", shop).report) == FOUND


def test_a_damaged_export_changes_nothing(
    sekisho: CommandLine, shop: Path, cache: tuple[str, Path], mirror: FeedServer
) -> None:
    sekisho("db", "update", "npm", "Debian:12", *cache)
    sekisho("db", "export", "data.tar", *cache)
    body = bytearray(Path("data.tar").read_bytes())
    before = (cache[1] / "db" / "advisories-v1.db").read_bytes()
    for damaged in (body[: len(body) // 2], body[:9000] + b"\xff" + body[9001:], b"", b"\0" * 4096, b"x" * 4096):
        Path("bad.tar").write_bytes(damaged)
        refused = sekisho("db", "import", "bad.tar", *cache)
        assert refused.code == 3 and refused.err.startswith("error: "), bytes(damaged[:10])
        assert (cache[1] / "db" / "advisories-v1.db").read_bytes() == before
    assert sekisho("db", "import", "data.tar", *cache).code == 0


def test_data_are_built_from_a_disk(
    sekisho: CommandLine, shop: Path, cache: tuple[str, Path], mirror: FeedServer
) -> None:
    for path, body in mirror.files.items():
        file = Path("disk" + path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
    mirror.forget()
    assert sekisho("db", "build", "--from", "disk", *cache, "npm", "Debian:12").code == 0
    assert ids(sekisho("image", "--offline", *cache, "-f", "json", shop).report) == FOUND
    assert mirror.log == []


def test_the_demonstration_set_never_passes_for_real_data(
    sekisho: CommandLine, cache: tuple[str, Path], mirror: FeedServer, shop: Path
) -> None:
    sekisho("db", "build", "--starter", STARTER, *cache)
    assert "DEMONSTRATION SET, not real data" in sekisho("db", "status", *cache).out
    assert "! starter advisories" in sekisho("image", *cache, shop).out
    assert mirror.log == []  # the demonstration needs no network
    assert sekisho("db", "update", "npm", *cache).code == 0
    assert "DEMONSTRATION" not in sekisho("db", "status", *cache).out


def test_a_damaged_store_is_an_error_and_a_reset_mends_it(
    sekisho: CommandLine, cache: tuple[str, Path], mirror: FeedServer, shop: Path
) -> None:
    sekisho("db", "update", "npm", "Debian:12", *cache)
    path = cache[1] / "db" / "advisories-v1.db"
    whole = path.read_bytes()
    for damaged in (b"", b"not a database", whole[: len(whole) // 3], b"\0" * len(whole)):
        path.write_bytes(damaged)
        refused = sekisho("image", "--offline", *cache, shop)
        assert refused.code == 3 and refused.err.startswith("error: ") and refused.raw == b"", damaged[:20]
    assert sekisho("db", "update", "--reset", "npm", "Debian:12", *cache).code == 0
    assert ids(sekisho("image", "--offline", *cache, "-f", "json", shop).report) == FOUND


def test_what_cannot_be_renewed_is_used_with_a_warning(
    sekisho: CommandLine, cache: tuple[str, Path], mirror: FeedServer, shop: Path, impatient: None
) -> None:
    sekisho("db", "update", "npm", *cache)
    mirror.failures[TRACKER] = [500] * 9
    partly = sekisho("image", *cache, "-f", "json", shop)
    assert ids(partly.report) == ["CVE-2021-23337"]
    assert partly.code == 3
    assert "could not tell: the advisory data do not cover Debian:12" in partly.err
    assert "warning: 1 of 4 sources could not be updated: debian\n" in partly.err
