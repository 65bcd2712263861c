from __future__ import annotations

from typing import Any

import pytest

from sekisho.errors import CorruptInput
from sekisho.formats.xml_document import decode_xml
from sekisho.inventory.language.maven_model import Model, exact_version
from sekisho.inventory.language.maven_pom import extract_pom
from sekisho.inventory.protocol import File
from sekisho.model.inventory import Gap
from sekisho.model.package import Package


def dependency(coordinates: str, extra: str = "") -> str:
    group, artifact, *version = coordinates.split(":")
    told = f"<version>{version[0]}</version>" if version else ""
    return f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>{told}{extra}</dependency>"


def project(body: str, coordinates: str = "com.acme:shop:1.0") -> bytes:
    group, artifact, version = coordinates.split(":")
    own = f"<groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>"
    return f"<project>{own}{body}</project>".encode()


def read(body: bytes, **siblings: bytes) -> list[Any]:
    named = {name.replace("__", "/").replace("_up", "..") + ".xml": data for name, data in siblings.items()}
    return list(extract_pom(File("app/pom.xml", body, siblings=named)))


def keys(body: bytes, **siblings: bytes) -> list[str]:
    return [one.key for one in read(body, **siblings) if isinstance(one, Package) and one.relation == "direct"]


def dependencies(*each: str) -> str:
    return f"<dependencies>{''.join(each)}</dependencies>"


def test_the_project_is_root_and_needs_what_it_declares() -> None:
    root, first, second = read(project(dependencies(dependency("a:b:1"), dependency("c:d:2"))))
    assert (root.key, root.relation, root.depends_on) == ("com.acme:shop@1.0", "root", ("a:b@1", "c:d@2"))
    assert (first.key, first.relation, second.key) == ("a:b@1", "direct", "c:d@2")


def test_lines_are_those_of_the_declaration() -> None:
    body = b"<project>\n<artifactId>x</artifactId>\n<dependencies>\n<dependency>\n<groupId>a</groupId>\n"
    body += b"<artifactId>b</artifactId>\n</dependency>\n</dependencies></project>"
    assert [one.lines for one in read(body) if isinstance(one, Package)] == [None, (4, 7)]


@pytest.mark.parametrize(
    ("scope", "dev"), [("", False), ("compile", False), ("runtime", False), ("test", True), ("provided", True)]
)
def test_scopes_that_are_not_shipped_are_for_development(scope: str, dev: bool) -> None:
    extra = f"<scope>{scope}</scope>" if scope else ""
    (_, package) = read(project(dependencies(dependency("a:b:1", extra))))
    assert (package.dev, package.facts) == (dev, {"scope": scope} if dev else {})


def test_optional_dependencies_are_not_shipped_either() -> None:
    (_, package) = read(project(dependencies(dependency("a:b:1", "<optional>true</optional>"))))
    assert (package.dev, package.facts) == (True, {"scope": "optional"})


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("${v}", "5.1"),
        ("${both}", "5.1-1.0"),
        ("${project.version}", "1.0"),
        ("${pom.version}.x", "1.0.x"),
        ("${nobody.knows}", ""),
        ("[1.7.30]", "1.7.30"),
        ("[1.0,2.0)", ""),
    ],
)
def test_versions_are_filled_in_from_properties(version: str, expected: str) -> None:
    properties = "<properties><v>5.1</v><both>${v}-${project.version}</both></properties>"
    assert keys(project(properties + dependencies(dependency(f"a:b:{version}")))) == [f"a:b@{expected}"]


@pytest.mark.parametrize("properties", ["<a>${a}</a>", "<a>${b}</a><b>${a}</b>", "<a>${b}${b}</a><b>${a}${a}x</b>"])
def test_properties_that_need_themselves_end(properties: str) -> None:
    body = project(f"<properties>{properties}</properties>" + dependencies(dependency("a:b:${a}")))
    assert keys(body) == ["a:b@"]


