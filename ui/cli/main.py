"""The command `aidpost`: exit codes 0 done, 1 failed with a message, 2 wrong usage.

Each command imports what it needs when it runs, so that a quick question starts quickly.
"""

import sys
from collections.abc import Sequence

import click

from assistant.errors import AssistantError
from kb.errors import LibraryError
from ui.cli.ask import ask
from ui.cli.calc import calc
from ui.cli.doctor import doctor
from ui.cli.dose import dose
from ui.cli.exam import exam
from ui.cli.interactions import interactions
from ui.cli.library import kb
from ui.cli.quantize import quantize
from ui.cli.triage import triage


@click.group(invoke_without_command=True)
@click.version_option(package_name="aidpost")
@click.option("--port", type=click.IntRange(1024, 65535), help="Port of the desktop app.")
@click.option("--no-browser", is_flag=True, help="Do not open a browser window.")
@click.pass_context
def cli(context: click.Context, port: int | None, no_browser: bool) -> None:
    """Aidpost: offline medical assistant. Without a command it opens the desktop app.

    Decision support for health workers; not a diagnosis; not a cleared device.
    """
    if context.invoked_subcommand is None:
        from ui.cli.app import run_app  # noqa: PLC0415

        run_app(port, open_browser=not no_browser)


for command in (ask, calc, doctor, dose, exam, interactions, kb, quantize, triage):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; errors of the product become one line on stderr and exit code 1."""
    try:
        cli.main(args=list(arguments) if arguments is not None else None, prog_name="aidpost")
    except (AssistantError, LibraryError) as error:
        click.echo(f"aidpost: {error}", err=True)
        sys.exit(1)
