"""The command `aidpost`: exit codes 0 done, 1 failed with a message, 2 wrong usage.

A command is imported when it is asked for, and imports what it needs when it runs, so that a quick
question starts quickly.
"""

import sys
from collections.abc import Mapping, Sequence

import click

from assistant.errors import AssistantError
from kb.errors import LibraryError
from speech.errors import SpeechError
from ui.cli.on_demand import OnDemand

COMMANDS: Mapping[str, str] = {
    "ask": "ui.cli.ask:ask",
    "bundle": "ui.cli.bundle:bundle",
    "calc": "ui.cli.calc:calc",
    "doctor": "ui.cli.doctor:doctor",
    "dose": "ui.cli.dose:dose",
    "exam": "ui.cli.exam:exam",
    "image": "ui.cli.image:image",
    "interactions": "ui.cli.interactions:interactions",
    "kb": "ui.cli.library:kb",
    "kiosk": "ui.cli.kiosk:kiosk",
    "listen": "ui.cli.speech:listen",
    "models": "ui.cli.models:models",
    "phrases": "ui.cli.voice:phrases",
    "quantize": "ui.cli.quantize:quantize",
    "read": "ui.cli.read:read",
    "say": "ui.cli.voice:say",
    "serve": "ui.cli.serve:serve",
    "transcribe": "ui.cli.speech:transcribe",
    "triage": "ui.cli.triage:triage",
}
"""Command -> where it stands."""


@click.group(cls=OnDemand, later=COMMANDS, invoke_without_command=True)
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
    except (AssistantError, LibraryError, SpeechError) as error:
        click.echo(f"aidpost: {error}", err=True)
        sys.exit(1)
