"""A machine goes on where its rows say that it is."""

from __future__ import annotations

import asyncio

import pytest

from statemachine_internal.errors import LockLost, StoredStateGone
from statemachine_internal.runtime import engine
from support.bench import Bench

pytest_plugins = ("support.bench_fixture",)

TEXT = """
initial_state: idle
transitions:
  - {from: idle, to: busy, event: go, actions: [{type: log, message: on the way}]}
  - {from: busy, to: late, event: timeout(60)}
  - {from: busy, event: e, actions: [{type: log, message: "e{event_data.payload.n}"}]}
  - {from: idle, to: idle, event: idle_again}
actions:
  busy:
    - {type: log, message: one}
    - {type: act, do: work}
    - {type: log, message: two}
    - {type: act, do: more}
    - {type: log, message: three}
"""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "DRAIN_SECONDS", 0.02)


async def stop_in_work(bench: Bench, text: str = TEXT) -> None:
    """Leave a machine behind that was stopped while ``work`` was running."""
    work = bench.gate()
    async with bench.run(text, initial_context={"kept": [1]}) as run:
        await run.send("go")
        await work.going()
    assert (work.cancelled, work.ended) == (1, 0)
    assert bench.said() == ["on the way", "one"]


@pytest.mark.req("B6")
def test_a_restart_goes_on_at_the_stored_cursor_with_the_stored_context_and_timers(bench: Bench) -> None:
    async def scenario() -> None:
        await stop_in_work(bench)
        place, timers = bench.row().place, bench.query("SELECT name, due FROM machine_timers")
        assert (place.state, place.cursor, place.attempts, place.status.value) == ("busy", 2, 0, "stopped")
        work, more = bench.gate(), bench.gate(name="more")
        async with bench.run(TEXT):
            await work.going()
            assert bench.query("SELECT name, due FROM machine_timers") == timers
            assert bench.context()["kept"] == [1]
            work.open()
            await more.going()
            more.open()
            await bench.until(lambda: bench.rests_in("busy"))
        assert bench.said() == ["on the way", "one", "two", "three"]
        assert bench.moves() == [("", "idle", "start"), ("idle", "busy", "go")]
        assert [p["resumed"] for p in bench.feed("machine_registered")] == [False, True]

    bench.play(scenario())


@pytest.mark.req("B5")
def test_at_a_stop_the_running_action_gets_its_time_and_nothing_new_is_taken_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "DRAIN_SECONDS", 60)

    async def scenario() -> None:
        work, more = bench.gate(), bench.gate(name="more")
        async with bench.run(TEXT) as run:
            await run.send("go")
            await work.going()
            run.host.stop("enough")
            await run.send("e", {"n": 1})
            work.open()
            assert await run.ended() == "enough"
        assert (work.ended, more.began) == (1, 0)
        assert bench.said() == ["on the way", "one", "two"]
        assert bench.events()[-1] == ("e", "pending")
        assert bench.context()["worked"] == 1
        assert (bench.row().place.cursor, bench.row().place.attempts) == (4, 0)
        more.open()
        async with bench.run(TEXT):
            await bench.until(lambda: bench.said()[-2:] == ["three", "e1"])
        assert (work.began, more.began) == (1, 1)

    bench.play(scenario())


@pytest.mark.req("B5")
def test_a_second_stop_cuts_the_action_short(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "DRAIN_SECONDS", 60)

    async def scenario() -> None:
        work = bench.gate()
        async with bench.run(TEXT) as run:
            await run.send("go")
            await work.going()
            run.host.stop("enough")
            run.host.stop("now")
            assert await run.ended() == "enough"
        assert work.cancelled == 1

    bench.play(scenario())


@pytest.mark.req("P10")
def test_a_timer_that_fell_due_while_nobody_ran_fires_at_the_start(bench: Bench) -> None:
    async def scenario() -> None:
        await stop_in_work(bench)
        bench.clock.skip(61)
        work = bench.gate()
        async with bench.run(TEXT):
            await bench.until(lambda: bench.rests_in("late"))
        assert work.ended == 0
        assert bench.moves()[-1] == ("busy", "late", "timeout(60)")

    bench.play(scenario())


