"""A job that is taken from the machine at work on it, and given to somebody else before the machine looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from statemachine_internal.jobs import queue
from statemachine_internal.store.job_protocol import Job, NewJob
from support.bench import Bench

pytest_plugins = ("support.bench_fixture",)

WORKER = """
initial_state: waiting
transitions:
  - {from: waiting, to: processing, event: new_job}
  - {from: processing, to: waiting, event: job_done}
  - {from: processing, to: waiting, event: job_cancelled}
actions:
  waiting: [{type: check_database_queue, job_type: resize}]
  processing: [{type: act, do: work}]
"""


def add(bench: Bench, id: str, **fields: Any) -> None:
    with bench.store.transaction():
        queue.add(bench.store, NewJob(id=id, type="resize", **fields), bench.clock.now(), lambda _: None)


def job(bench: Bench, id: str = "j") -> Job:
    found = bench.store.jobs.get(id)
    assert found is not None
    return found


def cancel_and_retry(bench: Bench) -> None:
    assert bench.store.jobs.cancel("j", "not wanted", bench.clock.now())
    assert bench.store.jobs.reopen("j")


def cancel_and_give_to_another(bench: Bench) -> None:
    cancel_and_retry(bench)
    assert bench.store.jobs.claim_one("other", "j", bench.clock.now()) is not None


def free(bench: Bench) -> None:
    assert bench.store.jobs.release("j")


def fail_with_attempts_left(bench: Bench) -> None:
    assert queue.fail(bench.store, "j", "by hand", bench.clock.now(), lambda _: None)


TAKEN_BACK: dict[str, Callable[[Bench], None]] = {
    "cancelled and retried": cancel_and_retry,
    "cancelled, retried and claimed by another": cancel_and_give_to_another,
    "freed": free,
    "failed by hand": fail_with_attempts_left,
}


@pytest.mark.req("F3")
@pytest.mark.req("G3")
@pytest.mark.parametrize("how", TAKEN_BACK)
def test_the_attempt_that_was_taken_back_ends_whatever_became_of_the_job_since(bench: Bench, how: str) -> None:
    async def scenario() -> None:
        first = bench.gate("job_done")
        add(bench, "j", max_attempts=2)
        async with bench.run(WORKER) as run:
            await first.going()
            with bench.store.transaction():
                TAKEN_BACK[how](bench)
            second = bench.gate("job_done")
            run.engine.wake()
            await bench.until(lambda: first.cancelled and "job_cancelled" in bench.taken())
            if job(bench).machine == "other":
                await bench.until(lambda: bench.rests_in("waiting"))
                assert second.began == 0
                return
            run.skip(60)
            await second.going()
            assert (job(bench).machine, first.began, second.began) == ("m", 1, 1)
            second.open()
            await bench.until(lambda: job(bench).finished is not None)
        assert (job(bench).status.value, first.ended) == ("completed", 0)

    bench.play(scenario())


@pytest.mark.req("F3")
def test_a_machine_that_was_down_when_its_job_was_taken_back_and_retried_begins_anew(bench: Bench) -> None:
    seen: list[Any] = []

    async def work(context: dict[str, Any]) -> str:
        seen.append(context["current_job"]["attempts"])
        return "job_done"

    async def scenario() -> None:
        gate = bench.gate("job_done")
        add(bench, "j")
        async with bench.run(WORKER) as run:
            await gate.going()
            run.engine.stop("first")
            run.engine.stop("second")
            await run.ended()
        with bench.store.transaction():
            cancel_and_retry(bench)
        bench.acts["work"] = work
        async with bench.run(WORKER):
            await bench.until(lambda: job(bench).finished is not None)
        assert ("job_cancelled" in bench.taken(), seen) == (True, [1])

    bench.play(scenario())


@pytest.mark.req("F4")
@pytest.mark.parametrize("type", ["complete_job", "fail_job"])
def test_an_attempt_that_was_taken_back_has_no_say_in_what_becomes_of_the_job(bench: Bench, type: str) -> None:
    text = """
initial_state: waiting
transitions:
  - {from: waiting, to: processing, event: new_job}
  - {from: processing, to: late, event: job_not_open}
actions:
  waiting: [{type: claim_job, job_id: j, success: new_job}]
  processing: [{type: act, do: work}, {type: FINISH}]
""".replace("FINISH", type)

    async def scenario() -> None:
        gate = bench.gate()
        add(bench, "j")
        async with bench.run(text):
            await gate.going()
            with bench.store.transaction():
                cancel_and_retry(bench)
            gate.open()  # nobody rang: the action's end comes first
            await bench.until(lambda: bench.rests_in("late"))
        assert (job(bench).status.value, job(bench).attempts) == ("pending", 0)

    bench.play(scenario())


@pytest.mark.req("F4")
@pytest.mark.parametrize("event", ["good", "bad"])
def test_a_job_that_a_state_has_finished_may_be_retried_while_the_machine_is_at_other_things(
    bench: Bench, event: str
) -> None:
    text = """
initial_state: waiting
job: {complete_in: [good], fail_in: [bad]}
transitions:
  - {from: waiting, to: EVENT, event: new_job}
  - {from: EVENT, to: rest, event: done}
actions:
  waiting: [{type: check_database_queue}]
  EVENT: [{type: act, do: work}]
""".replace("EVENT", event)

    async def scenario() -> None:
        gate = bench.gate("done")
        add(bench, "j")
        async with bench.run(text) as run:
            await gate.going()
            status = {"good": "completed", "bad": "failed"}[event]
            assert (job(bench).status.value, bench.context()["current_job"]["status"]) == (status, status)
            with bench.store.transaction():
                assert bench.store.jobs.reopen("j")
            before = bench.commits
            run.engine.wake()
            await bench.until(lambda: bench.commits > before)
            gate.open()
            await bench.until(lambda: bench.rests_in("rest"))
        assert (gate.cancelled, gate.ended) == (0, 1)

    bench.play(scenario())
