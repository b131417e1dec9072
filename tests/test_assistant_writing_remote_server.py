"""The door to other machines against the real `llama-server` of llama.cpp, on loopback.

`AIDPOST_LLAMA_SERVER` names the built program; docs/models.md says how it is built.
"""

import json
import math
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

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

PROGRAM = os.environ.get("AIDPOST_LLAMA_SERVER", "")
pytestmark = [
    pytest.mark.skipif(not PROGRAM, reason="needs AIDPOST_LLAMA_SERVER, a built llama-server"),
    pytest.mark.timeout(600),
]

ROOT = Path(__file__).parent.parent
SPEECH = "Give 0.5 mg/kg now. [1] Then wait ≥ 4 hours. [2]"
PROMPT = families()["chatml"].prompt([Turn("system", "Be brief."), Turn("user", "Fever?")])
LIMITS = GenerationLimits(max_tokens=400, time_limit_s=120)
NEVER = threading.Event()
KEY = "key-of-the-clinic"
CONTEXT = 1024


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Server:
    """A started `llama-server` with one made model."""

    def __init__(self, file: Path, context: int = CONTEXT, template: str = "chatml") -> None:
        self.port = free_port()
        command = [
            PROGRAM, "--model", str(file), "--alias", "tiny", "--host", "127.0.0.1",
            "--port", str(self.port), "--ctx-size", str(context), "--threads", "1",
            "--parallel", "1", "--api-key", KEY, "--no-warmup",
            *(["--chat-template", template] if template else []),
        ]  # fmt: skip
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def options(self, **more) -> RemoteOptions:
        patience = Patience(connect_s=5, first_s=60, between_s=30)
        return RemoteOptions(
            f"http://127.0.0.1:{self.port}", key=KEY, patience=patience, retry=Retry(1, 0.1), **more
        )

    def wait(self) -> "Server":
        until = time.monotonic() + 120
        while True:
            try:
                self.said(replace(LIMITS, max_tokens=1))
            except RemoteAway:
                assert self.process.poll() is None, "the server has ended"
                assert time.monotonic() < until
                time.sleep(0.2)
            else:
                return self

    def said(self, limits: GenerationLimits = LIMITS) -> str:
        return "".join(RemoteModel(self.options()).stream(PROMPT, limits, NEVER))

    def end(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def server():
    started = Server(model_file(Recipe(says=words(SPEECH), context_length=CONTEXT)))
    try:
        yield started.wait()
    finally:
        started.end()


@pytest.fixture(scope="module")
def babbler():
    """A server whose model writes nonsense, to see what holds it to a form."""
    started = Server(model_file(Recipe(context_length=CONTEXT)))
    try:
        yield started.wait()
    finally:
        started.end()


@pytest.fixture
def endless():
    """A server that would write for a long time."""
    recipe = Recipe(says=words(SPEECH), repeats=True, context_length=65_536)
    started = Server(model_file(recipe), context=65_536)
    try:
        yield started.wait()
    finally:
        started.end()


def test_it_writes_word_for_word_and_tells_the_cost(server) -> None:
    model = RemoteModel(server.options())
    for _ in range(2):
        *chunks, last = model.chunks(PROMPT, LIMITS, NEVER)
        assert "".join(chunk.text for chunk in chunks) + last.text == SPEECH
    usage = last.usage
    assert (usage.finish, usage.written_tokens > 5) == ("stop", True)
    assert usage.prompt_tokens > 10
    assert 0 < usage.reused_tokens < usage.prompt_tokens, "the second time, it remembers"
    assert sum(bool(chunk.text) for chunk in chunks) > 5, "it comes in pieces"


def test_the_limit_of_tokens_is_kept(server) -> None:
    *_, last = RemoteModel(server.options()).chunks(PROMPT, replace(LIMITS, max_tokens=3), NEVER)
    assert (last.usage.finish, last.usage.written_tokens) == ("length", 3)


def test_it_tells_its_model_and_the_real_context(server) -> None:
    card = RemoteModel(server.options()).describe()
    assert (card.name, card.context_length) == ("tiny", CONTEXT)


def test_a_wrong_model_and_a_wrong_key_are_told(server) -> None:
    with pytest.raises(RemoteRefused, match="no model “other”; it lists “tiny”"):
        RemoteModel(server.options(model="other")).describe()
    with pytest.raises(RemoteRefused, match="does not accept the key"):
        list(RemoteModel(replace(server.options(), key="wrong")).stream(PROMPT, LIMITS, NEVER))


def test_a_prompt_that_is_too_long_is_told_as_such(server) -> None:
    long = families()["chatml"].prompt([Turn("user", "fever " * 3000)])
    with pytest.raises(PromptTooLong):
        list(RemoteModel(server.options()).stream(long, LIMITS, NEVER))
    assert server.said() == SPEECH


@pytest.mark.parametrize("form", ["letter", "verdict"])
def test_a_grammar_holds_the_text(babbler, form) -> None:
    free = babbler.said(replace(LIMITS, max_tokens=20))
    held = babbler.said(replace(LIMITS, max_tokens=20, grammar=form))
    pattern = {"letter": r"[A-J]|NO ANSWER", "verdict": "YES|NO|UNSURE"}[form]
    assert re.fullmatch(pattern, held)
    assert not re.fullmatch(pattern, free)


def test_a_schema_holds_the_text(server) -> None:
    """Its model would say something else."""
    held = server.said(replace(LIMITS, max_tokens=900, grammar="tool"))
    found = json.loads(held)
    assert set(found) == {"tool", "input"}
    assert found["tool"] in {"calculate", "dose", "interactions", "search", "none"}


def test_it_tells_how_likely_each_token_was(server) -> None:
    limits = replace(LIMITS, chances=True)
    chunks = list(RemoteModel(server.options()).chunks(PROMPT, limits, NEVER))
    found = [one for chunk in chunks for one in chunk.chances]
    assert "".join(chance.text for chance in found).removesuffix("<|im_end|>") == SPEECH
    for chance in found:
        assert (chance.text, chance.logprob) == chance.others[0]
        assert 0 < sum(math.exp(one) for _, one in chance.others) <= 1.001


def test_eight_desks_at_once_all_get_their_answer(server) -> None:
    model, found = RemoteModel(server.options()), []

    def ask() -> None:
        found.append("".join(model.stream(PROMPT, LIMITS, NEVER)))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert found == [SPEECH] * 8


def test_cancel_frees_the_server(endless) -> None:
    model, cancelled = RemoteModel(endless.options()), threading.Event()
    chunks = model.chunks(PROMPT, replace(LIMITS, max_tokens=60_000), cancelled)
    next(chunks)
    cancelled.set()
    *_, last = chunks
    assert last.usage.finish == "cancelled"
    # It writes for one at a time: an answer now shows that it was freed.
    begin = time.monotonic()
    assert next(model.chunks(PROMPT, replace(LIMITS, max_tokens=5), NEVER)).text
    assert time.monotonic() - begin < 20


def test_a_server_killed_in_the_middle_is_told_and_then_the_local_model_writes(endless) -> None:
    model = FallbackModel(RemoteModel(endless.options()), ScriptedModel(["Local."] * 3))
    chunks = model.chunks(PROMPT, replace(LIMITS, max_tokens=60_000), NEVER)
    next(chunks)
    endless.process.kill()
    with pytest.raises(RemoteAway, match="broke off"):
        list(chunks)
    assert "".join(model.stream(PROMPT, LIMITS, NEVER)) == "Local."


def test_a_server_that_stands_still_is_given_up_and_used_again(endless) -> None:
    patience = Patience(connect_s=5, first_s=60, between_s=1)
    model = RemoteModel(replace(endless.options(), patience=patience))
    chunks = model.chunks(PROMPT, replace(LIMITS, max_tokens=60_000), NEVER)
    next(chunks)
    endless.process.send_signal(signal.SIGSTOP)
    with pytest.raises(RemoteAway, match="too long"):
        list(chunks)
    endless.process.send_signal(signal.SIGCONT)
    assert endless.said(replace(LIMITS, max_tokens=30)).startswith("Give 0.5 mg/kg now.")


THINKING = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n"
    "{% else %}" + "Think long. " * 40 + "{% endif %}{% endif %}"
)


