"""HTML, Markdown and plain text: structure, encodings, and what must not get through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import LibraryError, NoTextFound, UnreadableDocument
from kb.extract import html, markdown, plain
from kb.extract.decode import decode
from kb.messages import Extraction

PAGE = b"""<!doctype html><html><head><title>Fever in children</title>
<style>p { color: red }</style><script>alert("boo")</script></head><body>
<nav><a href="/">Home</a></nav>
<h1>Fever</h1><p>Weigh the <b>child</b>.<br>Count the breaths.</p>
<h2>Danger signs</h2><ul><li>Cannot drink<ul><li>or vomits everything</li></ul></li>
<li>Fits</li></ul>
<table><caption>Doses</caption><tr><th>Age</th><th>Dose</th></tr>
<tr><td>2-5 months</td><td>10 mg</td></tr></table>
<h2>Advice</h2>Loose words.<div>In a <i>division</i>.</div>
<!-- a comment --><noscript>no script</noscript><button>Print</button>
<footer>Made in 2026</footer></body></html>"""


def texts(extraction: Extraction, kind: str = "") -> list[str]:
    return [
        extraction.text[block.start : block.end]
        for block in extraction.blocks
        if kind in {"", block.kind}
    ]


def test_html_blocks() -> None:
    found = html.extract(PAGE, "a.html")
    assert found.title == "Fever in children"
    assert [(block.kind, text) for block, text in zip(found.blocks, texts(found), strict=True)] == [
        ("heading", "Fever"),
        ("paragraph", "Weigh the child. Count the breaths."),
        ("heading", "Danger signs"),
        ("list", "Cannot drink"),
        ("list", "or vomits everything"),
        ("list", "Fits"),
        ("table", "Doses\nAge | Dose\n2-5 months | 10 mg"),
        ("heading", "Advice"),
        ("paragraph", "Loose words."),
        ("paragraph", "In a division."),
    ]
    assert found.blocks[-1].section == ("Fever", "Advice")


def test_html_tables_that_lay_out_the_page_are_read_through() -> None:
    page = b"<html><table><tr><td><h1>Title</h1><p>Text.</p></td></tr></table></html>"
    found = html.extract(page, "a.html")
    assert [block.kind for block in found.blocks] == ["heading", "paragraph"]


def test_html_in_other_encodings() -> None:
    page = "<html><head><meta charset='iso-8859-1'></head><body>Fièvre</body></html>"
    assert html.extract(page.encode("latin-1"), "a.html").text == "Fièvre"
    assert html.extract("<html><p>Fièvre</p>".encode(), "a.html").text == "Fièvre"


def test_html_nested_without_end() -> None:
    found = html.extract(b"<html>" + b"<div>" * 20_000 + b"deep", "a.html")
    assert found.text == "deep"


def test_html_without_text() -> None:
    with pytest.raises(NoTextFound):
        html.extract(b"<html><script>let x = 1</script><img src='x.png'></html>", "a.html")


MARKDOWN = b"""---
title: hidden
---
# Fever #

Weigh the **child** and see [the chart](chart.png "Chart").
Then *count* the breaths.

Danger signs
------------
- Cannot drink
- Fits
  that last
1. First step

| Age | Dose |
|-----|:----:|
| 2-5 months | `10 mg` |

```
raw text
```
<!-- hidden -->
> Quoted words.
"""


def test_markdown_blocks() -> None:
    found = markdown.extract(MARKDOWN, "a.md")
    assert [(block.kind, text) for block, text in zip(found.blocks, texts(found), strict=True)] == [
        ("heading", "Fever"),
        ("paragraph", "Weigh the child and see the chart.\nThen count the breaths."),
        ("heading", "Danger signs"),
        ("list", "- Cannot drink"),
        ("list", "- Fits\nthat last"),
        ("list", "1. First step"),
        ("table", "Age | Dose\n2-5 months | 10 mg"),
        ("paragraph", "raw text"),
        ("paragraph", "Quoted words."),
    ]
    assert found.blocks[-1].section == ("Fever", "Danger signs")
    assert found.title == "Fever"


def test_plain_text_blocks() -> None:
    text = "Fever\n=====\n\nWeigh the child.\n\nDANGER SIGNS\n\n- Cannot drink\n- Fits\n\nEnd.\n"
    found = plain.extract(text.encode(), "a.txt")
    assert [(block.kind, text) for block, text in zip(found.blocks, texts(found), strict=True)] == [
        ("heading", "Fever"),
        ("paragraph", "Weigh the child."),
        ("heading", "DANGER SIGNS"),
        ("list", "- Cannot drink"),
        ("list", "- Fits"),
        ("paragraph", "End."),
    ]
    assert found.blocks[-1].section == ("Fever", "DANGER SIGNS")


def test_a_heading_far_down_is_no_title() -> None:
    text = "Words.\n\n" * 9 + "DANGER SIGNS\n\nMore.\n"
    assert plain.extract(text.encode(), "notes.txt").title == "notes"


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252"],
)
def test_text_in_any_usual_encoding(encoding: str) -> None:
    text = "La fièvre de l'enfant dure déjà trois jours.\nDonnez à boire."
    assert decode(text.encode(encoding), "a.txt") == text


def test_text_in_other_letters() -> None:
    text = "Взвесьте ребёнка и дайте раствор для питья. Повторите через четыре часа." * 4
    assert decode(text.encode("cp1251"), "a.txt") == text


def test_control_and_invisible_characters_are_stripped() -> None:
    data = "Give 5\x00 mg\x07 zi\u200bnc\u202e now.\r\nThen wait.".encode()
    assert plain.extract(data, "a.txt").text == "Give 5 mg zinc now.\nThen wait."


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(UnreadableDocument, match="does not hold text"):
        plain.extract(bytes(range(1, 32)) * 50, "a.txt")


def test_empty_files_have_no_text() -> None:
    for reader in (plain, markdown):
        with pytest.raises(NoTextFound):
            reader.extract(b" \n\t\n", "a.txt")


def holds(found: Extraction) -> None:
    end = 0
    for block in found.blocks:
        assert end <= block.start < block.end <= len(found.text)
        assert found.text[end : block.start].strip() == ""
        assert found.text[block.start : block.end].strip()
        end = block.end
    assert found.text[end:].strip() == ""


MARKS = st.text(alphabet="#*-_=|`>[]() \n\tab1.\\:<!", max_size=120)


@given(MARKS)
def test_blocks_of_any_markdown_hold(text: str) -> None:
    try:
        holds(markdown.extract(f"# x\n{text}".encode(), "a.md"))
    except LibraryError as error:
        assert "a.md" in str(error)


@given(st.text(max_size=200))
def test_blocks_of_any_text_hold(text: str) -> None:
    try:
        holds(plain.extract(text.encode("utf-8", "replace"), "a.txt"))
    except LibraryError as error:
        assert "a.txt" in str(error)


TAGS = st.sampled_from(
    "<p> </p> <div> </div> <ul> <li> </li> </ul> <table> <tr> <td> </td> </tr> </table> <h1> </h1> "
    "<h2> <b> </b> <br> <script> </script> <!-- --> &amp; text <![CDATA[ ]]> <pre> <style>".split()
)


@given(st.lists(TAGS, max_size=40))
def test_blocks_of_any_html_hold(tags: list[str]) -> None:
    try:
        holds(html.extract(("<html>word" + " ".join(tags)).encode(), "a.html"))
    except LibraryError as error:
        assert "a.html" in str(error)


@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    try:
        text = decode(data, "a.txt")
    except UnreadableDocument as error:
        assert "a.txt" in str(error)
    else:
        assert "\r" not in text
