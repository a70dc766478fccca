"""Machines and the queue: claims, ends, waits and cancellation, with the real store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from statemachine_internal.jobs import queue
from statemachine_internal.runtime.program import JOBS_PER_COMMIT
from statemachine_internal.store.job_protocol import Job, NewJob
from support.bench import Bench

pytest_plugins = ("support.bench_fixture",)

WORKER = """
initial_state: waiting
transitions:
  - {from: waiting, to: processing, event: new_job}
  - {from: waiting, to: waiting, event: no_jobs}
  - {from: processing, to: waiting, event: job_done}
  - {from: processing, to: waiting, event: error}
  - {from: "*", to: stopped, event: stop}
actions:
  waiting: [{type: check_database_queue, job_type: resize}]
  processing: [{type: act, do: work}]
"""


def add(bench: Bench, id: str, **fields: Any) -> list[str]:
    """Add a job from outside, as a sender does; returns whom that rings."""
    rung: list[str] = []
    with bench.store.transaction():
        queue.add(bench.store, NewJob(id=id, **{"type": "resize", **fields}), bench.clock.now(), rung.append)
    return rung


def job(bench: Bench, id: str) -> Job:
    found = bench.store.jobs.get(id)
    assert found is not None
    return found


def finished(bench: Bench, *ids: str) -> Callable[[], bool]:
    return lambda: all(job(bench, id).finished is not None for id in ids)


@pytest.mark.req("C4")
def test_a_machine_without_a_job_parks_and_one_that_is_added_starts_at_once(bench: Bench) -> None:
    seen: list[Any] = []

    async def work(context: dict[str, Any]) -> str:
        seen.append((context["job_id"], context["current_job"]["payload"], context["input_file"]))
        return "job_done"

    async def scenario() -> None:
        bench.acts["work"] = work
        async with bench.run(WORKER) as run:
            await bench.until(lambda: bench.rests_in("waiting"))
            assert add(bench, "j1", payload='{"w": 1}', input_file="/x") == ["m"]
            run.engine.wake()
            await bench.until(finished(bench, "j1"))
        assert seen == [("j1", {"w": 1}, "/x")]
        assert (job(bench, "j1").status.value, job(bench, "j1").attempts) == ("completed", 1)
        loops = [p for p in bench.feed("state_change") if p["event"] == "no_jobs"]
        assert len(loops) == 2, "a self-loop on no_jobs is recorded once for each time that the queue is found empty"

    bench.play(scenario())


@pytest.mark.req("F2")
def test_jobs_are_claimed_by_priority_then_age_and_by_type(bench: Bench) -> None:
    seen: list[str] = []

    async def work(context: dict[str, Any]) -> str:
        seen.append(context["job_id"])
        return "job_done"

    async def scenario() -> None:
        bench.acts["work"] = work
        add(bench, "late", priority=9)
        add(bench, "first")
        add(bench, "other", type="print")
        add(bench, "second")
        add(bench, "urgent", priority=1)
        async with bench.run(WORKER):
            await bench.until(finished(bench, "late", "first", "second", "urgent"))
        assert seen == ["urgent", "first", "second", "late"]
        assert job(bench, "other").status.value == "pending"

    bench.play(scenario())


@pytest.mark.req("F4")
def test_an_error_since_the_claim_fails_the_job_and_the_next_one_starts_clean(bench: Bench) -> None:
    async def work(context: dict[str, Any]) -> str:
        if context["job_id"] == "bad":
            raise RuntimeError("broken lamp")
        return "job_done"

    async def scenario() -> None:
        bench.acts["work"] = work
        add(bench, "bad")
        add(bench, "good")
        async with bench.run(WORKER):
            await bench.until(finished(bench, "bad", "good"))
        bad, good = job(bench, "bad"), job(bench, "good")
        assert (bad.status.value, "broken lamp" in (bad.error or "")) == ("failed", True)
        assert (good.status.value, good.error) == ("completed", None)
        kinds = [row["job_id"] for row in bench.feed("job_failed")], [r["job_id"] for r in bench.feed("job_completed")]
        assert kinds == (["bad"], ["good"])

    bench.play(scenario())


@pytest.mark.req("J2")
def test_what_becomes_of_a_job_stands_in_the_log(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    async def work(_: dict[str, Any]) -> str:
        return "job_done"

    async def scenario() -> None:
        bench.acts["work"] = work
        add(bench, "j")
        async with bench.run(WORKER):
            await bench.until(finished(bench, "j"))

    bench.play(scenario())
    lines = [line.split(" machine=")[0].split(maxsplit=2)[2] for line in capsys.readouterr().err.splitlines()]
    assert [line for line in lines if line.startswith("job ")] == ["job j claimed", "job j completed"]


@pytest.mark.req("F5")
def test_a_failed_job_is_tried_again_when_its_time_has_come_and_nobody_rings(bench: Bench) -> None:
    tries: list[int] = []

    async def work(context: dict[str, Any]) -> str:
        tries.append(context["current_job"]["attempts"])
        if len(tries) < 3:
            raise RuntimeError("not yet")
        return "job_done"

    def given_back(tried: int) -> bool:
        return len(tries) == tried and bench.rests_in("waiting")

    async def scenario() -> None:
        bench.acts["work"] = work
        add(bench, "j", max_attempts=3)
        async with bench.run(WORKER) as run:
            for tried in (1, 2):
                await bench.until(partial(given_back, tried))
                assert job(bench, "j").status.value == "scheduled"
                run.skip(10)
            await bench.until(finished(bench, "j"))
        assert (tries, job(bench, "j").status.value) == ([1, 2, 3], "completed")

    bench.play(scenario())


@pytest.mark.req("F3")
def test_a_machine_that_comes_back_goes_on_with_its_job_and_a_fresh_one_gives_it_back(bench: Bench) -> None:
    async def stop_in_work() -> None:
        gate = bench.gate("job_done")
        async with bench.run(WORKER) as run:
            await gate.going()
            for _ in range(2):  # the second one cuts it short
                run.host.stop("cut short")

    async def go_on() -> None:
        bench.gate("job_done").open()
        async with bench.run(WORKER, fresh=bench.state() == "other"):
            await bench.until(lambda: not bench.query("SELECT 1 FROM jobs WHERE finished IS NULL"))

    async def start_over() -> None:
        async with bench.run("{initial_state: other, transitions: []}", fresh=True):
            await bench.until(lambda: bench.rests_in("other"))

    add(bench, "j")
    bench.play(stop_in_work())
    assert (job(bench, "j").status.value, job(bench, "j").machine) == ("processing", "m")
    bench.play(go_on())
    assert (job(bench, "j").status.value, job(bench, "j").attempts) == ("completed", 1)

    add(bench, "k")
    bench.play(stop_in_work())
    bench.play(start_over())
    assert (job(bench, "k").status.value, job(bench, "k").machine) == ("pending", None)
    bench.play(go_on())
    given_back = job(bench, "k")
    assert (given_back.attempts, given_back.max_attempts) == (1, 1), "an attempt that is given back is not counted"


@pytest.mark.req("F1")
@pytest.mark.parametrize("event", ["job_cancelled", None])
def test_a_job_that_is_cancelled_ends_its_action_and_the_machine_goes_on(bench: Bench, event: str | None) -> None:
    text = WORKER if event is None else WORKER.replace("event: error", f"event: {event}")

    async def scenario() -> None:
        gate = bench.gate("job_done")
        add(bench, "j")
        async with bench.run(text) as run:
            await gate.going()
            with bench.store.transaction():
                assert bench.store.jobs.cancel("j", "not wanted", bench.clock.now())
            run.engine.wake()
            await bench.until(lambda: bench.rests_in("waiting"))
        assert (job(bench, "j").status.value, job(bench, "j").error) == ("cancelled", "not wanted")
        assert (gate.cancelled, bench.row().place.attempts) == (1, 0)

    bench.play(scenario())


@pytest.mark.req("F3")
def test_a_job_that_is_opened_again_while_its_cancelled_action_ends_is_not_worked_on_unclaimed(bench: Bench) -> None:
    text = WORKER.replace("event: error", "event: job_cancelled")
    begun, told, ends = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow_to_end(_: dict[str, Any]) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            told.set()
            await ends.wait()
            raise

    async def scenario() -> None:
        bench.acts["work"] = slow_to_end
        add(bench, "j")
        async with bench.run(text) as run:
            await begun.wait()
            with bench.store.transaction():
                assert bench.store.jobs.cancel("j", "not wanted", bench.clock.now())
            run.engine.wake()
            await told.wait()
            with bench.store.transaction():
                assert bench.store.jobs.reopen("j")
            gate = bench.gate("job_done")
            ends.set()
            await gate.going()
            assert job(bench, "j").machine == run.name
            gate.open()
            await bench.until(finished(bench, "j"))
        assert gate.began == 1
        assert (job(bench, "j").status.value, job(bench, "j").attempts) == ("completed", 1)

    bench.play(scenario())


@pytest.mark.req("F4")
def test_the_states_of_the_definition_say_what_became_of_a_job(bench: Bench) -> None:
    text = """
