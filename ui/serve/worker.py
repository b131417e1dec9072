"""An answering process: opens a desk of its own and answers what comes through a pipe.

Several of them use several cores; one that dies costs its own questions and is replaced. It ends
when the pipe does.
"""

import gc
import signal
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection

from assistant.errors import AssistantError
from kb.errors import LibraryError
from speech.errors import BadAudio, SpeechError
from ui.cli.jsonl import BadRequest
from ui.serve.contract import Contract
from ui.serve.frames import Frame, packed, unpacked
from ui.serve.guard import error_body
from ui.serve.hearing import Hearing
from ui.settings import Settings
from ui.wiring import open_desk

FAULT = "The program failed at this request. It was not answered."
_TRIES = ("fever", "amoxicillin dose child 12 kg", "warfarin and ibuprofen together")
"""Asked at the start, so that the first desk does not wait for what is opened on first use."""


def work(pipe: Connection, settings: Settings, width: int) -> None:
    """Answer until the pipe ends.

    Args:
        pipe: to the front.
        settings: of this installation.
        width: how many questions are answered at the same time.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the front ends this process
    answering = Answering(pipe)
    try:
        desk = open_desk(settings)
    except (AssistantError, LibraryError) as error:
        answering.tell(Frame("failed", body=str(error).encode()))
        return
    hearing = Hearing(settings.home)
    try:
        contract = Contract(desk, hearing.hear)
        contract.warm(_TRIES)
        _settle()
        answering.tell(Frame("ready"))
        with ThreadPoolExecutor(width) as pool:
            answering.listen(contract, pool)
    finally:
        hearing.close()
        desk.close()


def _settle() -> None:
    """Keep what is open now out of the search for garbage; a tenth of each answer's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


class Answering:
    """One end of the pipe."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self._stopped: dict[int, threading.Event] = {}

    def tell(self, frame: Frame) -> None:
        """Send a frame; one that nobody waits for any more is lost."""
        with self._lock, suppress(OSError):
            self._pipe.send_bytes(packed(frame))

    def listen(self, contract: Contract, pool: ThreadPoolExecutor) -> None:
        """Take questions until the pipe ends."""
        with suppress(EOFError, OSError):
            while True:
                frame = unpacked(self._pipe.recv_bytes())
                if frame.kind == "stop":
                    self._stop(frame.job)
                    continue
                stopped = self._stopped[frame.job] = threading.Event()
                job = pool.submit(self._answer, contract, frame, stopped)
                job.add_done_callback(partial(self._done, frame.job))
        for job_number in list(self._stopped):
            self._stop(job_number)

    def _answer(self, contract: Contract, frame: Frame, stopped: threading.Event) -> None:
        status, last = 200, b""
        try:
            for part in contract.answer(frame.route, frame.body, stopped):
                self.tell(Frame("part", frame.job, body=part))
        except (BadRequest, BadAudio, AssistantError) as error:
            status, last = 422, error_body(422, str(error))
        except (LibraryError, SpeechError) as error:
            status, last = 503, error_body(503, str(error))
        self.tell(Frame("end", frame.job, status, body=last))

    def _done(self, job: int, future: "Future[None]") -> None:
        """Forget a job; one that failed in a way that nobody foresaw is told as such."""
        self._stopped.pop(job, None)
        if future.exception() is not None:
            self.tell(Frame("end", job, 500, body=error_body(500, FAULT)))

    def _stop(self, job: int) -> None:
        if stopped := self._stopped.get(job):
            stopped.set()
