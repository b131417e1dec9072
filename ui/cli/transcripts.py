"""Transcripts in a terminal: the text on stdout, what a person has to know beside it on stderr."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from speech.messages import Doubt, Transcript
from ui.cli.jsonl import dumps

if TYPE_CHECKING:
    from speech.hearing.session import StreamEvent


class Shown:
    """Shows what a session tells: words so far on stderr, transcripts on stdout."""

    def __init__(self, *, as_json: bool, once: bool) -> None:
        self._as_json = as_json
        self._once = once
        self._count = 0
        self.failed = ""

    @property
    def enough(self) -> bool:
        """Whether one utterance was wanted and has come."""
        return self._once and self._count > 0

    def tell(self, event: "StreamEvent") -> None:
        """Show one event."""
        from speech.hearing.session import Failed, Understood, WordsSoFar  # noqa: PLC0415

        match event:
            case WordsSoFar(partial):
                click.echo(f"\r... {partial.text}", err=True, nl=False)
            case Understood(transcript):
                self._count += 1
                click.echo("\r", err=True, nl=False)
                show(transcript, as_json=self._as_json)
            case Failed(message):
                self.failed = message
            case _:
                pass


def show(found: Transcript, *, as_json: bool) -> None:
    """One transcript, as text or as an object."""
    if as_json:
        click.echo(dumps(found.to_json()))
        return
    click.echo(found.text or found.message)
    for line in _notes(found):
        click.echo(line, err=True)


def _notes(found: Transcript) -> Iterator[str]:
    """What a person has to know beside the text."""
    for doubt in found.doubts:
        yield f"? {doubt.ask}{_pick(doubt)}"
    for rejected in found.rejected:
        yield f"- left out, {rejected.reason}: {rejected.text[:80]}"


def _pick(doubt: Doubt) -> str:
    return f" [{' | '.join(doubt.choices)}]" if len(doubt.choices) > 1 else ""
