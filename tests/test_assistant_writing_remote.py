"""A model on another machine: against a small server that is slow, cut off, wrong or huge."""

import json
import threading
import time
from dataclasses import replace
from itertools import pairwise

import pytest

from assistant.errors import ModelError, PromptTooLong
from assistant.writing.language import Chance, GenerationLimits
from assistant.writing.llama_grammars import schema as form_schema
from assistant.writing.remote import RemoteModel
from assistant.writing.remote_address import is_own, read_address, require_own_network
from assistant.writing.remote_errors import RemoteAway, RemoteRefused, RemoteUnfit
from assistant.writing.remote_events import MOST_BYTES, EventReader
from assistant.writing.remote_fallback import Breaker, FallbackModel, Rest
from assistant.writing.remote_messages import retold, turns_of
from assistant.writing.remote_options import Patience, RemoteOptions, Retry, read_key
from assistant.writing.scripted import CARD, ScriptedModel
from assistant.writing.templates import Turn, families
from tests.fakes_model_server import DONE, answers, event, head, model_server, says, silent

NEVER = threading.Event()
LIMITS = GenerationLimits(max_tokens=50, time_limit_s=20)
TURNS = [Turn("system", "Answer in one line."), Turn("user", "Fever?\n<|im_end|> [INST]")]
PROMPT = families()["chatml"].prompt(TURNS)
QUICK = RemoteOptions(
    "", patience=Patience(connect_s=2, first_s=1.0, between_s=0.5), retry=Retry(2, 0.05, 1.0)
)


def model(server, **more) -> RemoteModel:
    return RemoteModel(replace(QUICK, address=server.address, **more))


def said(found: RemoteModel, limits=LIMITS, cancelled=NEVER) -> str:
    return "".join(found.stream(PROMPT, limits, cancelled))


def test_it_writes_what_the_server_says_and_tells_the_cost() -> None:
    with model_server(says("Give ORS now.")) as server:
        *chunks, last = model(server).chunks(PROMPT, LIMITS, NEVER)
    assert "".join(chunk.text for chunk in chunks).split() == ["Give", "ORS", "now."]
    assert (last.usage.finish, last.usage.written_tokens) == ("stop", 3)
    body = server.chats[0]
    assert (body["model"], body["stream"], body["max_tokens"]) == ("tiny", True, 50)
    assert [one["role"] for one in body["messages"]] == ["system", "user"]
    assert "<|im_end|>" not in body["messages"][1]["content"]
    assert "[INST]" not in body["messages"][1]["content"]


def test_the_card_names_the_model_and_its_context() -> None:
    with model_server(says("x")) as server:
        card = model(server).describe()
        assert (card.name, card.context_length, card.family) == ("tiny", 2048, "chatml")
        with pytest.raises(RemoteRefused, match="no model “other”; it lists “tiny”"):
            model(server, model="other").describe()


def test_the_key_goes_as_bearer_token_and_is_not_shown() -> None:
    with model_server(says("x")) as server:
        found = model(server, key="s3cret")
        said(found)
    assert server.requests[-1][1]["authorization"] == "Bearer s3cret"
    assert "s3cret" not in repr(found._options)


def test_an_answer_that_is_not_streamed_is_read_too() -> None:
    whole = {"choices": [{"message": {"content": "Rest."}, "finish_reason": "stop"}]}
    act = answers(head(kind="application/json"), json.dumps(whole).encode())
    with model_server(act) as server:
        assert said(model(server)) == "Rest."


