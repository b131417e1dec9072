"""The PIN before the settings: kept as a scrypt hash, five tries, then ever longer waits.

Tries are counted in the file as well, so that switching the kiosk off and on gives no fresh ones.
A wrong try is told in the log by its number alone, and to the next person who opens the settings.
"""

import hashlib
import hmac
import json
import logging
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ui.kiosk.small_files import read_object, write_object

_LOG = logging.getLogger(__name__)
FILE = "kiosk-pin.json"
FREE_TRIES = 5
FIRST_WAIT_S = 30.0
LONGEST_WAIT_S = 3600.0
_STEADY = 8
"""From so many wrong tries on, none of ten minutes gets more than one."""
_STEADY_WAIT_S = 600.0
_MOST_DOUBLINGS = 16
_DAMAGED = (
    "The file of the PIN, kiosk-pin.json, cannot be read, so the settings stay closed. Who looks"
    " after this machine can put it back, or delete it and choose another PIN."
)
_PIN = re.compile(r"[0-9]{4,8}", re.ASCII)
_EASY_STEPS = {0, 1, 9}
"""From digit to digit: the same, one more, one less."""
_COST = {"n": 1 << 15, "r": 8, "p": 1, "maxmem": 64 << 20, "dklen": 32}
"""Memory 32 MB a try; parameters as RFC 7914 describes them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try."""

    opened: bool
    wait_s: float = 0.0
    """Seconds until the next try is looked at."""
    evaluated: bool = True
    """Whether the PIN was compared at all."""
    wrong_before: int = 0
    """Where it opened: wrong tries since it was last opened."""


class BadPin(Exception):
    """A PIN that cannot be set; the message says why."""


def wait_after(wrong: int) -> float:
    """Seconds to wait after so many wrong tries in a row."""
    if wrong < FREE_TRIES:
        return 0.0
    doublings = min(wrong - FREE_TRIES, _MOST_DOUBLINGS)
    wait = float(min(FIRST_WAIT_S * 2**doublings, LONGEST_WAIT_S))
    return max(wait, _STEADY_WAIT_S) if wrong >= _STEADY else wait


class PinLock:
    """One PIN. Safe to use from several threads; they take turns."""

    def __init__(self, home: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the data folder and a clock that never goes back."""
        self._path = home / FILE
        self._clock = clock
        self._turn = threading.Lock()
        there = self._path.exists() or self._path.is_symlink()
        kept = read_object(self._path)
        self._salt, self._hash = _bytes(kept.get("salt")), _bytes(kept.get("hash"))
        wrong = _count(kept.get("wrong"))
        # A file that cannot be read is no invitation to choose a new PIN.
        sound = wrong is not None and self._salt and len(self._hash) == _COST["dklen"]
        self._damaged = there and not sound
        self._wrong = wrong or 0
        # How long the machine was off is not known, as its clock may be wrong: wait once more.
        self._until = clock() + wait_after(self._wrong)

    @property
    def is_set(self) -> bool:
        """Whether there is a PIN."""
        return self._damaged or bool(self._hash)

    def set(self, pin: str) -> None:
        """Set a PIN where there is none, or replace it after it was given.

        Raises:
            BadPin: it is not four to eight digits, or too easily guessed.
            OSError: it cannot be kept; the PIN before it stands.
        """
        if not _PIN.fullmatch(pin):
            raise BadPin("The PIN is four to eight digits.")
        steps = {(int(two) - int(one)) % 10 for one, two in pairwise(pin)}
        if len(steps) == 1 and steps <= _EASY_STEPS:
            raise BadPin("The PIN must not be one digit repeated, nor digits in a row.")
        with self._turn:
            if self._damaged:
                raise BadPin(_DAMAGED)
            salt = secrets.token_bytes(16)
            hashed = _hashed(pin, salt)
            self._keep(salt, hashed, 0)
            self._salt, self._hash, self._wrong, self._until = salt, hashed, 0, self._clock()

    def try_open(self, pin: str) -> Outcome:
        """Compare a PIN; while one has to wait, nothing is compared.

        Raises:
            BadPin: the file of the PIN is damaged.
            OSError: the count of tries cannot be kept; nothing was compared then.
        """
        with self._turn:
            if self._damaged:
                raise BadPin(_DAMAGED)
            left = self._left()
            if left > 0 or not self.is_set:
                return Outcome(opened=False, wait_s=left, evaluated=False)
            before = self._wrong
            # Counted before it is compared: a power cut gives no free try.
            self._keep(self._salt, self._hash, before + 1)
            self._wrong = before + 1
            if hmac.compare_digest(_hashed(pin, self._salt), self._hash):
                self._keep(self._salt, self._hash, 0)
                self._wrong = 0
                return Outcome(opened=True, wrong_before=before)
            wait = wait_after(self._wrong)
            self._until = self._clock() + wait
            _LOG.warning("Wrong PIN for the kiosk, try %d; next in %d s.", self._wrong, wait)
            return Outcome(opened=False, wait_s=wait)

    def _left(self) -> float:
        """Seconds still to wait; a clock that went back makes it wait once more, never longer."""
        now, wait = self._clock(), wait_after(self._wrong)
        self._until = min(self._until, now + wait)
        return max(self._until - now, 0.0)

    def _keep(self, salt: bytes, hashed: bytes, wrong: int) -> None:
        kept = {"salt": salt.hex(), "hash": hashed.hex(), "wrong": wrong}
        write_object(self._path, json.dumps(kept))


def _hashed(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode("utf-8", "replace")[:64], salt=salt, **_COST)


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if value >= 0 else None


def _bytes(text: object) -> bytes:
    try:
        return bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        return b""
