"""Where a package is looked up."""

from __future__ import annotations

import pytest

from sekisho.advisories.ecosystem import (
    ecosystems_of,
    known_system,
    lookups,
    store_ecosystem,
    store_name,
    system_ecosystem,
)
from sekisho.model.inventory import OperatingSystem
from sekisho.model.package import Package


@pytest.mark.parametrize(
    ("ecosystem", "written", "stored"),
    [
        ("PyPI", "Zope.Interface__Extra", "zope-interface-extra"),
        ("npm", "@Scope/Name", "@Scope/Name"),
        ("Packagist", "Symfony/HTTP-Kernel", "symfony/http-kernel"),
        ("NuGet", "Newtonsoft.Json", "newtonsoft.json"),
        ("Maven", "org.Example:Thing", "org.Example:Thing"),
        ("Go", "github.com/Masterminds/semver/v3", "github.com/Masterminds/semver/v3"),
        ("SwiftURL", "https://github.com/Vapor/vapor.git", "github.com/vapor/vapor"),
        ("SwiftURL", "github.com/vapor/vapor", "github.com/vapor/vapor"),
        ("Debian:12", "libX11", "libX11"),
        ("Packagist:https://packages.drupal.org/8", "Drupal/Core", "drupal/core"),
    ],
)
def test_names_are_spelled_as_the_ecosystem_compares_them(ecosystem: str, written: str, stored: str) -> None:
    assert store_name(ecosystem, written) == stored


@pytest.mark.parametrize(
    ("ecosystem", "stored"),
    [
        ("Packagist:https://packages.drupal.org/8", "Packagist"),
        ("Maven:https://repo1.example.test", "Maven"),
        ("Debian:12", "Debian:12"),
        ("Ubuntu:Pro:22.04:LTS", "Ubuntu:Pro:22.04:LTS"),
        ("Go", "Go"),
    ],
)
def test_only_languages_lose_their_suffix(ecosystem: str, stored: str) -> None:
    assert store_ecosystem(ecosystem) == stored


@pytest.mark.parametrize(
    ("family", "name", "codename", "expected"),
    [
        ("debian", "12.8", "bookworm", "Debian:12"),
        ("debian", "12", "", "Debian:12"),
        ("debian", "", "trixie", "Debian:13"),
        ("debian", "trixie/sid", "", "Debian:13"),
        ("debian", "", "", ""),
        ("alpine", "", "", ""),
        ("ubuntu", "22.04", "jammy", "Ubuntu:22.04:LTS"),
        ("ubuntu", "24.10", "oracular", "Ubuntu:24.10"),
        ("ubuntu", "23.04", "lunar", "Ubuntu:23.04"),
        ("ubuntu", "", "", ""),
        ("alpine", "3.19.1", "", "Alpine:v3.19"),
        ("alpine", "edge", "", "Alpine:edge"),
        ("alpine", "3.21.0_alpha20240923", "", "Alpine:edge"),
        ("alma", "9.4", "", "AlmaLinux:9"),
        ("redhat", "8.10", "", "AlmaLinux:8"),
        ("centos", "9", "", "AlmaLinux:9"),
        ("rocky", "9.3", "", "Rocky Linux:9"),
        ("photon", "5.0", "", "Photon OS:5.0"),
        ("azurelinux", "3.0.20240727", "", "Azure Linux:3"),
        ("wolfi", "20230201", "", "Wolfi"),
        ("chainguard", "20230214", "", "Chainguard"),
        ("alpaquita", "23.2", "", "Alpaquita:23"),
        ("alpaquita", "stream", "", "Alpaquita:stream"),
        ("opensuse-leap", "15.6", "", "openSUSE:Leap 15.6"),
        ("amazon", "2023", "", ""),
        ("fedora", "40", "", ""),
        ("rocky", "", "", ""),
    ],
)
def test_a_release_has_one_ecosystem_or_none(family: str, name: str, codename: str, expected: str) -> None:
    system = OperatingSystem(family=family, name=name, codename=codename)
    assert system_ecosystem(system) == expected
    assert known_system(system) is bool(expected)


def test_hardened_bellsoft_images_are_told_from_alpaquita() -> None:
    hardened = OperatingSystem(family="bellsoft", name="25", pretty_name="BellSoft Hardened Containers 25")
    assert system_ecosystem(hardened) == "BellSoft Hardened Containers:25"


def test_a_language_package_is_looked_up_whatever_the_distribution() -> None:
    package = Package(type="golang", name="stdlib", version="1.22.1")
    assert ecosystems_of(package, None) == ("Go",)
    assert ecosystems_of(package, OperatingSystem(family="fedora", name="40")) == ("Go",)


def test_a_distribution_package_without_a_known_distribution_is_looked_up_nowhere() -> None:
    package = Package(type="rpm", name="bash", version="5.2-1")
    assert ecosystems_of(package, None) == ()
    assert ecosystems_of(package, OperatingSystem(family="fedora", name="40")) == ()
    assert ecosystems_of(Package(type="generic", name="busybox"), None) == ()


def test_deb_and_alpine_ask_by_source_and_rpm_by_binary() -> None:
    debian, alpine = OperatingSystem(family="debian", name="12.1"), OperatingSystem(family="alpine", name="3.19.1")
    alma = OperatingSystem(family="alma", name="9.4")
    assert lookups(Package(type="deb", name="libssl3", source_name="openssl"), debian) == (("Debian:12", "openssl"),)
    assert lookups(Package(type="apk", name="libcrypto3", source_name="openssl"), alpine) == (
        ("Alpine:v3.19", "openssl"),
    )
    assert lookups(Package(type="rpm", name="openssl-libs", source_name="openssl"), alma) == (
        ("AlmaLinux:9", "openssl-libs"),
    )
    assert lookups(Package(type="deb", name="bash"), debian) == (("Debian:12", "bash"),)


def test_wolfi_is_asked_by_origin_and_by_package() -> None:
    package = Package(type="apk", name="python-3.12-base", source_name="python-3.12")
    wolfi = OperatingSystem(family="wolfi", name="20230201")
    assert lookups(package, wolfi) == (("Wolfi", "python-3.12"), ("Wolfi", "python-3.12-base"))
