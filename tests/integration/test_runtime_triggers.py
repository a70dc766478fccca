"""What moves a machine, and in which order."""

from __future__ import annotations

import pytest

from statemachine_internal.runtime import points
from support.bench import Bench

pytest_plugins = ("support.bench_fixture",)

TRIAD = """
initial_state: idle
transitions:
  - {from: idle, to: busy, event: go}
  - {from: busy, to: emitted, event: done}
  - {from: "*", to: late, event: timeout(60), when: "current != 'late'"}
  - {from: "*", event: e, actions: [{type: log, message: "e{event_data.payload.n}"}]}
actions:
  busy:
    - {type: act, do: work}
    - {type: log, message: never}
  emitted:
    - {type: log, message: emitted}
  late:
    - {type: set_context, key: current, value: late}
    - {type: log, message: late}
"""


@pytest.mark.req("B6")
def test_the_emitted_event_comes_before_a_due_timer_and_that_before_the_inbox(bench: Bench) -> None:
    async def scenario() -> None:
        work = bench.gate("done")
        async with bench.run(TRIAD) as run:
            await run.send("go")
            await work.going()
            bench.put("e", {"n": 1}, wake=False)
            # The action ends, and the state's timer is due, at one and the same turn.
            bench.at_point[points.ACTED] = lambda: bench.clock.skip(61)
            work.open()
            await bench.until(lambda: "e1" in bench.said())
            bench.at_point.clear()
            assert bench.taken() == ["go", "done", "e"]
            bench.put("e", {"n": 2}, wake=False)
            run.skip(61)
            await bench.until(lambda: "e2" in bench.said())
            assert bench.said() == ["emitted", "e1", "late", "e2"]

    bench.play(scenario())


@pytest.mark.req("E3")
def test_while_an_action_awaits_events_are_accepted_as_pending_and_taken_after_it_in_order(bench: Bench) -> None:
    async def scenario() -> None:
        work = bench.gate("done")
        async with bench.run(TRIAD) as run:
            await run.send("go")
            await work.going()
            sender = run.sender()
            for n in range(5):
                sender.post("e", {"n": n})
            assert [(await sender.reply()).ok for _ in range(5)] == [True] * 5
            assert bench.events() == [("go", "processed")] + [("e", "pending")] * 5
            assert bench.said() == []
            work.open()
            await bench.until(lambda: len(bench.said()) == 6)
            assert bench.said() == ["emitted", "e0", "e1", "e2", "e3", "e4"]
            assert {status for _, status in bench.events()} == {"processed"}

    bench.play(scenario())


@pytest.mark.req("E3")
def test_what_arrives_at_the_socket_never_overtakes_older_rows(bench: Bench) -> None:
    async def scenario() -> None:
        work = bench.gate("done")
        async with bench.run(TRIAD) as run:
            for n in range(100):
                bench.put("e", {"n": n}, wake=False)
            sender = run.sender()
            for n in range(100, 160):
                sender.post("e", {"n": n})
            for _ in range(60):
                await sender.reply()
            await bench.until(lambda: len(bench.said()) == 160)
            assert bench.said() == [f"e{n}" for n in range(160)]
        assert work.began == 0

    bench.play(scenario())


@pytest.mark.req("E3")
def test_rows_that_waited_while_nobody_ran_are_taken_before_what_arrives_at_the_start(bench: Bench) -> None:
    for n in range(3):
        bench.put("e", {"n": n}, wake=False)

    async def scenario() -> None:
        async with bench.run(TRIAD) as run:
            await run.send("e", {"n": 3})
            assert bench.said() == ["e0", "e1", "e2", "e3"]

    bench.play(scenario())


@pytest.mark.req("P2")
def test_a_repeated_uid_is_acknowledged_as_a_duplicate_and_not_applied_twice(bench: Bench) -> None:
    async def scenario() -> None:
        work = bench.gate("done")
        async with bench.run(TRIAD) as run:
            sender = run.sender()
            first = await sender.send("e", {"n": 1}, uid="u1")
            again = await sender.send("e", {"n": 1}, uid="u1")
            assert (first.duplicate, again.duplicate, again.id) == (False, True, first.id)
            assert bench.said() == ["e1"]
            # Two of them in one turn, and two while an action is at work.
            sender.post("e", {"n": 2}, uid="u2")
            sender.post("e", {"n": 2}, uid="u2")
            assert [(await sender.reply()).duplicate for _ in range(2)] == [False, True]
            await run.send("go")
            await work.going()
            assert not (await sender.send("e", {"n": 3}, uid="u3")).duplicate
            assert (await sender.send("e", {"n": 3}, uid="u3")).duplicate
            work.open()
            await bench.until(lambda: "e3" in bench.said())
            assert bench.said() == ["e1", "e2", "emitted", "e3"]

    bench.play(scenario())


