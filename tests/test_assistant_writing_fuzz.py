"""Any text and any bytes: into prompts, into forms, and out of model servers and model files."""

import json
import math
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.errors import ModelDamaged, ModelError
from assistant.writing import llama_grammars
from assistant.writing.gguf_bytes import BadHeader
from assistant.writing.gguf_header import read_header
from assistant.writing.language import GenerationLimits, ModelCard, StopFilter, TextOut
from assistant.writing.model_file import check_header
from assistant.writing.prompts import Asked, prompts_of
from assistant.writing.remote_chances import read_chances
from assistant.writing.remote_errors import RemoteRefused
from assistant.writing.remote_events import (
    LONGEST_LINE,
    EventReader,
    listed_as,
    read_models,
    read_piece,
    told_error,
)
from assistant.writing.remote_messages import SPOKEN, request_of, retold, turns_of
from assistant.writing.remote_wishes import milder
from assistant.writing.templates import Turn, clean_content, families, markers
from tests.makers_gguf import model_file

TEXT = st.text(st.characters(codec=None), max_size=60) | st.lists(
    st.sampled_from([*markers(), "<|", "|>", "\u200b", "\ud800", "\x00", "{%", "{{ 1/0 }}", "\n"])
).map("".join)
TALK = st.tuples(
    st.lists(TEXT.map(lambda text: Turn("system", text)), max_size=1),
    st.lists(st.tuples(TEXT, TEXT), max_size=3),
    TEXT,
).map(
    lambda parts: [
        *parts[0],
        *(t for a, b in parts[1] for t in (Turn("user", a), Turn("assistant", b))),
        Turn("user", parts[2]),
    ]
)
FAMILIES = st.sampled_from(sorted(families()))


@given(FAMILIES, TALK)
def test_any_talk_is_marked_by_the_family_alone(name, talk):
    family = families()[name]
    prompt = family.prompt(talk)
    texts = [turn.text.strip() if family.trims else turn.text for turn in talk]
    kept = "".join(segment.text for segment in prompt.segments if not segment.special)
    assert kept == "".join(texts)
    bare = family.prompt([Turn(turn.role, "") for turn in talk])
    marks = "".join(segment.text for segment in prompt.segments if segment.special)
    assert marks == bare.text, "what is said changes no mark"


@given(TALK, FAMILIES)
def test_any_talk_is_told_to_a_server_and_in_another_family(talk, name):
    prompt = families()[SPOKEN].prompt(talk)
    assert turns_of(prompt) == talk
    assert retold(prompt, name) == families()[name].prompt(talk)
    body = request_of(prompt, GenerationLimits(), ModelCard("m", "", 10, SPOKEN))
    sent = json.dumps(body).encode()
    for message in json.loads(sent)["messages"]:
        assert message["content"] == clean_content(message["content"]), "no mark is left to read"


@given(FAMILIES, st.builds(Asked, TEXT, TEXT, st.lists(TEXT, max_size=4), st.lists(TEXT), TEXT))
def test_any_question_is_asked_without_a_mark_in_it(name, asked):
    for role in prompts_of(name).roles:
        for segment in prompts_of(name).of(role, asked).segments:
            if not segment.special:
                assert not any(marker in segment.text for marker in markers())


@given(TEXT | st.sampled_from(llama_grammars.names()))
def test_only_shipped_forms_are_found(name):
    if name and name not in llama_grammars.names():
        with pytest.raises(ModelError):
            llama_grammars.grammar(name, str)
    else:
        assert bool(llama_grammars.grammar(name, str)) == bool(name)


KEYS = st.sampled_from(
    ["choices", "delta", "message", "content", "finish_reason", "usage", "prompt_tokens", "error",
     "completion_tokens", "prompt_tokens_details", "cached_tokens", "logprobs", "token", "logprob",
     "top_logprobs", "data", "id", "meta", "n_ctx", "max_model_len", "code", "type", "detail"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=4), inner),
    max_leaves=12,
)
SHAPED = st.fixed_dictionaries(
    {},
    optional={
        "choices": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "delta": JSON,
                    "message": JSON,
                    "finish_reason": JSON,
                    "logprobs": st.fixed_dictionaries({"content": st.lists(JSON, max_size=3)}),
                },
            )
            | JSON,
            max_size=2,
        )
        | JSON,
        "usage": JSON,
        "error": JSON,
        "data": st.lists(st.dictionaries(KEYS, JSON), max_size=3) | JSON,
    },
)


def sound(piece):
    counts = (piece.prompt_tokens, piece.written_tokens, piece.reused_tokens)
    assert all(count is None or (type(count) is int and 0 < count < 10**9) for count in counts)
    assert isinstance(piece.text, str)
    assert isinstance(piece.finish, str)
    for chance in piece.chances:
        told = [(chance.text, chance.logprob), *chance.others]
        assert all(isinstance(text, str) and len(text) <= 200 for text, _ in told)
        assert all(math.isfinite(logprob) and logprob <= 0 for _, logprob in told)


@given(SHAPED | JSON)
def test_any_event_is_a_sound_piece_or_an_error_in_words(body):
    try:
        sound(read_piece(json.dumps(body)))
    except ModelError as error:
        assert 10 < len(str(error)) < 300
        assert str(error).isprintable()


