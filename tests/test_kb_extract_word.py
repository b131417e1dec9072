"""Word files: what is read from good ones, and how bombs and tricks are refused."""

import struct

import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from kb.errors import DocumentEncrypted, DocumentTooLarge, NoTextFound, UnreadableDocument
from kb.extract import word as reader
from kb.extract.zip_check import MAX_PARTS
from kb.messages import Extraction
from tests.makers_files import part_of, saved, with_part, word, zipped

BODY = "word/document.xml"


def texts(extraction: Extraction, kind: str = "") -> list[str]:
    return [
        extraction.text[block.start : block.end]
        for block in extraction.blocks
        if kind in {"", block.kind}
    ]


def read(data: bytes) -> Extraction:
    return reader.extract(data, "a.docx")


def test_headings_paragraphs_and_lists() -> None:
    document = word(title="Fever guide")
    document.add_heading("Fever", 0)
    document.add_heading("Children", 1)
    document.add_paragraph("Weigh the child.")
    document.add_paragraph("Cannot drink", style="List Bullet")
    document.add_heading("Adults", 1)
    document.add_paragraph("Ask about travel.")
    found = read(saved(document))
    assert found.title == "Fever guide"
    assert found.pages is None
    assert texts(found, "heading") == ["Fever", "Children", "Adults"]
    assert texts(found, "list") == ["Cannot drink"]
    assert [block.section for block in found.blocks if block.kind == "paragraph"] == [
        ("Fever", "Children"),
        ("Fever", "Adults"),
    ]


def test_tables_are_kept_as_rows() -> None:
    document = word()
    table = document.add_table(rows=2, cols=3)
    for cell, text in zip(
        [cell for row in table.rows for cell in row.cells],
        ["Age", "Dose", "Days", "2-5 months", "10\nmg", ""],
        strict=True,
    ):
        cell.text = text
    assert texts(read(saved(document)), "table") == ["Age | Dose | Days\n2-5 months | 10 mg |"]


def test_inserted_text_counts_and_deleted_text_does_not() -> None:
    document = word()
    paragraph = document.add_paragraph("Give ")
    names = nsdecls("w")
    inserted = f"<w:ins {names}><w:r><w:t>5 mg</w:t></w:r></w:ins>"
    deleted = f"<w:del {names}><w:r><w:delText>50 mg</w:delText></w:r></w:del>"
    paragraph._p.append(parse_xml(deleted))
    paragraph._p.append(parse_xml(inserted))
    assert read(saved(document)).text == "Give 5 mg"


def test_content_controls_and_text_boxes_are_read() -> None:
    document = word()
    names = nsdecls("w")
    inner = "<w:p><w:r><w:t>In a control.</w:t></w:r></w:p>"
    box = "<w:p><w:r><w:t>In a box.</w:t></w:r></w:p>"
    outer = "<w:p><w:r><w:t>Around it.</w:t></w:r>"
    document.element.body.insert(
        0, parse_xml(f"<w:sdt {names}><w:sdtContent>{inner}</w:sdtContent></w:sdt>")
    )
    document.element.body.insert(
        1,
        parse_xml(
            f"<w:p {names}>{outer[5:]}<w:r><w:pict><w:txbxContent>{box}</w:txbxContent>"
            "</w:pict></w:r></w:p>"
        ),
    )
    assert texts(read(saved(document))) == ["In a control.", "Around it.", "In a box."]


def test_an_outline_level_makes_a_heading() -> None:
    document = word()
    names = nsdecls("w")
    document.element.body.insert(
        0,
        parse_xml(
            f'<w:p {names}><w:pPr><w:outlineLvl w:val="0"/></w:pPr>'
            "<w:r><w:t>Chapter</w:t></w:r></w:p>"
        ),
    )
    document.add_paragraph("Text.")
    assert texts(read(saved(document)), "heading") == ["Chapter"]


def test_footnotes_stand_at_the_end() -> None:
    document = word()
    document.add_paragraph("Give zinc.")
    data = saved(document)
    space = "http://schemas.openxmlformats.org"
    notes = (
        f'<w:footnotes xmlns:w="{space}/wordprocessingml/2006/main"><w:footnote w:id="2">'
        "<w:p><w:r><w:t>Not under 2 months.</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    relation = (
        f'<Relationship Id="rId99" Type="{space}/officeDocument/2006/relationships/footnotes" '
        'Target="footnotes.xml"/></Relationships>'
    )
    relations = "word/_rels/document.xml.rels"
    related = part_of(data, relations).replace(b"</Relationships>", relation.encode())
    found = read(
        with_part(with_part(data, relations, related), "word/footnotes.xml", notes.encode())
    )
    assert texts(found) == ["Give zinc.", "Notes", "Not under 2 months."]


