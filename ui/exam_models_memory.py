"""Memory of the app's own process, with and without a model; a program for `exam_models`.

Prints two numbers in MB: after a question in reference mode, and with a model at work beside it.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from assistant.messages import Question
from assistant.patient import parse_patient
from assistant.writing.llama_watch import resident_mb
from assistant.writing.model_file import ModelOptions
from ui.exam_models_asking import Bench, ask, plain, words
from ui.settings import Settings


def app_memory(bench: Bench) -> dict[str, int]:
    """Resident MB of the app without a model, and what a model at work adds to it."""
    options = bench.options
    command = [sys.executable, "-m", __name__, str(bench.path)]
    command += [str(options.context_length), str(options.threads)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    without, beside = map(int, done.stdout.split())
    return {"app_without_model_mb": without, "model_adds_to_app_mb": beside - without}


def _measure(path: Path, context: int, threads: int) -> tuple[int, int]:
    from ui.wiring import open_desk  # noqa: PLC0415 - heavy, and only this program needs it

    with tempfile.TemporaryDirectory() as home:
        desk = open_desk(Settings(home=Path(home)))
        try:
            patient, _ = parse_patient({})
            desk.assistant.answer(Question("paracetamol dose for a child with fever", patient))
            without = resident_mb()
            options = ModelOptions(context_length=context, threads=threads)
            with Bench(path, options, 1).opened() as model:
                ask(model, plain(words(20)), 4)
                return without, resident_mb()
        finally:
            desk.close()


if __name__ == "__main__":
    found = _measure(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write("{} {}\n".format(*found))