@pytest.mark.req("B6")
def test_fresh_starts_over_and_keeps_events_and_history(bench: Bench) -> None:
    async def scenario() -> None:
        await stop_in_work(bench)
        bench.put("idle_again", wake=False)
        history = bench.moves()
        async with bench.run(TEXT, fresh=True, initial_context={"new": True}):
            await bench.until(lambda: bench.rests_in("idle"))
            assert bench.context()["new"] is True
            assert "kept" not in bench.context()
        assert bench.moves()[: len(history)] == history
        assert bench.moves()[len(history) :] == [("", "idle", "start"), ("idle", "idle", "idle_again")]
        assert bench.query("SELECT count(*) FROM machine_timers") == [(0,)]
        assert bench.row().place.entry == 4

    bench.play(scenario())


@pytest.mark.req("B6")
def test_a_definition_without_the_stored_state_is_refused_with_the_command_that_mends_it(bench: Bench) -> None:
    async def start_anew() -> None:
        async with bench.run("{initial_state: other, transitions: []}"):
            pass

    bench.play(stop_in_work(bench))
    before = bench.row()
    with pytest.raises(StoredStateGone) as refused:
        bench.play(start_anew())
    assert refused.value.exit_code == 78
    assert str(refused.value).endswith("statemachine-db reset m")
    assert bench.row() == before
    bench.gate().open()
    bench.gate(name="more").open()

    async def as_it_was() -> None:
        async with bench.run(TEXT):
            await bench.until(lambda: bench.rests_in("busy"))

    bench.play(as_it_was())
    assert bench.said() == ["on the way", "one", "two", "three"]


def without(*lines: str) -> str:
    return "\n".join(line for line in TEXT.splitlines() if not any(part in line for part in lines))


@pytest.mark.req("B6")
def test_a_list_that_is_shorter_now_ends_earlier(bench: Bench) -> None:
    async def scenario() -> None:
        await stop_in_work(bench)
        async with bench.run(without("message: two", "do: more", "message: three", "do: work")) as run:
            await run.send("e", {"n": 1})
            assert bench.said() == ["on the way", "one", "e1"]

    bench.play(scenario())


@pytest.mark.req("B6")
def test_a_list_whose_rest_has_changed_goes_on_with_what_is_there_now(bench: Bench) -> None:
    async def scenario() -> None:
        await stop_in_work(bench)
        async with bench.run(TEXT.replace("{type: act, do: work}", "{type: log, message: instead}")):
            more = bench.gate(name="more")
            await more.going()
            more.open()
            await bench.until(lambda: bench.rests_in("busy"))
        assert bench.said() == ["on the way", "one", "instead", "two", "three"]

    bench.play(scenario())


@pytest.mark.req("B6")
def test_of_a_transition_that_is_gone_the_rest_of_the_entry_list_is_done(bench: Bench) -> None:
    async def scenario() -> None:
        await stop_in_work(bench)
        bench.gate().open()
        bench.gate(name="more").open()
        async with bench.run(without("event: go").replace("initial_state: idle", "initial_state: busy")):
            await bench.until(lambda: bench.rests_in("busy"))
        assert bench.said() == ["on the way", "one", "two", "three"]

    bench.play(scenario())


@pytest.mark.req("B6")
def test_timers_that_the_definition_lost_go_and_new_ones_start(bench: Bench) -> None:
    async def scenario() -> None:
        await stop_in_work(bench)
        work = bench.gate()
        async with bench.run(TEXT.replace("timeout(60)", "timeout(90)")) as run:
            await work.going()
            assert bench.query("SELECT name FROM machine_timers") == [("timeout(90)",)]
            run.skip(91)
            await bench.until(lambda: bench.rests_in("late"))

    bench.play(scenario())


