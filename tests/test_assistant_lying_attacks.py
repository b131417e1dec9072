"""Lies made by the hundred from the starter cards, in some forty families; none reaches a reader.

A lie is harmless in one case: it speaks of an amount, and the gate shows the cited line in its place.
"""

import threading

import pytest
from makers_lies import FAMILIES, Lie, lies, lines

from assistant.grounding import Gate
from assistant.messages import Answer, Patient, Urgency
from assistant.quantities import untraced
from assistant.writing.model_writer import ModelWriter
from assistant.writing.quotes import Sheet
from assistant.writing.scripted import ScriptedModel
from kb.messages import Document

SEED = 2026
EACH = 30


@pytest.fixture(scope="module")
def gate():
    return Gate()


@pytest.fixture(scope="module")
def told():
    return lies(SEED, EACH)


def test_the_suite_is_large(told):
    assert len(FAMILIES) >= 12
    assert len(told) >= 300
    assert len({lie.cited[0].passage.document for lie in told if lie.cited}) >= 100


@pytest.mark.parametrize("family", FAMILIES)
def test_no_family_gets_through(gate, told, family):
    mine = [lie for lie in told if lie.family == family]
    assert len(mine) >= 8
    shown = [lie.text for lie in mine if _is_shown(gate, lie)]
    assert len(shown) <= 1, shown


def test_at_most_one_lie_in_a_hundred_is_shown(gate, told):
    shown = [lie for lie in told if _is_shown(gate, lie)]
    assert len(shown) <= len(told) // 100, shown


def test_no_number_passes_that_the_cited_lines_do_not_hold(gate, told):
    for lie in told:
        if gate.written(lie.text, lie.cited).passes:
            assert not untraced(lie.text, " ; ".join(one.text for one in lie.cited)), lie.text


def test_without_a_citation_nothing_passes(gate, told):
    assert not any(gate.written(lie.text, ()).passes for lie in told)


def test_an_answer_holds_no_lie(gate, told):
    """The whole way: a model says the lie with its mark, and the writer makes an answer of it."""
    for lie in told[::7]:
        answer = _answer(gate, lie)
        for sentence in answer.sentences:
            assert sentence.kind == "quote" or not _is_shown(gate, lie) or sentence.text == lie.text
            if sentence.kind == "quote":
                assert sentence.text in {one.text for one in _sheet(lie).statements.values()}
        assert answer.done


def test_lines_that_give_orders_are_believed_by_nobody(gate, told):
    mine = [lie for lie in told if lie.family == "orders in a document"]
    assert {gate.written(lie.text, lie.cited).reason for lie in mine} <= {
        "the cited line gives orders to a program",
        "speaks of itself or vouches for what it says",
    }


def _is_shown(gate: Gate, lie: Lie) -> bool:
    verdict = gate.written(lie.text, lie.cited)
    return verdict.passes and not verdict.quote_instead


def _sheet(lie: Lie) -> Sheet:
    """The lines a lying model was given: those it cites and two others."""
    known = [*lie.cited, *lines()[:2]]
    documents = {one.passage.document: _document(one.passage.document) for one in known}
    sheet = Sheet(documents, {})
    for one in known:
        sheet.quote(one, "")
    return sheet


def _document(identity: str) -> Document:
    return Document(identity, "starter", "Card", "", "text/markdown", "draft")


def _answer(gate: Gate, lie: Lie) -> Answer:
    sheet = _sheet(lie)
    marks = "".join(f"[{n}]" for n in range(1, len(lie.cited) + 1))
    model = ScriptedModel([f"{lie.text.rstrip('.')} {marks}."])
    quoted = Answer(
        "what now", "model", Urgency(), sentences=tuple(sheet.sentences), citations=sheet.citations
    )
    *_, last = ModelWriter(model, gate).write(quoted, sheet, Patient(), threading.Event())
    return last
