"""Fetches one file of the hub: goes on where it stopped, and believes nothing but its digest.

What has come so far lies in a file named for its digest, so that it can only be continued with the
same content. It is read again before more is added, and only a file whose digest is the declared
one leaves under its own name.
"""

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kb.packs.disk import sync_file
from ui.models.disk import BLOCK, Progress, in_words, plain_errors
from ui.models.errors import Interrupted, WrongDigest
from ui.models.hub import Hub, Later
from ui.models.listing import HubFile, Listing
from ui.models.transport import Cut, Reply


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to try."""

    tries: int = 8
    """Tries in a row that bring less than `least_bytes` before it is given up."""
    first_pause_s: float = 1.0
    """Pause after the first failure; it doubles with each further one."""
    longest_pause_s: float = 60.0
    window_s: float = 60.0
    """A connection that brings less than `least_bytes` in this time is broken off."""
    least_bytes: int = 6_000
    """100 bytes a second in the standard window: slower than the slowest mobile line."""
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic

    def pause_s(self, failures: int, asked: float) -> float:
        """How long to wait after so many failures in a row."""
        pause: float = self.first_pause_s * 2.0 ** (failures - 1)
        return min(max(pause, asked), self.longest_pause_s)


class _Collected:
    """What has come of a file so far, and its digests."""

    def __init__(self, file: BinaryIO, wanted: HubFile) -> None:
        """Read again what came before; what is too long cannot be the file and is dropped."""
        self._file = file
        self._wanted = wanted
        self.size = 0
        self._begin()
        if os.fstat(file.fileno()).st_size > wanted.size:
            self.restart()
        while block := file.read(BLOCK):
            self._count(block)

    def restart(self) -> None:
        """Drop everything."""
        self._file.seek(0)
        self._file.truncate()
        self.size = 0
        self._begin()

    def add(self, block: bytes) -> None:
        """Keep the next bytes."""
        self._file.write(block)
        self._count(block)

    def save(self) -> None:
        """Wait until it is on the disk."""
        self._file.flush()
        sync_file(self._file.fileno())

    @property
    def right(self) -> bool:
        """Whether it is the file that the hub declares."""
        counted = self._git if self._wanted.digest.kind == "git" else self._sha256
        return counted.hexdigest() == self._wanted.digest.value

    @property
    def sha256(self) -> str:
        """SHA-256 of what has come, in hex."""
        return self._sha256.hexdigest()

    def _begin(self) -> None:
        self._sha256 = hashlib.sha256()
        # Git counts a file by this line and its content; not a safeguard against forgery.
        head = f"blob {self._wanted.size}\0".encode()
        self._git = hashlib.sha1(head, usedforsecurity=False)

    def _count(self, block: bytes) -> None:
        self.size += len(block)
        self._sha256.update(block)
        if self._wanted.digest.kind == "git":
            self._git.update(block)


@dataclass(frozen=True, slots=True)
class Fetch:
    """One file on its way."""

    hub: Hub
    listing: Listing
    file: HubFile
    part: Path
    """Where it is collected."""
    patience: Patience
    progress: Progress

    def run(self) -> str:
        """Fetch what is missing; gives the SHA-256 of the file, which then lies whole in `part`.

        Raises:
            WrongDigest: what came is not what the hub declares; it was thrown away.
            Interrupted: the connection failed again and again; what came is kept.
            HubError: the hub does not give the file.
            NoRoom: the disk is full; what came is kept.
        """
        for last in (False, True):
            self.part.touch()
            with plain_errors(self.file.name), self.part.open("r+b") as file:
                got = _Collected(file, self.file)
                resumed = got.size > 0
                self._complete(got)
            if got.right:
                return got.sha256
            self.part.unlink()
            # Bytes of an earlier run may have suffered on this disk; one more time, from the start.
            if last or not resumed:
                break
        raise WrongDigest(
            f"{self.file.name} came damaged or was changed on the way: its digest is not the one"
            " that the hub declares. It was thrown away; run the command again."
        )

    def _complete(self, got: _Collected) -> None:
        """Fetch until the file is whole, however often the connection breaks."""
        failures = 0
        while got.size < self.file.size:
            before = got.size
            try:
                self._more(got)
            except Cut as error:
                got.save()
                brought = got.size - before >= self.patience.least_bytes
                failures = 1 if brought else failures + 1
                if failures >= self.patience.tries:
                    raise self._given_up(got.size, error) from error
                asked = error.wait_s if isinstance(error, Later) else 0.0
                self.patience.sleep(self.patience.pause_s(failures, asked))
        got.save()

    def _more(self, got: _Collected) -> None:
        """One connection: add what it brings."""
        start = got.size
        with self.hub.opened(self.listing, self.file, start) as reply:
            if start and not _goes_on(reply, start):
                got.restart()
            if reply.status == 416 or (reply.status == 206 and not _goes_on(reply, start)):
                raise Cut("the hub cannot go on in the middle")
            self._receive(reply, got)

    def _receive(self, reply: Reply, got: _Collected) -> None:
        patience = self.patience
        since, mark = patience.now(), got.size
        while (left := self.file.size - got.size) > 0:
            block = reply.read(min(BLOCK, left))
            if not block:
                raise Cut("the connection ended before the file did")
            got.add(block)
            self.progress(self.file.name, got.size, self.file.size)
            if patience.now() - since > patience.window_s:
                if got.size - mark < patience.least_bytes:
                    raise Cut("the connection is too slow")
                since, mark = patience.now(), got.size

    def _given_up(self, done: int, error: Cut) -> Interrupted:
        return Interrupted(
            f"{self.file.name} could not be fetched: {error}. {in_words(done)} of"
            f" {in_words(self.file.size)} are kept; run the command again to go on from there."
        )


def _goes_on(reply: Reply, start: int) -> bool:
    """Whether a reply begins at the byte that was asked for."""
    span = reply.headers.get("content-range", "")
    return reply.status == 206 and span.startswith(f"bytes {start}-")
