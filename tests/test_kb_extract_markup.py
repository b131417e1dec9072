"""XML, EPUB and saved mails: what is read of good ones, and how bad ones are refused."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import (
    DocumentEncrypted,
    DocumentTooLarge,
    LibraryError,
    NoTextFound,
    UnreadableDocument,
)
from kb.extract.inline import raised
from kb.extract.registry import extract
from kb.messages import Extraction
from tests.makers_files import epub_parts, with_part, zipped

MODULE = """<document xmlns="http://cnx.rice.edu/cnxml" xmlns:m="http://www.w3.org/1998/Math/MathML">
<title>Blood</title>
<metadata><md:abstract xmlns:md="x"><para>Not for the library.</para></md:abstract></metadata>
<content>
<para id="a">Blood carries <term>oxygen</term> and carbon dioxide (CO<sub>2</sub>).</para>
<section><title>Cells</title>
<para>There are 5 x 10<sup>9</sup> in a millilitre.<newline/>They live for 120 days.</para>
<figure><title>Smear</title><media alt="words for the blind"><image src="a.jpg"/></media>
<caption>Red and white cells.</caption></figure>
<list><item>Red cells</item><item>White cells<list><item>with a nucleus</item></list></item></list>
<table summary="x"><title>Counts</title><tgroup cols="2"><thead><row><entry>Cell</entry>
<entry>Count</entry></row></thead><tbody><row><entry>Red</entry><entry>5</entry></row>
<row><entry>White</entry><entry>0.007</entry></row></tbody></tgroup></table>
<equation><m:math><m:mfrac><m:mrow><m:mi>a</m:mi><m:mo>+</m:mo><m:mi>b</m:mi></m:mrow>
<m:mn>2</m:mn></m:mfrac></m:math></equation>
</section>
<section><title>Review Questions</title><exercise><problem><para>Red cells are blue.</para>
</problem><solution><para>B</para></solution></exercise></section>
</content>
<glossary><definition><term>plasma</term><meaning>the fluid of the blood</meaning></definition>
</glossary></document>"""


def shown(found: Extraction) -> list[tuple[str, tuple[str, ...], str]]:
    return [(b.kind, b.section, found.text[b.start : b.end]) for b in found.blocks]


def test_a_module_of_a_textbook() -> None:
    found = extract(MODULE.encode(), "index.cnxml")
    top, cells = ("Blood",), ("Blood", "Cells")
    assert shown(found) == [
        ("heading", (), "Blood"),
        ("paragraph", top, "Blood carries oxygen and carbon dioxide (CO2)."),
        ("heading", top, "Cells"),
        (
            "paragraph",
            cells,
            "There are 5 x 10\u2079 in a millilitre. They live for 120 days.",
        ),
        ("heading", cells, "Smear"),
        ("paragraph", (*cells, "Smear"), "Red and white cells."),
        ("list", (*cells, "Smear"), "Red cells"),
        ("paragraph", (*cells, "Smear"), "White cells"),
        ("list", (*cells, "Smear"), "with a nucleus"),
        ("table", (*cells, "Smear"), "Counts\nCell | Count\nRed | 5\nWhite | 0.007"),
        ("paragraph", (*cells, "Smear"), "(a+b)/(2)"),
        ("heading", top, "Glossary"),
        ("list", ("Blood", "Glossary"), "plasma: the fluid of the blood"),
    ]
    assert found.title == "Blood"
    assert found.notes == (
        "The exercises of this textbook are left out: their wrong answers are no statements.",
    )


def test_other_xml_is_read_by_the_usual_names() -> None:
    text = (
        "<?xml version='1.0' encoding='UTF-8'?><article><front><title>Malaria</title></front>"
        "<body><sec><title>Signs</title><p>Fever and <b>chills</b>.</p><p>Fits.</p></sec>"
        "<sec><title>Test</title><p>Always.</p></sec></body></article>"
    )
    assert [text for _, _, text in shown(extract(text.encode(), "a.xml"))] == [
        "Malaria",
        "Signs",
        "Fever and chills.",
        "Fits.",
        "Test",
        "Always.",
    ]


def test_an_encoding_that_the_file_names_is_kept() -> None:
    text = "<?xml version='1.0' encoding='ISO-8859-1'?><doc><p>Fi\u00e8vre</p></doc>"
    assert extract(text.encode("latin-1"), "a.xml").text == "Fi\u00e8vre"


BOMB = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f'<!DOCTYPE x [<!ENTITY a0 "ha">{BOMB}]><x>&a9;</x>', "declares XML entities"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><x>words</x>', "declares XML entities"),
        ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', "declares XML"),
        ("<x><y>words</x>", "not well-formed"),
        ("<a>" * 2_000 + "<p>w</p>" + "</a>" * 2_000, "nested too deeply"),
        ("<?xml version='1.0' encoding='no-such'?><x>w</x>", "not well-formed"),
    ],
)
def test_harmful_and_damaged_xml(text: str, message: str) -> None:
    with pytest.raises(UnreadableDocument, match=message) as refusal:
        extract(text.encode(), "odd.xml")
    assert "odd.xml" in str(refusal.value)


def test_xml_without_words() -> None:
    with pytest.raises(NoTextFound):
        extract(b"<?xml version='1.0'?><a><b/></a>", "a.xml")


@given(st.text(alphabet="0123456789+-\u2212n th", max_size=8))
def test_raised_figures_keep_their_meaning(text: str) -> None:
    figures = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
    back = raised(text)
    for number, sign in enumerate(figures):
        back = back.replace(sign, str(number))
    back = back.replace("\u207a", "+").replace("\u207b", "-")
    assert back.strip() == text.replace("\u2212", "-").strip() or back == text


CHAPTERS = [
    ("one.xhtml", "<h1>Fever</h1><p>Look for malaria.</p>"),
    ("two.xhtml", "<h1>Cough</h1><p>Count 10<sup>2</sup> breaths.</p><ul><li>Calm child</li></ul>"),
    ("an%20other.xhtml", "<h1>Words</h1><table><tr><th>A</th></tr><tr><td>B</td></tr></table>"),
]


def book(chapters: list[tuple[str, str]]) -> bytes:
    parts = epub_parts(chapters, title="Handbook")
    return zipped({name.replace("%20", " "): content for name, content in parts.items()})


def test_a_book_is_read_in_the_order_of_its_spine() -> None:
    found = extract(book(CHAPTERS), "book.epub")
    assert found.title == "Handbook"
    assert [text for _, _, text in shown(found)] == [
        "Fever",
        "Look for malaria.",
        "Cough",
        "Count 10\u00b2 breaths.",
        "Calm child",
        "Words",
        "A\nB",
    ]
    assert shown(found)[3][1] == ("Cough",)


def test_a_missing_chapter_is_told() -> None:
    parts = epub_parts(CHAPTERS[:2])
    del parts["OEBPS/two.xhtml"]
    found = extract(zipped(parts), "book.epub")
    assert found.notes == ("Chapters that are missing in the file: 1.",)


def opf(content: bytes) -> bytes:
    return with_part(book(CHAPTERS), "OEBPS/book.opf", content)


def outside() -> bytes:
    parts = epub_parts([("../../../../etc/passwd", "words")])
    return zipped({**parts, "OEBPS/one.xhtml": b"<p>x</p>"})


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (with_part(book(CHAPTERS), "META-INF/rights.xml", b"<x/>"), DocumentEncrypted),
        (with_part(book(CHAPTERS), "OEBPS/big.bin", b"\x00" * 60_000_000), DocumentTooLarge),
        (with_part(book(CHAPTERS), "OEBPS/tight.bin", b"\x00" * 5_000_000), DocumentTooLarge),
        (opf(b'<!DOCTYPE x [<!ENTITY a "b">]><package>&a;</package>'), UnreadableDocument),
        (opf(b"<package>"), UnreadableDocument),
        (opf(b"<package/>"), NoTextFound),
        (with_part(book(CHAPTERS), "META-INF/container.xml", b"<x/>"), UnreadableDocument),
        (outside(), UnreadableDocument),
        (book(CHAPTERS)[:900], UnreadableDocument),
    ],
)
def test_harmful_and_damaged_books(data: bytes, kind: type[LibraryError]) -> None:
    with pytest.raises(kind) as refusal:
        extract(data, "odd.epub")
    assert "odd.epub" in str(refusal.value)


def test_a_spine_that_points_outside_reads_nothing_there() -> None:
    parts = epub_parts([("one.xhtml", "<p>Words of the book.</p>")])
    parts["OEBPS/book.opf"] = parts["OEBPS/book.opf"].replace(
        b'href="one.xhtml"', b'href="../../../../etc/passwd"'
    )
    with pytest.raises(NoTextFound):
        extract(zipped(parts), "odd.epub")


MAIL = """From: clinic@example.org
To: nurse@example.org
Subject: =?utf-8?q?Fi=C3=A8vre?= doses
Date: Fri, 03 May 2024 14:30:00 +0000
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/alternative; boundary=c

