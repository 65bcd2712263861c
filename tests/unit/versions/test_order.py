from __future__ import annotations

import pytest

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.versions.order import ECOSYSTEMS, MAX_VERSION, TYPES, order_named, order_of, order_of_type


@pytest.mark.parametrize(
    ("ecosystem", "name"),
    [
        ("Debian:12", "deb"),
        ("Ubuntu:22.04:LTS", "deb"),
        ("Ubuntu:Pro:22.04:LTS", "deb"),
        ("Alpine:v3.19", "apk"),
        ("Wolfi", "apk"),
        ("Chainguard", "apk"),
        ("AlmaLinux:9", "rpm"),
        ("Rocky Linux:9", "rpm"),
        ("Red Hat:enterprise_linux:9::baseos", "rpm"),
        ("SUSE:Linux Enterprise Server 15 SP5", "rpm"),
        ("openSUSE:Leap 15.5", "rpm"),
        ("Photon OS:5.0", "rpm"),
        ("Go", "golang"),
        ("PyPI", "pep440"),
        ("npm", "npm"),
        ("crates.io", "semver"),
        ("Maven:https://repo.example.test/maven2", "maven"),
        ("Packagist:https://packages.drupal.org/8", "packagist"),
        ("CRAN", "dotted"),
        ("Root:Alpine:3.18", "apk"),
        ("something new", "generic"),
    ],
)
def test_ecosystems_with_and_without_suffix(ecosystem: str, name: str) -> None:
    assert order_of(ecosystem).name == name


def test_purl_types() -> None:
    assert {kind: order_of_type(kind).name for kind in ("deb", "golang", "pypi", "cargo", "gem", "unheard-of")} == {
        "deb": "deb",
        "golang": "golang",
        "pypi": "pep440",
        "cargo": "semver",
        "gem": "gem",
        "unheard-of": "generic",
    }


def test_every_order_of_the_tables_exists() -> None:
    for name in {*ECOSYSTEMS.values(), *TYPES.values()}:
        assert order_named(name).compare("1", "2") == -1


def test_keys_are_remembered() -> None:
    order = order_named("deb")
    assert order.key("1.2.3-4") is order.key("1.2.3-4")


def test_absurdly_long_versions_are_refused() -> None:
    order = order_named("deb")
    assert order.compare("1" * MAX_VERSION, "2") == 1
    with pytest.raises(BoundExceeded):
        order.key("1" * (MAX_VERSION + 1))


def test_an_unknown_place_is_an_error_not_a_guess() -> None:
    with pytest.raises(CorruptInput):
        order_of("Go").compare("(devel)", "v1.0.0")
