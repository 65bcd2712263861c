from __future__ import annotations

import pytest

from sekisho.errors import CorruptInput
from sekisho.inventory.dispatch import Dispatcher
from sekisho.inventory.language import gradle
from sekisho.inventory.protocol import File


def test_gradle_locks_have_one_artifact_a_line() -> None:
    lock = (
        b"# comment\norg.acme:one:1.0=compileClasspath\nnonsense\na:b=c\nempty=annotationProcessor\norg.acme:two:2=x\n"
    )
    found = list(gradle.extract_gradle_lock(File("gradle.lockfile", lock)))
    assert [(one.key, one.lines) for one in found] == [("org.acme:one@1.0", (2, 2)), ("org.acme:two@2", (6, 6))]


def test_verified_components_are_listed_once_with_their_line() -> None:
    component = b'<component group="g" name="n" version="1"><artifact name="n-1.jar"/></component>\n'
    body = b"<verification-metadata>\n<components>\n" + component * 2 + b"</components></verification-metadata>"
    found = list(gradle.extract_verification_metadata(File("gradle/verification-metadata.xml", body)))
    assert [(one.key, one.lines) for one in found] == [("g:n@1", (3, 3))]


def test_sbt_configurations_tell_what_is_shipped() -> None:
    body = b"""{"dependencies": [
        {"org": "o", "name": "a", "version": "1", "configurations": ["compile", "test"]},
        {"org": "o", "name": "b", "version": "2", "configurations": ["test"]},
        {"org": "o", "name": "c"}, 7]}"""
    found = list(gradle.extract_sbt_lock(File("build.sbt.lock", body)))
    assert [(one.key, one.dev) for one in found] == [("o:a@1", False), ("o:b@2", True)]


def test_other_documents_are_refused() -> None:
    with pytest.raises(CorruptInput):
        list(gradle.extract_sbt_lock(File("build.sbt.lock", b"[]")))
    with pytest.raises(CorruptInput):
        list(gradle.extract_verification_metadata(File("verification-metadata.xml", b"<other/>")))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("gradle.lockfile", "gradle"),
        ("buildscript-gradle.lockfile", "gradle"),
        ("other.lockfile", ""),
        ("gradle/verification-metadata.xml", "gradle"),
        ("build.sbt.lock", "sbt"),
        ("yarn.lock", ""),
    ],
)
def test_files_are_wanted_by_name(path: str, name: str) -> None:
    assert [one.name for one in Dispatcher(gradle.EXTRACTORS).wanted(path)] == ([name] if name else [])
