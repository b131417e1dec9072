"""`aidpost exam`: measure what this installation can do; figures and ratios, never pass or fail."""

import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

import click

from ui.cli.jsonl import dumps
from ui.cli.on_demand import OnDemand

EXAMS: Mapping[str, str] = {
    "answers": "ui.cli.exam_answers:exam_answers",
    "desks": "ui.cli.exam_desks:exam_desks",
    "kiosk": "ui.cli.kiosk:exam_kiosk",
    "models": "ui.cli.exam_models:exam_models",
    "reading": "ui.cli.exam_reading:exam_reading",
    "speech": "ui.cli.exam_speech:exam_speech",
    "vision": "ui.cli.exam_vision:exam_vision",
}
"""Exams that stand in files of their own."""


@click.group(cls=OnDemand, later=EXAMS)
def exam() -> None:
    """Measure what this installation can do: speed, retrieval, answers, speech, reading."""


@exam.command()
@click.option("--runs", type=click.IntRange(1, 50), default=5, show_default=True)
@click.option("--app/--no-app", "with_app", default=True, help="Also start the desktop app.")
def speed(runs: int, with_app: bool) -> None:
    """Cold and warm time of an answer, time until the app is ready, memory, size on disk."""
    from ui.exam_speed import measure  # noqa: PLC0415

    click.echo(dumps(measure(runs, with_app=with_app)))


@exam.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--run", "run_file", type=click.Path(path_type=Path), help="Ranked ids a question.")
@click.option("--words-only", is_flag=True, help="Search without the encoder.")
@click.option(
    "--base",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Model folder of a base encoder to compare with.",
)
def retrieval(folder: Path, run_file: Path | None, words_only: bool, base: Path | None) -> None:
    """Rank passages for questions: FOLDER holds passages.jsonl(.gz) and questions.jsonl(.gz)."""
    from ui.exam_retrieval import Encoders, run_retrieval  # noqa: PLC0415
    from ui.wiring import open_encoder, open_encoder_at  # noqa: PLC0415

    own = None if words_only else open_encoder()
    report, runs = run_retrieval(folder, Encoders(own, open_encoder_at(base) if base else None))
    if run_file is not None:
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in runs)
        run_file.write_text("".join(lines), encoding="utf-8")
    click.echo(dumps(report))


@exam.command()
@click.option("--sizes", default="10000,100000,1000000", show_default=True, help="Passages.")
@click.option("--questions", "asked", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--peers/--no-peers", default=True, help="Also measure other ways to search vectors.")
@click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), help="Keep the libraries here."
)
def scale(sizes: str, asked: int, peers: bool, folder: Path | None) -> None:
    """Search in made-up libraries of many passages: stages, memory, recall, and peers."""
    from ui.exam_scale import Plan, UnfitFolder, run_scale  # noqa: PLC0415

    if not re.fullmatch(r"[1-9][0-9]{0,8}(,[1-9][0-9]{0,8})*", sizes):
        message = "name numbers of passages, as in 10000,100000"
        raise click.BadParameter(message, param_hint="--sizes")
    plan = Plan(tuple(map(int, sizes.split(","))), asked, peers)
    with tempfile.TemporaryDirectory() as passing:
        try:
            click.echo(dumps(run_scale(folder or Path(passing), plan)))
        except UnfitFolder as error:
            raise click.ClickException(str(error)) from error
