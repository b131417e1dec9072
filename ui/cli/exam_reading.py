"""`aidpost exam reading`: how well this installation reads papers, on made-up ones."""

import click

from ui.cli.jsonl import dumps


@click.command("reading")
@click.option("--kinds", default="lab,label,letter", show_default=True, help="Kinds of papers.")
@click.option("--first-seed", type=click.IntRange(0), default=0, show_default=True)
@click.option(
    "--papers", type=click.IntRange(1, 2000), default=20, show_default=True, help="Of each."
)
def exam_reading(kinds: str, first_seed: int, papers: int) -> None:
    """Fields and characters right on lab slips, labels and letters with known content."""
    from ui.exam_reading import KINDS, measure  # noqa: PLC0415

    wanted = tuple(part for part in kinds.split(",") if part)
    if not wanted or set(wanted) - set(KINDS):
        message = f"kinds are {', '.join(KINDS)}"
        raise click.BadParameter(message, param_hint="--kinds")
    click.echo(dumps(measure(wanted, range(first_seed, first_seed + papers))))
