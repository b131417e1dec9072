"""The started clinic server: the objects of the command line, chat, tokens, log, death and end."""

import json
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from tests.fakes_serve import Started, command, started
from ui.serve.running import token_book

EMERGENCY = "BP 170/115 at 36 weeks with headache"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("serve") / "home"


@pytest.fixture(scope="module")
def token(home) -> str:
    return token_book(home).add("desk one")


@pytest.fixture(scope="module")
def server(home, token) -> Started:
    with started(home, "--processes", "1") as running:
        yield running


def timeless(answer: dict) -> dict:
    return {key: value for key, value in answer.items() if key not in ("timings_ms", "id")}


def ask(server, token, path, body):
    status, data, _ = server.ask(f"/api/v1/{path}", body, token)
    return status, json.loads(data)


@pytest.mark.parametrize(
    ("path", "arguments", "body"),
    [
        (
            "ask",
            ["ask", "ORS plan B", "--patient", "age=2y weight=10kg", "--json"],
            {"question": "ORS plan B", "patient": {"age_years": 2, "weight_kg": 10}},
        ),
        (
            "dose",
            ["dose", "amoxicillin", "--patient", "age=3y weight=12kg", "--json"],
            {"drug": "amoxicillin", "patient": "age=3y weight=12kg"},
        ),
        ("triage", ["triage", EMERGENCY, "--json"], {"text": EMERGENCY}),
        (
            "calc",
            ["calc", "bmi", "weight=60kg", "height=165", "--json"],
            {"name": "bmi", "inputs": {"weight": "60kg", "height": 165}},
        ),
        ("search", ["kb", "search", "fever", "-k", "3", "--json"], {"query": "fever", "k": 3}),
    ],
)
def test_the_objects_are_those_of_the_command_line(server, home, token, path, arguments, body):
    done = command(home, *arguments)
    assert done.returncode == 0, done.stderr
    expected = timeless(json.loads(done.stdout))
    status, found = ask(server, token, path, {"id": 7, **body})
    assert (status, found["id"]) == (200, 7)
    assert {key: found[key] for key in expected} == expected


def test_interactions_and_the_list_of_calculators(server, token) -> None:
    status, found = ask(server, token, "interactions", {"a": "warfarin", "b": "metronidazole"})
    assert (status, found["severity"]) == (200, "major")
    known = json.loads(server.ask("/api/v1/calc", None, token)[1])["calculators"]
    assert "bmi" in {one["id"] for one in known}
    note = {"note": "weight 60 kg, height 165 cm", "question": "What is the BMI?"}
    assert ask(server, token, "calc", note)[1]["calculator"] == "bmi"


def test_a_chat_is_answered_with_numbered_citations_and_the_traced_object(server, token) -> None:
    body = {"model": "aidpost", "messages": [{"role": "user", "content": EMERGENCY}]}
    status, data, _ = server.ask("/v1/chat/completions", body, token)
    found = json.loads(data)
    text = found["choices"][0]["message"]["content"]
    assert (status, found["object"]) == (200, "chat.completion")
    assert text.startswith("EMERGENCY")
    assert "[1]" in text
    assert found["aidpost"]["urgency"]["level"] == "emergency"
    assert found["aidpost"]["citations"]


def test_a_streamed_chat_says_the_same_and_danger_first(server, token) -> None:
    body = {"messages": [{"role": "user", "content": EMERGENCY}]}
    whole = json.loads(server.ask("/v1/chat/completions", body, token)[1])
    data = server.ask("/v1/chat/completions", {**body, "stream": True}, token)[1].decode()
    *events, last, rest = data.split("\n\n")
    assert (last, rest) == ("data: [DONE]", "")
    chunks = [json.loads(event.removeprefix("data: ")) for event in events]
    said = [chunk["choices"][0]["delta"].get("content", "") for chunk in chunks]
    assert said[0].startswith("EMERGENCY")
    assert "".join(said) == whole["choices"][0]["message"]["content"]
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert timeless(chunks[-1]["aidpost"]) == timeless(whole["aidpost"])