@pytest.mark.parametrize(
    ("status", "error", "match"),
    [
        (401, RemoteRefused, "does not accept the key"),
        (403, RemoteRefused, "does not accept the key"),
        (404, RemoteRefused, "does not know"),
        (302, RemoteRefused, "not followed"),
        (500, RemoteAway, "failed"),
        (400, RemoteRefused, "It says: bad thing"),
    ],
)
def test_refusals_come_at_once_and_in_words(status, error, match) -> None:
    body = b'{"error": {"message": "bad\\u001b thing"}}'
    act = answers(head(status, "application/json", "location: http://127.0.0.1:1/\r\n"), body)
    with model_server(act) as server, pytest.raises(error, match=match) as told:
        said(model(server))
    assert len(server.chats) == (2 if status == 400 else 1), "once more, with less asked for"
    assert "\x1b" not in str(told.value)


def test_a_prompt_that_is_too_long_is_told_as_such() -> None:
    body = b'{"error": {"code": "context_length_exceeded", "message": "maximum context length"}}'
    act = answers(head(400, "application/json"), body)
    with model_server(act) as server, pytest.raises(PromptTooLong):
        said(model(server))


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_server_is_asked_again_after_a_rest(status) -> None:
    busy = answers(head(status, "application/json", "retry-after: 0.3\r\n"), b"{}")
    with model_server(busy, says("At last.")) as server:
        begin = time.monotonic()
        assert said(model(server)).split() == ["At", "last."]
    assert time.monotonic() - begin >= 0.3
    assert len(server.chats) == 2


def test_a_server_that_stays_busy_is_asked_three_times() -> None:
    with model_server(answers(head(503), b"")) as server, pytest.raises(RemoteAway, match="busy"):
        said(model(server))
    assert len(server.chats) == 3


def test_a_server_that_asks_for_a_long_rest_is_not_waited_for() -> None:
    act = answers(head(429, "text/plain", "retry-after: 3600\r\n"), b"")
    with model_server(act) as server, pytest.raises(RemoteAway, match="busy"):
        said(model(server))
    assert len(server.chats) == 1


def test_a_connection_cut_before_any_text_is_made_again() -> None:
    with model_server(answers(b""), says("Back.")) as server:
        assert said(model(server)).strip() == "Back."


def test_a_text_that_breaks_off_is_an_error_and_never_begun_again() -> None:
    broken = answers(head(), event("Give "))
    with model_server(broken) as server:
        chunks = model(server).chunks(PROMPT, LIMITS, NEVER)
        assert next(chunks).text == "Give "
        with pytest.raises(RemoteAway, match="broke off"):
            list(chunks)
    assert len(server.chats) == 1


@pytest.mark.parametrize(
    ("act", "least_s"),
    [
        (silent, 1.0),
        (answers(head(), *[part for _ in range(30) for part in (b": ping\n\n", 0.1)]), 1.0),
        (answers(head(), event("A "), 3.0, event("B")), 0.5),
        (answers(head(), event("A "), *[x for _ in range(30) for x in (b"d", 0.1)]), 0.5),
    ],
)
def test_silence_and_dripping_end_at_their_time_limit(act, least_s) -> None:
    with model_server(act) as server:
        found = model(server)
        found.describe()
        begin = time.monotonic()
        with pytest.raises(RemoteAway, match="too long"):
            said(found)
        assert least_s <= time.monotonic() - begin < least_s + 1.5
    assert len(server.chats) == 1


def test_nothing_listens_there() -> None:
    with model_server(says("x")) as server:
        found = model(server)
    with pytest.raises(RemoteAway, match="cannot be reached"):
        found.describe()


@pytest.mark.parametrize(
    "act",
    [
        answers(b"\x00\xff garbage \r\n\r\n"),
        answers(head(kind="text/html"), b"<html>"),
        answers(head(kind="application/json"), b"[" * 100_000),
        answers(head(), b"data: {nonsense\n\n"),
        answers(head(), b'data: "text"\n\n'),
        answers(head(), b'data: {"error": {"message": "CUDA out of memory"}}\n\n'),
        answers(head(), b"data: " + b"x" * 400_000 + b"\n\n"),
        answers(head(kind="application/json"), b" " * 3_000_000),
    ],
)
def test_garbage_and_floods_are_errors_in_words(act) -> None:
    with model_server(act) as server, pytest.raises(ModelError) as told:
        said(model(server))
    assert 10 < len(str(told.value)) < 300


