"""`aidpost ask`: the whole journey of a question."""

import sys
from dataclasses import replace
from typing import Any

import click

from assistant.messages import Answer, Mode, Question
from assistant.patient import parse_patient
from ui.cli.jsonl import dumps, requests, unknown_keys

KEYS = {"id", "question", "patient", "mode", "careful"}


@click.command()
@click.argument("text", nargs=-1)
@click.option(
    "--patient", default="", help='Such as "age=2y weight=12kg sex=f allergies=penicillin".'
)
@click.option("--mode", type=click.Choice(["reference", "model"]), default=None)
@click.option("--model", "model_path", type=click.Path(), default="", help="A GGUF chat model.")
@click.option("--careful", is_flag=True, help="Several drafts, of which the gate chooses.")
@click.option("--json", "form", flag_value="json", help="One JSON object on stdout.")
@click.option(
    "--jsonl", "form", flag_value="jsonl", help="One request a line on stdin, one result a line."
)
def ask(
    text: tuple[str, ...],
    patient: str,
    mode: Mode | None,
    model_path: str,
    careful: bool,
    form: str | None,
) -> None:
    """Ask a clinical question and get an answer that is traced to its sources."""
    from ui.settings import load_settings  # noqa: PLC0415
    from ui.wiring import open_desk  # noqa: PLC0415

    if not text and form != "jsonl":
        raise click.UsageError("Type a question, or give --jsonl and requests on stdin.")
    settings, banners = load_settings()
    if model_path:
        settings = replace(settings, model=model_path)
    chosen: Mode = mode or ("model" if settings.has_model else "reference")
    for banner in banners:
        click.echo(banner, err=True)
    desk = open_desk(settings, banners)
    try:
        if form == "jsonl":
            usual = Question("", mode=chosen, careful=careful)
            requests(iter(sys.stdin), lambda request: _serve(desk.assistant.answer, request, usual))
            return
        who, warnings = parse_patient(patient)
        answer = desk.assistant.answer(Question(" ".join(text), who, chosen, careful))
        answer = replace(answer, warnings=(*warnings, *answer.warnings))
        click.echo(dumps(answer.to_json()) if form == "json" else as_text(answer))
    finally:
        desk.close()


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
    question = Question(str(request.get("question") or ""), patient, mode, careful)
    answer: Answer = answer_one(question)
    extra = (*unknown_keys(request, KEYS), *warnings)
    return replace(answer, warnings=(*extra, *answer.warnings)).to_json()
