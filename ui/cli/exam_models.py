"""`aidpost exam models`: speed, memory and faults of the part that runs language models."""

from pathlib import Path

import click

from ui.cli.jsonl import dumps


@click.command(name="models")
@click.option("--size", type=click.Choice(["small", "medium"]), default="medium", show_default=True)
@click.option("--rounds", type=click.IntRange(1, 20), default=5, show_default=True)
@click.option("--threads", type=click.IntRange(0, 256), default=0, help="0 for all cores.")
@click.option("--part", "parts", multiple=True, help="Only this part; may be given again.")
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Measure with this model file.",
)
def exam_models(
    size: str, rounds: int, threads: int, parts: tuple[str, ...], file: Path | None
) -> None:
    """Tokens a second beside bare llama-cpp-python, first words, cancelling, crashes, memory."""
    from assistant.errors import ModelError  # noqa: PLC0415
    from ui.exam_models import PARTS, Wanted, run_models  # noqa: PLC0415

    if unknown := sorted(set(parts) - set(PARTS)):
        message = f"{', '.join(unknown)}; there are {', '.join(PARTS)}"
        raise click.BadParameter(message, param_hint="--part")
    wanted = Wanted(size, rounds, threads, parts or PARTS, file)
    try:
        click.echo(dumps(run_models(wanted, lambda text: click.echo(text, err=True))))
    except (ModelError, OSError) as error:
        raise click.ClickException(str(error)) from error
