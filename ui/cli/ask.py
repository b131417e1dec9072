"""`aidpost ask`: the whole journey of a question."""

import sys
from dataclasses import replace
from typing import Any

import click

from assistant.messages import Answer, Mode, Question
from assistant.patient import parse_patient
from ui.cli.jsonl import dumps, requests, unknown_keys

KEYS = {"id", "question", "patient", "mode"}


@click.command()
@click.argument("text", nargs=-1)
@click.option(
    "--patient", default="", help='Such as "age=2y weight=12kg sex=f allergies=penicillin".'
)
@click.option("--mode", type=click.Choice(["reference", "model"]), default=None)
@click.option("--model", "model_path", type=click.Path(), default="", help="A GGUF chat model.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option("--jsonl", is_flag=True, help="One request a line on stdin, one result a line.")
def ask(
    text: tuple[str, ...],
    patient: str,
    mode: Mode | None,
    model_path: str,
    as_json: bool,
    jsonl: bool,
) -> None:
    """Ask a clinical question and get an answer that is traced to its sources."""
    from ui.settings import load_settings  # noqa: PLC0415
    from ui.wiring import open_desk  # noqa: PLC0415

    if not text and not jsonl:
        raise click.UsageError("Type a question, or give --jsonl and requests on stdin.")
    settings, banners = load_settings()
    if model_path:
        settings = replace(settings, model=model_path)
    chosen: Mode = mode or ("model" if settings.model else "reference")
    for banner in banners:
        click.echo(banner, err=True)
    desk = open_desk(settings, banners)
    try:
        if jsonl:
            requests(
                iter(sys.stdin), lambda request: _serve(desk.assistant.answer, request, chosen)
            )
            return
        who, warnings = parse_patient(patient)
        answer = desk.assistant.answer(Question(" ".join(text), who, chosen))
        answer = replace(answer, warnings=(*warnings, *answer.warnings))
        click.echo(dumps(answer.to_json()) if as_json else as_text(answer))
    finally:
        desk.close()


def as_text(answer: Answer) -> str:
    """The answer as plain text for a terminal."""
    from ui.render import to_text  # noqa: PLC0415

    return to_text(answer)


def _serve(answer_one: Any, request: dict[str, Any], mode: Mode) -> dict[str, Any]:  # noqa: ANN401
    patient, warnings = parse_patient(request.get("patient") or {})
    question = Question(str(request.get("question") or ""), patient, request.get("mode") or mode)
    answer: Answer = answer_one(question)
    extra = (*unknown_keys(request, KEYS), *warnings)
    return replace(answer, warnings=(*extra, *answer.warnings)).to_json()
