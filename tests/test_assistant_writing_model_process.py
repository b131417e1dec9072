"""The model in its own process: what reaches the caller when that process is killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from ctypes import c_ulonglong
from dataclasses import asdict
from multiprocessing import Pipe, active_children
from pathlib import Path

import pytest

from assistant.errors import ModelDamaged, ModelError, ModelStopped, PromptTooLong
from assistant.messages import Question
from assistant.pipeline import Assistant
from assistant.writing.language import GenerationLimits, Prompt, Segment
from assistant.writing.llama_queue import Queue
from assistant.writing.llama_watch import most_mb, resident_mb
from assistant.writing.llama_worker import answer_requests, load
from assistant.writing.model_file import ModelOptions, verified_digest
from assistant.writing.model_process import ProcessModel
from assistant.writing.templates import Turn, families
from assistant.writing.worker_link import PROCESS, card_in, chunk_in, usage_in
from tests.makers_gguf import Recipe, model_file, words

SPEECH = "Give 0.5 mg/kg now. [c1] Then wait ≥ 4 hours. [c2]"
PROMPT = families()["chatml"].prompt([Turn("user", "Fever?")])
LIMITS = GenerationLimits(max_tokens=400)
LONG = GenerationLimits(max_tokens=4000)
NEVER = threading.Event()
RECOVERY_S = 15.0


def finish_of(model: ProcessModel, limits=LIMITS, cancelled=NEVER) -> str:
    *_, last = model.chunks(PROMPT, limits, cancelled)
    return last.usage.finish


def workers() -> list:
    return [process for process in active_children() if process.name == PROCESS]


def worker() -> int:
    (process,) = workers()
    return process.pid


def wait_for(condition, limit_s: float = 20.0) -> None:
    until = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.fixture
def model():
    recipe = Recipe(says=words(SPEECH), context_length=4096)
    found = ProcessModel(model_file(recipe), ModelOptions(threads=1))
    yield found
    found.close()
    assert workers() == []


@pytest.fixture
def endless():
    recipe = Recipe(says=words(SPEECH), repeats=True, context_length=8192)
    found = ProcessModel(model_file(recipe), ModelOptions(threads=1, context_length=8192))
    yield found
    found.close()
    assert workers() == []


def test_it_writes_and_describes_itself(model) -> None:
    assert "".join(model.stream(PROMPT, LIMITS, NEVER)) == SPEECH
    card = model.describe()
    assert (card.family, card.context_length) == ("chatml", 4096)
    assert card.digest == verified_digest(
        model_file(Recipe(says=words(SPEECH), context_length=4096)), ""
    )
    *_, last = model.chunks(PROMPT, LIMITS, NEVER)
    assert last.usage.reused_tokens == last.usage.prompt_tokens - 1
    model.forget()
    *_, last = model.chunks(PROMPT, LIMITS, NEVER)
    assert last.usage.reused_tokens == 0


@pytest.mark.parametrize("sent", ["SIGKILL", "SIGABRT", "SIGSEGV", "SIGTERM"])
def test_the_death_of_the_worker_is_a_message_and_the_next_call_works(endless, sent) -> None:
    text = endless.stream(PROMPT, LONG, NEVER)
    next(text)
    os.kill(worker(), signal.Signals[sent])
    with pytest.raises(ModelStopped, match="starts again with the next question"):
        list(text)
    begin = time.monotonic()
    assert finish_of(endless) == "length"
    assert time.monotonic() - begin < RECOVERY_S


def test_a_worker_killed_while_idle_is_replaced_unnoticed(model) -> None:
    model.describe()
    os.kill(worker(), signal.SIGKILL)
    wait_for(lambda: not workers())
    assert finish_of(model) == "stop"


def test_a_worker_killed_many_times_always_comes_back(endless) -> None:
    for delay in (0.0, 0.01, 0.05, 0.1, 0.2):
        killer = threading.Timer(delay, lambda: [process.kill() for process in workers()])
        killer.start()
        with suppress(ModelStopped):
            list(endless.stream(PROMPT, LONG, NEVER))
        killer.join()
    assert finish_of(endless) == "length"


def test_a_stopped_worker_does_not_hold_the_caller_for_ever(endless) -> None:
    endless.describe()
    os.kill(worker(), signal.SIGSTOP)
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    begin = time.monotonic()
    with pytest.raises(ModelStopped):
        list(endless.stream(PROMPT, LONG, cancelled))
    assert time.monotonic() - begin < 20
    assert finish_of(endless) == "length"


def test_cancelling_ends_the_answer_and_the_next_one_is_whole(endless) -> None:
    cancelled = threading.Event()
    seen = []
    for piece in endless.stream(PROMPT, LONG, cancelled):
        seen.append(piece)
        if len(seen) == 5:
            cancelled.set()
    assert len(seen) == 5
    assert finish_of(endless, cancelled=cancelled) == "cancelled"
    assert "".join(endless.stream(PROMPT, LIMITS, NEVER)).startswith(SPEECH)


def test_closing_the_answer_cancels_it(endless) -> None:
    text = endless.stream(PROMPT, LONG, NEVER)
    next(text)
    begin = time.monotonic()
    text.close()
    assert finish_of(endless, GenerationLimits(max_tokens=1)) == "length"
    assert time.monotonic() - begin < 5


def test_many_threads_share_one_worker(model) -> None:
    said = Counter()

    def ask() -> None:
        for _ in range(5):
            said["".join(model.stream(PROMPT, LIMITS, NEVER))] += 1

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == {SPEECH: 30}
    assert len(workers()) == 1


def test_eight_people_are_served_in_the_order_in_which_they_came(endless) -> None:
    served, failed = [], []

    def ask(number: int) -> None:
        try:
            finish_of(endless, GenerationLimits(max_tokens=30))
        except ModelError as error:
            failed.append(error)
        served.append(number)

    text = endless.stream(PROMPT, LONG, NEVER)
    next(text)
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for number, thread in enumerate(threads):
        thread.start()
        wait_for(lambda number=number: endless.waiting == number + 2)
    text.close()
    for thread in threads:
        thread.join()
    assert (served, failed, endless.waiting) == (list(range(8)), [], 0)


def test_who_gives_up_waiting_leaves_the_line_and_nobody_behind_is_lost() -> None:
    queue, served, gone = Queue(), [], threading.Event()
    assert queue.enter(1, NEVER.is_set)

    def wait(number: int, over) -> None:
        if queue.enter(20, over):
            served.append(number)
            queue.leave()

    threads = []
    for number, over in enumerate((NEVER.is_set, gone.is_set, NEVER.is_set)):
        threads.append(threading.Thread(target=wait, args=(number, over)))
        threads[-1].start()
        wait_for(lambda number=number: queue.length == number + 2)
    gone.set()
    threads[1].join(10)
    with pytest.raises(TimeoutError):
        queue.enter(0.05, NEVER.is_set)
    queue.leave()
    for thread in threads:
        thread.join(10)
    assert (served, queue.length) == ([0, 2], 0)


def test_after_a_crash_the_model_loads_at_once_but_not_again_and_again(endless) -> None:
    for left in (1, 0):
        text = endless.stream(PROMPT, LONG, NEVER)
        next(text)
        before = worker()
        os.kill(before, signal.SIGSEGV)
        with pytest.raises(ModelStopped):
            list(text)
        assert len(workers()) == left
        assert before not in [process.pid for process in workers()]
    assert finish_of(endless) == "length"


def test_a_closed_model_does_not_come_back_after_a_crash(endless) -> None:
    text = endless.stream(PROMPT, LONG, NEVER)
    next(text)
    endless._closed.set()
    os.kill(worker(), signal.SIGKILL)
    with suppress(ModelError):
        list(text)
    assert workers() == []


def test_forms_and_chances_cross_the_pipe() -> None:
    model = ProcessModel(model_file(), ModelOptions(threads=1))
    limits = GenerationLimits(max_tokens=20, grammar="verdict", chances=True)
    chunks = list(model.chunks(PROMPT, limits, NEVER))
    assert "".join(chunk.text for chunk in chunks) in {"YES", "NO", "UNSURE"}
    chances = [one for chunk in chunks for one in chunk.chances]
    assert len(chances) == chunks[-1].usage.written_tokens
    assert all(one.logprob <= 0 and len(one.others) == 5 for one in chances)
    with pytest.raises(ModelError, match="no form of answer"):
        list(model.chunks(PROMPT, GenerationLimits(grammar="poem"), NEVER))
    assert finish_of(model, GenerationLimits(max_tokens=2)) == "length"
    model.close()


def test_a_new_process_goes_on_from_what_the_last_one_kept(tmp_path: Path) -> None:
    system = "You help a health worker. Answer in short sentences and cite every line."
    prompt = families()["chatml"].prompt([Turn("system", system), Turn("user", "Fever?")])
    found = []
    for _ in range(2):
        options = ModelOptions(threads=1, prefix_folder=tmp_path, shared_texts=(system,))
        model = ProcessModel(model_file(), options)
        *chunks, last = model.chunks(prompt, GenerationLimits(max_tokens=9), NEVER)
        found.append(("".join(chunk.text for chunk in chunks), last.usage.reused_tokens))
        model.close()
    assert found[0][0] == found[1][0]
    assert found[0][1] == 0 < len(system) < found[1][1]
    assert len(list(tmp_path.iterdir())) == 1


def test_the_card_says_where_the_weights_lie(model) -> None:
    assert model.describe().device in {"cpu", "gpu"}


def test_who_waits_too_long_is_told_that_the_model_is_busy(endless) -> None:
    text = endless.stream(PROMPT, LONG, NEVER)
    next(text)
    with pytest.raises(ModelError, match="busy with another question"):
        finish_of(endless, GenerationLimits(time_limit_s=0.1))
    cancelled = threading.Event()
    cancelled.set()
    assert finish_of(endless, cancelled=cancelled) == "cancelled"
    text.close()


def test_closing_ends_a_running_answer_and_all_later_ones(endless) -> None:
    endless.describe()
    ended = []
    reader = threading.Thread(
        target=lambda: ended.extend(endless.chunks(PROMPT, LONG, NEVER)), daemon=True
    )
    reader.start()
    wait_for(lambda: ended)
    endless.close()
    reader.join(10)
    assert ended[-1].usage.finish == "cancelled"
    assert workers() == []
    for call in (lambda: finish_of(endless), lambda: list(endless.stream(PROMPT, LIMITS, NEVER))):
        with pytest.raises(ModelError, match="was closed"):
            call()
    endless.forget()
    endless.close()


def test_closing_does_not_wait_for_a_reader_that_went_away(endless) -> None:
    text = endless.stream(PROMPT, LONG, NEVER)
    next(text)
    begin = time.monotonic()
    endless.close()
    assert time.monotonic() - begin < 10
    with pytest.raises(ModelError):
        list(text)


def test_a_closed_model_cannot_describe_itself(tmp_path: Path) -> None:
    model = ProcessModel(tmp_path / "none.gguf")
    model.close()
    with pytest.raises(ModelError, match="was closed"):
        model.describe()


def test_too_long_a_prompt_leaves_the_worker_as_it_is(model) -> None:
    model.describe()
    before = worker()
    with pytest.raises(PromptTooLong, match="too long for this language model"):
        list(model.stream(Prompt((Segment("x" * 500_000, special=False),)), LIMITS, NEVER))
    assert "".join(model.stream(PROMPT, LIMITS, NEVER)) == SPEECH
    assert worker() == before


def test_text_that_is_no_unicode_does_no_harm(model) -> None:
    prompt = families()["chatml"].prompt([Turn("user", "a\ud800\x00b\u202e")])
    assert "".join(model.stream(prompt, LIMITS, NEVER)) == SPEECH


@pytest.mark.parametrize(
    ("data", "why"),
    [(None, "cannot be read"), (b"", "not a GGUF"), (b"GGUF" + bytes(99), "version")],
)
def test_a_bad_file_is_refused_each_time(tmp_path: Path, data, why) -> None:
    path = tmp_path / "bad.gguf"
    if data is not None:
        path.write_bytes(data)
    model = ProcessModel(path)
    for _ in range(2):
        with pytest.raises(ModelDamaged, match=f"bad.gguf cannot be used: .*{why}"):
            model.describe()
    assert workers() == []
    model.close()


def test_only_the_file_with_the_given_digest_is_opened() -> None:
    path = model_file()
    digest = verified_digest(path, "")
    model = ProcessModel(path, ModelOptions(sha256=digest, threads=1))
    assert model.describe().digest == digest
    model.close()
    model = ProcessModel(path, ModelOptions(sha256="0" * 64))
    with pytest.raises(ModelDamaged, match="not the file that was checked"):
        model.describe()
    model.close()


def test_a_worker_that_takes_too_much_memory_is_ended_and_says_so() -> None:
    model = ProcessModel(model_file(), ModelOptions(memory_limit_mb=24, threads=1))
    with pytest.raises(ModelStopped, match=r"more than the 24 MB.*smaller model"):
        finish_of(model, LONG)
    model.close()
    for _ in range(100):  # the system needs a moment to take it away
        if not workers():
            break
        time.sleep(0.05)
    assert workers() == []


def test_a_worker_within_its_memory_is_left_alone() -> None:
    model = ProcessModel(model_file(), ModelOptions(memory_limit_mb=2000, threads=1))
    model.describe()
    time.sleep(0.5)
    assert finish_of(model, GenerationLimits(max_tokens=4)) == "length"
    model.close()


@pytest.mark.skipif(sys.platform == "win32", reason="the system does not tell")
def test_memory_is_measured_and_the_machine_keeps_a_tenth() -> None:
    assert 5 < resident_mb() < most_mb()


def test_a_memory_limit_below_the_file_is_refused_in_plain_words() -> None:
    big = model_file(Recipe(width=256))
    assert big.stat().st_size > 1 << 20
    model = ProcessModel(big, ModelOptions(memory_limit_mb=1))
    with pytest.raises(ModelError):
        model.describe()
    model.close()


def test_without_the_library_the_message_says_how_to_add_it(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "llama_cpp.py").write_text("raise ImportError('not here')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    model = ProcessModel(model_file())
    with pytest.raises(ModelError, match="not installed; `make llm` adds it"):
        model.describe()
    model.close()


@pytest.fixture
def slow_to_load(tmp_path: Path):
    """Four sparse gigabytes with a sound header: checking the digest takes seconds."""
    path = tmp_path / "slow.gguf"
    path.write_bytes(model_file().read_bytes())
    os.truncate(path, 4 << 30)
    found = ProcessModel(path)
    yield found
    found.close()
    assert workers() == []


@pytest.mark.parametrize(
    ("sent", "kind", "why"),
    [
        ("SIGSEGV", ModelDamaged, "slow.gguf cannot be used: it crashed"),
        ("SIGABRT", ModelDamaged, "slow.gguf cannot be used: it crashed"),
        ("SIGKILL", ModelStopped, "memory ran out"),
        ("SIGILL", ModelError, "processor lacks instructions"),
    ],
)
def test_a_crash_while_loading_says_what_it_means(slow_to_load, sent, kind, why) -> None:
    def kill() -> None:
        wait_for(workers)
        time.sleep(0.2)
        os.kill(worker(), signal.Signals[sent])

    threading.Thread(target=kill).start()
    with pytest.raises(kind, match=why):
        slow_to_load.describe()


def test_cancelling_does_not_wait_for_the_model_to_load(slow_to_load) -> None:
    cancelled = threading.Event()
    threading.Timer(0.3, cancelled.set).start()
    begin = time.monotonic()
    assert finish_of(slow_to_load, cancelled=cancelled) == "cancelled"
    assert time.monotonic() - begin < 2
    assert len(workers()) == 1


def test_loading_has_a_time_limit(tmp_path: Path) -> None:
    path = tmp_path / "slow.gguf"
    path.write_bytes(model_file().read_bytes())
    os.truncate(path, 4 << 30)
    model = ProcessModel(path, ModelOptions(load_limit_s=0.3))
    with pytest.raises(ModelStopped):
        model.describe()
    assert workers() == []


PROGRAM = """
import multiprocessing, sys, threading
from pathlib import Path
from assistant.writing.language import GenerationLimits
from assistant.writing.model_file import ModelOptions
from assistant.writing.model_process import ProcessModel
from assistant.writing.templates import Turn, families

