"""Questions wait in one line for the next free place; places are in processes that may die.

Answers are begun in the order in which questions came. The line has an end: who comes when it is
full is told to come again, so that memory and waiting stay bounded.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

from ui.serve.frames import Frame
from ui.serve.guard import error_body
from ui.serve.process import AnsweringProcess, Work
from ui.settings import Settings

DIED = "The program that answers stopped. It starts again; please ask once more."
NOT_STARTED = "The program that answers stopped while it started."
LATE = "The answer took too long and was given up."
_GRACE_S = 10.0
_LONGEST_REST_S = 30.0


@dataclass(frozen=True, slots=True)
class LanePlan:
    """How a lane works."""

    work: Work
    settings: Settings
    processes: int = 1
    width: int = 1
    """Questions that one process answers at a time."""
    most_waiting: int = 100
    wait_s: float = 20.0
    """The longest wait for a place."""
    answer_s: float = 30.0
    """The longest time for an answer."""
    start_s: float = 180.0
    """The longest time to open the library."""


class Full(Exception):
    """The line is full, or no place was free in time."""


class CannotOpen(Exception):
    """An answering process cannot start; the message is what it said."""


class Lane:
    """One line and the processes that serve it. Belongs to one event loop."""

    def __init__(self, plan: LanePlan) -> None:
        """Take the plan; nothing starts before `start`."""
        self._plan = plan
        self._free: asyncio.Queue[_Seat] = asyncio.Queue()
        self._seats: list[_Seat] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._jobs = 0
        self._open = False
        self.waiting = 0
        """Questions in the line."""

    @property
    def processes(self) -> list[int]:
        """Numbers of the processes that are ready."""
        return [seat.process.pid for seat in self._seats if seat.is_ready]

    async def start(self) -> None:
        """Start the processes; the first one alone, since it may have to build the index.

        Raises:
            CannotOpen: the library cannot be opened.
        """
        if self._open:
            return
        self._open = True
        try:
            for _ in range(self._plan.processes):
                await self._seat()
        except CannotOpen:
            self._open = False
            raise

    async def close(self) -> None:
        """End all processes."""
        self._open = False
        for task in self._tasks:
            task.cancel()
        loop = asyncio.get_running_loop()
        ends = [loop.run_in_executor(None, seat.process.end) for seat in self._seats]
        await asyncio.gather(*ends)
        self._seats.clear()

    def kill(self) -> None:
        """End all processes at once, where no event loop runs any more."""
        self._open = False
        for seat in self._seats:
            seat.process.kill()

    async def ask(self, route: str, body: bytes) -> AsyncIterator[Frame]:
        """The frames of one answer; its last one is of the kind `end`.

        Raises:
            Full: no place was free in time.
        """
        seat = await self._place()
        self._jobs += 1
        frames = seat.begin(Frame("ask", self._jobs, route=route, body=body))
        number = self._jobs
        until = asyncio.get_running_loop().time() + self._plan.answer_s
        ended = False
        try:
            while not ended:
                async with asyncio.timeout_at(until):
                    frame = await frames.get()
                ended = frame.kind == "end"
                yield frame
        except TimeoutError:
            yield Frame("end", number, 504, body=error_body(504, LATE))
        finally:
            if not ended:
                seat.give_up(number)

    async def _place(self) -> "_Seat":
        if self.waiting >= self._plan.most_waiting:
            raise Full
        self.waiting += 1
        try:
            async with asyncio.timeout(self._plan.wait_s):
                while not (seat := await self._free.get()).is_ready:
                    pass
        except TimeoutError as error:
            raise Full from error
        else:
            return seat
        finally:
            self.waiting -= 1

    async def _seat(self) -> None:
        """Start one process and wait until it is ready."""
        seat = _Seat(self._plan, self._free, self._gone)
        self._seats.append(seat)
        try:
            async with asyncio.timeout(self._plan.start_s):
                await seat.ready.wait()
        except TimeoutError as error:
            seat.process.kill()
            raise CannotOpen("The library did not open in time.") from error
        if not seat.is_ready:
            raise CannotOpen(seat.refused or NOT_STARTED)

    def _gone(self, seat: "_Seat") -> None:
        """A process died: start another one in its place, after a rest where it died young."""
        if seat in self._seats:
            self._seats.remove(seat)
        if self._open and seat.was_ready:
            rest = 0.0 if seat.answered else 1.0
            task = asyncio.get_running_loop().create_task(self._again(rest))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _again(self, rest_s: float) -> None:
        while self._open:
            await asyncio.sleep(rest_s)
            rest_s = min(max(1.0, rest_s * 2), _LONGEST_REST_S)
            try:
                await self._seat()
            except CannotOpen:
                continue
            return


class _Seat:
    """A process with the questions that it is answering."""

    def __init__(
        self, plan: LanePlan, free: "asyncio.Queue[_Seat]", gone: "Callable[[_Seat], None]"
    ) -> None:
        self._plan = plan
        self._free = free
        self._gone = gone
        self._jobs: dict[int, asyncio.Queue[Frame]] = {}
        self.ready = asyncio.Event()
        self.is_ready = self.was_ready = False
        self.refused = ""
        self.answered = False
        self.process = AnsweringProcess(plan.work, plan.settings, plan.width, self._heard)

    def begin(self, frame: Frame) -> "asyncio.Queue[Frame]":
        """Ask a question; its frames come into the queue."""
        frames = self._jobs[frame.job] = asyncio.Queue()
        self.process.tell(frame)
        return frames

    def give_up(self, job: int) -> None:
        """Stop an answer; a process that does not is ended, for its place would be lost."""
        if job in self._jobs:
            self.process.tell(Frame("stop", job))
            loop = asyncio.get_running_loop()
            loop.call_later(_GRACE_S, lambda: self.process.kill() if job in self._jobs else None)

    def _heard(self, frame: Frame | None) -> None:
        if frame is None:
            self._died()
        elif frame.kind == "ready":
            self.is_ready = True
            self.ready.set()
            for _ in range(self._plan.width):
                self._free.put_nowait(self)
        elif frame.kind == "failed":
            self.refused = frame.body.decode("utf-8", "replace")
            self.ready.set()
        elif frame.kind == "end":
            self.answered = True
            self._ended(frame)
            self._free.put_nowait(self)
        elif frames := self._jobs.get(frame.job):
            frames.put_nowait(frame)

    def _ended(self, frame: Frame) -> None:
        if frames := self._jobs.pop(frame.job, None):
            frames.put_nowait(frame)

    def _died(self) -> None:
        self.was_ready, self.is_ready = self.is_ready, False
        self.ready.set()
        lost = Frame("end", status=503, body=error_body(503, DIED))
        for job in list(self._jobs):
            self._ended(replace(lost, job=job))
        self._gone(self)
