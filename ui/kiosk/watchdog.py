"""Tells systemd that the kiosk is ready and alive: datagrams to the socket it names (sd_notify(3)).

Without systemd nothing happens. Where the kiosk no longer answers itself, nothing is told any more,
and systemd starts it anew.
"""

import os
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notifier:
    """The socket of systemd and how often it wants to hear; no address without systemd."""

    address: str = ""
    every_s: float = 0.0
    """Half of the time after which systemd loses patience; 0 where it does not watch."""

    def tell(self, message: str) -> None:
        """Send one message; a socket that is gone is no reason to stop."""
        if not self.address:
            return
        name = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, suppress(OSError):
            sender.sendto(message.encode(), name)


def open_notifier(environment: Mapping[str, str] = os.environ) -> Notifier:
    """What systemd asks for in the environment of the process."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return Notifier()
    asked, pid = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    is_for_us = not pid or pid == str(os.getpid())
    microseconds = int(asked) if asked.isascii() and asked.isdigit() and is_for_us else 0
    return Notifier(address, microseconds / 2_000_000)


class Watch:
    """A thread that tells systemd regularly, as long as the kiosk is well."""

    def __init__(self, notifier: Notifier, is_well: Callable[[], bool]) -> None:
        """Take where to tell, and what finds out whether the kiosk is well."""
        self._notifier = notifier
        self._is_well = is_well
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="watchdog", daemon=True)

    def start(self) -> None:
        """Say that the kiosk is ready, and begin to watch where that is wanted."""
        self._notifier.tell("READY=1\nSTATUS=Serving the kiosk")
        if self._notifier.every_s > 0:
            self._thread.start()

    def stop(self) -> None:
        """Say that the kiosk ends."""
        self._ended.set()
        self._notifier.tell("STOPPING=1")

    def _work(self) -> None:
        while not self._ended.wait(self._notifier.every_s):
            if self._is_well():
                self._notifier.tell("WATCHDOG=1")
