"""`aidpost ask`: the whole journey of a question."""

import gc
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from assistant.messages import Answer, Mode, Question
from assistant.patient import parse_patient
from ui.cli.jsonl import BadRequest, dumps, requests, unknown_keys

if TYPE_CHECKING:
    from ui.settings import Settings
    from ui.wiring import Desk

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
KEYS = {"id", "question", "patient", "mode", "careful"}
_GARBAGE_AFTER = 50_000
"""Objects made before garbage is looked for: a start makes many, and nearly all of them stay."""


@click.command()
@click.argument("text", nargs=-1)
@click.option(
    "--patient", default="", help='Such as "age=2y weight=12kg sex=f allergies=penicillin".'
)
@click.option("--mode", type=click.Choice(["reference", "model"]), default=None)
@click.option("--model", "model_path", type=click.Path(), default="", help="A GGUF chat model.")
@click.option("--careful", is_flag=True, help="Several drafts, of which the gate chooses.")
@click.option("--image", type=_FILE, help="A picture, where image analysis is switched on.")
@click.option("--audio", type=_FILE, help="A recording of the question, where a speech model is.")
@click.option("--json", "form", flag_value="json", help="One JSON object on stdout.")
@click.option(
    "--jsonl", "form", flag_value="jsonl", help="One request a line on stdin, one result a line."
)
def ask(text: tuple[str, ...], patient: str, form: str | None, **options: Any) -> None:  # noqa: ANN401
    """Ask a clinical question and get an answer that is traced to its sources."""
    from ui.settings import load_settings  # noqa: PLC0415
    from ui.wiring import open_desk  # noqa: PLC0415

    if not (text or options["audio"] or form == "jsonl"):
        raise click.UsageError("Type a question, or give --jsonl and requests on stdin.")
    gc.set_threshold(_GARBAGE_AFTER)
    settings, banners = load_settings()
    if options["model_path"]:
        settings = replace(settings, model=options["model_path"])
    mode: Mode = options["mode"] or ("model" if settings.has_model else "reference")
    usual = Question("", mode=mode, careful=options["careful"])
    for banner in banners:
        click.echo(banner, err=True)
    desk = open_desk(settings, banners)
    try:
        if form == "jsonl":
            requests(lambda request: _serve(desk.assistant.answer, request, usual))
            return
        who, warnings = parse_patient(patient)
        question = replace(usual, text=" ".join(text), patient=who)
        answer = _answered(desk, settings, question, Given(options["image"], options["audio"]))
        answer = replace(answer, warnings=(*warnings, *answer.warnings))
        click.echo(dumps(answer.to_json()) if form == "json" else as_text(answer))
    finally:
        desk.close()


@dataclass(frozen=True, slots=True)
class Given:
    """What comes with a question besides words."""

    image: Path | None = None
    audio: Path | None = None


def _answered(desk: "Desk", settings: "Settings", question: Question, given: Given) -> Answer:
    """The answer, with what a recording said and a picture shows."""
    if given.audio is not None:
        from ui.cli.speech import heard_in  # noqa: PLC0415 - only with a recording

        question = replace(question, text=f"{question.text} {heard_in(given.audio)}".strip())
    if given.image is None:
        return desk.assistant.answer(question)
    from assistant.vision.evidence import answered_with, asked_with  # noqa: PLC0415
    from ui.vision_images import image_evidence  # noqa: PLC0415 - only with a picture

    found, _, eyes = image_evidence(settings, given.image)
    for note in eyes.notes:
        click.echo(note, err=True)
    return answered_with(desk.assistant.answer(asked_with(question, found)), found)


def as_text(answer: Answer) -> str:
    """The answer as plain text for a terminal."""
    from ui.render import to_text  # noqa: PLC0415

    return to_text(answer)


def _serve(
    answer_one: Any,  # noqa: ANN401
    request: dict[str, Any],
    usual: Question,
) -> dict[str, Any]:
    patient, warnings = parse_patient(request.get("patient") or {})
    careful = bool(request.get("careful", usual.careful))
    mode = request.get("mode") or usual.mode
    if mode not in get_args(Mode):
        raise BadRequest("`mode` is “reference” or “model”")
    question = Question(str(request.get("question") or ""), patient, mode, careful)
    answer: Answer = answer_one(question)
    extra = (*unknown_keys(request, KEYS), *warnings)
    return replace(answer, warnings=(*extra, *answer.warnings)).to_json()
