"""The PIN before the settings: kept as a scrypt hash, five tries, then ever longer waits.

Tries are counted in the file as well, so that switching the kiosk off and on gives no fresh ones.
"""

import hashlib
import hmac
import json
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ui.kiosk.small_files import read_object, write_object

FILE = "kiosk-pin.json"
FREE_TRIES = 5
FIRST_WAIT_S = 30.0
LONGEST_WAIT_S = 3600.0
_STEADY = 8
"""From so many wrong tries on, none of ten minutes gets more than one."""
_STEADY_WAIT_S = 600.0
_PIN = re.compile(r"[0-9]{4,8}", re.ASCII)
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


class BadPin(Exception):
    """A PIN that cannot be set; the message says why."""


def wait_after(wrong: int) -> float:
    """Seconds to wait after so many wrong tries in a row."""
    if wrong < FREE_TRIES:
        return 0.0
    wait = float(min(FIRST_WAIT_S * 2 ** (wrong - FREE_TRIES), LONGEST_WAIT_S))
    return max(wait, _STEADY_WAIT_S) if wrong >= _STEADY else wait


class PinLock:
    """One PIN. Safe to use from several threads; they take turns."""

    def __init__(self, home: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the data folder and a clock that never goes back."""
        self._path = home / FILE
        self._clock = clock
        self._turn = threading.Lock()
        kept = read_object(self._path)
        self._salt, self._hash = _bytes(kept.get("salt")), _bytes(kept.get("hash"))
        wrong = kept.get("wrong")
        self._wrong = wrong if isinstance(wrong, int) and wrong >= 0 else 0
        # How long the machine was off is not known, as its clock may be wrong: wait once more.
        self._until = clock() + wait_after(self._wrong)

    @property
    def is_set(self) -> bool:
        """Whether there is a PIN."""
        return bool(self._hash)

    def set(self, pin: str) -> None:
        """Set a PIN where there is none, or replace it after it was given.

        Raises:
            BadPin: it is not four to eight digits, or all the same digit.
            OSError: it cannot be kept.
        """
        if not _PIN.fullmatch(pin):
            raise BadPin("The PIN is four to eight digits.")
        if len(set(pin)) == 1:
            raise BadPin("The PIN must not be one digit repeated.")
        with self._turn:
            self._salt = secrets.token_bytes(16)
            self._hash = _hashed(pin, self._salt)
            self._wrong = 0
            self._keep()

    def try_open(self, pin: str) -> Outcome:
        """Compare a PIN; while one has to wait, nothing is compared.

        Raises:
            OSError: the count of tries cannot be kept; nothing was compared then.
        """
        with self._turn:
            left = self._until - self._clock()
            if left > 0 or not self.is_set:
                return Outcome(opened=False, wait_s=max(left, 0.0), evaluated=False)
            self._wrong += 1  # counted before it is compared: a power cut gives no free try
            self._keep()
            if hmac.compare_digest(_hashed(pin, self._salt), self._hash):
                self._wrong = 0
                self._keep()
                return Outcome(opened=True)
            wait = wait_after(self._wrong)
            self._until = self._clock() + wait
            return Outcome(opened=False, wait_s=wait)

    def _keep(self) -> None:
        kept = {"salt": self._salt.hex(), "hash": self._hash.hex(), "wrong": self._wrong}
        write_object(self._path, json.dumps(kept))


def _hashed(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode("utf-8", "replace")[:64], salt=salt, **_COST)


def _bytes(text: object) -> bytes:
    try:
        return bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        return b""
