"""Prompts, limits, the end of a text, and the scripted model."""

import threading
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import ModelError, ModelStopped, PromptTooLong
from assistant.writing.language import (
    Chunk,
    GenerationLimits,
    LanguageModel,
    ModelCard,
    Prompt,
    Segment,
    StopFilter,
    TextOut,
    text_of,
)
from assistant.writing.scripted import Pace, ScriptedModel

PROMPT = Prompt((Segment("<|im_start|>", special=True), Segment("fever", special=False)))
LIMITS = GenerationLimits()


def said(model: LanguageModel, prompt: Prompt = PROMPT, limits: GenerationLimits = LIMITS):
    chunks = list(model.chunks(prompt, limits, threading.Event()))
    assert [chunk.usage for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    return "".join(chunk.text for chunk in chunks), chunks[-1].usage


def test_a_prompt_shows_its_text() -> None:
    assert PROMPT.text == "<|im_start|>fever"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_tokens", 0),
        ("temperature", -0.1),
        ("temperature", float("nan")),
        ("seed", -1),
        ("seed", 2**32),
        ("time_limit_s", 0.0),
        ("time_limit_s", float("inf")),
    ],
)
def test_limits_out_of_range_are_named(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=field):
        GenerationLimits(**{field: value})


def test_text_of_closes_the_chunks_it_reads() -> None:
    closed = threading.Event()

    def chunks():
        try:
            yield from (Chunk("a"), Chunk(), Chunk("b"))
        finally:
            closed.set()

    text = text_of(chunks())
    assert next(text) == "a"
    text.close()
    assert closed.is_set()
    assert list(text_of(chunks())) == ["a", "b"]


@given(st.text("ab</s>", max_size=40), st.lists(st.integers(0, 40), max_size=8))
def test_a_text_ends_before_its_first_stop_string_however_it_is_cut(text: str, cuts: list) -> None:
    stop = ("</s>", "b<a", "ab")
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    found = StopFilter(stop)
    out = "".join(found.feed(text[a:b]) for a, b in pairwise(edges))
    ends = [text.index(one) for one in stop if one in text]
    assert out + found.flush() == text[: min(ends, default=len(text))]
    assert found.stopped == bool(ends)
    assert found.feed("more") == ("" if ends else "more")


def test_only_what_could_begin_a_stop_string_is_held_back() -> None:
    found = StopFilter(("<|im_end|>", ""))
    assert found.feed("Give ORS <") == "Give ORS "
    assert found.feed("5 mg") == "<5 mg"


@given(st.text(max_size=60), st.integers(1, 5))
def test_characters_cut_in_half_arrive_whole(text: str, size: int) -> None:
    data = text.encode()
    out = TextOut(())
    found = "".join(out.feed(data[at : at + size]) for at in range(0, len(data), size))
    shown = "".join(
        char for char in text if char in "\n\t" or not (ord(char) < 32 or 127 <= ord(char) < 160)
    )
    assert found + out.flush() == shown


def test_terminal_commands_and_a_torn_last_character_are_dropped() -> None:
    out = TextOut(("</s>",))
    assert out.feed(b"\x1b[2J5 mg\x07 \xe2\x82") == "[2J5 mg "
    assert out.flush() == ""
    assert TextOut(()).feed(b"\xff!") == "\ufffd!"


def test_the_scripted_model_answers_in_order_and_keeps_the_prompts() -> None:
    model = ScriptedModel(["Give ORS. [c1]\n", ModelStopped("gone"), "Then zinc."])
    text, usage = said(model)
    assert text == "Give ORS. [c1]\n"
    assert (usage.finish, usage.written_tokens, usage.prompt_tokens) == ("stop", 4, 1)
    with pytest.raises(ModelStopped, match="gone"):
        said(model)
    assert list(model.stream(PROMPT, LIMITS, threading.Event())) == ["Then", " zinc."]
    assert model.prompts == [PROMPT] * 3
    with pytest.raises(ModelError, match="no answer left"):
        said(model)


def test_the_scripted_model_obeys_limits_and_stop_strings() -> None:
    model = ScriptedModel(["one two three", "one <|im_end|> two"])
    text, usage = said(model, limits=GenerationLimits(max_tokens=2))
    assert (text, usage.finish) == ("one two", "length")
    text, usage = said(model, Prompt(PROMPT.segments, ("<|im_end|>",)))
    assert (text, usage.finish) == ("one ", "stop")


def test_the_scripted_model_has_a_context_and_can_be_closed() -> None:
    card = ModelCard("small", "", 3, "plain")
    model = ScriptedModel(["a"], card=card)
    assert model.describe() == card
    with pytest.raises(PromptTooLong, match="too long"):
        said(model, Prompt((Segment("one two three", special=False),)))
    model.close()
    with pytest.raises(ModelError, match="closed"):
        said(model)


@pytest.mark.parametrize("answer", ["on and on ", ""])
def test_an_endless_answer_ends_when_cancelled(answer: str) -> None:
    model = ScriptedModel([answer], Pace(endless=True))
    cancelled = threading.Event()
    chunks = model.chunks(PROMPT, GenerationLimits(max_tokens=1), cancelled)
    for _ in range(50):
        assert next(chunks).usage is None
    cancelled.set()
    (last,) = chunks
    assert last.usage is not None
    assert last.usage.finish == "cancelled"


def test_a_slow_answer_ends_when_its_time_is_over_or_it_is_cancelled() -> None:
    model = ScriptedModel(["on and on", "on and on"], Pace(delay_s=30.0))
    begin = time.monotonic()
    _, usage = said(model, limits=GenerationLimits(time_limit_s=0.05))
    assert usage.finish == "time"
    cancelled = threading.Event()
    threading.Timer(0.05, cancelled.set).start()
    assert list(model.stream(PROMPT, LIMITS, cancelled)) == []
    assert time.monotonic() - begin < 10
