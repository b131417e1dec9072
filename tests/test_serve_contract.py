"""What an answering process answers, with a scripted model and without a server around it."""

import json
import threading

import pytest

from assistant.errors import ModelError
from assistant.pipeline import Assistant
from assistant.writing.scripted import ScriptedModel
from speech.errors import NoRecogniser
from ui.serve.contract import Contract
from ui.settings import Settings
from ui.wiring import Desk, open_rules

NEVER = threading.Event()
QUESTION = "How much ORS in plan B?"


@pytest.fixture
def contract(library, home):
    def make(*answers, hear=None) -> Contract:
        model = ScriptedModel(answers) if answers else None
        rules = open_rules()
        assistant = Assistant(library, rules, {"app": "test"}, model)
        return Contract(Desk(assistant, library, rules, Settings(home), (), model), hear)

    return make


def answer(contract: Contract, route: str, body: dict) -> list[dict]:
    parts = b"".join(contract.answer(route, json.dumps(body).encode(), NEVER)).decode()
    if not parts.startswith("data:"):
        return [json.loads(parts)]
    events = [one.removeprefix("data: ") for one in parts.split("\n\n") if one]
    return [json.loads(event) for event in events if event != "[DONE]"]


def chat(**more) -> dict:
    return {"messages": [{"role": "user", "content": QUESTION}], **more}


def test_with_a_model_its_sentences_pass_the_gate_or_fall(contract) -> None:
    lie = "Weigh the child with dehydration [1]. Give 900 mL of ORS for each kilogram at once [2]."
    (found,) = answer(contract(lie), "ask", {"question": QUESTION})
    said = " ".join(sentence["text"] for sentence in found["sentences"])
    assert "900" not in said
    assert any("900" in dropped["text"] for dropped in found["dropped"])


def test_a_streamed_chat_in_model_mode_never_shows_what_the_gate_drops(contract) -> None:
    lie = "Give 900 mL of ORS for each kilogram at once [1]. Weigh the child with dehydration [2]."
    events = answer(contract(lie), "chat", chat(stream=True))
    text = "".join(event["choices"][0]["delta"].get("content", "") for event in events)
    before, _, _ = text.partition("Left out:")
    assert "900" not in before
    assert events[-1]["aidpost"]["citations"]
    assert events[-1]["choices"][0]["finish_reason"] == "stop"


def test_each_step_of_a_stream_is_a_whole_object(contract) -> None:
    found = answer(contract("Weigh the child [1]."), "ask", {"question": QUESTION, "stream": True})
    assert len(found) > 2
    assert [step["done"] for step in found] == [*[False] * (len(found) - 1), True]
    assert all(step["question"] == QUESTION for step in found)


def test_a_model_that_fails_leaves_the_words_of_the_library(contract) -> None:
    (found,) = answer(
        contract(ModelError("The model server is away.")), "ask", {"question": QUESTION}
    )
    assert found["mode"] == "reference"
    assert found["sentences"]
    assert "The model server is away." in found["warnings"]


def test_the_mode_can_be_chosen_where_there_is_a_model(contract) -> None:
    model = contract("Weigh the child [1].")
    (found,) = answer(model, "ask", {"question": QUESTION, "mode": "reference"})
    assert {sentence["kind"] for sentence in found["sentences"]} <= {"quote", "computed"}


def test_unknown_keys_are_named(contract) -> None:
    (found,) = answer(contract(), "ask", {"question": QUESTION, "temperature": 1})
    assert any("temperature" in warning for warning in found["warnings"])


def test_a_recording_goes_to_what_hears(contract) -> None:
    heard = []

    def hear(recording: bytes) -> dict:
        heard.append(recording)
        return {"text": "fever"}

    found = b"".join(contract(hear=hear).answer("transcribe", b"RIFF", NEVER))
    assert (json.loads(found), heard) == ({"text": "fever"}, [b"RIFF"])
    with pytest.raises(NoRecogniser, match="no speech recognition"):
        list(contract().answer("transcribe", b"RIFF", NEVER))
