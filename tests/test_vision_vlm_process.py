"""The model that sees in its own process: what reaches the caller when that process is killed."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import ModelDamaged, ModelError, ModelStopped
from assistant.vision.encoder_errors import ImageError
from assistant.vision.vlm import opinion
from assistant.vision.vlm_process import LONGEST_SIDE, ProcessSight, picture_of
from assistant.writing.language import GenerationLimits
from assistant.writing.model_file import ModelOptions, check_header, verified_digest
from assistant.writing.mtmd_link import PROCESS
from assistant.writing.mtmd_worker import SeeingFiles, load
from tests.damage_gguf import header_mutations, weight_flips
from tests.makers_gguf import words
from tests.makers_vlm import Glass, make_projector, projector_file, seeing_model

ASKED = ("Look.", "Is it red?")
LIMITS = GenerationLimits(max_tokens=8)
LONG = GenerationLimits(max_tokens=30_000)
NEVER = threading.Event()


def pixels(seed: int = 1, high: int = 120, wide: int = 200) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (high, wide, 3), dtype=np.uint8)


def files(model: Path, projector: Path | None = None, digest: str = "", **options) -> SeeingFiles:
    chosen = ModelOptions(threads=1, **options)
    return SeeingFiles(model, projector or projector_file(), chosen, digest)


def workers() -> list:
    return [process for process in active_children() if process.name == PROCESS]


def wait_for(condition, limit_s: float = 30.0) -> None:
    until = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.fixture
def opened():
    found: list[ProcessSight] = []

    def open_one(of: SeeingFiles) -> ProcessSight:
        found.append(ProcessSight(of))
        return found[-1]

    yield open_one
    for one in found:
        one.close()
    assert workers() == []


@pytest.fixture
def model(opened):
    return opened(files(seeing_model(says=words("no, not at all"))))


@pytest.fixture
def endless(opened):
    talks = seeing_model(says=words("on and on it goes"), repeats=True, context_length=32_768)
    return opened(files(talks, context_length=32_768))


def test_it_looks_and_describes_itself(model):
    assert model.look(pixels(), ASKED, LIMITS, NEVER) == "no, not at all"
    card = model.describe()
    assert (card.family, card.context_length) == ("gemma", 1024)
    assert len(workers()) == 1


def test_one_that_says_the_same_both_ways_has_no_opinion(model):
    found = opinion(model, pixels(), "a fracture")
    assert (found.said, found.turned, found.agrees) == ("no", "no", False)


def test_a_large_picture_is_brought_down_and_a_small_one_left(model):
    large = pixels(1, 1500, 4000)
    sent = picture_of(large)
    assert (sent.width, sent.height) == (LONGEST_SIDE, 600)
    small = pixels(1, 9, 40)
    assert picture_of(small).data == small.tobytes()
    assert picture_of(small[:, ::2]).data == small[:, ::2].tobytes()
    assert model.look(large, ASKED, LIMITS, NEVER) == "no, not at all"


@pytest.mark.parametrize(
    "bad", [np.zeros((0, 0, 3), np.uint8), np.zeros((40, 40), np.uint8),
            np.zeros((40, 40, 4), np.uint8), np.zeros((40, 40, 3), np.float32),
            np.zeros((8, 4000, 3), np.uint8)],
)  # fmt: skip
def test_what_is_no_picture_starts_nothing(model, bad):
    with pytest.raises(ImageError):
        model.look(bad, ASKED, LIMITS, NEVER)
    assert workers() == []


@pytest.mark.parametrize("sent", ["SIGKILL", "SIGABRT", "SIGSEGV"])
def test_the_death_of_the_worker_is_a_message_and_the_next_picture_works(endless, sent):
    endless.look(pixels(), ASKED, LIMITS, NEVER)
    (worker,) = workers()
    threading.Timer(0.3, lambda: os.kill(worker.pid, signal.Signals[sent])).start()
    with pytest.raises(ModelStopped, match="starts again"):
        endless.look(pixels(), ASKED, LONG, NEVER)
    assert endless.look(pixels(), ASKED, LIMITS, NEVER)


def test_a_worker_killed_while_idle_is_replaced_unnoticed(model):
    model.describe()
    workers()[0].kill()
    wait_for(lambda: not workers())
    assert model.look(pixels(), ASKED, LIMITS, NEVER) == "no, not at all"


def test_cancelling_ends_it_with_nothing_and_keeps_the_worker(endless):
    endless.describe()
    (worker,) = workers()
    cancelled = threading.Event()
    threading.Timer(0.3, cancelled.set).start()
    begin = time.monotonic()
    assert endless.look(pixels(), ASKED, LONG, cancelled) == ""
    assert time.monotonic() - begin < 5
    assert endless.look(pixels(), ASKED, LIMITS, NEVER)
    assert workers() == [worker]
    assert endless.look(pixels(), ASKED, LONG, cancelled) == ""


def test_a_worker_that_hangs_holds_up_no_one(endless):
    endless.describe()
    (worker,) = workers()
    os.kill(worker.pid, signal.SIGSTOP)
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    begin = time.monotonic()
    with pytest.raises(ModelStopped):
        endless.look(pixels(1, 1500, 1500), ASKED, LONG, cancelled)
    assert time.monotonic() - begin < 20
    assert endless.look(pixels(), ASKED, LIMITS, NEVER)


def test_time_ends_it(endless):
    endless.describe()
    begin = time.monotonic()
    endless.look(pixels(), ASKED, GenerationLimits(30_000, time_limit_s=0.5), NEVER)
    assert time.monotonic() - begin < 4


def test_two_at_once_wait_for_each_other(model):
    said: list[str] = []
    threads = [
        threading.Thread(target=lambda: said.append(model.look(pixels(), ASKED, LIMITS, NEVER)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == ["no, not at all"] * 4


def test_closing_ends_a_running_look_and_twice_is_fine(endless):
    endless.describe()
    ended: list[object] = []

    def look() -> None:
        try:
            ended.append(endless.look(pixels(), ASKED, LONG, NEVER))
        except ModelError as error:
            ended.append(error)

    thread = threading.Thread(target=look)
    thread.start()
    time.sleep(0.3)
    endless.close()
    thread.join(10)
    assert len(ended) == 1
    endless.close()
    with pytest.raises(ModelError, match="closed"):
        endless.look(pixels(), ASKED, LIMITS, NEVER)


def test_only_the_listed_files_are_opened(opened):
    model, projector = seeing_model(), projector_file()
    right = verified_digest(projector, "")
    assert opened(files(model, digest=right)).describe().digest == verified_digest(model, "")
    with pytest.raises(ModelDamaged, match=f"{projector.name}.*not the file that was checked"):
        opened(files(model, digest="0" * 64)).describe()
    with pytest.raises(ModelDamaged, match=f"{model.name}.*not the file that was checked"):
        opened(files(model, sha256="0" * 64)).describe()


@pytest.mark.parametrize(
    ("glass", "why"),
    [(Glass(into=128), "does not belong"), (Glass(sees=False), "not made for pictures")],
)
def test_a_projector_that_cannot_be_used_is_told_in_words(opened, glass, why):
    with pytest.raises(ModelError, match=why):
        opened(files(seeing_model(), projector_file(glass))).describe()


def test_more_memory_than_it_may_use_is_told(opened):
    large = projector_file(Glass(width=128, layers=4))
    with pytest.raises(ModelError, match="together larger than the memory"):
        load(files(seeing_model(), large, memory_limit_mb=2))
    hungry = opened(files(seeing_model(), memory_limit_mb=4))
    with pytest.raises(ModelStopped, match="needed more than the 4 MB"):
        hungry.look(pixels(), ASKED, LONG, NEVER)


def test_files_that_end_their_reader_are_told_by_name(opened, tmp_path):
    path = make_projector(tmp_path / "odd.gguf", Glass(heads=5))
    model = opened(files(seeing_model(), path))
    for _ in range(2):
        with pytest.raises(ModelDamaged, match=r"odd\.gguf cannot be used.*Install them again"):
            model.look(pixels(), ASKED, LIMITS, NEVER)


def test_a_cancel_reaches_the_encoder_and_keeps_the_worker(opened):
    slow = Glass(image=448, layers=40, width=128)
    model = opened(files(seeing_model(), projector_file(slow), context_length=1024))
    model.describe()
    (worker,) = workers()
    begin = time.monotonic()
    assert model.look(pixels(), ASKED, LIMITS, NEVER)
    whole = time.monotonic() - begin
    took = []
    for seed in (2, 3, 4):
        cancelled = threading.Event()
        threading.Timer(whole / 8, cancelled.set).start()
        begin = time.monotonic()
        assert model.look(pixels(seed), ASKED, LIMITS, cancelled) == ""
        took.append(time.monotonic() - begin)
    assert min(took) < whole * 0.6
    assert workers() == [worker]


def test_damaged_projectors_are_refused_or_read_and_never_end_the_program(opened, tmp_path):
    data = projector_file().read_bytes()
    damaged = [*header_mutations(data, 120, seed=5), *weight_flips(data, 4, seed=6)]
    random.Random(7).shuffle(damaged)
    reached = 0
    for number, found in enumerate(damaged):
        path = tmp_path / f"{number}.gguf"
        path.write_bytes(found)
        try:
            check_header(path)
        except ModelDamaged:
            continue
        reached += 1
        sight = opened(files(seeing_model(), path))
        try:
            assert isinstance(sight.look(pixels(), ASKED, LIMITS, NEVER), str)
        except ModelError as error:
            assert str(error).endswith((".", "?"))
        sight.close()
        if reached == 12:
            break
    assert reached >= 8


def test_the_program_itself_never_loads_the_engine(tmp_path):
    code = (
        "import sys, threading, numpy as np\n"
        "from pathlib import Path\n"
        "from assistant.vision.vlm_process import ProcessSight\n"
        "from assistant.writing.language import GenerationLimits\n"
        "from assistant.writing.mtmd_worker import SeeingFiles\n"
        "from assistant.writing.model_file import ModelOptions\n"
        "files = SeeingFiles(Path(sys.argv[1]), Path(sys.argv[2]), ModelOptions(threads=1))\n"
        "model = ProcessSight(files)\n"
        "picture = np.zeros((64, 64, 3), np.uint8)\n"
        "limits = GenerationLimits(4)\n"
        "model.look(picture, ('Look.', 'Red?'), limits, threading.Event())\n"
        "model.close()\n"
        "print([name for name in sys.modules if name.startswith('llama_cpp')])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(seeing_model()), str(projector_file())],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert done.stdout == "[]\n"
    assert done.stderr == ""