initial_state: waiting
job: {complete_in: [good], fail_in: [bad]}
transitions:
  - {from: waiting, to: good, event: new_job, when: current_job.payload.fine}
  - {from: waiting, to: bad, event: new_job}
  - {from: good, event: hold}
actions:
  waiting: [{type: check_database_queue}]
"""

    async def scenario() -> None:
        add(bench, "j", payload='{"fine": true}')
        async with bench.run(text):
            await bench.until(lambda: bench.rests_in("good"))
            assert job(bench, "j").status.value == "completed"
        add(bench, "k")
        async with bench.run(text, fresh=True):
            await bench.until(lambda: bench.rests_in("bad"))
            assert (job(bench, "k").status.value, job(bench, "k").error) == (
                "failed",
                "the machine went into the state 'bad'",
            )

    bench.play(scenario())


@pytest.mark.req("C7")
def test_wait_for_jobs_is_woken_by_the_end_of_the_last_one(bench: Bench) -> None:
    text = """
initial_state: start
transitions:
  - {from: start, to: done, event: jobs_completed}
  - {from: start, to: broken, event: jobs_failed}
actions:
  start:
    - {type: add_job, job_id: a, job_type: resize}
    - {type: add_job, job_id: b, job_type: resize, payload: {n: 1}}
    - {type: wait_for_jobs, jobs: [a, b]}