--c
Content-Type: text/plain; charset=utf-8

Plain words.
--c
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<p>Give zinc for 10 days.</p><script>alert("x")</script>
--c--
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename="plan.pdf"
Content-Transfer-Encoding: base64

JVBERi0xLjQK
--b--
"""


def test_a_mail_is_read_without_what_is_attached() -> None:
    found = extract(MAIL.encode(), "saved.eml")
    assert [text for _, _, text in shown(found)] == [
        "Fi\u00e8vre doses",
        "From: clinic@example.org",
        "To: nurse@example.org",
        "Date: Fri, 03 May 2024 14:30:00 +0000",
        "Give zinc for 10 days.",
    ]
    assert found.title == "Fi\u00e8vre doses"
    assert found.notes == ("What is attached is not read: plan.pdf.",)


def test_a_plain_mail_and_a_saved_page() -> None:
    plain = "From: a@example.org\nSubject: Stock\n\nZinc has run out.\n\n- ORS is here\n"
    assert extract(plain.encode(), "note.eml").text.endswith("Zinc has run out.\n\n- ORS is here")
    page = (
        "From: <Saved by a browser>\nSnapshot-Content-Location: https://example.org/\n"
        "Subject: Zinc\nMIME-Version: 1.0\n"
        'Content-Type: multipart/related; type="text/html"; boundary="p"\n\n'
        "--p\nContent-Type: text/html\n\n<h1>Zinc</h1><p>Give it.</p>\n"
        "--p\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0K\n--p--\n"
    )
    assert [text for _, _, text in shown(extract(page.encode(), "a.mhtml"))] == [
        "Zinc",
        "Zinc",
        "Give it.",
    ]


def test_changed_mails_and_books_end_in_text_or_a_plain_refusal() -> None:
    random.seed(7)
    for source, name in ((MAIL.encode(), "odd.eml"), (book(CHAPTERS), "odd.epub")):
        for _ in range(150):
            data = bytearray(source)
            for _ in range(6):
                data[random.randrange(len(data))] = random.randrange(256)
            try:
                assert extract(bytes(data), name).text
            except LibraryError as error:
                assert name in str(error)
