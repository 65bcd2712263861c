"""What a pom.xml says once its parents are merged in and its properties are filled in; nothing is fetched.

A project inherits properties, managed versions and dependencies from its parent, nearest first. Parents and imported
bills of material that only a repository holds are unknown here, so versions they manage stay empty.
Source: https://maven.apache.org/guides/introduction/introduction-to-the-pom.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sekisho.formats.xml_document import Element

MAX_EXPANSIONS = 64
"""Placeholders filled in for one value; properties that double themselves stop here."""
MAX_VALUE = 1024
"""Characters of one value; a coordinate is far shorter."""
_PLACEHOLDER = re.compile(r"\$\{([^${}]{1,200})\}")
_EXACT_RANGE = re.compile(r"\[([^,\[\]()]+)\]\Z")


class Dependency(NamedTuple):
    """One declared dependency; an empty version means that nothing in reach says it."""

    group: str
    artifact: str
    version: str
    scope: str
    optional: bool
    main: bool
    """The artifact itself rather than its sources, tests or pom."""
    lines: tuple[int, int]
    """Of the declaration, or of the parent it is inherited from."""


class Model:
    """A project and its known ancestors, nearest first."""

    def __init__(self, project: Element, ancestors: Sequence[Element] = ()) -> None:
        self._chain = (project, *ancestors)
        self._properties = self._inherited_properties()
        self.group = self.fill(self._properties["project.groupId"])
        self.artifact = self.fill(project.text_of("artifactId"))
        self.version = exact_version(self.fill(self._properties["project.version"]))
        self.licenses = tuple(
            name for element in project.all("licenses", "license") if (name := self.fill(element.text_of("name")))
        )
        self._managed = self._managed_versions()

    def fill(self, text: str) -> str:
        """Replace ``${placeholders}`` by properties, repeatedly but boundedly; unknown ones stay as they are."""
        for _ in range(MAX_EXPANSIONS if "${" in text[:MAX_VALUE] else 0):
            found = next((one for one in _PLACEHOLDER.finditer(text) if one[1] in self._properties), None)
            if found is None or len(text) + len(self._properties[found[1]]) > MAX_VALUE:
                return text
            text = text[: found.start()] + self._properties[found[1]] + text[found.end() :]
        return text

    def dependencies(self) -> Iterator[Dependency]:
        """Declared dependencies of the project, its profiles and its ancestors, nearest first; main artifacts win."""
        found: dict[tuple[str, str], Dependency] = {}
        for element in self._chain:
            for path in (("dependencies", "dependency"), ("profiles", "profile", "dependencies", "dependency")):
                for declared in element.all(*path):
                    one = self._dependency(declared, element)
                    known = found.get(one[:2])
                    if one.artifact and (known is None or (one.main and not known.main)):
                        found[one[:2]] = one
        yield from found.values()

    def _dependency(self, declared: Element, owner: Element) -> Dependency:
        group, artifact = self.fill(declared.text_of("groupId")), self.fill(declared.text_of("artifactId"))
        version, scope = self._managed.get((group, artifact), ("", ""))
        place = declared if owner is self._chain[0] else self._chain[0].child("parent") or declared
        last = max((child.line for child in place.children), default=place.line)
        return Dependency(
            group,
            artifact,
            exact_version(self.fill(declared.text_of("version") or version)),
            self.fill(declared.text_of("scope") or scope) or "compile",
            declared.text_of("optional") == "true",
            declared.text_of("type") in ("", "jar") and declared.child("classifier") is None,
            (place.line, last + 1),
        )

    def _inherited_properties(self) -> dict[str, str]:
        properties: dict[str, str] = {}
        for element in reversed(self._chain):
            for block in element.all("properties"):
                properties.update({child.tag: child.text for child in block.children})
        project, parent = self._chain[0], self._chain[0].child("parent")
        group = project.text_of("groupId") or _parent(project, "groupId")
        version = project.text_of("version") or _parent(project, "version")
        own = {"groupId": group, "version": version, "artifactId": project.text_of("artifactId")}
        for name, value in own.items():
            properties |= {f"project.{name}": value, f"pom.{name}": value, name: properties.get(name, value)}
        if parent is not None:
            for child in parent.children:
                properties |= {f"project.parent.{child.tag}": child.text, f"parent.{child.tag}": child.text}
        return properties

    def _managed_versions(self) -> dict[tuple[str, str], tuple[str, str]]:
        managed: dict[tuple[str, str], tuple[str, str]] = {}
        for element in self._chain:
            for path in ((), ("profiles", "profile")):
                for declared in element.all(*path, "dependencyManagement", "dependencies", "dependency"):
                    key = self.fill(declared.text_of("groupId")), self.fill(declared.text_of("artifactId"))
                    managed.setdefault(key, (declared.text_of("version"), declared.text_of("scope")))
        return managed


def exact_version(requirement: str) -> str:
    """``[1.2]`` is 1.2; a range, or a version with a placeholder nobody filled, is unknown: empty."""
    if exact := _EXACT_RANGE.match(requirement):
        return exact[1].strip()
    return "" if requirement[:1] in "[(" or "${" in requirement or len(requirement) > MAX_VALUE else requirement


def is_parent(candidate: Element, project: Element) -> bool:
    """Whether ``candidate`` is the parent that ``project`` names: another project may lie in the expected place."""
    parent = project.child("parent")
    if parent is None or candidate.text_of("artifactId") != parent.text_of("artifactId"):
        return False
    return (candidate.text_of("groupId") or _parent(candidate, "groupId")) == parent.text_of("groupId")


def _parent(project: Element, tag: str) -> str:
    parent = project.child("parent")
    return parent.text_of(tag) if parent is not None else ""