"""

    async def scenario() -> None:
        async with bench.run(text) as run:
            await bench.until(lambda: bench.rests_in("start"))
            for id in ("a", "b"):
                rung: list[str] = []
                with bench.store.transaction():
                    assert queue.complete(bench.store, id, None, bench.clock.now(), rung.append)
                assert rung == ["m"]
                run.engine.wake()
                await asyncio.sleep(0)
            await bench.until(lambda: bench.rests_in("done"))
        assert bench.row().place.waits_for is None

    bench.play(scenario())


@pytest.mark.req("F3")
def test_a_commit_takes_few_of_many_jobs_and_working_them_off_is_no_circle(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    instant = """
initial_state: waiting
transitions:
  - {from: waiting, to: done, event: new_job}
  - {from: done, to: waiting, event: again}
actions:
  waiting: [{type: check_database_queue, job_type: resize}]
  done: [{type: emit, event: again}]
"""
    ids = [f"j{number}" for number in range(100)]

    async def scenario() -> None:
        for id in ids:
            add(bench, id)
        async with bench.run(instant):
            await bench.until(finished(bench, *ids))

    bench.play(scenario())
    commits = bench.query(
        "SELECT count(*) FROM realtime_events WHERE event_type = 'job_completed' GROUP BY created ORDER BY created"
    )
    assert max(count for (count,) in commits) <= JOBS_PER_COMMIT
    assert sum(count for (count,) in commits) == len(ids)
    assert "circle" not in capsys.readouterr().err


@pytest.mark.req("F1")
def test_no_payload_changes_what_the_machine_does(bench: Bench) -> None:
    seen: list[Any] = []

    async def work(context: dict[str, Any]) -> str:
        seen.append((context["job_id"], context["id"], context["current_job"]["id"], context["machine_name"]))
        return "job_done"

    async def scenario() -> None:
        bench.acts["work"] = work
        hostile = '{"command": "false", "id": "x", "current_job": {"id": "y"}, "machine_name": "z", "job_id": "q"}'
        add(bench, "j", payload=hostile)
        add(bench, "big", payload='{"text": "' + "x" * 100_000 + '"}')
        add(bench, "none")
        async with bench.run(WORKER):
            await bench.until(finished(bench, "j", "big", "none"))
        assert seen == [(id, id, id, "m") for id in ("j", "big", "none")]

    bench.play(scenario())


@pytest.mark.req("C3")
@pytest.mark.parametrize(("type", "shown"), [("job_failed", []), ("state_change", []), ("job_unheard_of", [{"a": 1}])])
def test_no_machine_shows_in_the_ui_what_only_the_engine_says(bench: Bench, type: str, shown: list[object]) -> None:
    text = f"""
initial_state: idle
transitions: [{{from: idle, to: told, event: go}}]
actions: {{told: [{{type: send_event, target_machine: ui, event_type: {type}, payload: {{a: 1}}}}]}}
"""

    async def scenario() -> None:
        async with bench.run(text) as run:
            await run.send("go")
            await bench.until(lambda: bench.rests_in("told"))
            await run.send("unknown")  # it lives on
        assert [row for row in bench.feed(type) if "a" in row] == shown
        assert ("only the engine writes" in str(bench.feed("error"))) == (not shown)

    bench.play(scenario())


@pytest.mark.req("C4", "E3")
def test_events_come_before_the_next_job_also_where_there_always_is_one(bench: Bench) -> None:
    async def scenario() -> None:
        for n in range(3):
            add(bench, f"j{n}")
        async with bench.run(WORKER.replace("stopped", "stopped, when: event.payload.really"), name="m") as run:

            async def work(context: dict[str, Any]) -> str:
                await run.send("stop", {"really": context["job_id"] == "j1"})  # no transition takes the first
                return "job_done"

            bench.acts["work"] = work
            assert await run.ended() == "final state"
        assert [job(bench, f"j{n}").status.value for n in range(3)] == ["completed", "completed", "pending"]
        assert bench.events() == [("stop", "ignored"), ("stop", "processed")]

    bench.play(scenario())
