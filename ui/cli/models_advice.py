"""`aidpost models recommend`: which language model suits this machine, and how fast it will be."""

from typing import TYPE_CHECKING

import click

from ui.cli.jsonl import dumps

if TYPE_CHECKING:
    from ui.models.advice import Speed
    from ui.models.machine import Machine


@click.command()
@click.option("--no-trial", is_flag=True, help="Do not measure; judge by memory alone.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def recommend(no_trial: bool, as_json: bool) -> None:
    """Measure this machine (at most a minute) and name the model that suits it.

    All times are estimates from a short trial; other work on the machine makes them longer.
    """
    from ui.cli.models_words import Advice, lines, values  # noqa: PLC0415
    from ui.models.advice import best, estimates, load_rules  # noqa: PLC0415
    from ui.models.catalogue import catalogue  # noqa: PLC0415
    from ui.models.machine import this_machine  # noqa: PLC0415

    machine = this_machine()
    speed, why = (None, "not measured") if no_trial else _measured(machine)
    found = estimates(catalogue(), machine.memory, speed, load_rules())
    chosen = best(found) if not machine.missing else None
    advice = Advice(machine, speed, why, found, chosen)
    click.echo(dumps(values(advice)) if as_json else "\n".join(lines(advice)))


def _measured(machine: "Machine") -> tuple["Speed | None", str]:
    """The speed, or why it is not known."""
    from assistant.errors import ModelError  # noqa: PLC0415
    from ui.models.allowed import models_of  # noqa: PLC0415
    from ui.models.engine import open_trial  # noqa: PLC0415
    from ui.models.trial import measure  # noqa: PLC0415
    from ui.settings import load_settings  # noqa: PLC0415

    if machine.missing:
        return None, f"this processor lacks {', '.join(machine.missing)}, which the engine needs"
    folder = models_of(load_settings()[0].home).folder
    click.echo("Measuring; this takes at most a minute.", err=True)
    try:
        return measure(open_trial, folder, machine.cores), ""
    except ModelError as error:
        return None, str(error)
