"""What may interrupt an action, and what becomes of the action then."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from support.bench import Bench

pytest_plugins = ("support.bench_fixture",)

TEXT = """
initial_state: idle
transitions:
  - {from: idle, to: busy, event: go}
  - {from: busy, to: done, event: done}
  - {from: busy, to: halted, event: halt, interrupt: true, when: "not event.payload.never"}
  - {from: busy, event: note, actions: [{type: log, message: noted}]}
  - {from: busy, to: late, event: timeout(60)}
  - {from: [halted, late], event: e, actions: [{type: log, message: "e{event_data.payload.n}"}]}
  - {from: halted, event: halt, actions: [{type: log, message: again}]}
actions:
  busy:
    - {type: act, do: work}
    - {type: log, message: went on}
  halted:
    - {type: log, message: halted}
"""


@pytest.mark.req("A2")
def test_an_interrupting_event_overtakes_what_waits_and_cancels_the_action(bench: Bench) -> None:
    async def scenario() -> None:
        work = bench.gate("done")
        async with bench.run(TEXT) as run:
            await run.send("go")
            await work.going()
            await run.send("e", {"n": 1})
            await run.send("halt")
            await bench.until(lambda: "e1" in bench.said())
            assert bench.said() == ["halted", "e1"]
            assert bench.taken() == ["go", "halt", "e"]
            assert (work.cancelled, work.ended) == (1, 0)
            assert bench.row().place.attempts == 0

    bench.play(scenario())


@pytest.mark.req("A2")
def test_an_interrupting_row_from_elsewhere_cancels_the_action(bench: Bench) -> None:
    async def scenario() -> None:
        work = bench.gate("done")
        async with bench.run(TEXT) as run:
            await run.send("go")
            await work.going()
            bench.put("halt")
            await bench.until(lambda: bench.rests_in("halted"))
            assert work.cancelled == 1

    bench.play(scenario())


@pytest.mark.req("A2")
def test_an_event_whose_guard_fails_interrupts_nothing(bench: Bench) -> None:
    async def scenario() -> None:
        work = bench.gate("done")
        async with bench.run(TEXT) as run:
            await run.send("go")
            await work.going()
            await run.send("halt", {"never": True})
            work.open()
            await bench.until(lambda: bench.rests_in("done"))
            assert work.cancelled == 0

    bench.play(scenario())


@pytest.mark.req("P2")
def test_an_interrupting_event_that_was_read_ahead_is_applied_once(bench: Bench) -> None:
    for event in ("go", "halt", "e"):
        bench.put(event, {"n": 1}, wake=False)

    async def scenario() -> None:
        work = bench.gate("done")
        async with bench.run(TEXT):
            await bench.until(lambda: bench.said()[-1:] == ["e1"])
            assert bench.said() == ["halted", "e1"]
            assert bench.taken() == ["go", "halt", "e"]
            assert work.began == 0

    bench.play(scenario())


@pytest.mark.req("P8")
def test_an_action_that_ends_although_it_was_cancelled_changes_nothing(bench: Bench) -> None:
    async def scenario() -> None:
        gate = bench.gate("done")

        async def heedless(context: dict[str, Any]) -> str:
            context["heedless"] = True
            try:
                await gate(context)
            except asyncio.CancelledError:
                return "done"
            raise AssertionError

        bench.acts["work"] = heedless
        async with bench.run(TEXT) as run:
            await run.send("go")
            await gate.going()
            await run.send("halt")
            await bench.until(lambda: bench.rests_in("halted"))
            assert bench.taken() == ["go", "halt"]
            assert "heedless" not in bench.context()
            assert gate.cancelled == 1

    bench.play(scenario())


@pytest.mark.req("P8")
def test_an_action_that_fails_while_it_is_cancelled_leaves_no_error(bench: Bench) -> None:
    async def scenario() -> None:
        gate = bench.gate("done")

        async def failing(context: dict[str, Any]) -> str:
            try:
                await gate(context)
            finally:
                raise ValueError("in the clean-up")

        bench.acts["work"] = failing
        async with bench.run(TEXT) as run:
            await run.send("go")
            await gate.going()
            await run.send("halt")
            await bench.until(lambda: bench.rests_in("halted"))
            assert bench.feed("error") == []
            assert "last_error" not in bench.context()

    bench.play(scenario())


@pytest.mark.req("A6")
def test_a_timeout_of_the_state_interrupts_an_awaiting_action(bench: Bench) -> None:
    async def scenario() -> None:
        work = bench.gate("done")
        async with bench.run(TEXT) as run:
            await run.send("go")
            await work.going()
            await run.send("e", {"n": 1})
            run.skip(61)
            await bench.until(lambda: bench.said() == ["e1"])
            assert bench.taken() == ["go", "timeout(60)", "e"]
            assert (work.cancelled, work.ended) == (1, 0)

    bench.play(scenario())


@pytest.mark.req("A6")
def test_a_timeout_fires_by_itself(bench: Bench) -> None:
    async def scenario() -> None:
        work = bench.gate("done")
        async with bench.run(TEXT.replace("timeout(60)", "timeout(0.05)")) as run:
            await run.send("go")
            await work.going()
            await bench.until(lambda: bench.rests_in("late"))

    bench.play(scenario())


@pytest.mark.req("P9")
def test_while_a_cancelled_action_takes_its_time_the_machine_does_not_spin(bench: Bench) -> None:
    async def scenario() -> None:
        gate, leave = bench.gate("done"), bench.gate(name="leave")

        async def slow_to_end(context: dict[str, Any]) -> str:
            try:
                await gate(context)
            finally:
                await leave(context)
            raise AssertionError

        bench.acts["work"] = slow_to_end
        async with bench.run(TEXT) as run:
            await run.send("go")
            await gate.going()
            run.skip(61)
            await leave.going()
            before = bench.commits
            for n in range(10):  # ten turns of the loop at least, and a reply from the machine in each
                await run.send("e", {"n": n})
            assert bench.commits - before == 10
            leave.open()
            await bench.until(lambda: len(bench.said()) == 10)

    bench.play(scenario())


@pytest.mark.req("A2")
def test_an_internal_interrupt_cancels_the_action_and_stays_in_the_entry(bench: Bench) -> None:
    text = TEXT.replace("{from: busy, to: halted, event: halt", "{from: busy, event: halt")

    async def scenario() -> None:
        work = bench.gate("done")
        async with bench.run(text) as run:
            await run.send("go")
            await work.going()
            entry = bench.row().place.entry
            await run.send("halt")
            await bench.until(lambda: bench.rests_in("busy"))
            assert (work.cancelled, bench.row().place.entry, bench.said()) == (1, entry, [])
            await run.send("note")
            assert bench.said() == ["noted"]

    bench.play(scenario())


@pytest.mark.req("C8")
def test_an_interrupting_event_ends_the_wait_for_a_retry(bench: Bench) -> None:
    text = TEXT.replace("do: work}", "do: work, retry: {max: 5, backoff: 1000}}")

    async def scenario() -> None:
        work = bench.gate(error=ValueError("x"))
        work.open()
        async with bench.run(text) as run:
            await run.send("go")
            await bench.until(lambda: bench.rests_in("busy"))
            await run.send("halt")
            await bench.until(lambda: bench.rests_in("halted"))
            assert work.began == 1
            assert (bench.row().place.failures, bench.query("SELECT count(*) FROM machine_timers")) == (0, [(0,)])

    bench.play(scenario())


@pytest.mark.req("C7")
def test_an_interrupting_event_ends_a_sleep(bench: Bench) -> None:
    text = TEXT.replace("{type: act, do: work}", "{type: sleep, duration: 1000}")

    async def scenario() -> None:
        async with bench.run(text) as run:
            await run.send("go")
            await bench.until(lambda: bench.rests_in("busy"))
            await run.send("e", {"n": 1})
            assert bench.events()[-1] == ("e", "pending")
            await run.send("halt")
            await bench.until(lambda: bench.said() == ["halted", "e1"])
            assert bench.query("SELECT count(*) FROM machine_timers") == [(0,)]

    bench.play(scenario())