def test_a_model_that_would_think_first_is_told_not_to() -> None:
    recipe = Recipe(says=words(SPEECH), context_length=CONTEXT, template=THINKING)
    started = Server(model_file(recipe), template="")
    try:
        *_, last = RemoteModel(started.wait().options()).chunks(PROMPT, LIMITS, NEVER)
    finally:
        started.end()
    assert last.usage.finish == "stop"
    assert last.usage.prompt_tokens < 150, "every letter of the thoughts would be a token"


def test_the_program_asks_it_from_the_command_line(tmp_path) -> None:
    """`aidpost ask` in model mode: a true sentence stays with its source, a lie goes."""
    question = "Dengue warning signs"
    home = {**os.environ, "AIDPOST_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    ask = [sys.executable, "-m", "ui.cli", "ask", question, "--json"]
    quotes = json.loads(subprocess.check_output(ask, env=home, cwd=ROOT))["sentences"]
    number, true = next(
        (number, one["text"].rstrip("."))
        for number, one in enumerate(quotes, 1)
        if "dengue" in one["text"].casefold() and len(one["text"]) > 40
    )
    says = words(f"{true} [{number}]. Opium cures every fever [1].")
    started = Server(model_file(Recipe(says=says, context_length=8192)), context=8192)
    try:
        started.wait()
        key = tmp_path / "key"
        key.write_text(KEY, encoding="utf-8")
        key.chmod(0o600)
        settings = f'remote = "http://127.0.0.1:{started.port}"\nremote_key_file = "{key}"\n'
        (tmp_path / "aidpost.toml").write_text(settings, encoding="utf-8")
        told = json.loads(subprocess.check_output(ask, env=home, cwd=ROOT))
    finally:
        started.end()
    assert told["mode"] == "model"
    texts = " ".join(one["text"] for one in told["sentences"])
    assert true[:40] in texts
    assert "Opium" not in texts