@given(TEXT | st.text(max_size=200))
@example("1" * 5000)
@example("[" * 100_000)
@example("NaN")
@example('{"choices": NaN, "usage": {"prompt_tokens": Infinity}}')
def test_any_text_of_an_event_is_a_sound_piece_or_an_error(event):
    try:
        sound(read_piece(event))
    except ModelError as error:
        assert str(error).isprintable()


BYTES = st.binary(max_size=200) | st.lists(
    st.sampled_from(
        [b"data:", b"data: {", b"\n", b"\r\n", b"\r", b"\n\n", b":", b"\x00", b"\xff", b"\xc3",
         b"\xef\xbb\xbf", b"event: x", b"id: 1", b"}", b"[DONE]", b"x" * 500]
    )
).map(b"".join)  # fmt: skip


@given(BYTES, st.lists(st.integers(0, 200), max_size=6))
def test_any_stream_gives_the_same_events_however_it_is_cut(data, cuts):
    whole, parts = EventReader(), EventReader()
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    events = [*whole.feed(data), *whole.flush()]
    found = [e for a, b in pairwise(places) for e in parts.feed(data[a:b])]
    assert [*found, *parts.flush()] == events
    assert all("\r\n" not in event for event in events)


@given(st.integers(1, 70_000), st.sampled_from([b"x", b"\xff", b"\x00", "é".encode()]))
def test_a_line_that_is_too_long_is_refused_however_it_comes(size, filler):
    reader, piece = EventReader(), filler * size
    with pytest.raises(RemoteRefused, match="more than an answer"):
        for _ in range(LONGEST_LINE // size + 2):
            reader.feed(piece)


@given(st.binary(max_size=200) | SHAPED.map(lambda body: json.dumps(body).encode()), TEXT)
def test_any_list_of_models_is_read_or_refused(body, wanted):
    try:
        listed = read_models(body)
        assert all(name.isprintable() and 0 < len(name) <= 500 for name, _ in listed)
        name, context = listed_as(wanted, listed)
    except RemoteRefused as error:
        assert len(str(error)) > 10
    else:
        assert name == wanted or name in dict(listed)
        assert context is None or 0 < context < 10**9


@given(st.integers(100, 599), st.binary(max_size=100) | SHAPED, TEXT)
@example(500, {"error": {"message": "\x1b[2J" * 1000}}, "1e400")
@example(429, b"", "9" * 5000)
def test_any_refusal_of_a_server_is_an_error_in_words(status, body, wait):
    error = told_error(status, body, wait)
    assert isinstance(error, ModelError)
    assert 10 < len(str(error)) < 300
    assert str(error).isprintable()
    rest = getattr(error, "wait_s", None)
    assert rest is None or 0 <= rest < math.inf


@given(JSON)
def test_any_chances_are_sound(told):
    for chance in read_chances({"logprobs": {"content": [told]}}):
        assert math.isfinite(chance.logprob)
        assert chance.logprob <= 0


@given(st.sampled_from(["", *llama_grammars.names()]), st.booleans())
def test_wishes_are_given_up_one_by_one_and_never_what_is_asked(form, chances):
    prompt = families()[SPOKEN].prompt([Turn("user", "x")])
    limits = GenerationLimits(grammar=form, chances=chances)
    body = request_of(prompt, limits, ModelCard("m", "", 10, SPOKEN))
    steps = 0
    while (less := milder(body)) is not None:
        assert len(json.dumps(less)) < len(json.dumps(body))
        body, steps = less, steps + 1
    assert steps <= 5
    assert set(body) == {"model", "messages", "stream", "max_tokens", "temperature", "seed"}


@given(st.binary(max_size=80), st.lists(st.text(min_size=1, max_size=4), max_size=3))
def test_any_bytes_of_tokens_become_text_without_controls_up_to_the_stop(data, stop):
    out = TextOut(tuple(stop))
    text = "".join(out.feed(data[at : at + 3]) for at in range(0, len(data), 3)) + out.flush()
    assert all(char in "\n\t" or char.isprintable() or ord(char) >= 0xA0 for char in text)
    assert not any(one in text for one in stop)


@given(st.text("ab", max_size=30), st.lists(st.text("ab", min_size=1, max_size=3), max_size=2))
def test_a_stop_text_is_found_however_a_text_is_cut(text, stop):
    single, whole = StopFilter(tuple(stop)), StopFilter(tuple(stop))
    assert "".join(map(single.feed, text)) + single.flush() == whole.feed(text) + whole.flush()


@cache
def head() -> bytes:
    """The header of a sound file, and the first of its weights."""
    data = model_file().read_bytes()
    return data[: read_header(model_file()).weights_at]


SPLICE = st.tuples(st.integers(0, 1 << 16), st.integers(0, 12), st.binary(max_size=12))


@given(st.lists(SPLICE, min_size=1, max_size=3), st.integers(0, 1 << 16))
def test_any_damage_to_a_header_is_read_or_refused(tmp_path_factory, splices, weights):
    data = bytearray(head())
    for at, length, new in splices:
        start = at % len(data)
        data[start : start + length] = new
    path = tmp_path_factory.getbasetemp() / "damaged.gguf"
    path.write_bytes(bytes(data) + bytes(weights))
    try:
        found = read_header(path)
    except BadHeader as error:
        assert str(error)
        with pytest.raises(ModelDamaged):
            check_header(path)
    else:
        assert found.weights_at <= path.stat().st_size
        assert all(tensor.size >= 0 for tensor in found.tensors.values())