SLEEPER = """
initial_state: bed
final: [end]
transitions:
  - {from: bed, to: end, event: end}
  - {from: "*", event: ping}
actions:
  bed:
    - {type: log, message: good night}
    - {type: sleep, duration: 100}
  end:
    - {type: sleep, duration: 100}
"""


@pytest.mark.req("B6")
def test_a_sleep_that_the_definition_lost_is_over(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(SLEEPER):
            await bench.until(lambda: bench.rests_in("bed"))
        bench.clock.skip(101)
        async with bench.run(SLEEPER.replace("    - {type: sleep, duration: 100}\n", "", 1)) as run:
            await run.send("ping")
            assert bench.rests_in("bed")
            assert bench.query("SELECT count(*) FROM machine_timers") == [(0,)]

    bench.play(scenario())


@pytest.mark.req("B6")
def test_a_sleep_goes_on_although_the_definition_has_changed_elsewhere(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(SLEEPER):
            await bench.until(lambda: bench.rests_in("bed"))
        due = bench.query("SELECT due FROM machine_timers")
        bench.clock.skip(50)
        async with bench.run(SLEEPER.replace("good night", "sleep well")):
            await bench.until(lambda: bench.rests_in("bed"))
            assert bench.query("SELECT due FROM machine_timers") == due

    bench.play(scenario())


@pytest.mark.req("B6")
def test_a_list_that_ends_before_the_stored_place_is_done(bench: Bench) -> None:
    async def scenario() -> None:
        await stop_in_work(bench)
        text = without("message: one", "message: two", "do: more", "message: three", "do: work")
        async with bench.run(text.replace("  busy:", "  busy: []")) as run:
            await run.send("e", {"n": 1})
            assert bench.said() == ["on the way", "one", "e1"]
            assert bench.rests_in("busy")

    bench.play(scenario())


@pytest.mark.req("A7")
def test_a_final_state_whose_list_has_got_shorter_ends_the_run(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(SLEEPER.replace("initial_state: bed", "initial_state: end")):
            await bench.until(lambda: bench.rests_in("end"))
        async with bench.run(SLEEPER.partition("  end:\n")[0]) as run:
            assert await run.ended() == "final state"
        assert bench.row().place.status.value == "finished"

    bench.play(scenario())


@pytest.mark.req("A7")
def test_a_run_that_stopped_before_its_first_turn_still_ends_in_its_final_state(bench: Bench) -> None:
    text = "{initial_state: only, final: [only], transitions: []}"

    async def scenario() -> None:
        host_task = None
        async with bench.run(text) as run:
            host_task = run.task
            await run.ended()
        assert host_task.done()
        # As if the process had ended right after it had claimed the row.
        with bench.store.transaction():
            bench.store._execute("UPDATE machine_state SET status = 'running'")
        async with bench.run(text) as run:
            assert await run.ended() == "final state"

    bench.play(scenario())


@pytest.mark.req("P7")
def test_a_process_that_was_taken_over_stores_nothing_more(bench: Bench) -> None:
    async def scenario() -> None:
        async with bench.run(TEXT) as run:
            await bench.until(lambda: bench.rests_in("idle"))
            with bench.store.transaction():
                bench.store._execute("UPDATE machine_state SET epoch = epoch + 1")
            sender = run.sender()
            sender.post("go")
            await asyncio.wait([run.task])

    with pytest.raises(LockLost):
        bench.play(scenario())
    assert bench.state() == "idle"
    assert bench.events() == []


@pytest.mark.req("H3")
def test_the_text_that_a_machine_runs_by_is_kept(bench: Bench) -> None:
    async def scenario() -> None:
        for text in ("initial_state: a", "initial_state: a  # in other words"):
            async with bench.run(text):
                pass

    bench.play(scenario())
    kept = dict(bench.query("SELECT hash, text FROM definitions"))
    assert sorted(kept.values()) == ["initial_state: a", "initial_state: a  # in other words"]
    assert kept[bench.row().definition_hash] == "initial_state: a  # in other words"
    assert [kept[start["definition"]] for start in bench.feed("machine_registered")] == list(kept.values())
