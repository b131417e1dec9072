"""What the gate makes of a model file's answers; only the whole program can measure that."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from assistant.messages import Answer, Question
from assistant.pipeline import Assistant
from assistant.writing.model_file import ModelOptions
from assistant.writing.model_process import ProcessModel
from quantize.gguf_report import Gate
from ui.settings import load_settings
from ui.wiring import open_desk


def gate_of(questions: Sequence[str], threads: int) -> Gate:
    """Something that asks a model file the questions and counts which of its sentences are shown.

    Args:
        questions: as people ask them; those that the library cannot answer count for nothing.
        threads: threads of the model.
    """

    def measure(path: Path) -> float | None:
        settings, _ = load_settings()
        options = ModelOptions(threads=threads)
        with (
            closing(open_desk(replace(settings, model=""))) as desk,
            closing(ProcessModel(path, options)) as model,
        ):
            assistant = Assistant(desk.library, desk.rules, {}, model)
            answers = [assistant.answer(Question(text, mode="model")) for text in questions]
        return shown(answers)

    return measure


def shown(answers: Sequence[Answer]) -> float | None:
    """Share of a model's sentences that stand in its answers; None where it wrote none.

    A line that took the place of a sentence is no sentence of the model.
    """
    written = sum(one.kind == "written" for answer in answers for one in answer.sentences)
    dropped = sum(len(answer.dropped) for answer in answers)
    return written / (written + dropped) if written + dropped else None