def test_properties_cannot_be_multiplied_into_gigabytes() -> None:
    grown = "".join(f"<p{n}>{('${p' + str(n + 1) + '}') * 10}</p{n}>" for n in range(30))
    model = Model(decode_xml(project(f"<properties>{grown}<p30>{'x' * 1000}</p30></properties>")))
    assert len(model.fill("${p0}")) < 2048


def test_management_gives_versions_and_scopes_but_no_packages() -> None:
    declared = dependencies(dependency("a:b:3", "<scope>test</scope>"), dependency("un:used:1"))
    managed = f"<dependencyManagement>{declared}</dependencyManagement>"
    (_, package) = read(project(managed + dependencies(dependency("a:b"))))
    assert (package.key, package.dev) == ("a:b@3", True)


def test_a_parent_on_disk_is_inherited_from() -> None:
    parent = project(
        "<properties><v>9</v></properties>" + dependencies(dependency("from:parent:7")), "org.acme:parent:4.0"
    )
    child = (
        b"<project><parent><groupId>org.acme</groupId><artifactId>parent</artifactId><version>4.0</version></parent>"
        b"<artifactId>child</artifactId>" + dependencies(dependency("a:b:${v}")).encode() + b"</project>"
    )
    assert keys(child, _up__pom=parent) == ["a:b@9", "from:parent@7"]
    (root, *_) = read(child, _up__pom=parent)
    assert root.key == "org.acme:child@4.0"
    assert keys(child) == ["a:b@"]


def test_a_project_that_only_lies_in_the_parents_place_is_ignored() -> None:
    stranger = project("<properties><v>9</v></properties>", "org.acme:stranger:4.0")
    child = (
        b"<project><parent><groupId>org.acme</groupId><artifactId>parent</artifactId><version>4.0</version></parent>"
        b"<artifactId>child</artifactId>" + dependencies(dependency("a:b:${v}")).encode() + b"</project>"
    )
    assert keys(child, _up__pom=stranger) == ["a:b@"]
    assert keys(child, _up__pom=b"broken <") == ["a:b@"]


def test_the_grandparent_is_found_relative_to_the_parent() -> None:
    parent = b"""<project><parent><groupId>o</groupId><artifactId>top</artifactId><version>1</version></parent>
        <groupId>o</groupId><artifactId>mid</artifactId><version>1</version></project>"""
    top = project("<properties><v>42</v></properties>", "o:top:1")
    child = (
        b"<project><parent><groupId>o</groupId><artifactId>mid</artifactId><version>1</version></parent>%s</project>"
    )
    child %= dependencies(dependency("a:b:${v}")).encode()
    assert keys(child, _up__pom=parent, _up___up__pom=top) == ["a:b@42"]


def test_of_several_artifacts_of_one_name_the_main_one_is_kept() -> None:
    sources = dependency("a:b:1", "<classifier>sources</classifier>")
    assert keys(project(dependencies(sources, dependency("a:b:1")))) == ["a:b@1"]


def test_profiles_are_read_and_plugins_are_not() -> None:
    profile = f"<profiles><profile>{dependencies(dependency('in:profile:1'))}</profile></profiles>"
    plugin = f"<build><plugins><plugin>{dependencies(dependency('in:plugin:1'))}</plugin></plugins></build>"
    assert keys(project(profile + plugin)) == ["in:profile@1"]


def test_a_name_nobody_can_fill_in_is_noted() -> None:
    items = read(project(dependencies(dependency("a:${x}:1"))))
    assert [item.reason for item in items if isinstance(item, Gap)] == ["unknown name a:${x}"]


@pytest.mark.parametrize("body", [b"", b"<settings/>", b"<project>"])
def test_what_is_no_project_is_refused(body: bytes) -> None:
    with pytest.raises(CorruptInput):
        read(body)


@pytest.mark.parametrize(("text", "version"), [("1.0", "1.0"), ("[1.0]", "1.0"), ("(,1.0]", ""), ("1.${x}", "")])
def test_only_exact_requirements_are_versions(text: str, version: str) -> None:
    assert exact_version(text) == version