def test_a_table_in_a_table_belongs_to_its_cell() -> None:
    document = word()
    outer = document.add_table(rows=1, cols=2)
    outer.rows[0].cells[0].text = "Zinc"
    inner = outer.rows[0].cells[1].add_table(rows=1, cols=1)
    inner.rows[0].cells[0].text = "20 mg"
    assert texts(read(saved(document)), "table") == ["Zinc | 20 mg"]


def test_a_file_without_text() -> None:
    with pytest.raises(NoTextFound):
        read(saved(word()))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    document = word()
    document.add_paragraph("Text.")
    bomb = part_of(saved(document), BODY).replace(b"Text.", b"A" * 40_000_000)
    with pytest.raises(DocumentTooLarge, match="100 to 1"):
        read(with_part(saved(document), BODY, bomb))


def test_a_file_too_large_in_all_is_refused() -> None:
    large = {f"word/{number}.bin": bytes(18_000_000) for number in range(3)}
    with pytest.raises(DocumentTooLarge, match="50 MB"):
        read(zipped(large))


def test_a_file_of_too_many_parts_is_refused() -> None:
    with pytest.raises(DocumentTooLarge):
        read(zipped({f"word/{number}": b"" for number in range(MAX_PARTS + 1)}))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused(encoding: str) -> None:
    document = word()
    document.add_paragraph("Text.")
    trick = (
        f'<?xml version="1.0" encoding="{encoding}"?>'
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x>&e;</x>'
    )
    data = with_part(saved(document), "docProps/custom.xml", trick.encode(encoding))
    with pytest.raises(UnreadableDocument, match="XML entities"):
        read(data)


@pytest.mark.parametrize("name", ["../outside.xml", "/outside.xml", "C:/outside.xml", "a/../../b"])
def test_names_that_point_outside_are_refused(name: str) -> None:
    document = word()
    document.add_paragraph("Text.")
    with pytest.raises(UnreadableDocument, match="points outside"):
        read(with_part(saved(document), name, b"<x/>"))


def test_a_template_elsewhere_is_never_fetched() -> None:
    document = word()
    document.add_paragraph("Text.")
    relations = (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        'relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/'
        'officeDocument/2006/relationships/attachedTemplate" Target="http://127.0.0.1:9/t.dotm" '
        'TargetMode="External"/></Relationships>'
    )
    data = with_part(saved(document), "word/_rels/settings.xml.rels", relations.encode())
    assert read(data).text == "Text."


def test_macros_are_refused_with_the_file_that_holds_them() -> None:
    document = word()
    document.add_paragraph("Text.")
    data = saved(document)
    types = (
        part_of(data, "[Content_Types].xml")
        .replace(
            b"officedocument.wordprocessingml.document.main+xml",
            b"ms-word.document.macroEnabled.main+xml",
        )
        .replace(b"vnd.openxmlformats-ms-word", b"vnd.ms-word")
    )
    with pytest.raises(UnreadableDocument, match="no Word file"):
        read(with_part(data, "[Content_Types].xml", types))


def test_a_locked_part_asks_for_a_copy() -> None:
    document = word()
    document.add_paragraph("Text.")
    data = bytearray(saved(document))
    entry = data.index(b"PK\x01\x02")
    struct.pack_into("<H", data, entry + 8, 1)
    with pytest.raises(DocumentEncrypted, match="password"):
        read(bytes(data))


def test_parts_that_lie_over_each_other_are_refused() -> None:
    data = bytearray(zipped({"word/a.xml": b"<a/>" * 50, "word/b.xml": b"<b/>" * 50}))
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    struct.pack_into("<I", data, second + 42, 4)
    with pytest.raises(UnreadableDocument, match="damaged"):
        read(bytes(data))


@pytest.mark.parametrize("part", [BODY, "[Content_Types].xml", "_rels/.rels", "word/styles.xml"])
@pytest.mark.parametrize("content", [b"", b"<w:document", b"\xff\xfe\x00", b"<x/>"])
def test_damaged_parts_are_refused_or_read_around(part: str, content: bytes) -> None:
    document = word()
    document.add_paragraph("Text.")
    try:
        found = read(with_part(saved(document), part, content))
    except UnreadableDocument as error:
        assert "a.docx" in str(error)
    else:
        assert found.text == "Text."


def test_cut_files_are_refused() -> None:
    document = word()
    document.add_paragraph("Text.")
    data = saved(document)
    for length in range(0, len(data), len(data) // 25):
        with pytest.raises(UnreadableDocument):
            read(data[:length])


def test_raised_figures_do_not_run_into_the_figures_before_them() -> None:
    document = word()
    paragraph = document.add_paragraph("Platelets 150 x 10")
    paragraph.add_run("9").font.superscript = True
    paragraph.add_run("/L, CO")
    paragraph.add_run("2").font.subscript = True
    assert reader.extract(saved(document), "a.docx").text == "Platelets 150 x 10\u2079/L, CO2"