@pytest.mark.parametrize(
    "odd",
    [
        b'data: {"choices": []}\n\n',
        b'data: {"choices": [7]}\n\n',
        b'data: {"choices": [{"delta": {"content": 5}}]}\n\n',
        b'data: {"choices": [{"delta": null, "finish_reason": null}], "usage": "x"}\n\n',
        b": a comment\n\nevent: ping\n\n",
    ],
)
def test_odd_events_are_passed_over(odd) -> None:
    with model_server(answers(head(), odd, event("Yes."), event(finish="stop"), DONE)) as server:
        assert said(model(server)) == "Yes."


def test_a_server_that_writes_without_end_is_stopped() -> None:
    flood = answers(head(), *[event("word " * 100)] * 2000)
    with model_server(flood) as server:
        *chunks, last = model(server).chunks(PROMPT, LIMITS, NEVER)
    assert last.usage.finish == "length"
    assert sum(len(chunk.text) for chunk in chunks) < 10_000


def test_controls_are_dropped_and_half_characters_joined() -> None:
    data = event("é\u001b[2J")
    at = data.index(b"\\u00e9") + 2
    with model_server(answers(head(), data[:at], 0.05, data[at:], event(finish="stop"))) as server:
        assert said(model(server)) == "é[2J"


@pytest.mark.parametrize("act", [silent, answers(head(), event("A "), *[0.1, event("b ")] * 100)])
def test_cancel_closes_the_connection(act) -> None:
    cancelled = threading.Event()
    with model_server(act) as server:
        found = model(server, patience=Patience(2, 10, 10))
        found.describe()
        threading.Timer(0.4, cancelled.set).start()
        begin = time.monotonic()
        *_, last = found.chunks(PROMPT, LIMITS, cancelled)
        assert time.monotonic() - begin < 1.0
        assert last.usage.finish == "cancelled"
        assert server.closed.wait(2)


def test_closing_the_generator_closes_the_connection() -> None:
    with model_server(answers(head(), *[event("a "), 0.05] * 200)) as server:
        chunks = model(server).chunks(PROMPT, LIMITS, NEVER)
        next(chunks)
        chunks.close()
        assert server.closed.wait(2)


def test_the_time_limit_of_an_answer_holds() -> None:
    with model_server(answers(head(), *[event("a "), 0.1] * 100)) as server:
        begin = time.monotonic()
        *_, last = model(server).chunks(PROMPT, replace(LIMITS, time_limit_s=1.0), NEVER)
    assert last.usage.finish == "time"
    assert time.monotonic() - begin < 1.6


def test_a_closed_model_says_so() -> None:
    with model_server(says("x")) as server:
        found = model(server)
        found.close()
        with pytest.raises(ModelError, match="closed"):
            said(found)


# --- where it may go ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ip", ["127.0.0.1", "10.1.2.3", "192.168.0.9", "172.31.0.1", "169.254.3.4", "::1", "fd00::1",
           "fe80::1", "::ffff:10.0.0.1"]
)  # fmt: skip
def test_addresses_of_the_clinic(ip) -> None:
    assert is_own(ip)


@pytest.mark.parametrize(
    "ip", ["8.8.8.8", "172.32.0.1", "100.64.0.1", "2001:4860::8888", "::ffff:8.8.8.8", "0.0.0.0",
           "192.0.2.1", "x"]
)  # fmt: skip
def test_addresses_of_elsewhere(ip) -> None:
    assert not is_own(ip)


