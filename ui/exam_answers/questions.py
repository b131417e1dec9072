"""Questions of medical exams, from the forms in which open sets publish them. Pure but for reading.

Known forms of a line: MIRAGE and MedQA (`options` by letter, `answer` or `answer_idx`), MedMCQA
(`opa` to `opd`, `cop` counted from 1, or 0 where the file holds a 0), PubMedQA (`contexts`,
`decision` or `final_decision`: yes, no, maybe), and BioASQ yes/no (`exact_answer`).
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import AssistantError
from assistant.writing.prompts import LETTERS

DECISIONS = ("yes", "no", "maybe")
_TOPIC_IN_ID = re.compile(r"^([a-z][a-z_]+)-\d+$")
_MEDMCQA = ("opa", "opb", "opc", "opd")


class UnreadableQuestions(AssistantError):
    """A file does not hold exam questions in a known form."""


@dataclass(frozen=True, slots=True)
class ExamQuestion:
    """One question with its choices."""

    id: str
    question: str
    choices: tuple[str, ...]
    right: int | None
    """Place of the right choice; None where the right answer is to abstain."""
    topic: str
    lines: tuple[str, ...] = ()
    """Text that comes with the question, as in PubMedQA."""


def read_questions(path: Path) -> list[ExamQuestion]:
    """All questions of a JSONL file, which may be packed with gzip.

    Raises:
        UnreadableQuestions: a line is not a question in a known form; names the line.
    """
    rows = list(_rows(path))
    first = 0 if any(row.get("cop") == 0 for _, row in rows) else 1
    found = [_question(row, number, path, first) for number, row in rows]
    if not found:
        raise UnreadableQuestions(f"{path.name} holds no questions.")
    return found


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip():
                continue
            row = json.loads(line)
            if not isinstance(row, dict):
                raise UnreadableQuestions(f"{path.name}, line {number}: no object")
            yield number, row
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise UnreadableQuestions(f"{path.name} cannot be read: {error}") from error


def _question(row: Mapping[str, Any], number: int, path: Path, first: int) -> ExamQuestion:
    try:
        choices, right = _choices(row, first)
        text = str(row["question"]).strip()
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise UnreadableQuestions(
            f"{path.name}, line {number}: not a question in a known form ({error})"
        ) from error
    if not 2 <= len(choices) <= len(LETTERS):
        raise UnreadableQuestions(f"{path.name}, line {number}: {len(choices)} choices")
    identity = str(row.get("id", number))
    return ExamQuestion(identity, text, choices, right, _topic(row, identity, path), _lines(row))


def _choices(row: Mapping[str, Any], first: int) -> tuple[tuple[str, ...], int]:
    """The choices and the place of the right one."""
    if "options" in row:
        letters = sorted(row["options"])
        answer = str(row.get("answer_idx") or row["answer"]).strip()
        return tuple(str(row["options"][one]) for one in letters), letters.index(answer)
    if "opa" in row:
        right = int(row["cop"]) - first
        if not 0 <= right < len(_MEDMCQA):
            raise ValueError("cop is out of range")
        return tuple(str(row[one]) for one in _MEDMCQA), right
    decided = str(row.get("decision") or row.get("final_decision") or row["exact_answer"]).lower()
    known = DECISIONS if "exact_answer" not in row else DECISIONS[:2]
    return known, known.index(decided)


def _topic(row: Mapping[str, Any], identity: str, path: Path) -> str:
    """What the set says, else the name in front of the number, else the name of the file."""
    said = row.get("subject_name") or row.get("topic") or row.get("subject")
    inside = _TOPIC_IN_ID.match(identity)
    return str(said or (inside[1] if inside else path.name.split(".")[0]))


def _lines(row: Mapping[str, Any]) -> tuple[str, ...]:
    given: Sequence[Any] = row.get("contexts") or row.get("snippets") or ()
    return tuple(str(one) for one in given)
