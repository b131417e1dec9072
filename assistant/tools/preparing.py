"""Lets a model call tools before it writes: findings for the answer, lines to write from."""

from collections.abc import Callable
from dataclasses import replace

from assistant.messages import Answer, Patient, Sentence
from assistant.tools.box import ToolBox
from assistant.tools.loop import Calls, call_tools
from assistant.writing.language import Cancel, LanguageModel
from assistant.writing.prompts import describe
from assistant.writing.quotes import Sheet
from assistant.writing.strategies.asker import Asker
from assistant.writing.strategies.task import Task

LABEL = "Looked up as well"

Barred = Callable[[Sentence], str]
"""Why a quote must not be shown; empty if it may."""


def prepare(
    model: LanguageModel, box: ToolBox, quoted: Answer, patient: Patient, cancelled: Cancel
) -> Calls:
    """What the model called.

    Raises:
        ModelError: the model cannot be used.
    """
    lines = tuple(sentence.text for sentence in quoted.sentences)
    task = Task(quoted.question, describe(patient), lines)
    return call_tools(Asker(model, cancelled), task, box.use)


def with_lines(quoted: Answer, box: ToolBox, sheet: Sheet, calls: Calls, barred: Barred) -> Answer:
    """The quotes with the lines that were looked up, and an account of the calls."""
    known = {key for sentence in quoted.sentences for key in sentence.citations}
    found = [
        Sentence(sheet.statements[key].text, "quote", (key,), LABEL)
        for key in box.lines
        if key not in known
    ]
    allowed = [sentence for sentence in found if not barred(sentence)]
    account = [
        {"tool": one.call.tool, "input": one.call.input, "used": one.used} for one in calls.made
    ]
    return replace(
        quoted,
        sentences=(*quoted.sentences, *allowed),
        citations={
            **quoted.citations,
            **{one.citations[0]: sheet.citations[one.citations[0]] for one in allowed},
        },
        versions={**quoted.versions, "tools": account},
    )
