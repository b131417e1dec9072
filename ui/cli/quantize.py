"""`aidpost quantize`: the workshop that makes models small and proves it."""

from importlib.resources import files
from pathlib import Path

import click

from ui.cli.jsonl import dumps
from ui.cli.quantize_gguf import FILE, FOLDER, gguf, report


@click.group()
def quantize() -> None:
    """Make models small, measure what that costs, and record what they are."""


quantize.add_command(gguf)
quantize.add_command(report)


@quantize.command()
@click.option("--model", required=True, type=FILE, help="The full encoder, ONNX, one input.")
@click.option("--images", required=True, type=FOLDER, help="Pictures as in use.")
@click.option("--recipe", type=FILE, help="TOML; without it, the one that is shipped.")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def onnx(model: Path, images: Path, recipe: Path | None, out: Path, *, as_json: bool) -> None:
    """Make 8-bit files of an image encoder, measure them, and pick the best one.

    IMAGES holds pictures to calibrate with; some are held back to measure on. Needs the extra
    `workshop`.
    """
    from quantize.errors import WorkshopError  # noqa: PLC0415
    from quantize.onnx_encoder import make, markdown  # noqa: PLC0415
    from quantize.onnx_recipe import read_recipe  # noqa: PLC0415

    shipped = Path(str(files("quantize").joinpath("recipes/onnx.toml")))
    try:
        card = make(
            read_recipe(recipe or shipped),
            model,
            images,
            out,
            lambda text: click.echo(text, err=True),
        )
    except WorkshopError as error:
        raise click.ClickException(str(error)) from error
    click.echo(dumps(card.table()) if as_json else markdown(card))


@quantize.command()
@click.option(
    "--recipe", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--data", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option(
    "--base",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Weights to start from; without it, those of the installed package.",
)
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def embedder(recipe: Path, data: Path, base: Path | None, out: Path, *, as_json: bool) -> None:
    """Make the encoder and the re-ranker of the search from open question-answer pairs.

    DATA holds the texts that the recipe names, BASE the weights to start from; needs the extra
    `workshop`, best in an environment of its own.
    """
    from quantize.embedder import Places, installed_base, make  # noqa: PLC0415
    from quantize.embedder_recipe import RecipeRefused, read_recipe  # noqa: PLC0415

    program = Path(str(files("quantize"))).parent
    try:
        report = make(
            read_recipe(recipe),
            Places(data, base or installed_base(), out, program),
            lambda text: click.echo(text, err=True),
        )
    except RecipeRefused as error:
        raise click.ClickException(str(error)) from error
    click.echo(dumps(report) if as_json else _plain(report, out))


def _plain(report: dict[str, object], out: Path) -> str:
    return f"Written to {out}: {report['learned']} pairs learned from. Scores: {report['scores']}"
