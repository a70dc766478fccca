"""Actions that wait: for a time, or for something that is worth running again."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import InstantScope
from statemachine_internal.feed.wakeup import FeedBell
from statemachine_internal.runtime.live import FINAL_STATE
from support.bench import Bench

pytest_plugins = ("support.bench_fixture",)

SLEEP = """
initial_state: bed
transitions:
  - {from: bed, to: up, event: wake_up}
  - {from: "*", event: ping, actions: [{type: log, message: pong}]}
actions:
  bed:
    - {type: log, message: good night}
    - {type: sleep, duration: 100}
  up:
    - {type: log, message: good morning}
"""


@pytest.mark.req("C7")
def test_a_sleep_survives_a_restart_and_ends_when_it_was_to_end(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(SLEEP):
            await bench.until(lambda: bench.rests_in("bed"))
        due = bench.query("SELECT due FROM machine_timers")
        bench.clock.skip(50)
        async with bench.run(SLEEP) as run:
            await run.send("ping")
            assert bench.query("SELECT due FROM machine_timers") == due
            run.skip(49)
            await run.send("ping")
            assert bench.state() == "bed"
            run.skip(2)
            await bench.until(lambda: bench.said()[-1:] == ["pong"])
            assert bench.said() == ["good night", "good morning", "pong", "pong"]

    bench.play(scenario())


@pytest.mark.req("P10")
def test_a_sleep_that_ended_while_nobody_ran_ends_at_the_start(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(SLEEP):
            await bench.until(lambda: bench.rests_in("bed"))
        bench.clock.skip(1000)
        async with bench.run(SLEEP):
            await bench.until(lambda: bench.rests_in("up"))

    bench.play(scenario())


@pytest.mark.req("C7")
def test_a_sleep_ends_by_itself(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(SLEEP.replace("100", "0.05")):
            await bench.until(lambda: bench.rests_in("up"))

    bench.play(scenario())


PARK = """
initial_state: ready
transitions:
  - {from: ready, to: found, event: found}
  - {from: ready, to: elsewhere, event: leave}
  - {from: ready, to: late, event: timeout(60)}
actions:
  ready:
    - {type: log, message: looking}
    - {type: instant, do: look}
