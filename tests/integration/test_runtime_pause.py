"""Pausing a machine, letting it go on, making it start over, while it runs and while it doesn't."""

from __future__ import annotations

import asyncio

import pytest

from statemachine_internal.control.addresses import control_path
from statemachine_internal.control.doorbell import ring
from statemachine_internal.feed.follow import Follower
from statemachine_internal.runtime import wishing
from statemachine_internal.store.job_protocol import NewJob
from statemachine_internal.store.wishes import NeverRan
from support.bench import Bench

pytest_plugins = ("support.bench_fixture",)

IDLE = """
initial_state: idle
transitions:
  - {from: idle, event: e, actions: [{type: log, message: "took {event_data.payload.n}"}]}
  - {from: idle, to: late, event: timeout(60)}
"""
BUSY = """
initial_state: busy
transitions:
  - {from: busy, to: off, event: halt, interrupt: true}
  - {from: busy, to: late, event: timeout(60)}
actions:
  busy:
    - {type: act, do: work}
    - {type: log, message: after}
"""
WORKER = """
initial_state: waiting
transitions:
  - {from: waiting, to: working, event: new_job}
  - {from: working, to: waiting, event: done}
actions:
  waiting: [{type: check_database_queue}]
  working: [{type: act, do: work}]
"""


def pause(bench: Bench, machine: str = "m") -> bool:
    return wishing.pause(str(bench.workspace.database), machine)


def resume(bench: Bench, machine: str = "m") -> bool:
    return wishing.unpause(str(bench.workspace.database), machine)


async def is_paused(bench: Bench) -> None:
    """Once the machine has taken note; the first commit after the doorbell is that of its turn."""
    before = bench.commits
    assert pause(bench)
    await bench.until(lambda: bench.commits > before)


