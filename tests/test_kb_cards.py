"""Cards: what is read from them, and that every block is a true piece of the body."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.cards import body_lines, parse_card
from kb.errors import UnreadableDocument
from tests.makers_cards import GOOD, changed, without

BODY = GOOD.split("+++\n", 2)[2]


def blocks(data: bytes) -> list[tuple[str, str, tuple[str, ...]]]:
    extraction = parse_card(data, "sample-card.md").extraction
    return [
        (block.kind, extraction.text[block.start : block.end], block.section)
        for block in extraction.blocks
    ]


def test_front_matter_becomes_the_document() -> None:
    document = parse_card(GOOD.encode(), "sample-card.md").document
    assert document.id == "starter/sample-card"
    assert document.pack == "starter"
    assert document.title == "Water loss in a child"
    assert document.digest == hashlib.sha256(GOOD.encode()).hexdigest()
    assert document.population == ("child_2_59m",)
    assert document.setting == ("chw", "health_centre")
    assert document.red_flags == ("dehydration",)
    assert document.file_name == "sample-card.md"
    assert [source.id for source in document.sources] == ["s1", "s2"]
    assert document.sources[0].edition == "March 2014"
    assert document.sources[1].edition == ""


def test_the_body_stays_as_it_is_in_the_file() -> None:
    card = parse_card(GOOD.encode(), "sample-card.md")
    assert card.extraction.text == BODY
    assert card.front["volatility"] == "low"


def test_an_item_keeps_its_conditions() -> None:
    zinc = next(text for _, text, _ in blocks(GOOD.encode()) if text.startswith("- Zinc"))
    assert zinc.endswith("\n  - Zinc maximum: 20 mg a day. [s1]")


def test_a_blank_line_does_not_part_a_condition_from_its_line() -> None:
    data = changed("  - Zinc maximum", "\n  - Zinc maximum")
    zinc = next(text for _, text, _ in blocks(data) if text.startswith("- Zinc"))
    assert "Zinc maximum" in zinc


def test_every_block_knows_its_heading() -> None:
    found = blocks(GOOD.encode())
    assert found[0] == ("heading", "## Recognise", ())
    assert {section for kind, _, section in found if kind == "list"} == {
        (name,)
        for name in (
            "Recognise",
            "Danger signs",
            "Assess",
            "Manage now",
            "Medicines",
            "Refer",
            "Advice to give",
        )
    }
    assert ("list", "- Give small sips from a cup.", ("Advice to give",)) in found


def test_text_that_is_no_list_is_a_paragraph_of_its_own() -> None:
    found = blocks(changed("## Assess\n", "## Assess\nFirst of two\nlines.\n\n"))
    assert ("paragraph", "First of two\nlines.", ("Assess",)) in found


def test_windows_line_ends_are_left_out_of_the_blocks() -> None:
    found = blocks(GOOD.replace("\n", "\r\n").encode())
    assert found[0][1] == "## Recognise"
    assert not any(text.endswith("\r") for _, text, _ in found)


def test_lines_know_their_place_in_the_file() -> None:
    card = parse_card(GOOD.encode(), "sample-card.md")
    file = GOOD.split("\n")
    for line in card.lines:
        assert line.text in file[line.number - 1]
        assert BODY[line.start : line.end] == file[line.number - 1]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"## Recognise\n", "no front matter"),
        (b"+++\nid = 'x'\n", "no front matter"),
        (b"", "no front matter"),
        (b"+++\nid = \n+++\n", "not valid TOML"),
        (b"+++\n\xff\n+++\n", "not UTF-8"),
        (without("title"), "`title` is missing"),
        (changed('aliases = ["runny tummy", "loose motions"]', "aliases = [1]"), "`aliases`"),
        (changed("year = 2014", 'year = "2014"'), "no year"),
        (b'+++\nid="x"\ntitle="X"\nsources=[1]\n+++\n', "is missing"),
    ],
)
def test_what_cannot_be_read_is_named(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableDocument, match=message):
        parse_card(data, "sample-card.md")


def test_sources_must_be_tables() -> None:
    text = GOOD.split("[[sources]]")[0] + "sources = [1]\n+++\n"
    with pytest.raises(UnreadableDocument, match=r"\[\[sources\]\]"):
        parse_card(text.encode(), "sample-card.md")


PIECES = st.sampled_from(
    [
        "## Assess",
        "- a line [s1]",
        "  - a condition",
        "1. a step",
        "",
        " ",
        "text",
        "   more",
        "\t- x",
    ]
)


@given(st.lists(PIECES, max_size=30))
def test_blocks_index_the_body_in_order_and_lose_nothing(pieces: list[str]) -> None:
    body = "\n".join(pieces)
    data = (GOOD.split("+++\n", 2)[1].join(["+++\n", "+++\n"]) + body).encode()
    extraction = parse_card(data, "sample-card.md").extraction
    assert extraction.text == body
    at = 0
    for block in extraction.blocks:
        assert at <= block.start < block.end
        assert body[at : block.start].strip() == ""
        assert extraction.text[block.start : block.end].rstrip() == body[block.start : block.end]
        at = block.end
    assert body[at:].strip() == ""


@given(st.text(alphabet="ab#-1. \n\r\t", max_size=200))
def test_lines_cover_the_body(body: str) -> None:
    lines = list(body_lines(body, 1))
    assert [line.number for line in lines] == list(range(1, body.count("\n") + 2))
    assert all(body[line.start : line.end].endswith(line.text) for line in lines)
