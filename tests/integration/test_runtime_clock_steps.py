"""The wall clock jumps while a machine sleeps for a timer. No jump can be made here: what tells of it is handed in."""

from __future__ import annotations

import asyncio
import os
import re
import select
from pathlib import Path

import pytest

from statemachine_internal.runtime import clock_steps
from statemachine_internal.runtime.clock import SECOND
from support.bench import Bench

pytest_plugins = ("support.bench_fixture",)

SLEEPS = (
    "initial_state: idle\ntransitions: [{from: idle, to: late, event: timeout(3600)}, {from: idle, to: b, event: go}]"
)


@pytest.mark.req("P10", "P9")
def test_the_kernel_is_asked_for_a_timer_that_never_rings_but_for_a_jump_of_the_clock() -> None:
    timer = clock_steps.far_timer()
    try:
        told = Path(f"/proc/self/fdinfo/{timer}").read_text(encoding="ascii")
        assert re.search(r"clockid: 0$", told, re.MULTILINE), "it is no timer of the wall clock"
        assert re.search(r"settime flags: 03$", told, re.MULTILINE), "it isn't cancelled when the clock is set"
        assert (os.get_inheritable(timer), os.get_blocking(timer)) == (False, False)
        assert select.select([timer], [], [], 0)[0] == []
    finally:
        os.close(timer)


@pytest.mark.req("P10")
@pytest.mark.parametrize("what", ["a timer", "a delayed event"])
def test_what_became_due_by_a_jump_of_the_clock_is_taken_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    jump = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
    monkeypatch.setattr(clock_steps, "far_timer", lambda: jump)
    text = SLEEPS if what == "a timer" else "initial_state: idle\ntransitions: [{from: idle, to: late, event: go}]"

    async def scenario() -> None:
        async with bench.run(text):
            await bench.until(lambda: bench.rests_in("idle"))
            if what == "a delayed event":
                before = bench.commits
                bench.put("go", not_before=bench.clock.now() + 3000 * SECOND)
                await bench.until(lambda: bench.commits > before)
            bench.clock.skip(3601)
            os.eventfd_write(jump, 1)
            await bench.until(lambda: bench.rests_in("late"))
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(jump)

    bench.play(scenario())


@pytest.mark.req("P9")
def test_a_machine_without_a_timer_that_is_far_watches_no_clock(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[None] = []
    monkeypatch.setattr(clock_steps, "far_timer", lambda: asked.append(None))

    async def scenario() -> None:
        text = "initial_state: a\ntransitions: [{from: a, to: b, event: timeout(0.05)}, {from: b, to: a, event: go}]"
        async with bench.run(text):
            await bench.until(lambda: bench.rests_in("b"))

    bench.play(scenario())
    assert asked == []


@pytest.mark.req("P10")
def test_a_kernel_without_such_a_timer_is_no_reason_to_fail(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot() -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(clock_steps, "far_timer", cannot)

    async def scenario() -> None:
        async with bench.run(SLEEPS) as run:
            await bench.until(lambda: bench.rests_in("idle"))
            run.skip(3601)
            await bench.until(lambda: bench.rests_in("late"))

    bench.play(scenario())


@pytest.mark.req("P10")
def test_a_clock_that_was_put_back_makes_no_timer_fire_early(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(SLEEPS) as run:
            await bench.until(lambda: bench.rests_in("idle"))
            run.skip(-1800)
            await asyncio.sleep(0)
            run.skip(1800 + 3599)
            before = bench.commits
            run.engine.wake()
            await bench.until(lambda: bench.commits > before)
            assert bench.state() == "idle"
            run.skip(2)
            await bench.until(lambda: bench.rests_in("late"))

    bench.play(scenario())
