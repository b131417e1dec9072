"""What the server answers: exactly the objects of the command line, from one request object each.

Runs in an answering process. Everything here is the command line's own; this only leads a request
to the function behind the command of its name.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from threading import Event
from typing import TYPE_CHECKING, Any

from assistant.clinical.calculators.registry import calculate, calculators
from assistant.clinical.vital_scores import VitalScores
from assistant.messages import Answer, Mode, Question
from assistant.patient import parse_patient
from speech.errors import NoRecogniser
from ui.cli import ask, calc, dose, interactions, library, triage
from ui.cli.jsonl import BadRequest, dumps, unknown_keys
from ui.serve.chat import closing, completion, opening, pieces, read_chat
from ui.serve.spoken import spoken
from ui.wiring import Desk, MedicineShelf

if TYPE_CHECKING:
    from assistant.clinical.dosing.engine import DoseEngine
    from assistant.clinical.interactions.check import Interactions
    from assistant.clinical.solve.solving import Solver

Row = Mapping[str, Any]
Hear = Callable[[bytes], Row]
"""From the bytes of a recording to the object of `aidpost transcribe`; may raise `SpeechError`."""
NO_SPEECH = "There is no speech recognition on this server."
_CALC_KEYS = {"id", "name", "inputs", *calc.KEYS}
_ASK_KEYS = {*ask.KEYS, "stream"}


class Contract:
    """Answers requests from one desk; several at a time where the desk's parts allow it."""

    def __init__(self, desk: Desk, hear: Hear | None = None) -> None:
        """Take the desk and what hears recordings; engines are opened when first asked for."""
        self._desk = desk
        self._hear = hear
        self._shelf = MedicineShelf()
        self._plain: dict[str, Callable[[Row], Row]] = {
            "triage": self._triage,
            "dose": lambda request: dose._serve(self._dosing, dict(request)),
            "interactions": self._interactions_of,
            "calc": self._calc,
            "search": lambda request: library._serve(self._desk.library, dict(request)),
            "status": self._status,
        }

    def answer(self, route: str, body: bytes, stopped: Event) -> Iterator[bytes]:
        """The parts of the answer to one request.

        Raises:
            BadRequest: the request cannot be read.
            AssistantError: it cannot be answered; the message says why.
            LibraryError: the library cannot be read.
            SpeechError: a recording cannot be written down.
        """
        if route == "transcribe":
            if self._hear is None:
                raise NoRecogniser(NO_SPEECH)
            yield _bytes(self._hear(body))
            return
        request: Row = json.loads(body) if body else {}
        if route == "chat":
            yield from self._chat(request, stopped)
        elif route == "ask":
            yield from self._ask(request, stopped)
        else:
            yield _bytes({**_identity(request), **self._plain[route](request)})

    def warm(self, questions: Sequence[str]) -> None:
        """Open what is opened on first use, and forget the answers."""
        for text in questions:
            self._desk.assistant.answer(Question(text))
        self._triage({"text": questions[0]})
        self._plain["dose"]({"drug": "paracetamol"})
        self._plain["interactions"]({"a": "warfarin", "b": "paracetamol"})

    def _ask(self, request: Row, stopped: Event) -> Iterator[bytes]:
        question, warned = self._question(request, _ASK_KEYS)
        answers = self._desk.assistant.stream(question, stopped)
        if not request.get("stream"):
            *_, last = answers
            yield _bytes({**_identity(request), **_traced(last, warned)})
            return
        for answer in answers:
            traced = {**_identity(request), **_traced(answer, warned), "done": answer.done}
            yield _event(traced)
        yield b"data: [DONE]\n\n"

    def _chat(self, request: Row, stopped: Event) -> Iterator[bytes]:
        """Danger signs at once, all else when every sentence has passed the gate."""
        chat = read_chat(request)
        usual, warned = self._question(chat.asked, _ASK_KEYS)
        heard = spoken(chat, usual.patient, self._desk)
        answers = map(heard.told, self._desk.assistant.stream(heard.question(usual), stopped))
        last = next(answers)
        said = opening(last, heard.lines)
        for text in said if chat.stream else ():
            yield from map(_event, pieces(chat, text, None))
        for last in answers:  # noqa: B007 - the last one counts
            pass
        traced = heard.traced(_traced(last, (*chat.warnings, *warned)))
        rest = closing(last, heard.lines)
        if not chat.stream:
            yield _bytes(completion("".join(said) + rest, traced, chat))
            return
        yield from map(_event, pieces(chat, rest, traced))
        yield b"data: [DONE]\n\n"

    def _question(self, request: Row, keys: set[str]) -> tuple[Question, tuple[str, ...]]:
        patient, warnings = parse_patient(request.get("patient") or {})
        usual: Mode = "reference" if self._desk.model is None else "model"
        mode = _mode(request.get("mode"), usual)
        text = str(request.get("question") or "")
        question = Question(text, patient, mode, bool(request.get("careful")))
        return question, (*unknown_keys(dict(request), keys), *warnings)

    def _triage(self, request: Row) -> Row:
        judge = triage.Judge(self._desk.rules, self._scores)
        return triage._serve(judge, dict(request))

    def _interactions_of(self, request: Row) -> Row:
        return interactions._serve(self._interactions, dict(request))

    def _calc(self, request: Row) -> Row:
        if not request.keys() - {"id"}:
            return {"calculators": [calc._described(one) for one in calculators().values()]}
        if "name" not in request:
            return calc._serve(self._solver, dict(request))
        inputs = request.get("inputs") or {}
        if not isinstance(inputs, dict):
            raise BadRequest("`inputs` is an object of names and values")
        given = {str(name).lower(): str(value) for name, value in inputs.items()}
        result = calculate(str(request["name"]), given, datetime.now(tz=UTC).date())
        return {**calc._as_json(result), "also": unknown_keys(dict(request), _CALC_KEYS)}

    def _status(self, request: Row) -> Row:
        del request
        return {
            "versions": {"app": version("aidpost"), "packs": self._desk.library.versions()},
            "documents": len(self._desk.library.documents()),
            "notices": list(self._desk.banners),
        }

    @cached_property
    def _scores(self) -> VitalScores:
        return VitalScores()

    @cached_property
    def _dosing(self) -> "DoseEngine":
        return self._shelf.dosing()

    @cached_property
    def _interactions(self) -> "Interactions":
        return self._shelf.interactions()

    @cached_property
    def _solver(self) -> "Solver":
        from assistant.clinical.solve.solving import open_solver  # noqa: PLC0415 - with the first

        return open_solver(bench_compat=False)


def _mode(given: object, usual: Mode) -> Mode:
    match given:
        case None:
            return usual
        case "reference":
            return "reference"
        case "model":
            return "model"
        case _:
            raise BadRequest("`mode` is “reference” or “model”")


def _traced(answer: Answer, warned: tuple[str, ...]) -> Row:
    return replace(answer, warnings=(*warned, *answer.warnings)).to_json()


def _identity(request: Row) -> Row:
    return {"id": request["id"]} if "id" in request else {}


def _bytes(value: Row) -> bytes:
    return dumps(value).encode("utf-8", "replace")


def _event(value: Row) -> bytes:
    return b"data: " + _bytes(value) + b"\n\n"
