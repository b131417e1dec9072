"""`aidpost exam desks`: how the clinic server bears many desks at once."""

import click

from ui.cli.jsonl import dumps


@click.command("desks")
@click.option("--desks", type=click.IntRange(1, 200), default=20, show_default=True)
@click.option("--rounds", type=click.IntRange(1, 1000), default=15, show_default=True)
@click.option("--seconds", type=click.FloatRange(1, 3600), default=30.0, show_default=True)
@click.option("--reading", type=click.FloatRange(0, 600), default=5.0, show_default=True)
@click.option("--processes", type=click.IntRange(0, 16), default=0, help="0: one for each core.")
def exam_desks(desks: int, rounds: int, seconds: float, reading: float, processes: int) -> None:
    """Start a server on this machine and let desks ask it: times, errors, memory."""
    from ui.exam_desks import Load, measure  # noqa: PLC0415

    click.echo(dumps(measure(Load(desks, rounds, seconds, reading, processes))))
