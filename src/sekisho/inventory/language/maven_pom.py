"""Maven projects: ``pom.xml``, with parents that lie where the project says."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import normpath

from sekisho.errors import CorruptInput
from sekisho.formats.xml_document import MAX_XML_DOCUMENT, Element, decode_xml
from sekisho.inventory.language.maven_model import Dependency, Model, is_parent
from sekisho.inventory.protocol import Extractor, File
from sekisho.model.inventory import Gap
from sekisho.model.package import Package

FOUND_BY = "pom"
PARENTS = ("../pom.xml", "../../pom.xml", "../../../pom.xml", "parent/pom.xml", "../parent/pom.xml")
"""Where parents are looked for: Maven's default, twice more for its ancestors, and the usual parent module."""
SHIPPED_SCOPES = frozenset({"compile", "runtime"})
"""What ends up in the artifact; ``test``, ``provided`` and ``system`` do not."""


def extract_pom(file: File) -> Iterator[Package | Gap]:
    """The project as root and what it declares; versions that only a remote parent knows are empty."""
    project = decode_xml(file.data)
    if project.tag != "project":
        raise CorruptInput(f"not a Maven project: the root element is {project.tag[:80]!r}")
    model = Model(project, list(_ancestors(file, project)))
    declared: dict[str, Package] = {}
    for one in model.dependencies():
        if "${" in one.group or "${" in one.artifact:
            yield Gap(
                path=file.path, extractor=FOUND_BY, reason=f"unknown name {one.group}:{one.artifact}", weight="note"
            )
        elif one.scope != "import":
            package = _package(one, file.path)
            declared.setdefault(package.key, package)
    if model.artifact and "${" not in model.group + model.artifact:
        yield Package(
            type="maven",
            name=f"{model.group or model.artifact}:{model.artifact}",
            version=model.version,
            found_by=FOUND_BY,
            path=file.path,
            relation="root",
            licenses=model.licenses,
            depends_on=tuple(sorted(declared)),
        )
    yield from declared.values()


def _package(one: Dependency, path: str) -> Package:
    shipped = one.scope in SHIPPED_SCOPES and not one.optional
    return Package(
        type="maven",
        name=f"{one.group}:{one.artifact}" if one.group else one.artifact,
        version=one.version,
        found_by=FOUND_BY,
        path=path,
        relation="direct",
        dev=not shipped,
        lines=one.lines,
        facts={} if shipped else {"scope": "optional" if one.optional else one.scope},
    )


def _ancestors(file: File, project: Element) -> Iterator[Element]:
    """Parents on disk, nearest first; a place is relative to the file that names it."""
    here, child = "", project
    for _ in PARENTS:
        parent = child.child("parent")
        if parent is None:
            return
        place = parent.text_of("relativePath") if parent.child("relativePath") is not None else "../pom.xml"
        if not place.endswith(".xml"):
            place += "/pom.xml"
        place = normpath(f"{here}/{place}" if here else place)
        data = file.sibling(place) if place in PARENTS else None
        candidate = _readable(data)
        if candidate is None or not is_parent(candidate, child):
            return
        yield candidate
        here, child = place.rpartition("/")[0], candidate


def _readable(data: bytes | None) -> Element | None:
    """A broken parent is reported where it is read for itself, not here."""
    try:
        return decode_xml(data) if data is not None else None
    except CorruptInput:
        return None


EXTRACTORS = (
    Extractor(
        name=FOUND_BY,
        extract=extract_pom,
        names=("pom.xml",),
        siblings=PARENTS,
        max_size=MAX_XML_DOCUMENT,
        authoritative=False,  # archetypes and test resources hold templates that are no XML yet
        post_build=False,
    ),
)
