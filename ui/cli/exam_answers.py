"""`aidpost exam answers`: multiple choice with and without the library, by strategy and topic."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ui.cli.jsonl import dumps

if TYPE_CHECKING:
    from assistant.writing.language import LanguageModel


@click.command("answers")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--strategy", "strategies", multiple=True, help="May be given several times.")
@click.option("--model", default="", help="Name of a listed model; else the one in use.")
@click.option("--most", type=click.IntRange(0), default=0, help="Questions a file, drawn by seed.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--pairs", is_flag=True, help="Also test firmness with changed questions.")
def exam_answers(
    files: tuple[Path, ...],
    strategies: tuple[str, ...],
    model: str,
    most: int,
    seed: int,
    pairs: bool,
) -> None:
    """Answer exam questions: FILES in the forms of MIRAGE, MedQA, MedMCQA, PubMedQA or BioASQ.

    One JSON object on stdout, the same in words on stderr. Without a model it tells what plain
    search reaches, which a model must be better than.
    """
    from kb.formulary import starter_formulary  # noqa: PLC0415
    from ui.exam_answers.exam import Means, Plan, run_answers  # noqa: PLC0415
    from ui.exam_answers.library import brands_of, lines_of  # noqa: PLC0415
    from ui.exam_answers.pairs import KINDS  # noqa: PLC0415
    from ui.exam_answers.report import table  # noqa: PLC0415
    from ui.settings import load_settings  # noqa: PLC0415
    from ui.wiring import open_library, open_model  # noqa: PLC0415

    settings, _ = load_settings()
    if model:
        settings = replace(settings, model=model)
    with ExitStack() as opened:
        library = open_library(settings)
        opened.callback(library.close)
        speaking = open_model(settings)
        if speaking is not None:
            opened.callback(speaking.close)
        means = Means(
            speaking, lines_of(library), brands_of(starter_formulary().medicines.values())
        )
        chosen = strategies or (_usual(speaking),)
        plan = Plan(files, chosen, most, seed, KINDS if pairs else ())
        report = run_answers(plan, means, _show)
    click.echo(table(report), err=True)
    click.echo(dumps(report))


def _usual(model: "LanguageModel | None") -> str:
    """The strategy that a model is used with by default."""
    from assistant.writing.strategies.registry import defaults  # noqa: PLC0415

    return "direct" if model is None else defaults(model.describe().name).choices


def _show(name: str, done: int, whole: int) -> None:
    if done % 50 == 0 or done == whole:
        click.echo(f"{name}: {done} of {whole}", err=True)