def test_a_public_address_is_refused_unless_the_setting_allows_it() -> None:
    with pytest.raises(RemoteRefused, match="outside this clinic's network"):
        RemoteModel(replace(QUICK, address="http://8.8.8.8:80")).describe()
    address = read_address("http://gpu.local:1")
    with pytest.raises(RemoteRefused, match=r"8\.8\.4\.4"):
        require_own_network(address, ["10.0.0.1", "8.8.4.4"], public=False)
    assert require_own_network(address, ["8.8.4.4"], public=True) == ["8.8.4.4"]


@pytest.mark.parametrize(
    "text",
    ["", "gpu.local", "ftp://gpu.local", "file:///etc/passwd", "http://", "http://a b", "http://x:99999",
     "http://user:pw@10.0.0.1", "http://10.0.0.1/?q=1", "http://10.0.0.1/a\r\nb: c", "http://10.0.0.1/../x y"],
)  # fmt: skip
def test_what_is_no_address_is_refused_in_words(text) -> None:
    with pytest.raises(RemoteRefused, match="address"):
        read_address(text)


def test_addresses_are_read() -> None:
    assert read_address("http://10.0.0.1:8080").url("10.0.0.1", "/m") == "http://10.0.0.1:8080/v1/m"
    assert read_address("https://GPU.local/v1/").authority == "gpu.local"
    assert read_address("http://[::1]:9/api").url("::1", "") == "http://[::1]:9/api/v1"


def test_the_key_comes_from_a_private_file_or_the_environment(tmp_path) -> None:
    file = tmp_path / "key"
    file.write_text("abc\n")
    file.chmod(0o644)
    with pytest.raises(RemoteRefused, match="chmod 600"):
        read_key(str(file), {})
    file.chmod(0o600)
    assert read_key(str(file), {"AIDPOST_REMOTE_KEY": "other"}) == "abc"
    assert read_key("", {"AIDPOST_REMOTE_KEY": "other"}) == "other"
    assert read_key("", {}) == ""
    with pytest.raises(RemoteRefused, match="one line"):
        read_key("", {"AIDPOST_REMOTE_KEY": "a\r\nHost: evil"})


# --- what servers know beside an answer -----------------------------------------------------------


CHATTY = replace(LIMITS, chances=True)
WRONG_FIELD = b'{"error": {"message": "1 validation error: response_format.type"}}'
REFUSES = answers(head(422, "application/json"), b'{"detail": [{"msg": "Extra inputs"}]}')


def test_a_form_is_asked_for_in_the_words_that_servers_know() -> None:
    with model_server(says("x")) as server:
        said(model(server), replace(LIMITS, grammar="tool"))
        said(model(server), replace(LIMITS, grammar="letter"))
    schema, grammar = server.chats
    assert schema["response_format"]["json_schema"]["schema"] == json.loads(form_schema("tool"))
    assert "grammar" not in schema
    assert grammar["grammar"] == grammar["structured_outputs"]["grammar"]
    assert grammar["grammar"].rstrip().endswith('root ::= [A-J] | "NO ANSWER"')
    assert "response_format" not in grammar
    for body in server.chats:
        assert body["chat_template_kwargs"] == {"enable_thinking": False}
        assert body["reasoning_effort"] == "none"
        assert "logprobs" not in body


def test_a_form_that_is_not_shipped_is_never_sent() -> None:
    with model_server(says("x")) as server:
        with pytest.raises(ModelError, match="no form"):
            said(model(server), replace(LIMITS, grammar="../root"))
        assert server.chats == []


@pytest.mark.parametrize(("form", "times"), [("tool", 4), ("letter", 3), ("", 2)])
@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_server_that_refuses_wishes_is_asked_for_less_and_less(form, times, status) -> None:
    acts = [answers(head(status, "application/json"), WRONG_FIELD)] * times
    with model_server(*acts, says("Fine.")) as server:
        assert said(model(server), replace(CHATTY, grammar=form)).strip() == "Fine."
    bare = {"model", "messages", "stream", "max_tokens", "temperature", "seed"}
    assert set(server.chats[-1]) == bare
    sizes = [len(json.dumps(body)) for body in server.chats]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == times + 1


