"""Entering states, staying in them, and ending."""

from __future__ import annotations

import pytest

from support.bench import Bench

pytest_plugins = ("support.bench_fixture",)

TEXT = """
initial_state: a
transitions:
  - {from: a, to: a, event: again, actions: [{type: log, message: on the way}]}
  - {from: a, event: inside, actions: [{type: log, message: inside}, {type: emit, event: onward}]}
  - {from: a, to: b, event: onward, when: "event_data.payload.onward"}
  - {from: "*", to: late, event: timeout(60)}
actions:
  a: [{type: log, message: "a by {action_key}"}]
"""


def due(bench: Bench) -> int:
    ((at,),) = bench.query("SELECT due FROM machine_timers WHERE name = 'timeout(60)'")
    assert isinstance(at, int)
    return at


@pytest.mark.req("A2")
def test_a_self_transition_enters_again_with_a_new_number_and_new_timers(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(TEXT) as run:
            await bench.until(lambda: bench.rests_in("a"))
            entry, first = bench.row().place.entry, due(bench)
            bench.clock.skip(30)
            await run.send("again")
            assert bench.row().place.entry == entry + 1
            assert due(bench) >= first + 30_000_000
            assert bench.said() == ["a by m:1:0", "on the way", "a by m:2:1"]
            run.skip(31)  # the first timer would be due
            await run.send("x")
            assert bench.state() == "a"
            run.skip(30)
            await bench.until(lambda: bench.state() == "late")

    bench.play(scenario())


@pytest.mark.req("A2")
def test_an_internal_transition_keeps_state_entry_and_timers(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(TEXT) as run:
            await bench.until(lambda: bench.rests_in("a"))
            entry, first = bench.row().place.entry, due(bench)
            bench.clock.skip(30)
            await run.send("inside")
            await run.send("inside")
            place = bench.row().place
            assert (place.state, place.entry, due(bench)) == ("a", entry, first)
            assert bench.said()[1:] == ["inside", "inside"]
            # Its actions have keys of their own all the same (P6).
            assert (place.list_start, place.list_end) == (3, 5)
            run.skip(31)
            await bench.until(lambda: bench.state() == "late")

    bench.play(scenario())


@pytest.mark.req("A2")
def test_an_internal_transition_whose_action_emits_leads_on(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(TEXT) as run:
            await run.send("inside", {"onward": True})
            await bench.until(lambda: bench.rests_in("b"))

    bench.play(scenario())


FINAL = """
initial_state: work
final: [end]
transitions:
  - {from: work, to: end, event: done}
  - {from: "*", to: work, event: more}
  - {from: "*", to: stopped, event: stop}
  - {from: stopped, to: work, event: back}
actions:
  end: [{type: log, message: at the end}, {type: emit, event: more}, {type: log, message: and after}]
  stopped: [{type: log, message: stopping}]
"""


@pytest.mark.req("A7")
def test_a_final_state_ends_the_run_after_its_actions_and_takes_nothing_more(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(FINAL) as run:
            sender = run.sender()
            sender.post("done")
            sender.post("more")
            assert [(await sender.reply()).ok for _ in range(2)] == [True, True]
            assert await run.ended() == "final state"
        assert bench.said() == ["at the end", "and after"]
        assert bench.row().place.status.value == "finished"
        assert bench.events() == [("done", "processed"), ("more", "pending")]
        assert bench.feed("machine_terminated") == [{"state": "end", "reason": "final state"}]

    bench.play(scenario())


@pytest.mark.req("A7")
def test_stop_taken_by_a_wildcard_ends_the_machine_in_a_state_that_has_a_way_out(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(FINAL) as run:
            await run.send("stop")
            assert await run.ended() == "final state"
        assert bench.said() == ["stopping"]
        assert bench.row().place.status.value == "finished"

    bench.play(scenario())


@pytest.mark.req("A7")
def test_a_stop_that_is_no_wildcard_does_not_end_a_state_that_has_a_way_out(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(FINAL.replace('{from: "*", to: stopped', "{from: work, to: stopped")) as run:
            await run.send("stop")
            assert bench.rests_in("stopped")
            await run.send("back")
            assert bench.rests_in("work")

    bench.play(scenario())


@pytest.mark.req("A7")
def test_the_start_after_the_end_is_a_new_run_whose_entry_numbers_go_on(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(FINAL, initial_context={"run": 1}) as run:
            await run.send("done")
            await run.ended()
        last = bench.row().place.entry
        async with bench.run(FINAL, initial_context={"run": 2}) as run:
            await bench.until(lambda: bench.rests_in("work"))
            assert bench.row().place.entry == last + 1
            assert bench.context() == {"run": 2}
            await run.send("done")
            await run.ended()
        numbers = [p["entry"] for p in bench.feed("state_change")]
        assert numbers == sorted(set(numbers))
        assert bench.query("SELECT count(*) FROM machine_timers") == [(0,)]

    bench.play(scenario())


@pytest.mark.req("A7")
def test_an_event_that_came_after_the_end_begins_the_next_run(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(FINAL) as run:
            await run.send("done")
            await run.ended()
        bench.put("done", wake=False)
        async with bench.run(FINAL) as run:
            assert await run.ended() == "final state"
        assert bench.moves() == [("", "work", "start"), ("work", "end", "done")] * 2

    bench.play(scenario())


@pytest.mark.req("A7")
def test_a_machine_whose_initial_state_is_final_ends_at_once(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run("{initial_state: only, final: [only], transitions: []}") as run:
            assert await run.ended() == "final state"

    bench.play(scenario())


START = """
initial_state: off
transitions:
  - {from: off, to: up, event: start, actions: [{type: log, message: starting}]}
  - {from: up, to: off, event: down}
actions:
  off: [{type: log, message: off}]
  up: [{type: log, message: up}]
"""


@pytest.mark.req("B4")
def test_a_fresh_machine_gets_start_if_a_transition_takes_it(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(START) as run:
            await run.send("down")
            assert bench.said() == ["starting", "up", "off"]
            assert bench.moves() == [("", "off", "start"), ("off", "up", "start"), ("up", "off", "down")]

    bench.play(scenario())


@pytest.mark.req("B4")
def test_a_fresh_machine_without_a_transition_for_start_runs_the_entry_actions(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(START.replace("event: start", "event: begin")):
            await bench.until(lambda: bench.rests_in("off"))
            assert bench.said() == ["off"]

    bench.play(scenario())


@pytest.mark.req("B4")
def test_an_internal_transition_for_start_stands_in_for_the_entry_actions(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(START.replace("from: off, to: up, event: start", "from: off, event: start")):
            await bench.until(lambda: bench.rests_in("off"))
            assert bench.said() == ["starting"]

    bench.play(scenario())


EMITS = """
initial_state: a
transitions:
  - {from: a, to: b, event: taken}
actions:
  a:
    - {type: emit, event: unknown}
    - {type: log, message: first}
    - {type: emit, event: taken}
    - {type: log, message: dropped}
  b:
    - {type: log, message: b}
"""


@pytest.mark.req("C10")
def test_an_emitted_event_with_a_transition_drops_the_rest_and_without_one_the_next_action_runs(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(EMITS):
            await bench.until(lambda: bench.rests_in("b"))
            assert bench.said() == ["first", "b"]

    bench.play(scenario())


WHEN = """
initial_state: a
transitions:
  - {from: a, to: big, event: n, when: "event.payload.n > 10"}
  - {from: a, to: small, event: n, when: "event.payload.n > 0"}
  - {from: "*", to: none, event: n}
actions:
  a:
    - {type: log, message: skipped, when: "exists(ready)"}
    - {type: set_context, key: ready, value: true}
    - {type: log, message: ready, when: "exists(ready)"}
    - {type: act, do: missing, when: "not ready"}
"""


@pytest.mark.req("A2")
@pytest.mark.parametrize(("number", "state"), [(11, "big"), (5, "small"), (0, "none")])
def test_when_chooses_the_transition_and_the_actions(bench: Bench, number: int, state: str) -> None:
    async def scenario() -> None:
        async with bench.run(WHEN) as run:
            await run.send("n", {"n": number})
            assert bench.rests_in(state)
            assert bench.said() == ["ready"]

    bench.play(scenario())