if __name__ == "__main__":
    model = ProcessModel(Path(sys.argv[1]), ModelOptions(threads=1, context_length=16384))
    model.describe()
    prompt = families()["chatml"].prompt([Turn("user", "xyz " * int(sys.argv[2]))])
    text = model.stream(prompt, GenerationLimits(max_tokens=9000), threading.Event())
    threading.Thread(target=next, args=(text,), daemon=True).start()
    (worker,) = multiprocessing.active_children()
    print(worker.pid, "llama_cpp" in sys.modules, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def program(tmp_path: Path, request):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    recipe = Recipe(width=256, heads=2, layers=16, context_length=16384)
    with subprocess.Popen(
        [sys.executable, str(path), str(model_file(recipe)), str(request.param)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    ) as process:
        yield process
        process.kill()


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.parametrize(
    ("program", "how"), [(1, "killed"), (1, "ended"), (3900, "killed")], indirect=["program"]
)
def test_the_worker_goes_with_the_program_which_never_loads_the_engine(program, how) -> None:
    """Also in the middle of a prompt of 15,600 tokens, which takes half a minute to read."""
    pid, loaded = program.stdout.readline().split()
    assert loaded == b"False"
    time.sleep(0.3)
    assert not gone(int(pid))
    if how == "killed":
        program.kill()
    else:
        program.stdin.close()
    wait_for(lambda: gone(int(pid)), limit_s=10)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_worker_leaves_no_memory_image_and_waits_quietly(model) -> None:
    model.describe()
    limits = Path(f"/proc/{worker()}/limits").read_text()
    (core,) = (line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]


# The worker's side, without a process.


@pytest.fixture
def loaded():
    path = model_file(Recipe(says=words(SPEECH)))
    model, card = load(path, ModelOptions(context_length=512))
    assert (card.name, card.family, card.context_length) == (path.stem, "chatml", 512)
    yield model
    model.close()


def talk(loaded, *requests: dict, last: int = 0) -> list[dict]:
    ours, theirs = Pipe()
    with ours, theirs:
        for request in requests:
            ours.send_bytes(json.dumps(request).encode())
        worker_side = threading.Thread(
            target=answer_requests, args=(theirs, c_ulonglong(last), loaded)
        )
        worker_side.start()
        found = []
        wanted = sum(request["do"] == "write" for request in requests)
        while wanted:
            found.append(json.loads(ours.recv_bytes()))
            wanted -= "text" not in found[-1]
        ours.close()
        worker_side.join()
    return found


def request(number: int, prompt: Prompt = PROMPT) -> dict:
    rows = [[segment.text, segment.special] for segment in prompt.segments]
    return {
        "do": "write",
        "id": number,
        "segments": rows,
        "stop": prompt.stop,
        "limits": asdict(LIMITS),
    }


def test_requests_are_answered_in_turn(loaded) -> None:
    *text, usage = talk(loaded, request(1))
    assert "".join(message["text"] for message in text) == SPEECH
    assert usage_in(usage).finish == "stop"
    found = talk(loaded, request(2), {"do": "forget", "id": 3}, request(4))
    assert [usage_in(one).reused_tokens > 0 for one in found if "usage" in one] == [True, False]


def test_a_request_cancelled_before_it_began_costs_nothing(loaded) -> None:
    first, second = talk(loaded, request(4), request(5), last=5)
    assert [usage_in(one).finish for one in (first, second)] == ["cancelled", "cancelled"]


def test_errors_cross_the_pipe_with_their_name_and_words(loaded) -> None:
    (message,) = talk(loaded, request(1, Prompt((Segment("x " * 9000, special=False),))))
    with pytest.raises(PromptTooLong, match="it can read 511"):
        usage_in(message)


@pytest.mark.parametrize(
    "message", [{}, {"usage": {"wrong": 1}}, {"card": []}, {"error": "OSError"}]
)
def test_a_message_that_is_none_of_ours_is_an_error(message) -> None:
    with pytest.raises(ModelError):
        usage_in(message)
    with pytest.raises(ModelError):
        card_in(message)


@pytest.mark.parametrize("chances", [3, [1], [["a"]], [["a", "x", []]], [["a", 0.0, [1]]]])
def test_chances_that_are_none_are_an_error(chances) -> None:
    with pytest.raises(ModelError):
        chunk_in({"text": "a", "chances": chances})
    assert chunk_in({"text": "a"}).chances == ()


# The whole assistant while the model dies.


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    from ui.settings import Settings
    from ui.wiring import open_desk

    found = open_desk(Settings(home=tmp_path_factory.mktemp("home"), meaning=False))
    yield found
    found.close()


def test_a_question_whose_model_dies_is_answered_by_the_library_and_the_next_by_the_model(
    desk, endless
) -> None:
    endless.describe()
    assistant = Assistant(desk.library, desk.rules, {}, endless)
    question = Question("paracetamol dose for a child with fever", mode="model")
    killed = []

    def kill() -> None:
        wait_for(lambda: endless.waiting)
        time.sleep(0.05)
        killed.append(worker())
        os.kill(killed[0], signal.SIGSEGV)

    killer = threading.Thread(target=kill)
    killer.start()
    begin = time.monotonic()
    answer = assistant.answer(question)
    killer.join()
    assert time.monotonic() - begin < RECOVERY_S
    assert answer.mode == "reference"
    assert answer.sentences
    assert any("stopped unexpectedly" in warning for warning in answer.warnings)
    wait_for(workers, limit_s=RECOVERY_S)
    assert worker() not in killed
    assert finish_of(endless) == "length"