"""


class Shelf:
    """Something that an action looks for."""

    def __init__(self) -> None:
        self.full = False
        self.looks = 0
        self.until: int | None = None

    def look(self, _: InstantScope) -> Outcome:
        self.looks += 1
        if self.full:
            return Outcome(event="found")
        return Outcome(waits_for={"shelf": "a"}, wait_until=self.until)


@pytest.fixture
def shelf(bench: Bench) -> Shelf:
    shelf = Shelf()
    bench.instants["look"] = shelf.look
    return shelf


@pytest.mark.req("C4")
def test_a_parked_machine_says_what_it_waits_for_and_runs_on_from_that_action_when_woken(
    bench: Bench, shelf: Shelf
) -> None:
    async def scenario() -> None:
        async with bench.run(PARK) as run:
            await bench.until(lambda: bench.rests_in("ready"))
            assert bench.row().place.waits_for == '{"shelf":"a"}'
            entry = bench.row().place.entry
            run.engine.wake()
            await bench.until(lambda: shelf.looks == 2)
            assert bench.row().place.entry == entry
            shelf.full = True
            run.engine.wake()
            await bench.until(lambda: bench.rests_in("found"))
            assert bench.row().place.waits_for is None
            assert bench.said() == ["looking"]

    bench.play(scenario())


@pytest.mark.req("C4")
@pytest.mark.usefixtures("shelf")
def test_a_parked_machine_takes_events_and_timers(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(PARK) as run:
            await bench.until(lambda: bench.rests_in("ready"))
            await run.send("unknown")
            assert bench.events() == [("unknown", "ignored")]
            assert bench.row().place.waits_for is not None
            await run.send("leave")
            assert bench.rests_in("elsewhere")
        async with bench.run(PARK, fresh=True) as run:
            await bench.until(lambda: bench.rests_in("ready"))
            run.skip(61)
            await bench.until(lambda: bench.rests_in("late"))

    bench.play(scenario())


@pytest.mark.req("B6")
def test_a_parked_machine_looks_again_at_its_start(bench: Bench, shelf: Shelf) -> None:
    async def scenario() -> None:
        async with bench.run(PARK):
            await bench.until(lambda: bench.rests_in("ready"))
        shelf.full = True
        async with bench.run(PARK):
            await bench.until(lambda: bench.rests_in("found"))
        assert bench.said() == ["looking"]

    bench.play(scenario())


@pytest.mark.req("C4")
def test_a_parked_machine_looks_again_at_the_time_that_the_action_named(bench: Bench, shelf: Shelf) -> None:
    async def scenario() -> None:
        shelf.until = bench.clock.now() + 30_000_000
        async with bench.run(PARK) as run:
            await bench.until(lambda: bench.rests_in("ready"))
            shelf.full = True
            run.skip(31)
            await bench.until(lambda: bench.rests_in("found"))

    bench.play(scenario())


@pytest.mark.req("P9")
def test_an_action_that_no_longer_names_a_time_is_not_run_at_the_old_one_again_and_again(
    bench: Bench, shelf: Shelf
) -> None:
    async def scenario() -> None:
        shelf.until = bench.clock.now() + 30_000_000
        async with bench.run(PARK) as run:
            await bench.until(lambda: bench.rests_in("ready"))
            shelf.until = None
            run.skip(31)
            await bench.until(lambda: shelf.looks >= 2)
            for _ in range(5):
                await run.send("unknown")
            assert shelf.looks == 2

    bench.play(scenario())


INSIDE = PARK.replace(
    "actions:\n", "  - {from: ready, event: note, actions: [{type: log, message: noted}]}\nactions:\n", 1
)


@pytest.mark.req("C4")
def test_a_parked_machine_still_waits_after_an_internal_transition(bench: Bench, shelf: Shelf) -> None:
    async def scenario() -> None:
        async with bench.run(INSIDE) as run:
            await bench.until(lambda: bench.rests_in("ready"))
            await run.send("note")
            await bench.until(lambda: "noted" in bench.said())
            assert bench.row().place.waits_for is not None
            shelf.full = True
            run.engine.wake()
            await bench.until(lambda: bench.rests_in("found"))

    bench.play(scenario())


@pytest.mark.req("P6")
def test_what_an_internal_transition_does_while_parked_and_what_follows_never_share_an_action_key(
    bench: Bench, shelf: Shelf
) -> None:
    def noted(count: int) -> bool:
        return bench.said().count("noted") == count

    async def scenario() -> None:
        reached = 0
        async with bench.run(INSIDE) as run:
            await bench.until(lambda: bench.rests_in("ready"))
            for count in (1, 2, 3):
                await run.send("note")
                await bench.until(partial(noted, count))
                cursor = bench.row().place.cursor
                assert cursor > reached
                reached = cursor
        async with bench.run(INSIDE):
            await bench.until(lambda: bench.rests_in("ready"))
            assert bench.row().place.cursor == reached
            shelf.full = True
        async with bench.run(INSIDE):
            await bench.until(lambda: bench.rests_in("found"))

    bench.play(scenario())


@pytest.mark.req("P6")
def test_a_parked_action_keeps_its_key_through_internal_transitions_and_restarts(bench: Bench) -> None:
    keys: list[str] = []

    def look(scope: InstantScope) -> Outcome:
        keys.append(scope.action_key)
        return Outcome(waits_for={"shelf": "a"})

    def noted(count: int) -> bool:
        return bench.said().count("noted") == count and bench.rests_in("ready")

    async def scenario() -> None:
        bench.instants["look"] = look
        for count in (1, 2, 3):
            async with bench.run(INSIDE) as run:
                await run.send("note")
                await bench.until(partial(noted, count))

    bench.play(scenario())
    assert len(keys) >= 6
    assert set(keys) == {keys[0]}


@pytest.mark.req("B6")
def test_a_machine_whose_parked_action_is_gone_from_its_definition_comes_to_its_end(bench: Bench, shelf: Shelf) -> None:
    assert not shelf.full
    ends = "initial_state: ready\nfinal: [ready]\ntransitions: [{from: ready, to: ready, event: again}]\n"

    async def scenario() -> None:
        async with bench.run(INSIDE) as run:
            await run.send("note")
            await bench.until(lambda: "noted" in bench.said() and bench.rests_in("ready"))
        async with bench.run(ends) as run:
            assert await run.ended() == FINAL_STATE
        assert bench.row().place.waits_for is None

    bench.play(scenario())


WITHIN = INSIDE.replace("message: noted}", "message: noted}, {type: instant, do: look within}")


@pytest.mark.req("C4")
@pytest.mark.parametrize("restart", [False, True])
def test_a_wait_within_the_list_of_an_internal_transition_gives_way_and_the_states_own_wait_does_not(
    bench: Bench, shelf: Shelf, restart: bool
) -> None:
    within = Shelf()
    bench.instants["look within"] = within.look

    def noted(count: int) -> bool:
        return bench.said().count("noted") == count and bench.rests_in("ready")

    async def scenario() -> None:
        within.until = bench.clock.now() + 3600_000_000
        async with bench.run(WITHIN) as run:
            await bench.until(lambda: bench.rests_in("ready"))
            await run.send("note")
            await bench.until(partial(noted, 1))
            if not restart:
                await run.send("note")
                await bench.until(partial(noted, 2))
        async with bench.run(WITHIN) as run:
            await bench.until(lambda: bench.rests_in("ready"))
            if restart:
                await run.send("note")
                await bench.until(partial(noted, 2))
            within.full = shelf.full = True
            run.engine.wake()
            await bench.until(lambda: bench.rests_in("found"))

    bench.play(scenario())


LOOKS = """
initial_state: looking
actions:
  looking: [{type: check_machine_state, target_machine: other, expected_states: [up], timeout_seconds: 100}]
"""


@pytest.mark.req("P9")
def test_a_look_that_finds_nothing_stores_nothing(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(LOOKS) as run:
            await bench.until(lambda: bench.rests_in("looking"))
            before, commits = bench.row(), bench.commits
            bench.clock.skip(1)
            run.engine.wake()
            await bench.until(lambda: bench.commits > commits)
            assert bench.row() == before
            assert before.place.waits_for == '{"machine":"other"}'

    bench.play(scenario())


@pytest.mark.req("P9")
def test_who_waits_for_a_machine_is_not_woken_by_what_others_do(bench: Bench) -> None:
    def tell(machine: str) -> None:
        with bench.store.transaction():
            id = bench.store.append(machine, "state_change", "{}", bench.clock.now())
        with FeedBell() as bell:
            bell.ring(id)

    async def settles() -> int:
        """Whoever was rung has looked by then: each round of the loop reads what is there."""
        for _ in range(10):
            await asyncio.sleep(0)
        return bench.commits

    async def scenario() -> None:
        async with bench.run(LOOKS):
            await bench.until(lambda: bench.rests_in("looking"))
            tell("third")  # the first one of all is looked at
            commits = await settles()
            tell("third")
            assert await settles() == commits
            tell("other")
            assert await settles() == commits + 1

    bench.play(scenario())
