"""`aidpost quantize gguf` and `report`: smaller language models, and what they cost in quality."""

import os
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ui.cli.jsonl import dumps

if TYPE_CHECKING:
    from quantize.gguf_report import Gate, Tasks
    from quantize.scorecard import Card

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
RECIPE = "recipes/gguf.toml"


def measured(command: Any) -> Any:  # noqa: ANN401 - any command
    """Add the options of what is measured."""
    options = (
        click.option("--choices", type=FILE, help="Questions with options, JSON lines."),
        click.option("--calls", type=FILE, help="Prompts for tool calls, JSON lines."),
        click.option("--grammar", type=FILE, help="What calls keep to; without it, the app's own."),
        click.option("--questions", type=FILE, help="For the gate: lines with a `question`."),
        click.option("--text", type=FOLDER, help="Folder of texts; without it, the own cards."),
        click.option("--recipe", type=FILE, help="TOML; without it, the one that is shipped."),
        click.option("--threads", type=click.IntRange(1, 64), default=lambda: os.cpu_count() or 1),
        click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path)),
        click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout."),
    )
    for option in options:
        command = option(command)
    return command


@click.command()
@click.option("--model", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--converter", type=FILE, help="Source distribution of llama-cpp-python.")
@measured
def gguf(model: Path, converter: Path | None, out: Path, as_json: bool, **given: Any) -> None:  # noqa: ANN401
    """Make smaller GGUF files of a model, measure them, and pick the smallest good one.

    MODEL is a folder of safetensors or a GGUF file with full or half precision. A folder is turned
    into a file by llama.cpp's own converter, which pip downloads with the pinned digest; that needs
    the extra `workshop`, best in an environment of its own.
    """
    from quantize.errors import WorkshopError  # noqa: PLC0415
    from quantize.gguf import Places, Source, make  # noqa: PLC0415
    from quantize.gguf_recipe import read_recipe  # noqa: PLC0415

    source = Source(_program() / "packaging" / "llm-requirements.txt", converter)
    texts = given["text"] or _cards()
    try:
        places = Places(model, texts, out, source, _tasks(given), given["threads"])
        check_models([model] if model.is_file() else [])
        card = make(read_recipe(given["recipe"] or _recipe()), places, _say)
    except WorkshopError as error:
        raise click.ClickException(str(error)) from error
    _show(card, out, as_json)


@click.command()
@click.option("--full", required=True, type=FILE, help="The full model.")
@click.option("--model", "models", required=True, multiple=True, type=FILE, help="Smaller ones.")
@measured
def report(full: Path, models: tuple[Path, ...], out: Path, as_json: bool, **given: Any) -> None:  # noqa: ANN401
    """Measure smaller models against the full one: size, speed, loss; as table, plot and JSON."""
    from quantize.calibration_text import read_texts  # noqa: PLC0415
    from quantize.errors import WorkshopError  # noqa: PLC0415
    from quantize.gguf_recipe import read_recipe  # noqa: PLC0415
    from quantize.gguf_report import Examiner, write_report  # noqa: PLC0415

    try:
        check_models([full, *models])
        recipe = read_recipe(given["recipe"] or _recipe())
        plan = recipe.calibration
        held_back = read_texts(given["text"] or _cards(), plan.files, plan.one_in).held_back
        examiner = Examiner(recipe.measuring, recipe.bounds, _tasks(given), given["threads"], _say)
        card = examiner.examine(full, models, held_back)
        write_report(out, card)
    except WorkshopError as error:
        raise click.ClickException(str(error)) from error
    _show(card, out, as_json)


def check_models(paths: list[Path]) -> None:
    """Refuse files whose header says that they are damaged, before native code sees them.

    Raises:
        AssistantError: a file is no sound GGUF file.
    """
    from assistant.writing.model_file import check_header  # noqa: PLC0415

    for path in paths:
        check_header(path)


def _tasks(given: dict[str, Any]) -> "Tasks":
    from quantize.gguf_report import Tasks  # noqa: PLC0415

    grammar = given["grammar"] or Path(
        str(files("assistant").joinpath("writing/grammars/tool.json"))
    )
    return Tasks(given["choices"], given["calls"], grammar, _gate(given))


def _gate(given: dict[str, Any]) -> "Gate | None":
    if not given["questions"]:
        return None
    from quantize.gguf_tasks import rows  # noqa: PLC0415
    from ui.quantize_gate import gate_of  # noqa: PLC0415

    asked = [str(row["question"]) for row in rows(given["questions"], ("question",))]
    return gate_of(asked, given["threads"])


def _show(card: "Card", out: Path, as_json: bool) -> None:
    if as_json:
        click.echo(dumps(card.table()))
        return
    from quantize.report_table import markdown  # noqa: PLC0415

    click.echo(markdown(card))
    click.echo(f"Written to {out}.")


def _say(text: str) -> None:
    click.echo(text, err=True)


def _recipe() -> Path:
    return Path(str(files("quantize").joinpath(RECIPE)))


def _cards() -> Path:
    return Path(str(files("kb").joinpath("starter")))


def _program() -> Path:
    return Path(str(files("quantize"))).parent
