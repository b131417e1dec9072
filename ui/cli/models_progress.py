"""How far a long copy is, on stderr: a line that renews itself on a terminal, else tenths."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from ui.models.disk import Progress, in_words

_EVERY_S = 0.2


class _Bar:
    """Writes the progress of one file after the other."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._shown = 0.0
        self._tenth = -1
        self._name = ""
        self._begun = 0.0
        self._first = 0

    def told(self, name: str, done: int, total: int) -> None:
        """Take how far a file is."""
        if name != self._name:
            self._name, self._begun, self._first, self._tenth = name, time.monotonic(), done, -1
        if self._terminal:
            self._renew(done, total)
        elif total and (tenth := done * 10 // total) > self._tenth:
            self._tenth = tenth
            click.echo(f"{name}: {tenth * 10} % of {in_words(total)}", err=True)

    def end(self) -> None:
        """Leave the line."""
        if self._terminal and self._name:
            click.echo("", err=True)

    def _renew(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._shown < _EVERY_S and done < total:
            return
        self._shown = now
        spent = now - self._begun
        rate = (done - self._first) / spent if spent > 1 else 0.0
        left = f", {_left((total - done) / rate)} left" if rate else ""
        share = done * 100 // max(1, total)
        line = f"{self._name[:40]} {share:3d} % of {in_words(total)}{left}"
        click.echo(f"\r{line:<78}", err=True, nl=False)


@contextmanager
def bar() -> Iterator[Progress]:
    """Progress for one command."""
    shown = _Bar()
    try:
        yield shown.told
    finally:
        shown.end()


def _left(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min" if minutes else f"{int(seconds)} s"