@pytest.mark.req("G7")
def test_a_paused_machine_accepts_events_and_takes_them_in_order_when_it_goes_on(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(IDLE) as run:
            await bench.until(lambda: bench.rests_in("idle"))
            await is_paused(bench)
            for n in range(3):
                await run.send("e", {"n": n})
            bench.put("e", {"n": 3})
            await bench.until(lambda: len(bench.events()) == 4)
            assert {status for _, status in bench.events()} == {"pending"}
            assert resume(bench)
            await bench.until(lambda: len(bench.said()) == 4)
            assert bench.said() == ["took 0", "took 1", "took 2", "took 3"]

    bench.play(scenario())


@pytest.mark.req("G7", "P6")
def test_the_action_at_work_ends_by_itself_and_nothing_follows_before_the_machine_goes_on(bench: Bench) -> None:
    async def scenario() -> None:
        gate = bench.gate()
        async with bench.run(BUSY):
            await gate.going()
            await is_paused(bench)
            gate.open()
            await bench.until(lambda: bench.row().place.cursor == 1)
            assert (gate.ended, gate.cancelled, bench.said()) == (1, 0, [])
            resume(bench)
            await bench.until(lambda: bench.said() == ["after"])

    bench.play(scenario())


@pytest.mark.req("G7", "P10")
def test_neither_a_timer_nor_an_event_interrupts_the_action_of_a_paused_machine(bench: Bench) -> None:
    async def scenario() -> None:
        gate = bench.gate()
        async with bench.run(BUSY) as run:
            await gate.going()
            await is_paused(bench)
            run.skip(61)
            await run.send("halt")
            gate.open()
            await bench.until(lambda: bench.row().place.cursor == 1)
            assert (gate.cancelled, bench.state()) == (0, "busy")
            resume(bench)
            await bench.until(lambda: bench.rests_in("late"))  # a timer comes before an event

    bench.play(scenario())


@pytest.mark.req("G7", "P9", "P10")
def test_a_timer_that_comes_due_meanwhile_costs_nothing_and_fires_when_the_machine_goes_on(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(IDLE) as run:
            await bench.until(lambda: bench.rests_in("idle"))
            await is_paused(bench)
            run.skip(61)
            await run.send("e", {"n": 1})
            assert run.engine.next_due is None
            assert run.engine._timer is None
            assert bench.state() == "idle"
            resume(bench)
            await bench.until(lambda: bench.rests_in("late"))

    bench.play(scenario())


@pytest.mark.req("G7", "B6")
def test_a_pause_outlives_the_process(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(IDLE):
            await bench.until(lambda: bench.rests_in("idle"))
        assert pause(bench)
        assert not pause(bench)
        async with bench.run(IDLE) as run:
            await run.send("e", {"n": 1})
            assert bench.events() == [("e", "pending")]
            assert resume(bench)
            assert not resume(bench)
            await bench.until(lambda: bench.said() == ["took 1"])

    bench.play(scenario())


@pytest.mark.req("G7", "B6")
def test_a_run_that_begins_in_a_pause_stands_before_its_first_action(bench: Bench) -> None:
    once = "initial_state: a\nfinal: [b]\ntransitions: [{from: a, to: b, event: go}]\n"
    once += "actions: {a: [{type: log, message: hi}]}\n"

    async def scenario() -> None:
        async with bench.run(once) as run:
            await run.send("go")
            assert await run.ended() == "final state"
        pause(bench)
        async with bench.run(once) as run:
            await run.send("go")
            assert (bench.state(), bench.said()) == ("a", ["hi"])
            resume(bench)
            assert await run.ended() == "final state"
        assert bench.said() == ["hi", "hi"]

    bench.play(scenario())


@pytest.mark.req("G7", "F3")
def test_a_paused_worker_claims_no_job(bench: Bench) -> None:
    async def scenario() -> None:
        gate = bench.gate("done")
        async with bench.run(WORKER):
            await bench.until(lambda: bench.rests_in("waiting"))
            await is_paused(bench)
            with bench.store.transaction():
                bench.store.jobs.add(NewJob(id="j", type="t"), bench.clock.now())
            before = bench.commits
            ring(control_path("m"))
            await bench.until(lambda: bench.commits > before)
            assert bench.query("SELECT status FROM jobs") == [("pending",)]
            resume(bench)
            await gate.going()
            assert bench.query("SELECT status FROM jobs") == [("processing",)]
            gate.open()

    bench.play(scenario())


@pytest.mark.req("G7")
def test_the_feed_and_the_status_tell_of_a_pause(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(IDLE):
            await bench.until(lambda: bench.rests_in("idle"))
            await is_paused(bench)
            resume(bench)

    bench.play(scenario())
    assert [bench.feed(type) for type in ("machine_paused", "machine_resumed")] == [[{"state": "idle"}]] * 2


async def starts_over(bench: Bench) -> None:
    """``reset`` waits for the machine, which runs on the loop of the test."""
    assert await asyncio.to_thread(wishing.reset, str(bench.workspace.database), "m")


@pytest.mark.req("G7")
def test_a_machine_that_runs_starts_over_at_once(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run("initial_state: a\ntransitions: [{from: a, to: b, event: go}]") as run:
            await run.send("go")
            entry = bench.row().place.entry
            await starts_over(bench)
            await bench.until(lambda: bench.rests_in("a"))
            assert bench.row().place.entry > entry
            await run.send("go")
            await bench.until(lambda: bench.rests_in("b"))

    bench.play(scenario())
    assert [end["reason"] for end in bench.feed("machine_terminated")] == ["reset", "the test is over"]


@pytest.mark.req("G7")
def test_the_history_tells_of_the_reset_of_a_machine_that_does_not_run(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run("initial_state: a\ntransitions: [{from: a, to: b, event: go}]") as run:
            await run.send("go")
        with Follower("test") as follower:
            await starts_over(bench)
            assert follower.drain(), "who follows the feed is rung"
        assert bench.feed("machine_terminated")[-1] == {"state": "b", "reason": "reset"}

    bench.play(scenario())


@pytest.mark.req("G7", "P12", "F3")
def test_a_reset_ends_the_action_at_work_and_gives_the_job_back(bench: Bench) -> None:
    async def scenario() -> None:
        gate = bench.gate("done")
        with bench.store.transaction():
            bench.store.jobs.add(NewJob(id="j", type="t"), bench.clock.now())
        async with bench.run(WORKER):
            await gate.going()
            await starts_over(bench)
            assert gate.cancelled == 1
            await gate.going()  # it took the job again
            gate.open()
            await bench.until(lambda: bench.query("SELECT status FROM jobs") == [("completed",)])

    bench.play(scenario())
    assert bench.moves().count(("", "waiting", "start")) == 2


@pytest.mark.req("G7")
def test_a_machine_that_could_not_heed_a_reset_does_so_at_its_next_start(bench: Bench) -> None:
    text = "initial_state: a\ntransitions: [{from: a, to: b, event: go}]"

    async def scenario() -> None:
        async with bench.run(text) as run:
            await run.send("go")
            await bench.until(lambda: bench.rests_in("b"))
        bench.store._execute("UPDATE machine_state SET reset_asked = 1")
        async with bench.run(text):
            await bench.until(lambda: bench.rests_in("a"))
            assert bench.row().reset_asked is None

    bench.play(scenario())


@pytest.mark.req("G7")
@pytest.mark.parametrize("wish", [wishing.pause, wishing.unpause, wishing.reset])
def test_a_machine_that_never_ran_has_nothing_to_be_paused_or_reset(bench: Bench, wish: object) -> None:
    assert callable(wish)
    with pytest.raises(NeverRan, match="no machine 'nobody' has run here"):
        wish(str(bench.workspace.database), "nobody")
    assert not list(bench.workspace.database.parent.glob("*-locks/nobody"))