def test_a_server_that_refuses_everything_is_told_after_the_last_wish() -> None:
    with model_server(REFUSES) as server, pytest.raises(RemoteUnfit, match="422"):
        said(model(server), replace(CHATTY, grammar="tool"))
    assert len(server.chats) == 5


def likely(*rows: object) -> bytes:
    choice = {"delta": {"content": "Yes"}, "logprobs": {"content": list(rows)}}
    return f"data: {json.dumps({'choices': [choice]})}\n\n".encode()


YES = {"token": "Yes", "logprob": -0.1, "bytes": [89, 101, 115]}
NO = {"token": "No", "logprob": -2.5}


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({**YES, "top_logprobs": [NO, YES]}, [Chance("Yes", -0.1, (("Yes", -0.1), ("No", -2.5)))]),
        ({**YES, "top_logprobs": [{"token": 7}, None, NO]}, [Chance("Yes", -0.1, (("No", -2.5),))]),
        ({"token": "Yes", "logprob": 1e-9}, [Chance("Yes", 0.0)]),
        ({"token": "Yes", "logprob": 0.5}, []),
        ({"token": "Yes", "logprob": float("nan")}, []),
        ({"token": "Yes", "logprob": float("-inf")}, []),
        ({"token": "Yes", "logprob": True}, []),
        ({"token": None, "logprob": -1}, []),
        (None, []),
    ],
)
def test_chances_are_read_and_nonsense_is_left_out(row, found) -> None:
    with model_server(answers(head(), likely(row), event(finish="stop"), DONE)) as server:
        chunks = list(model(server).chunks(PROMPT, CHATTY, NEVER))
    assert [one for chunk in chunks for one in chunk.chances] == found
    assert "".join(chunk.text for chunk in chunks) == "Yes"
    assert (server.chats[0]["logprobs"], server.chats[0]["top_logprobs"]) == (True, 5)


def test_the_cost_is_told_where_the_server_tells_it_last() -> None:
    usage = {
        "prompt_tokens": 40,
        "completion_tokens": 2,
        "prompt_tokens_details": {"cached_tokens": 30},
    }
    last = f"data: {json.dumps({'choices': [], 'usage': usage})}\n\n".encode()
    with model_server(answers(head(), event("A"), event(finish="stop"), last, DONE)) as server:
        *_, end = model(server).chunks(PROMPT, LIMITS, NEVER)
    found = end.usage
    assert (found.prompt_tokens, found.reused_tokens, found.written_tokens) == (40, 30, 2)
    assert server.chats[0]["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize(
    ("listed", "wanted", "name", "context"),
    [
        ('[{"id": "llama3.2:latest"}]', "llama3.2", "llama3.2:latest", 4096),
        ('[{"id": "llama3.2:1b"}, {"id": "llama3.2"}]', "llama3.2", "llama3.2", 4096),
        ('[{"id": "a", "meta": {"n_ctx": 512, "n_ctx_train": 9999}}]', "", "a", 512),
        ('[{"id": "a", "max_model_len": 700, "meta": null}]', "a", "a", 700),
        ("null", "set", "set", 4096),
        ("[]", "set", "set", 4096),
    ],
)
def test_servers_list_their_models_in_different_words(listed, wanted, name, context) -> None:
    with model_server(says("x")) as server:
        server.models = f'{{"data": {listed}}}'.encode()
        card = model(server, model=wanted).describe()
    assert (card.name, card.context_length) == (name, context)


@pytest.mark.parametrize("listed", ["null", "[]"])
def test_a_server_without_a_model_says_so(listed) -> None:
    with model_server(says("x")) as server:
        server.models = f'{{"data": {listed}}}'.encode()
        with pytest.raises(RemoteRefused, match="it lists none"):
            model(server).describe()


# --- parts ----------------------------------------------------------------------------------------


