"""The line of questions: order, its end, processes that die, hang or cannot start."""

import asyncio
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes_serve import crashing, obedient, unwilling
from ui.serve import lane as lane_module
from ui.serve.lane import CannotOpen, Full, Lane, LanePlan
from ui.settings import Settings

PLAN = LanePlan(obedient, Settings(Path("/nonexistent")), start_s=30)


async def said(lane: Lane, words: str) -> tuple[int, bytes]:
    body, status = b"", 0
    async for frame in lane.ask("ask", words.encode()):
        body, status = body + frame.body, frame.status
    return status, body


def run(plan: LanePlan, work) -> None:
    async def whole() -> None:
        lane = Lane(plan)
        try:
            await lane.start()
            await asyncio.wait_for(work(lane), 60)
        finally:
            await lane.close()

    asyncio.run(whole())


def test_answers_come_back_to_who_asked() -> None:
    async def work(lane: Lane) -> None:
        found = await asyncio.gather(*(said(lane, f"echo {number}") for number in range(50)))
        assert found == [(200, f"echo {number}".encode()) for number in range(50)]
        assert lane.waiting == 0

    run(replace(PLAN, processes=2, width=2), work)


def test_questions_are_begun_in_order() -> None:
    done = []

    async def one(lane: Lane, number: int) -> None:
        await said(lane, "sleep 0.01")
        done.append(number)

    async def work(lane: Lane) -> None:
        await asyncio.gather(*(one(lane, number) for number in range(20)))

    run(PLAN, work)
    assert done == list(range(20))


def test_two_processes_work_at_the_same_time() -> None:
    async def work(lane: Lane) -> None:
        begin = time.monotonic()
        await asyncio.gather(*(said(lane, "sleep 0.6") for _ in range(4)))
        assert time.monotonic() - begin < 2.0  # one after the other takes 2.4 s

    run(replace(PLAN, processes=2), work)


def test_a_full_line_turns_away_at_once_and_late_ones_in_time() -> None:
    async def work(lane: Lane) -> None:
        first = asyncio.create_task(said(lane, "sleep 1.0"))
        await asyncio.sleep(0.1)
        waiting = asyncio.create_task(said(lane, "echo 2"))
        await asyncio.sleep(0.05)
        begin = time.monotonic()
        with pytest.raises(Full):
            await said(lane, "echo 3")
        assert time.monotonic() - begin < 0.1
        with pytest.raises(Full):
            await waiting
        assert (await first)[0] == 200
        assert (await said(lane, "echo 4"))[0] == 200

    run(replace(PLAN, most_waiting=1, wait_s=0.4), work)


def test_a_process_that_dies_costs_its_own_question_only() -> None:
    async def work(lane: Lane) -> None:
        found = await asyncio.gather(
            said(lane, "die"), *(said(lane, f"echo {number}") for number in range(5))
        )
        assert found[0][0] == 503
        assert b"ask once more" in found[0][1]
        assert [status for status, _ in found[1:]] == [200] * 5

    run(PLAN, work)


def test_a_killed_process_is_replaced_within_fifteen_seconds() -> None:
    async def work(lane: Lane) -> None:
        assert (await said(lane, "echo"))[0] == 200
        (pid,) = lane.processes
        os.kill(pid, signal.SIGKILL)
        begin = time.monotonic()
        while (await said(lane, "echo"))[0] != 200:
            await asyncio.sleep(0.1)
        assert time.monotonic() - begin < 15
        assert lane.processes != [pid]

    run(PLAN, work)


def test_an_answer_that_takes_too_long_is_given_up_and_its_place_comes_back() -> None:
    async def work(lane: Lane) -> None:
        status, body = await said(lane, "sleep 30")
        assert (status, b"too long" in body) == (504, True)
        assert (await said(lane, "echo"))[0] == 200
        assert len(lane.processes) == 1

    run(replace(PLAN, answer_s=0.3), work)


def test_a_process_that_hangs_is_replaced(monkeypatch) -> None:
    monkeypatch.setattr(lane_module, "_GRACE_S", 0.2)

    async def work(lane: Lane) -> None:
        (pid,) = lane.processes
        assert (await said(lane, "hang"))[0] == 504
        assert (await said(lane, "echo"))[0] == 200
        assert lane.processes != [pid]

    run(replace(PLAN, answer_s=0.3), work)


def test_who_goes_away_stops_the_answer() -> None:
    async def work(lane: Lane) -> None:
        task = asyncio.create_task(said(lane, "sleep 30"))
        await asyncio.sleep(0.2)
        task.cancel()
        begin = time.monotonic()
        assert (await said(lane, "echo"))[0] == 200
        assert time.monotonic() - begin < 2

    run(PLAN, work)


@pytest.mark.parametrize(
    ("work", "words"), [(unwilling, "library is damaged"), (crashing, "stopped while it started")]
)
def test_a_process_that_cannot_start_is_told(work, words) -> None:
    async def nothing(lane: Lane) -> None:
        raise AssertionError

    with pytest.raises(CannotOpen, match=words):
        run(replace(PLAN, work=work), nothing)
