"""Which parser reads which file, and what is refused without one."""

import random

import pytest

from kb.errors import DocumentTooLarge, LibraryError, NoTextFound, UnreadableDocument
from kb.extract import registry
from kb.extract.progress import silent
from kb.extract.registry import extract, extract_task, sniff
from kb.extract.wire import unpack_extraction
from tests.makers_files import part_of, pdf, saved, with_part, word, zipped


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"%PDF-1.4 ...", "a.pdf", "pdf"),
        (b"\n\n%PDF-1.4 ...", "a.txt", "pdf"),
        (b"PK\x03\x04 word/document.xml", "a.docx", "docx"),
        (b"\xef\xbb\xbf <!DOCTYPE html><html>", "a.txt", "html"),
        (b"<p>part of a page</p>", "a.HTM", "html"),
        (b"# Heading", "a.md", "markdown"),
        (b"Words", "notes.TXT", "plain"),
        (b"\x89PNG\r\n\x1a\n", "scan.pdf", "photo"),
        (b"\xff\xd8\xff\xe0", "a.txt", "photo"),
        (zipped({"META-INF/container.xml": b"<x/>", "a.xhtml": b"word/"}), "a.zip", "epub"),
        (zipped({"xl/workbook.xml": b"<x/>"}), "a.docx", "sheet"),
        (b"a,b,c", "a.csv", "table"),
        (b"a\tb", "a.TSV", "table"),
        (b"<?xml version='1.0'?><book/>", "a", "markup"),
        (b"<?xml version='1.0'?><!DOCTYPE html><html/>", "a", "html"),
        (b"<document/>", "index.cnxml", "markup"),
        (b"From: a@b.org\r\nSubject: x\r\n\r\nWords", "mail", "mail"),
        (b"words", "page.mhtml", "mail"),
    ],
)
def test_bytes_decide_before_the_name(data: bytes, name: str, kind: str) -> None:
    assert sniff(data, name) == kind


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"GIF89a", "scan.pdf", "scan.pdf is a picture"),
        (b"<?xml version='1.0'?>\n<!-- by a program -->\n<svg>5 mg</svg>", "a.xml", "is a drawing"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "is a drawing"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "a.eps", "is a drawing"),
        (b"\x00\x00\x00\x18ftypheic", "a.heic", "of a kind that cannot be read"),
        (b"\xd0\xcf\x11\xe0", "a.docx", "save it as .docx without a password"),
        (b"{\\rtf1", "a.txt", "RTF"),
        (b"MZ\x90", "a.pdf", "is a program"),
        (b"\x7fELF", "a", "is a program"),
        (b"words", "a.pdf", "does not begin as a .pdf file"),
        (b"a,b,c", "a.tab2", "of a kind that cannot be read. What can: PDF, Word"),
        (b"words", "README", "of a kind that cannot be read"),
        (b"words", "a.xlsx", "does not begin as a .xlsx file"),
        (zipped({"secret/a.txt": b"words"}), "a.docx", "is an archive of no known kind"),
    ],
)
def test_what_is_not_on_the_list_is_refused(data: bytes, name: str, message: str) -> None:
    with pytest.raises(UnreadableDocument) as refusal:
        sniff(data, name)
    assert message in str(refusal.value)
    assert "Traceback" not in str(refusal.value)


def test_empty_and_huge_files() -> None:
    for data in (b"", b" \n"):
        with pytest.raises(NoTextFound, match="is empty"):
            sniff(data, "a.pdf")
    with pytest.raises(DocumentTooLarge, match="larger than 50 MB"):
        sniff(b"a" * (registry.MAX_BYTES + 1), "a.txt")


def test_every_kind_is_read() -> None:
    document = word()
    document.add_paragraph("Words.")
    files = {
        "a.pdf": pdf([["Words."]]),
        "a.docx": saved(document),
        "a.html": b"<html>Words.</html>",
        "a.md": b"Words.",
        "a.txt": b"Words.",
    }
    found = {name: extract(data, name) for name, data in files.items()}
    assert {extraction.text for extraction in found.values()} == {"Words."}
    assert len({extraction.media_type for extraction in found.values()}) == 5


def test_the_task_gives_the_same_as_values() -> None:
    packed, raw = extract_task(b"Words.", {"name": "a.txt"}, silent)
    assert unpack_extraction(packed) == extract(b"Words.", "a.txt")
    assert raw == b""


def damaged(data: bytes, seed: int) -> bytes:
    """A file with some bytes changed, cut out or doubled; the same for the same seed."""
    chance = random.Random(seed)
    content = bytearray(data)
    for _ in range(chance.choice([1, 3, 10, 60])):
        place, length = chance.randrange(len(content)), chance.randrange(1, 200)
        kind = chance.random()
        if kind < 0.6:
            content[place] = chance.randrange(256)
        elif kind < 0.8 and len(content) > 500:
            del content[place : place + length]
        else:
            content[place:place] = content[chance.randrange(len(content)) :][:length]
    return bytes(content)


@pytest.mark.parametrize("kind", ["pdf", "docx", "docx part", "html"])
def test_damage_ends_in_text_or_a_plain_refusal(kind: str) -> None:
    document = word()
    document.add_heading("Fever", 1)
    document.add_paragraph("Weigh the child.")
    document.add_table(2, 2).rows[0].cells[0].text = "Age"
    good = {
        "docx": saved(document),
        "pdf": pdf([["Words."]] * 3),
        "html": b"<html><p>Words.</p>" * 9,
    }
    part = "word/document.xml"
    for seed in range(60):
        name = f"a.{kind.split(maxsplit=1)[0]}"
        if kind == "docx part":
            data = with_part(good["docx"], part, damaged(part_of(good["docx"], part), seed))
        else:
            data = damaged(good[kind], seed)
        try:
            found = extract(data, name)
        except LibraryError as error:
            assert name in str(error)
        else:
            assert found.blocks