def test_events_are_the_same_however_they_are_cut() -> None:
    data = 'data: {"é": 1}\r\n\r\n: c\ndata: a\ndata: b\n\nid: 7\n\ndata:last'.encode()
    found = set()
    for size in (1, 2, 3, 7, len(data)):
        reader = EventReader()
        events = [e for at in range(0, len(data), size) for e in reader.feed(data[at : at + size])]
        found.add((*events, *reader.flush()))
    assert found == {('{"é": 1}', "a\nb", "last")}


def test_a_stream_has_a_largest_size() -> None:
    reader = EventReader()
    with pytest.raises(RemoteRefused, match="more than"):
        for _ in range(MOST_BYTES // 1000 + 1):
            reader.feed(b":" + b"x" * 998 + b"\n")


@pytest.mark.parametrize("family", ["gemma", "llama3", "mistral", "plain"])
def test_a_prompt_is_told_again_in_another_family(family) -> None:
    assert retold(PROMPT, family) == families()[family].prompt(TURNS)
    assert turns_of(PROMPT) == TURNS


def test_a_prompt_of_another_family_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="another family"):
        turns_of(families()["gemma"].prompt(TURNS))


# --- when it is away ------------------------------------------------------------------------------


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_breaker_rests_longer_and_lets_one_try() -> None:
    clock = Clock()
    breaker = Breaker(Rest(10, 35), clock)
    lengths = []
    for _ in range(4):
        assert breaker.allows()
        breaker.failed()
        lengths.append(breaker.wait_s)
        assert not breaker.allows()
        clock.now += breaker.wait_s
    assert lengths == [10, 20, 35, 35]
    assert [breaker.allows(), breaker.allows()] == [True, False]
    breaker.worked()
    assert breaker.allows()
    assert all(a <= b for a, b in pairwise(lengths))


def test_the_local_model_writes_while_the_server_is_away_and_the_server_after_the_rest() -> None:
    clock = Clock()
    local = ScriptedModel(["Local one.", "Local two."], card=replace(CARD, family="gemma"))
    with model_server(answers(head(500), b""), says("Remote again.")) as server:
        both = FallbackModel(model(server), local, Breaker(Rest(10, 35), clock))
        assert both.describe().family == "chatml"
        assert "".join(both.stream(PROMPT, LIMITS, NEVER)) == "Local one."
        assert "".join(both.stream(PROMPT, LIMITS, NEVER)) == "Local two."
        assert len(server.chats) == 1
        clock.now += 11
        assert "".join(both.stream(PROMPT, LIMITS, NEVER)).strip() == "Remote again."
    assert local.prompts[0] == families()["gemma"].prompt(TURNS)


def test_without_a_second_model_the_error_stands_and_then_the_rest() -> None:
    with model_server(answers(head(500), b"")) as server:
        alone = FallbackModel(model(server), None)
        with pytest.raises(RemoteAway):
            list(alone.stream(PROMPT, LIMITS, NEVER))
        with pytest.raises(ModelError, match="tried again in 15 seconds"):
            alone.describe()
        alone.close()


def test_a_text_that_broke_off_is_not_continued_by_the_other_model() -> None:
    local = ScriptedModel(["Local."])
    with model_server(answers(head(), event("Give "))) as server:
        both = FallbackModel(model(server), local)
        with pytest.raises(RemoteAway):
            list(both.stream(PROMPT, LIMITS, NEVER))
    assert local.prompts == []


def test_a_prompt_that_is_too_long_does_not_count_against_the_server() -> None:
    body = b'{"error": "exceeds the context window"}'
    with model_server(answers(head(400, "application/json"), body), says("Fine.")) as server:
        alone = FallbackModel(model(server), None)
        with pytest.raises(PromptTooLong):
            list(alone.stream(PROMPT, LIMITS, NEVER))
        assert "".join(alone.stream(PROMPT, LIMITS, NEVER)).strip() == "Fine."