def test_a_streamed_answer_grows_and_ends(server, token) -> None:
    data = server.ask("/api/v1/ask", {"question": EMERGENCY, "stream": True}, token)[1].decode()
    events = [json.loads(one[6:]) for one in data.split("\n\n") if one.startswith("data: {")]
    assert [event["done"] for event in events] == [*[False] * (len(events) - 1), True]
    assert events[0]["urgency"]["level"] == "emergency"
    assert events[-1]["sentences"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("ask", {}, 422),
        ("ask", {"question": "x" * 1_000_000}, 413),
        ("ask", {"question": "fever", "patient": {"weight_kg": 7000}}, 422),
        ("ask", {"question": "fever", "mode": "guess"}, 422),
        ("ask", b'{"question": "a", "question": "b"}', 422),
        ("ask", b'{"question": NaN}', 422),
        ("ask", b'["fever"]', 422),
        ("ask", b"\xff\xfe", 422),
        ("ask", b"[" * 200_000, 422),
        ("calc", {"name": "nothing"}, 422),
        ("calc", {"name": "bmi", "inputs": [1]}, 422),
        ("interactions", {"a": "warfarin"}, 422),
        ("transcribe", b"no sound", 503),
        ("nothing", {}, 404),
    ],
)
def test_what_cannot_be_answered_is_told(server, token, path, body, status) -> None:
    found, data, _ = server.ask(f"/api/v1/{path}", body, token)
    assert found == status
    assert b"Traceback" not in data


@pytest.mark.parametrize("text", ["\ud800 fever", "a\x00b fever", "\u202efever", "<script>fever"])
def test_odd_text_never_fails_the_server(server, token, text) -> None:
    assert ask(server, token, "ask", {"question": text})[0] in (200, 422)


def test_without_a_model_the_library_answers_and_says_so(server, token) -> None:
    status, found = ask(server, token, "ask", {"question": "ORS plan B", "mode": "model"})
    assert (status, found["mode"]) == (200, "reference")
    assert any("No language model" in warning for warning in found["warnings"])


def test_models_health_and_status(server, token) -> None:
    assert json.loads(server.ask("/v1/models", None, token)[1])["data"][0]["id"] == "aidpost"
    assert server.ask("/api/v1/health")[0] == 200
    status = json.loads(server.ask("/api/v1/status", None, token)[1])
    assert status["documents"] > 100
    assert "starter" in status["versions"]["packs"]


def test_the_page_needs_no_token_and_holds_nothing_foreign(server) -> None:
    status, page, headers = server.ask("/")
    assert status == 200
    assert b"http" not in page.replace(b"http-equiv", b"")
    assert "script-src 'self'" in headers["content-security-policy"]
    for path in ("/desk.js", "/desk.css"):
        assert server.ask(path)[0] == 200
    assert server.ask("/ca.crt")[0] == 404


def test_a_token_counts_from_the_moment_it_is_made_until_it_is_removed(server, home) -> None:
    made = command(home, "serve", "token", "add", "ward")
    secret = made.stdout.strip()
    assert server.ask("/v1/models", None, secret)[0] == 200
    listed = command(home, "serve", "token", "list").stdout
    assert "ward" in listed
    assert secret not in listed
    assert command(home, "serve", "token", "remove", "ward").returncode == 0
    assert server.ask("/v1/models", None, secret)[0] == 401
    again = command(home, "serve", "token", "remove", "ward")
    assert (again.returncode, "no token" in again.stderr) == (1, True)


def test_nothing_of_a_question_or_a_patient_is_written_down(server, token) -> None:
    canary = "zebrapox"
    ask(server, token, "ask", {"question": f"{canary} fever", "patient": {"allergies": [canary]}})
    ask(server, token, "dose", {"drug": canary, "patient": {"weight_kg": canary}})
    server.ask(f"/api/v1/{canary}?q={canary}", {"question": canary}, token)
    ask(server, token, "ask", b'{"question": "' + canary.encode() + b'", }')
    written = [server.log, *(path for path in server.home.rglob("*") if path.is_file())]
    assert server.log.stat().st_size > 500
    for path in written:
        data = path.read_bytes()
        assert canary.encode() not in data, path.name
        assert token.encode() not in data, path.name
    line = json.loads(server.log.read_text().splitlines()[-1])
    assert line["desk"] == "desk one"


def test_a_killed_process_costs_a_moment_and_not_the_server(server, token) -> None:
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    (pid, *_) = [
        int(child)
        for child in children.read_text().split()
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]
    os.kill(pid, signal.SIGKILL)
    begin = time.monotonic()
    while ask(server, token, "triage", {"text": "fits"})[0] != 200:
        assert time.monotonic() - begin < 30
        time.sleep(0.2)


def test_an_end_in_the_middle_of_answers_is_an_orderly_one(home, token) -> None:
    with started(home, "--processes", "1") as running:
        found = []

        def one() -> None:
            found.append(ask(running, token, "ask", {"question": "fever in a child"})[0])

        threads = [threading.Thread(target=one) for _ in range(6)]
        for thread in threads:
            thread.start()
        time.sleep(0.15)
        assert running.end() in (0, -signal.SIGTERM)
        for thread in threads:
            thread.join()
        assert found == [200] * 6
    children = Path(f"/proc/{running.process.pid}")
    assert not children.exists()
