from __future__ import annotations

import pytest

from sekisho.errors import CorruptInput
from sekisho.model.inventory import OperatingSystem
from sekisho.model.package import Package
from sekisho.model.purl import MAX_PURL, Purl, format_purl, make_purl, package_purl, parse_purl

DEBIAN = OperatingSystem(family="debian", name="12.8")
ALPINE = OperatingSystem(family="alpine", name="3.19.1")
REDHAT = OperatingSystem(family="redhat", name="9.4")


def test_all_parts_are_read() -> None:
    found = parse_purl("pkg:deb/debian/libc6@1:2.36-9%2Bdeb12u8?distro=debian-12&arch=amd64#usr/lib")
    assert found == Purl(
        "deb", "debian", "libc6", "1:2.36-9+deb12u8", (("arch", "amd64"), ("distro", "debian-12")), "usr/lib"
    )
    assert (found.qualifier("arch"), found.qualifier("epoch")) == ("amd64", "")


def test_reading_is_lenient_and_writing_is_not() -> None:
    assert str(parse_purl("PKG://NPM/@Babel/core@7.0.0?Arch=&b=2&a=1#/./lib//x/../")) == (
        "pkg:npm/%40babel/core@7.0.0?a=1&b=2#lib/x"
    )
    assert format_purl(parse_purl("pkg:PYPI/Django_Rest@1.0")) == "pkg:pypi/django-rest@1.0"


def test_a_scope_that_nobody_encoded_is_no_version() -> None:
    assert parse_purl("pkg:npm/@babel/core") == Purl("npm", "@babel", "core")
    assert parse_purl("pkg:brew/node@20@20.10.0") == Purl("brew", "", "node@20", "20.10.0")


def test_the_name_of_a_git_repository_is_a_path() -> None:
    found = parse_purl("pkg:git/codeberg.test/a/b/c@abc")
    assert (found.namespace, found.name, str(found)) == ("codeberg.test", "a/b/c", "pkg:git/codeberg.test/a/b/c@abc")


def test_everything_but_unreserved_characters_and_colons_is_encoded() -> None:
    purl = make_purl("generic", "a b/ü", version="1+2:3~4", qualifiers=[("k", "x/y&z=1")])
    assert str(purl) == "pkg:generic/a%20b%2F%C3%BC@1%2B2:3~4?k=x%2Fy%26z%3D1"
    assert parse_purl(str(purl)) == purl


@pytest.mark.parametrize(
    "text",
    [
        "",
        "npm/a@1",
        "pkg:npm",
        "pkg:npm/",
        "pkg:npm/@1.0",
        "pkg:1npm/a",
        "pkg:n&m/a",
        "pkg:npm/a?x y=1",
        "pkg:npm/a?novalue",
        "pkg:npm/%zz",
        "pkg:npm/%ff",
        "pkg:swift/Alamofire@5",
        "pkg:otp/x/hex@2",
        "pkg:julia/Dates",
        "pkg:npm/" + "a" * MAX_PURL,
    ],
)
def test_what_is_no_purl_is_refused(text: str) -> None:
    with pytest.raises(CorruptInput, match=r"purl|percent"):
        parse_purl(text)


