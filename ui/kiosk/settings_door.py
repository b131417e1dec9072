"""The settings behind the PIN: opened for a minute, closed by a new patient."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from ui.kiosk.options import BadOption, save_options
from ui.kiosk.pin import BadPin, PinLock
from ui.kiosk.seat import Seat

OPEN_S = 120.0
"""Seconds for which one PIN opens the settings."""


class Locked(Exception):
    """The settings stay closed; the message says why."""

    def __init__(self, message: str, wait_s: float = 0.0) -> None:
        """Take the message and the seconds until the next try."""
        super().__init__(message)
        self.wait_s = round(wait_s)


class SettingsDoor:
    """Lets who knows the PIN change the options of a seat."""

    def __init__(
        self, seat: Seat, pin: PinLock, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the seat, its PIN and a clock that never goes back."""
        self._seat = seat
        self._pin = pin
        self._clock = clock
        self._turn = threading.Lock()
        self._session = ""
        self._opened_at: float | None = None

    def about(self) -> dict[str, Any]:
        """The options, and whether there is a PIN."""
        return {"pin_set": self._pin.is_set, "options": asdict(self._seat.options)}

    def set_pin(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The first PIN, or another one while the settings are open.

        Raises:
            BadPin: it cannot be used.
            Locked: there is one, and the settings are closed.
            OSError: it cannot be kept.
        """
        with self._turn:
            if self._pin.is_set and not self._is_open:
                raise Locked("Give the PIN first.")
            self._pin.set(_digits(given))
            self._open_now()
            return self.about()

    def open(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Compare a PIN; tells how many were wrong since the settings were last opened.

        Raises:
            BadPin: it is none, or the file of the PIN is damaged.
            Locked: it is wrong, or one has to wait.
            OSError: the try cannot be counted.
        """
        with self._turn:
            outcome = self._pin.try_open(_digits(given))
            if not outcome.evaluated:
                raise Locked("Too many wrong PINs.", outcome.wait_s)
            if not outcome.opened:
                raise Locked("This PIN is wrong.", outcome.wait_s)
            self._open_now()
            return {**self.about(), "wrong_before": outcome.wrong_before}

    def save(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Change options and keep them.

        Raises:
            Locked: the settings are closed.
            BadOption: a value cannot be used.
            OSError: they cannot be kept; they count until the kiosk ends.
        """
        with self._turn:
            if not self._is_open:
                raise Locked("Give the PIN first.")
            values = given.get("options")
            if not isinstance(values, dict):
                raise BadOption("There are no settings in it.")
            options = self._seat.options.changed(values)
            self._seat.change(options)
            save_options(self._seat.home, options)
            return self.about()

    def shut(self, _: Mapping[str, Any]) -> dict[str, Any]:
        """Close the settings."""
        with self._turn:
            self._opened_at = None
            return self.about()

    @property
    def _is_open(self) -> bool:
        if self._opened_at is None or self._session != self._seat.session:
            return False
        # A clock that went back closes them: it must not keep them open for longer.
        return 0 <= self._clock() - self._opened_at < OPEN_S

    def _open_now(self) -> None:
        self._session, self._opened_at = self._seat.session, self._clock()


def _digits(given: Mapping[str, Any]) -> str:
    pin = given.get("pin")
    if not isinstance(pin, str):
        raise BadPin("The PIN is four to eight digits.")
    return pin
