"""A group of commands, each imported by the first who asks for it."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class OnDemand(click.Group):
    """Commands by name, and the object that holds each: `package.module:name`."""

    def __init__(self, *arguments: Any, later: Mapping[str, str], **more: Any) -> None:  # noqa: ANN401
        """Take what is imported later."""
        super().__init__(*arguments, **more)
        self._later = later

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in alphabetical order."""
        return sorted({*self._later, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, or None."""
        place = self._later.get(cmd_name)
        if place is None:
            return super().get_command(ctx, cmd_name)
        module, name = place.split(":")
        found: click.Command = getattr(import_module(module), name)
        return found
