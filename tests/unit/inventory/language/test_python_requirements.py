from __future__ import annotations

import codecs

import pytest

from sekisho.inventory.dispatch import Dispatcher
from sekisho.inventory.language.python_requirements import EXTRACTORS, extract
from sekisho.inventory.protocol import File


def read(text: str | bytes) -> list[tuple[str, int]]:
    data = text.encode() if isinstance(text, str) else text
    return [(package.key, package.lines[0]) for package in extract(File("requirements.txt", data)) if package.lines]


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("Flask==2.0.0", "Flask@2.0.0"),
        ("  a  ===  1.0  # why", "a@1.0"),
        ("celery[redis, pytest] == 4.4.7", "celery@4.4.7"),
        ("a==1.0; python_version < '3'", "a@1.0"),
        ("a (==1!2.0.post1+local)", "a@1!2.0.post1+local"),
        ("a==1.0,>=0.9", "a@1.0"),
        ("a==1.0 --hash=sha256:00", "a@1.0"),
        ("oauth2-client==4.0.0\r", "oauth2-client@4.0.0"),
    ],
)
def test_a_pinned_requirement_is_a_package(line: str, key: str) -> None:
    assert read(line) == [(key, 1)]


@pytest.mark.parametrize(
    "line",
    ["a", "a>=1.0", "a~=1.1", "a==2.0.*", "a!=3", "==1.0", "a==", "-r other.txt", "-e .", "--pre", "# a==1", "./a.whl",
     "a @ https://files.example.test/a.zip", "-a==1.0"],
)  # fmt: skip
def test_what_names_no_single_version_is_left_out(line: str) -> None:
    assert read(line) == []


def test_continued_lines_belong_to_the_first() -> None:
    text = "a==1.0 \\\n  --hash=sha256:AA \\\n  --hash=sha512:bb\nb==2.0 \\"
    assert read(text) == [("a@1.0", 1), ("b@2.0", 4)]
    first = next(iter(extract(File("requirements.txt", text.encode()))))
    assert first.checksums == ("sha256:aa", "sha512:bb")


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE + "a==1.0\n".encode("utf-16-le"), b"\xef\xbb\xbfa==1.0\n"])
def test_windows_encodings_are_read(mark: bytes) -> None:
    assert read(mark) == [("a@1.0", 1)]


def test_adversarial_blanks_cost_no_more_than_their_number() -> None:
    assert read("a" + " " * 200_000 + "x\n" + "a==1" + " " * 200_000 + "x") == [("a@1", 2)]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("requirements.txt", True),
        ("app/dev-requirements.txt", True),
        ("requirements-test.txt", True),
        ("notes.txt", False),
        ("requirements/readme.txt", False),
    ],
)
def test_which_files_are_looked_at(path: str, wanted: bool) -> None:
    assert bool(Dispatcher(EXTRACTORS).wanted(path)) is wanted
