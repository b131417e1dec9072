"""The door to other machines against the server that comes with llama.cpp, on loopback."""

import importlib.util
import json
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest

from assistant.errors import PromptTooLong
from assistant.writing.language import GenerationLimits
from assistant.writing.remote import RemoteModel
from assistant.writing.remote_errors import RemoteAway, RemoteRefused
from assistant.writing.remote_fallback import FallbackModel
from assistant.writing.remote_options import Patience, RemoteOptions, Retry
from assistant.writing.scripted import ScriptedModel
from assistant.writing.templates import Turn, families
from tests.makers_gguf import Recipe, model_file, words

pytestmark = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("llama_cpp", "sse_starlette")),
    reason="needs llama-cpp-python[server]",
)

SPEECH = "Give 0.5 mg/kg now. [1] Then wait ≥ 4 hours. [2]"
PROMPT = families()["chatml"].prompt([Turn("system", "Be brief."), Turn("user", "Fever?")])
LIMITS = GenerationLimits(max_tokens=400, time_limit_s=60)
NEVER = threading.Event()
KEY = "key-of-the-clinic"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Server:
    """A started `llama_cpp.server` with one made model."""

    def __init__(self, recipe: Recipe) -> None:
        self.port = free_port()
        command = [
            sys.executable, "-m", "llama_cpp.server", "--model", str(model_file(recipe)),
            "--model_alias", "tiny", "--host", "127.0.0.1", "--port", str(self.port),
            "--n_ctx", str(recipe.context_length), "--n_threads", "1", "--chat_format", "chatml",
            "--api_key", KEY, "--verbose", "false",
            # Without this the server breaks off an answer when the next question comes.
            "--interrupt_requests", "false",
        ]  # fmt: skip
        environment = {k: v for k, v in os.environ.items() if k not in ("HOST", "PORT", "MODEL")}
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def options(self, **more) -> RemoteOptions:
        patience = Patience(connect_s=1, first_s=30, between_s=10)
        return RemoteOptions(
            f"http://127.0.0.1:{self.port}", key=KEY, patience=patience, retry=Retry(1, 0.1), **more
        )

    def wait(self) -> None:
        until = time.monotonic() + 60
        while True:
            try:
                RemoteModel(self.options()).describe()
            except RemoteAway:
                assert self.process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.2)
            else:
                return

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def server():
    started = Server(Recipe(says=words(SPEECH), context_length=1024))
    try:
        started.wait()
        yield started
    finally:
        started.end()


def test_it_writes_word_for_word_and_ends_with_the_turn(server) -> None:
    *chunks, last = RemoteModel(server.options()).chunks(PROMPT, LIMITS, NEVER)
    assert "".join(chunk.text for chunk in chunks) + last.text == SPEECH
    assert last.usage.finish == "stop"
    assert sum(bool(chunk.text) for chunk in chunks) > 5


def test_a_form_holds_the_text_and_chances_are_told(server) -> None:
    """Its model would say something else; one wish is given up on the way to each."""
    model = RemoteModel(server.options())
    held = "".join(model.stream(PROMPT, replace(LIMITS, grammar="tool"), NEVER))
    assert set(json.loads(held)) == {"tool", "input"}
    held = "".join(model.stream(PROMPT, replace(LIMITS, grammar="verdict"), NEVER))
    assert held in {"YES", "NO", "UNSURE"}
    chunks = list(model.chunks(PROMPT, replace(LIMITS, chances=True), NEVER))
    found = [one for chunk in chunks for one in chunk.chances]
    assert len(found) == chunks[-1].usage.written_tokens
    assert all(chance.logprob == chance.others[0][1] for chance in found)


def test_the_limit_of_tokens_is_kept(server) -> None:
    *_, last = RemoteModel(server.options()).chunks(PROMPT, replace(LIMITS, max_tokens=3), NEVER)
    assert last.usage.finish == "length"
    assert last.usage.written_tokens <= 3


def test_it_names_the_model(server) -> None:
    assert RemoteModel(server.options()).describe().name == "tiny"


def test_a_wrong_key_is_told(server) -> None:
    with pytest.raises(RemoteRefused, match="does not accept the key"):
        RemoteModel(replace(server.options(), key="wrong")).describe()


def test_a_prompt_that_is_too_long_is_an_error_in_words(server) -> None:
    long = families()["chatml"].prompt([Turn("user", "fever " * 3000)])
    with pytest.raises((PromptTooLong, RemoteAway)):
        list(RemoteModel(server.options()).stream(long, LIMITS, NEVER))
    assert "".join(RemoteModel(server.options()).stream(PROMPT, LIMITS, NEVER)) == SPEECH


def test_eight_desks_at_once_all_get_their_answer(server) -> None:
    model, found = RemoteModel(server.options()), []

    def ask() -> None:
        found.append("".join(model.stream(PROMPT, LIMITS, NEVER)))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [SPEECH] * 8


def test_cancel_frees_the_server_and_its_death_brings_the_local_model() -> None:
    endless = Server(Recipe(says=words(SPEECH), repeats=True, context_length=8192))
    try:
        endless.wait()
        model = FallbackModel(RemoteModel(endless.options()), ScriptedModel(["Local."] * 3))
        cancelled = threading.Event()
        chunks = model.chunks(PROMPT, replace(LIMITS, max_tokens=8000), cancelled)
        next(chunks)
        cancelled.set()
        begin = time.monotonic()
        *_, last = chunks
        assert last.usage.finish == "cancelled"
        assert time.monotonic() - begin < 1.0
        # The server writes for one at a time: an answer now shows that it was freed.
        assert next(model.chunks(PROMPT, replace(LIMITS, max_tokens=5), NEVER)).text
        assert time.monotonic() - begin < 5.0
        endless.end()
        assert "".join(model.stream(PROMPT, LIMITS, NEVER)) == "Local."
    finally:
        endless.end()
