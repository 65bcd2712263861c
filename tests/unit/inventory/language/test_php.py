from __future__ import annotations

import pytest

from sekisho.errors import CorruptInput
from sekisho.inventory.dispatch import Dispatcher
from sekisho.inventory.language import php
from sekisho.inventory.protocol import File
from sekisho.model.inventory import Gap
from sekisho.model.package import Package

LOCK = b"""{
  "packages": [
    {"name": "guzzlehttp/guzzle", "version": "6.5.8", "license": ["MIT"], "homepage": "https://example.test",
     "require": {"php": ">=5.5", "ext-json": "*", "Guzzlehttp/promises": "^1.0"},
     "source": {"reference": "abc"}, "dist": {"shasum": "d34d"}},
    {"name": "guzzlehttp/promises", "version": "v1.5.2", "license": "MIT"}
  ],
  "packages-dev": [
    {"name": "pear/log", "version": "1.13.3"}
  ]
}"""


def lock(data: bytes = LOCK, **siblings: bytes) -> dict[str, Package]:
    beside = {name.replace("_", "."): body for name, body in siblings.items()}
    return {one.name: one for one in php.extract_composer_lock(File("composer.lock", data, siblings=beside))}


def test_locked_packages_carry_what_the_lock_tells() -> None:
    guzzle = lock()["guzzlehttp/guzzle"]
    assert (guzzle.type, guzzle.key, guzzle.licenses) == ("composer", "guzzlehttp/guzzle@6.5.8", ("MIT",))
    assert guzzle.depends_on == ("guzzlehttp/promises@v1.5.2",)
    assert (guzzle.checksums, guzzle.facts) == (("sha1:d34d",), {"revision": "abc"})
    assert guzzle.homepage == "https://example.test"


def test_lines_and_development_follow_the_two_lists() -> None:
    packages = lock()
    assert [packages[name].lines for name in packages] == [(3, 5), (6, 6), (9, 9)]
    assert [packages[name].dev for name in packages] == [False, False, True]


def test_direct_is_told_only_beside_composer_json() -> None:
    assert {one.relation for one in lock().values()} == {""}
    told = lock(composer_json=b'{"require": {"guzzlehttp/guzzle": "^6"}, "require-dev": {"pear/log": "*"}}')
    assert [told[name].relation for name in told] == ["direct", "indirect", "direct"]
    assert {one.relation for one in lock(composer_json=b"broken").values()} == {""}


def test_both_versions_of_installed_json_are_read() -> None:
    first = b'[{"name": "a/a", "version": "1"}, {"name": "a/b", "version": "2"}, {"name": 7}, 3]'
    second = b'{"packages": ' + first + b', "dev": true, "dev-package-names": ["a/b", []]}'
    for data in (first, second):
        gap, *found = php.extract_installed(File("vendor/composer/installed.json", data))
        assert [one.key for one in found if isinstance(one, Package)] == ["a/a@1", "a/b@2"]
        assert isinstance(gap, Gap)
        assert gap.reason == "2 entries have no name or no version"
    assert [one.dev for one in found if isinstance(one, Package)] == [False, True]


@pytest.mark.parametrize("data", [b"null", b"{}", b'{"packages": {}}', b"[", b"7"])
def test_other_documents_are_no_installed_json(data: bytes) -> None:
    with pytest.raises(CorruptInput):
        list(php.extract_installed(File("installed.json", data)))


@pytest.mark.parametrize("data", [b"null", b"[]", b'{"packages": 7}', b"{"])
def test_other_documents_are_no_lock(data: bytes) -> None:
    with pytest.raises(CorruptInput):
        lock(data)


def test_installed_json_counts_only_in_composers_directory() -> None:
    dispatcher = Dispatcher(php.EXTRACTORS)
    assert [one.name for one in dispatcher.wanted("srv/vendor/composer/installed.json")] == ["composer-vendor"]
    assert dispatcher.wanted("opt/pkgs/installed.json") == ()
    assert [one.name for one in dispatcher.wanted("composer.lock")] == ["composer"]
