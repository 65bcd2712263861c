from __future__ import annotations

import pytest

from sekisho.errors import BoundExceeded, CorruptInput
from sekisho.formats import xml_document
from sekisho.formats.xml_document import decode_xml


def test_elements_carry_text_attributes_children_and_lines() -> None:
    root = decode_xml(b'<project>\n  <name a="1"> x </name>\n  <list>\n    <i>1</i><i>2</i>\n  </list>\n</project>')
    assert (root.tag, root.line) == ("project", 1)
    assert root.text_of("name") == "x"
    assert root.text_of("absent") == ""
    assert [(item.text, item.line) for item in root.all("list", "i")] == [("1", 4), ("2", 4)]
    name = root.child("name")
    assert name is not None
    assert name.attributes == {"a": "1"}


def test_namespaces_and_prefixes_do_not_matter() -> None:
    root = decode_xml(b'<m:project xmlns:m="urn:x"><m:version>1</m:version></m:project>')
    assert (root.tag, root.text_of("version")) == ("project", "1")


def test_blank_lines_before_the_declaration_are_forgiven_and_counted() -> None:
    root = decode_xml(b"\n\n<?xml version='1.0'?>\n<a/>")
    assert (root.tag, root.line) == ("a", 4)


@pytest.mark.parametrize(
    ("declared", "text"), [("iso-8859-1", b"caf\xe9"), ("windows-1252", b"caf\xe9"), ("utf-8", "café".encode())]
)
def test_declared_encodings_are_followed(declared: str, text: bytes) -> None:
    assert decode_xml(b'<?xml version="1.0" encoding="%s"?><a>%s</a>' % (declared.encode(), text)).text == "café"


def test_comments_and_sections_of_plain_text_are_understood() -> None:
    assert decode_xml(b"<a><!-- <b/> --><![CDATA[1 < 2]]></a>").text == "1 < 2"


@pytest.mark.parametrize(
    "declaration", [b'<!ENTITY lol "ha">', b'<!ENTITY % p SYSTEM "file:///etc/passwd">', b'<!ATTLIST a x CDATA "dd">']
)
def test_declarations_that_can_multiply_are_refused(declaration: bytes) -> None:
    with pytest.raises(CorruptInput, match="declares"):
        decode_xml(b"<!DOCTYPE a [" + declaration + b"]><a/>")


def test_a_document_type_by_name_is_harmless_and_never_fetched() -> None:
    assert decode_xml(b'<!DOCTYPE a PUBLIC "-//X//DTD" "http://example.test/x.dtd"><a/>').tag == "a"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "no element found"),
        (b"<a><b></a>", "mismatched tag at line 1"),
        (b"\n<a>\n&nbsp;</a>", "undefined entity at line 3"),
        (b"plain", "syntax error at line 1"),
        (b'<?xml version="1.0" encoding="nope"?><a/>', "unknown encoding"),
        (b'<?xml version="1.0" encoding="utf-7"?><a/>', "not supported"),
    ],
)
def test_what_is_no_xml_is_refused_with_the_line(data: bytes, told: str) -> None:
    with pytest.raises(CorruptInput, match=told):
        decode_xml(data)


def test_depth_number_and_size_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BoundExceeded):
        decode_xml(b"<a>" * 300)
    with pytest.raises(BoundExceeded):
        decode_xml(b"<a/>", max_size=3)
    monkeypatch.setattr(xml_document, "MAX_ELEMENTS", 3)
    with pytest.raises(BoundExceeded):
        decode_xml(b"<a><b/><b/><b/></a>")