@pytest.mark.req("C3")
def test_a_delayed_event_is_taken_when_it_is_due(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(TRIAD) as run:
            bench.put("e", {"n": 1}, not_before=bench.clock.now() + 30_000_000)
            await run.send("e", {"n": 2})
            run.skip(29)
            await run.send("e", {"n": 3})
            assert bench.said() == ["e2", "e3"]
            run.skip(1.1)
            await bench.until(lambda: bench.said() == ["e2", "e3", "e1"])

    bench.play(scenario())


@pytest.mark.req("C3")
def test_a_delayed_event_wakes_a_machine_that_nothing_else_wakes(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(TRIAD):
            bench.put("e", {"n": 1}, not_before=bench.clock.now() + 50_000)
            await bench.until(lambda: bench.said() == ["e1"])

    bench.play(scenario())


SELF = """
initial_state: idle
transitions:
  - {from: idle, event: go, actions: [{type: send_event, target_machine: m, event_type: later, delay: 0.05}]}
  - {from: idle, event: now, actions: [{type: send_event, target_machine: m, event_type: later}]}
  - {from: idle, to: reached, event: later}
"""


@pytest.mark.req("C3")
@pytest.mark.parametrize("event", ["go", "now"])
def test_an_event_that_a_machine_sends_to_itself_is_taken_when_it_is_due(bench: Bench, event: str) -> None:
    async def scenario() -> None:
        async with bench.run(SELF) as run:
            await run.send(event)
            await bench.until(lambda: bench.state() == "reached")

    bench.play(scenario())


UNHANDLED = """
initial_state: a
on_unhandled: POLICY
transitions:
  - {from: a, to: b, event: next}
  - {from: b, to: c, event: next}
  - {from: c, event: x, actions: [{type: log, message: "x{event_data.payload.n}"}]}
  - {from: c, event: y, actions: [{type: log, message: "y"}]}
  - {from: "*", to: broken, event: error}
"""


@pytest.mark.req("E4")
def test_an_event_that_nothing_takes_is_marked_ignored(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(UNHANDLED.replace("POLICY", "ignore")) as run:
            before = bench.context()
            await run.send("x", {"n": 1})
            assert bench.events() == [("x", "ignored")]
            assert bench.query("SELECT error FROM machine_events") == [("no transition takes it in state 'a'",)]
            assert bench.rests_in("a")
            assert bench.context() == before

    bench.play(scenario())


@pytest.mark.req("E4")
def test_deferred_events_are_looked_at_again_oldest_first_after_a_change_of_state(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(UNHANDLED.replace("POLICY", "defer")) as run:
            await run.send("x", {"n": 1})
            await run.send("y")
            assert bench.events() == [("x", "deferred"), ("y", "deferred")]
            await run.send("next")
            await bench.until(lambda: bench.rests_in("b"))
            assert bench.events() == [("x", "deferred"), ("y", "deferred"), ("next", "processed")]
            sender = run.sender()
            sender.post("next")
            sender.post("x", {"n": 2})
            await bench.until(lambda: "x2" in bench.said())
            assert bench.said() == ["x1", "y", "x2"]
            assert {status for _, status in bench.events()} == {"processed"}

    bench.play(scenario())


@pytest.mark.req("E4")
def test_deferred_events_survive_a_restart(bench: Bench) -> None:
    text = UNHANDLED.replace("POLICY", "defer")

    async def scenario() -> None:
        async with bench.run(text) as run:
            await run.send("x", {"n": 1})
            await run.send("next")
        async with bench.run(text) as run:
            assert bench.events()[0] == ("x", "deferred")
            await run.send("next")
            await bench.until(lambda: bench.said() == ["x1"])

    bench.play(scenario())


@pytest.mark.req("E4")
def test_a_fresh_start_looks_at_the_deferred_events_again(bench: Bench) -> None:
    text = """
initial_state: a
on_unhandled: defer
transitions:
  - {from: a, to: b, event: next}
  - {from: a, event: x, actions: [{type: log, message: "x"}]}
"""

    async def scenario() -> None:
        async with bench.run(text) as run:
            await run.send("next")
            await run.send("x")
            assert bench.events() == [("next", "processed"), ("x", "deferred")]
        async with bench.run(text, fresh=True):
            await bench.until(lambda: bench.said() == ["x"])

    bench.play(scenario())


@pytest.mark.req("E4")
def test_on_unhandled_error_marks_it_failed_records_it_and_emits_error(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(UNHANDLED.replace("POLICY", "error")) as run:
            event_id = await run.send("x", {"n": 1})
            await bench.until(lambda: bench.state() == "broken")
            assert bench.events() == [("x", "failed")]
            history = bench.query("SELECT state, error, event_id FROM error_history")
            assert history == [("a", "no transition takes it in state 'a'", event_id)]
            assert bench.moves()[-1] == ("a", "broken", "error")

    bench.play(scenario())


CLEARING = """
initial_state: a
transitions:
  - {from: a, event: wipe, actions: [{type: clear_events, event_types: x, success: "", no_events: ""}]}
  - {from: a, event: pick, actions: [{type: check_events, event_types: x, success: picked}]}
  - {from: a, event: picked, actions: [{type: log, message: "picked {event_data.payload.n}"}]}
  - {from: a, event: x, actions: [{type: log, message: "x{event_data.payload.n}"}]}
"""


@pytest.mark.req("C6")
def test_what_clear_events_has_cleared_is_not_taken_any_more(bench: Bench) -> None:
    bench.put("wipe", wake=False)
    bench.put("x", {"n": 1}, wake=False)
    bench.put("x", {"n": 2}, wake=False)

    async def scenario() -> None:
        async with bench.run(CLEARING) as run:
            await run.send("x", {"n": 3})
            assert bench.said() == ["x3"]
            assert [status for _, status in bench.events()] == ["processed", "ignored", "ignored", "processed"]

    bench.play(scenario())


@pytest.mark.req("P2")
def test_what_check_events_has_taken_is_not_taken_again(bench: Bench) -> None:
    bench.put("pick", wake=False)
    bench.put("x", {"n": 1}, wake=False)
    bench.put("x", {"n": 2}, wake=False)

    async def scenario() -> None:
        async with bench.run(CLEARING) as run:
            await run.send("x", {"n": 3})
            assert bench.said() == ["picked 1", "x2", "x3"]

    bench.play(scenario())
