"""Passages are exact slices that cross no section, page or list item."""

from hypothesis import given
from hypothesis import strategies as st

from kb.chunk import TARGET, chunk, digest
from kb.messages import Block, Document, Extraction

DOCUMENT = Document("local/a", "local", "Title", "d", "text/plain", "s")
PARAGRAPHS = st.lists(
    st.tuples(
        st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=300),
        st.integers(1, 3),
        st.integers(1, 3),
        st.sampled_from(["paragraph", "list", "table", "heading"]),
        st.integers(1, 12),
    ),
    max_size=25,
)


def extraction(parts):
    text, blocks = "", []
    for words, page, section, kind, times in sorted(parts, key=lambda part: (part[1], part[2])):
        body = words * times
        blocks.append(Block(len(text), len(text) + len(body), kind, (f"S{section}",), page))
        text += body + "\n\n"
    return Extraction("Title", text, tuple(blocks), "text/plain")


@given(PARAGRAPHS)
def test_spans_index_the_text_and_never_overlap(parts):
    read = extraction(parts)
    passages = chunk(DOCUMENT, read)
    last = 0
    for passage in passages:
        assert read.text[passage.start : passage.end] == passage.text
        assert passage.digest == digest(passage.text)
        assert passage.start >= last
        last = passage.end
    assert len({passage.id for passage in passages}) == len(passages)


@given(PARAGRAPHS)
def test_nothing_that_says_something_is_lost(parts):
    read = extraction(parts)
    passages = chunk(DOCUMENT, read)
    for block in read.blocks:
        if block.kind != "heading":
            kept = "".join(p.text for p in passages if p.start < block.end and p.end > block.start)
            said = "".join(read.text[block.start : block.end].split())
            assert said in "".join(kept.split())


@given(PARAGRAPHS)
def test_no_passage_crosses_a_section_or_page(parts):
    read = extraction(parts)
    for passage in chunk(DOCUMENT, read):
        inside = [b for b in read.blocks if b.start < passage.end and b.end > passage.start]
        assert {(b.section, b.page) for b in inside if b.kind != "heading"} <= {
            (passage.section, passage.page)
        } or not passage.text.strip()


@given(PARAGRAPHS)
def test_list_items_and_tables_stay_whole(parts):
    read = extraction(parts)
    passages = chunk(DOCUMENT, read)
    for block in read.blocks:
        if block.kind in ("list", "table") and read.text[block.start : block.end].strip():
            assert any(p.start <= block.start and block.end <= p.end for p in passages)


def test_long_prose_is_cut_between_sentences():
    text = "This sentence has exactly some words in it. " * 100
    read = Extraction("T", text, (Block(0, len(text), "paragraph"),), "text/plain")
    passages = chunk(DOCUMENT, read)
    assert len(passages) > 3
    assert all(passage.text.rstrip().endswith("it.") for passage in passages)
    assert all(len(passage.text) <= 2 * TARGET for passage in passages)