@pytest.mark.parametrize(
    ("package", "system", "wanted"),
    [
        (
            Package(type="deb", name="libc6", version="2.36-9+deb12u8", arch="amd64"),
            DEBIAN,
            "pkg:deb/debian/libc6@2.36-9%2Bdeb12u8?arch=amd64&distro=debian-12.8",
        ),
        (
            Package(type="deb", name="libidn", version="1:1.41-1", arch="arm64"),
            DEBIAN,
            "pkg:deb/debian/libidn@1.41-1?arch=arm64&distro=debian-12.8&epoch=1",
        ),
        (
            Package(type="apk", name="musl", version="1.2.4-r2", arch="x86_64"),
            ALPINE,
            "pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64&distro=3.19.1",
        ),
        (
            Package(type="rpm", name="bash", version="5.1.8-9.el9", arch="x86_64"),
            REDHAT,
            "pkg:rpm/redhat/bash@5.1.8-9.el9?arch=x86_64&distro=redhat-9.4",
        ),
        (
            Package(type="rpm", name="nginx", version="0:1.20-1", modularity="nginx:1.20:8060:c0"),
            REDHAT,
            "pkg:rpm/redhat/nginx@1.20-1?distro=redhat-9.4&modularitylabel=nginx:1.20:8060:c0",
        ),
        (
            Package(type="rpm", name="libopenssl3", version="3.1.4-9.1"),
            OperatingSystem(family="opensuse-leap", name="15.6"),
            "pkg:rpm/opensuse/libopenssl3@3.1.4-9.1?distro=opensuse-leap-15.6",
        ),
        (Package(type="deb", name="bash", version="5.2-1"), None, "pkg:deb/bash@5.2-1"),
    ],
)
def test_distribution_packages_as_trivy_names_them(package: Package, system: OperatingSystem, wanted: str) -> None:
    assert package_purl(package, system) == wanted


@pytest.mark.parametrize(
    ("kind", "name", "version", "wanted"),
    [
        ("golang", "github.com/BurntSushi/toml", "v1.2.0", "pkg:golang/github.com/burntsushi/toml@v1.2.0"),
        ("golang", "stdlib", "v1.21.3", "pkg:golang/stdlib@v1.21.3"),
        (
            "golang",
            "github.com/docker/cli",
            "v24.0.7+incompatible",
            "pkg:golang/github.com/docker/cli@v24.0.7%2Bincompatible",
        ),
        ("npm", "@babel/core", "7.0.0", "pkg:npm/%40babel/core@7.0.0"),
        ("npm", "lodash", "4.17.21", "pkg:npm/lodash@4.17.21"),
        ("maven", "org.slf4j:slf4j-api", "2.0.11", "pkg:maven/org.slf4j/slf4j-api@2.0.11"),
        ("composer", "Guzzle/Psr7", "1.6", "pkg:composer/guzzle/psr7@1.6"),
        ("nuget", "Newtonsoft.Json", "9.0.1", "pkg:nuget/Newtonsoft.Json@9.0.1"),
        ("pypi", "Jinja2_Time", "0.2", "pkg:pypi/jinja2-time@0.2"),
        ("gem", "activesupport", "6.0.2.1", "pkg:gem/activesupport@6.0.2.1"),
        ("cargo", "ammonia", "1.9.0", "pkg:cargo/ammonia@1.9.0"),
        ("cocoapods", "GoogleUtilities/NSData+zlib", "7.5.2", "pkg:cocoapods/GoogleUtilities@7.5.2#NSData%2Bzlib"),
        ("swift", "github.com/Alamofire/Alamofire", "5.4.3", "pkg:swift/github.com/Alamofire/Alamofire@5.4.3"),
        ("conda", "openssl", "1.1.1q", "pkg:conda/openssl@1.1.1q"),
        ("hex", "jason", "", "pkg:hex/jason"),
    ],
)
def test_language_packages_as_trivy_names_them(kind: str, name: str, version: str, wanted: str) -> None:
    assert package_purl(Package(type=kind, name=name, version=version), DEBIAN) == wanted


def test_julia_packages_are_told_apart_by_uuid() -> None:
    package = Package(type="julia", name="Dates", version="1.9.0", facts={"uuid": "ade2ca70"})
    assert package_purl(package, None) == "pkg:julia/Dates@1.9.0?uuid=ade2ca70"


def test_what_names_nothing_outside_has_no_purl() -> None:
    assert package_purl(Package(type="golang", name="./internal/x"), None) == ""
    assert package_purl(Package(type="npm", name=""), None) == ""
    assert package_purl(Package(type="julia", name="Local"), None) == ""
