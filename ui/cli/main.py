"""The command `aidpost`: exit codes 0 done, 1 failed with a message, 2 wrong usage.

A command is imported when it is asked for, and imports what it needs when it runs, so that a quick
question starts quickly.
"""

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module

import click

from assistant.errors import AssistantError
from kb.errors import LibraryError

COMMANDS: Mapping[str, str] = {
    "ask": "ui.cli.ask",
    "calc": "ui.cli.calc",
    "doctor": "ui.cli.doctor",
    "dose": "ui.cli.dose",
    "exam": "ui.cli.exam",
    "interactions": "ui.cli.interactions",
    "kb": "ui.cli.library",
    "models": "ui.cli.models",
    "quantize": "ui.cli.quantize",
    "triage": "ui.cli.triage",
}
"""Command -> the module that holds it under its own name."""


class Commands(click.Group):
    """All commands, each imported by the first who asks for it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in alphabetical order."""
        return sorted({*COMMANDS, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, or None."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return super().get_command(ctx, cmd_name)
        found: click.Command = getattr(import_module(module), cmd_name)
        return found


@click.group(cls=Commands, invoke_without_command=True)
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


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; errors of the product become one line on stderr and exit code 1."""
    try:
        cli.main(args=list(arguments) if arguments is not None else None, prog_name="aidpost")
    except (AssistantError, LibraryError) as error:
        click.echo(f"aidpost: {error}", err=True)
        sys.exit(1)
